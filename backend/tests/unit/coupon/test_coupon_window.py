"""When a code can be used, and how a typed code is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.coupon.errors import CouponCodeInvalid, CouponTermsInvalid, CouponUnusable
from app.api.coupon.window import (
    CouponFault,
    CouponTerms,
    check_terms,
    check_usable,
    find_fault,
    normalise_code,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
OPEN = CouponTerms(percent=10)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        pytest.param("EARLY", "EARLY", id="as it is"),
        pytest.param(" early-Bird2 \n", "EARLY-BIRD2", id="any case, spaces around"),
        pytest.param("abc", "ABC", id="shortest"),
        pytest.param("a" * 40, "A" * 40, id="longest"),
        pytest.param("007", "007", id="digits"),
    ],
)
def test_normalise_code(typed: str, code: str) -> None:
    assert normalise_code(typed) == code
    assert normalise_code(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="empty"),
        pytest.param("ab", id="too short"),
        pytest.param("a" * 41, id="too long"),
        pytest.param("-abc", id="hyphen first"),
        pytest.param("abc-", id="hyphen last"),
        pytest.param("a b c", id="space inside"),
        pytest.param("stra\u00dfe", id="sharp s would become two letters"),
        pytest.param("\u0131lk", id="dotless i would become another"),
        pytest.param("\uff21\uff22\uff23", id="wide letters"),
        pytest.param("abc\x00", id="NUL"),
    ],
)
def test_normalise_code_refuses(typed: str) -> None:
    with pytest.raises(CouponCodeInvalid):
        normalise_code(typed)


@given(st.text(max_size=45) | st.from_regex(r"[ ]?[A-Za-z0-9-]{2,41}", fullmatch=True))
def test_a_code_is_refused_or_kept_for_good(typed: str) -> None:
    try:
        code = normalise_code(typed)
    except CouponCodeInvalid:
        return

    assert normalise_code(code) == normalise_code(typed.swapcase()) == code
    assert 3 <= len(code) <= 40
    assert code.isascii()


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param(OPEN, id="no limits"),
        pytest.param(
            CouponTerms(percent=100, max_uses=1, uses=1), id="used up is no contradiction"
        ),
        pytest.param(CouponTerms(percent=1, starts_at=NOW, ends_at=NOW + MOMENT), id="a moment"),
    ],
)
def test_check_terms_takes(terms: CouponTerms) -> None:
    check_terms(terms)


@pytest.mark.parametrize(
    ("terms", "detail"),
    [
        pytest.param(
            replace(OPEN, percent=0), "A coupon takes from 1 to 100 percent off", id="nothing off"
        ),
        pytest.param(
            replace(OPEN, percent=101), "A coupon takes from 1 to 100 percent off", id="too much"
        ),
        pytest.param(
            replace(OPEN, max_uses=0),
            "A coupon allows at least one use, and those it has had",
            id="no use",
        ),
        pytest.param(
            replace(OPEN, max_uses=2, uses=3),
            "A coupon allows at least one use, and those it has had",
            id="fewer than it has had",
        ),
        pytest.param(
            replace(OPEN, starts_at=NOW, ends_at=NOW), "A coupon ends after it starts", id="no time"
        ),
    ],
)
def test_check_terms_refuses(terms: CouponTerms, detail: str) -> None:
    with pytest.raises(CouponTermsInvalid) as refused:
        check_terms(terms)

    assert str(refused.value) == detail


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        pytest.param(OPEN, None, id="no limits"),
        pytest.param(replace(OPEN, starts_at=NOW), None, id="from now on"),
        pytest.param(replace(OPEN, ends_at=NOW + MOMENT), None, id="for one more moment"),
        pytest.param(replace(OPEN, max_uses=2, uses=1), None, id="a last use"),
        pytest.param(replace(OPEN, is_active=False), CouponFault.SWITCHED_OFF, id="switched off"),
        pytest.param(replace(OPEN, starts_at=NOW + MOMENT), CouponFault.NOT_YET, id="too early"),
        pytest.param(replace(OPEN, ends_at=NOW), CouponFault.EXPIRED, id="too late"),
        pytest.param(replace(OPEN, max_uses=2, uses=2), CouponFault.USED_UP, id="used up"),
    ],
)
def test_find_fault(terms: CouponTerms, fault: CouponFault | None) -> None:
    assert find_fault(terms, now=NOW) is fault
    if fault is None:
        check_usable(terms, now=NOW)


def test_every_bad_code_answers_alike() -> None:
    answers = set()
    for terms in (
        None,
        replace(OPEN, is_active=False),
        replace(OPEN, starts_at=NOW + MOMENT),
        replace(OPEN, ends_at=NOW),
        replace(OPEN, max_uses=1, uses=1),
    ):
        with pytest.raises(CouponUnusable) as refused:
            check_usable(terms, now=NOW)
        answers.add((str(refused.value), refused.value.status, str(refused.value.members)))

    assert answers == {("This code cannot be used", 409, "{}")}
