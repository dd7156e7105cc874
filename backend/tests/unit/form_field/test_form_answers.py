"""Which answers a form takes, and how it keeps them."""

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.form_field.answer import Answer
from app.api.form_field.definition import Condition, FieldDefinition, FieldType
from app.api.form_field.errors import AnswersInvalid, FormInconsistent
from app.api.form_field.form import MOST_FAULTS, Form, validate_answers

FREE = FieldDefinition(key="free", label="Free", type=FieldType.TEXT)
ESSAY = replace(FREE, type=FieldType.TEXTAREA)
NUMBER = replace(FREE, type=FieldType.NUMBER, minimum=-10, maximum=10**15 - 1)
BOOLEAN = replace(FREE, type=FieldType.BOOLEAN)
SELECT = replace(FREE, type=FieldType.SELECT, options=("one", "two", "three"))
MANY = replace(SELECT, type=FieldType.MULTISELECT)
DATE = replace(FREE, type=FieldType.DATE)
EMAIL = replace(FREE, type=FieldType.EMAIL)
URL = replace(FREE, type=FieldType.URL)

WITH_KIDS = FieldDefinition(
    key="kids", label="With kids?", type=FieldType.BOOLEAN, required=True, position=1
)
AGES = FieldDefinition(
    key="ages",
    label="Their ages",
    type=FieldType.MULTISELECT,
    options=("0-5", "6-12"),
    required=True,
    position=2,
    shown_if=Condition(field="kids", any_of=(True,)),
)
NANNY = FieldDefinition(
    key="nanny",
    label="Nanny?",
    type=FieldType.TEXT,
    required=True,
    position=3,
    shown_if=Condition(field="ages", any_of=("0-5",)),
)
FAMILY = Form((NANNY, AGES, WITH_KIDS))


def faults_of(form: Form, answers: dict[str, object], *, is_draft: bool = False) -> dict[str, str]:
    with pytest.raises(AnswersInvalid) as refused:
        validate_answers(form, answers, is_draft=is_draft)
    errors = refused.value.members["errors"]
    assert isinstance(errors, list)
    return {e["pointer"]: e["detail"] for e in errors if isinstance(e, dict)}


@pytest.mark.parametrize(
    ("field", "raw", "kept"),
    [
        pytest.param(FREE, "  hello \n", "hello", id="text stripped"),
        pytest.param(FREE, "e\u0301", "é", id="text composed"),
        pytest.param(FREE, "x" * 500, "x" * 500, id="longest text"),
        pytest.param(FREE, "👩‍👩‍👧 مرحبا", "👩‍👩‍👧 مرحبا", id="any script"),
        pytest.param(ESSAY, "a\r\nb\rc\td", "a\nb\nc\td", id="lines"),
        pytest.param(NUMBER, 7, "7", id="whole number"),
        pytest.param(NUMBER, 1.5, "1.5", id="JSON number"),
        pytest.param(NUMBER, 0.1, "0.1", id="a tenth"),
        pytest.param(NUMBER, 2.0, "2", id="a float that is whole"),
        pytest.param(NUMBER, " 007.500 ", "7.5", id="needless zeros"),
        pytest.param(NUMBER, "-0.0", "0", id="minus zero"),
        pytest.param(NUMBER, 100, "100", id="no exponent"),
        pytest.param(NUMBER, 10**15 - 1, "999999999999999", id="largest"),
        pytest.param(NUMBER, "-10", "-10", id="minimum is allowed"),
        pytest.param(BOOLEAN, False, False, id="no is an answer"),
        pytest.param(SELECT, "two", "two", id="an option"),
        pytest.param(MANY, ["three", "one"], ["one", "three"], id="in the form's order"),
        pytest.param(DATE, " 2024-02-29 ", "2024-02-29", id="leap day"),
        pytest.param(EMAIL, " Ann@Example.COM", "ann@example.com", id="e-mail"),
        pytest.param(URL, "https://example.com/a?b=c", "https://example.com/a?b=c", id="URL"),
    ],
)
def test_validate_answers_keeps(field: FieldDefinition, raw: object, kept: Answer) -> None:
    assert validate_answers(Form((field,)), {"free": raw}) == {"free": kept}
    assert validate_answers(Form((field,)), {"free": kept}) == {"free": kept}


@pytest.mark.parametrize(
    ("field", "raw", "detail"),
    [
        pytest.param(FREE, 3, "This is answered with text", id="number for text"),
        pytest.param(FREE, ["a"], "This is answered with text", id="list for text"),
        pytest.param(FREE, "x" * 501, "At most 500 characters", id="long text"),
        pytest.param(FREE, "x" * 10**6, "At most 500 characters", id="a megabyte"),
        pytest.param(FREE, "a\x00b", "Text may not hold control characters", id="NUL"),
        pytest.param(FREE, "a\x1b[31m", "Text may not hold control characters", id="escape"),
        pytest.param(FREE, "a\nb", "Text may not hold control characters", id="lines in a line"),
        pytest.param(FREE, "a\u2028b", "Text may not hold control characters", id="separator"),
        pytest.param(FREE, "\ud800", "Text may not hold control characters", id="half a pair"),
        pytest.param(ESSAY, "a\x0bb", "Text may not hold control characters", id="vertical tab"),
        pytest.param(ESSAY, "x" * 10_001, "At most 10000 characters", id="long essay"),
        pytest.param(NUMBER, True, "This is answered with a number", id="true for a number"),
        pytest.param(NUMBER, {}, "This is answered with a number", id="object for a number"),
        *(
            pytest.param(
                NUMBER,
                raw,
                "A number has at most 15 digits, 6 after the point",
                id=f"number {name}",
            )
            for name, raw in {
                "infinite": float("inf"),
                "not a number": float("nan"),
                "words": "seven",
                "in another script": "\uff17",
                "with an exponent": "1e3",
                "with an underscore": "1_000",
                "without an integer part": ".5",
                "of sixteen digits": 10**15,
                "of thousands of digits": 10**5000,
                "too fine": 1e-7,
                "with sixteen digits in all": "1234567890.123456",
                "as a huge float": 1e300,
                "ending in a line": "1\x00",
            }.items()
        ),
        pytest.param(NUMBER, -10.5, "At least -10", id="below the minimum"),
        pytest.param(replace(NUMBER, maximum=3), "3.000001", "At most 3", id="above the maximum"),
        pytest.param(BOOLEAN, "true", "This is answered with true or false", id="text for boolean"),
        pytest.param(BOOLEAN, 1, "This is answered with true or false", id="one for boolean"),
        pytest.param(SELECT, "four", "This is answered with one of the options", id="no option"),
        pytest.param(SELECT, ["one"], "This is answered with one of the options", id="list"),
        pytest.param(MANY, "one", "This is answered with a list of options", id="text for list"),
        pytest.param(
            MANY,
            ["one", "one"],
            "This is answered with options of the list, each chosen once",
            id="chosen twice",
        ),
        pytest.param(
            MANY,
            ["one", 2],
            "This is answered with options of the list, each chosen once",
            id="no option in the list",
        ),
        pytest.param(DATE, "2023-02-29", "The calendar has no such day", id="no leap year"),
        pytest.param(DATE, "20240229", "A day is written YYYY-MM-DD", id="day without hyphens"),
        pytest.param(DATE, "2024-W01-1", "A day is written YYYY-MM-DD", id="week date"),
        pytest.param(DATE, 20240229, "A day is written YYYY-MM-DD", id="number for a day"),
        pytest.param(EMAIL, "ann@", "This is not an e-mail address", id="no domain"),
        pytest.param(
            URL,
            "javascript:alert(1)",
            "An address starts with http:// or https:// and names a host",
            id="script",
        ),
        pytest.param(
            URL,
            "example.com",
            "An address starts with http:// or https:// and names a host",
            id="no scheme",
        ),
    ],
)
def test_validate_answers_refuses(field: FieldDefinition, raw: object, detail: str) -> None:
    assert faults_of(Form((field,)), {"free": raw}) == {"/free": detail}


@pytest.mark.parametrize("raw", [None, "", "  \r\n", "\u3000", []])
@pytest.mark.parametrize("field", [FREE, ESSAY])
def test_validate_answers_leaves_out_what_says_nothing(field: FieldDefinition, raw: object) -> None:
    required = Form((replace(field, required=True),))

    assert validate_answers(Form((field,)), {"free": raw}) == {}
    assert faults_of(required, {"free": raw}) == {"/free": "An answer is required"}
    assert validate_answers(required, {"free": raw}, is_draft=True) == {}


def test_validate_answers_takes_no_for_an_answer_where_one_is_required() -> None:
    assert validate_answers(Form((replace(BOOLEAN, required=True),)), {"free": False}) == {
        "free": False
    }


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        pytest.param({"kids": False}, {"kids": False}, id="the chain hidden"),
        pytest.param(
            {"kids": False, "ages": [], "nanny": " "}, {"kids": False}, id="hidden and left blank"
        ),
        pytest.param(
            {"ages": ["6-12"], "kids": True}, {"kids": True, "ages": ["6-12"]}, id="half the chain"
        ),
        pytest.param(
            {"nanny": "Mary", "ages": ["6-12", "0-5"], "kids": True},
            {"kids": True, "ages": ["0-5", "6-12"], "nanny": "Mary"},
            id="the whole chain",
        ),
    ],
)
def test_conditions_decide_what_is_asked(
    answers: dict[str, object], kept: dict[str, Answer]
) -> None:
    result = validate_answers(FAMILY, answers)

    assert list(result.items()) == list(kept.items())


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        pytest.param({}, {"/kids": "An answer is required"}, id="nothing: only what is asked"),
        pytest.param({"kids": True}, {"/ages": "An answer is required"}, id="shown, so required"),
        pytest.param(
            {"kids": False, "ages": ["0-5"], "nanny": "Mary"},
            {"/ages": "This is not asked after the other answers given"},
            id="hidden, so refused; what hangs on it is not judged",
        ),
        pytest.param(
            {"kids": False, "nanny": "Mary"},
            {"/nanny": "This is not asked after the other answers given"},
            id="hidden by what is hidden",
        ),
        pytest.param(
            {"kids": "yes", "ages": ["0-5"]},
            {"/kids": "This is answered with true or false"},
            id="what hangs on a wrong answer is not judged",
        ),
        pytest.param(
            {"kids": False, "": 1, "a/b": None, "\x00\ud800": 2},
            {
                "/": "The form has no such field",
                "/a~1b": "The form has no such field",
                "/\\x00\\ud800": "The form has no such field",
            },
            id="unknown keys, even without an answer",
        ),
    ],
)
def test_validate_answers_names_each_fault(
    answers: dict[str, object], faults: dict[str, str]
) -> None:
    assert faults_of(FAMILY, answers) == faults


def test_validate_answers_refuses_wrong_answers_in_a_draft_too() -> None:
    assert faults_of(FAMILY, {"kids": 3}, is_draft=True) == {
        "/kids": "This is answered with true or false"
    }


def test_validate_answers_tells_a_bounded_number_of_faults() -> None:
    junk: dict[str, object] = {f"k{i}": 1 for i in range(5 * MOST_FAULTS)}

    faults = faults_of(FAMILY, junk)

    assert len(faults) == MOST_FAULTS
    assert next(iter(faults)) == "/kids"


def test_a_condition_can_ask_whether_there_is_any_answer() -> None:
    nick = replace(FREE, key="nick", shown_if=Condition(field="free"))
    form = Form((nick, FREE))

    assert validate_answers(form, {"free": "x", "nick": "y"}) == {"free": "x", "nick": "y"}
    assert faults_of(form, {"nick": "y"}) == {
        "/nick": "This is not asked after the other answers given"
    }


def test_a_form_is_consistent_by_construction() -> None:
    with pytest.raises(FormInconsistent):
        Form((replace(FREE, shown_if=Condition(field="free")),))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
EVERYTHING = Form(
    tuple(
        replace(field, key=f"f{i}")
        for i, field in enumerate(
            (
                FREE,
                ESSAY,
                NUMBER,
                BOOLEAN,
                SELECT,
                MANY,
                DATE,
                EMAIL,
                URL,
                replace(MANY, position=1),
            )
        )
    )
)
LIKELY = (
    JSON
    | st.sampled_from(
        ["one", "two", ["one"], "2024-05-05", "Ann@b.co", "a@b", "https://a.b", True, 3]
    )
    | st.dates().map(str)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str)
)


@given(
    answers=st.fixed_dictionaries({}, optional={field.key: LIKELY for field in EVERYTHING.fields})
)
def test_whatever_is_sent_is_refused_or_kept_for_good(answers: dict[str, object]) -> None:
    try:
        kept = validate_answers(EVERYTHING, answers)
    except AnswersInvalid as refused:
        json.dumps(refused.members).encode()
        return

    text = json.dumps(kept, ensure_ascii=False)
    text.encode()
    assert "\x00" not in text
    assert set(kept) <= set(answers)
    assert validate_answers(EVERYTHING, json.loads(text)) == kept
    assert unicodedata.is_normalized("NFC", str(kept.get("f0", "")))


@given(
    number=st.integers(0, 999_999_999),
    decimals=st.text("0123456789", min_size=1, max_size=6),
    minus=st.sampled_from(["", "-"]),
)
def test_a_number_is_kept_as_it_was_typed(number: int, decimals: str, minus: str) -> None:
    typed = f"{minus}{number}.{decimals}"
    form = Form((replace(FREE, type=FieldType.NUMBER),))

    from_text = validate_answers(form, {"free": typed})
    from_json = validate_answers(form, {"free": json.loads(typed)})

    plain = typed.rstrip("0").rstrip(".")
    assert from_text == from_json == {"free": "0" if plain == "-0" else plain}


@given(st.dictionaries(st.sampled_from(["kids", "ages", "nanny", "other"]), JSON))
def test_no_answers_to_a_family_break_the_check(answers: dict[str, object]) -> None:
    try:
        kept = validate_answers(FAMILY, answers)
    except AnswersInvalid:
        return

    assert ("ages" in kept) == (kept["kids"] is True)
    assert ("nanny" in kept) == ("ages" in kept and "0-5" in str(kept["ages"]))
