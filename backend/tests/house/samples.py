"""Values for every type a schema or a column may have: the plain, the odd and the extreme."""

import enum
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import chain, islice
from typing import Annotated, Literal, TypeAlias, Union, get_args, get_origin
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    JsonValue,
    PydanticUserError,
    TypeAdapter,
    ValidationError,
)
from pydantic.fields import FieldInfo

Sample: TypeAlias = object

TEXTS = (
    "plain",
    "",
    " spaced ",
    "quotes: \" and ' and `",
    "backslashes: \\ and \\u0041 and \\n",
    "lines\nreturns\rtabs\tfeeds\f\b",
    "controls: \x01\x02\x1e\x1f\x7f\x80\x9f",
    "separators: \u2028\u2029\u00a0\ufeff",
    "accents: \u00e9 e\u0301 \u00df \u0130 \u0131",
    "right to left: \u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "ideographs and emoji: \u65e5\u672c \U0001f469\u200d\U0001f467 \U0001d518\ufe0f",
    "markup: </script><!-- & &amp; %s {0} $1 --",
    "edges: \ud7ff\ue000\uffff\U0010ffff",
    "long " * 2_000,
)
"""Everything Postgres stores in a text; only NUL it does not."""

INTEGERS = (0, 1, -1, 7, 100, 2**31 - 1, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63))

INSTANTS = (
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 4, 5, 120_000, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 4, 5, 1, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
)

DAYS = (date(2026, 2, 28), date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31))

IDS = (
    UUID("018f4d3a-7c1e-7abc-8def-0123456789ab"),
    UUID(int=0),
    UUID(int=2**128 - 1),
)

DOCUMENTS: tuple[JsonValue, ...] = (
    {},
    [],
    "text",
    {"b": 1, "a": [True, False, None, {"deep": list(TEXTS[:8])}]},
    {text: index for index, text in enumerate(TEXTS[:8])},
)

PLAIN: Mapping[object, Sequence[Sample]] = {
    str: TEXTS,
    bool: (False, True),
    int: INTEGERS,
    UUID: IDS,
    date: DAYS,
    datetime: INSTANTS,
    AwareDatetime: INSTANTS,
    JsonValue: DOCUMENTS,
    object: DOCUMENTS,
    type(None): (None,),
}

MOST = 40
"""Samples of a composed type: enough for each part to have had each of its own."""


class NoSample(TypeError):
    """None of the known values is of this type: give the type an example."""


def samples_of(annotation: object, examples: Iterable[Sample] = ()) -> list[Sample]:
    """Return values of a type, each of which the type accepts and leaves as it is.

    Raises:
        NoSample: there is none.
    """
    candidates = chain(examples, _candidates(annotation))
    found = list(islice(_accepted(annotation, candidates), MOST))
    if not found:
        raise NoSample(f"No sample of {annotation} is known: give it Field(examples=[...])")
    return found


def of_field(field: FieldInfo) -> list[Sample]:
    """Return values of a schema's member."""
    annotation = field.annotation
    if field.metadata:
        annotation = Annotated[(annotation, *field.metadata)]  # type: ignore[assignment]  # as written
    return samples_of(annotation, field.examples or ())


def rotated(choices: Mapping[str, Sequence[Sample]]) -> Iterator[dict[str, Sample]]:
    """Combine choices so that each is taken at least once, in as few rows as that takes."""
    longest = max((len(values) for values in choices.values()), default=1)
    for turn in range(longest):
        yield {name: values[turn % len(values)] for name, values in choices.items()}


def _accepted(annotation: object, candidates: Iterable[Sample]) -> Iterator[Sample]:
    try:
        adapter: TypeAdapter[Sample] = TypeAdapter(annotation)  # type: ignore[arg-type]  # a type
    except PydanticUserError:
        yield from candidates
        return
    for candidate in candidates:
        try:
            if adapter.validate_python(candidate) == candidate:
                yield candidate
        except ValidationError:
            continue


def _candidates(annotation: object) -> Iterator[Sample]:
    if annotation in PLAIN:
        yield from PLAIN[annotation]
    elif isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        yield from annotation
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _models(annotation)
    elif hasattr(annotation, "__metadata__"):
        for extra in annotation.__metadata__:
            yield from getattr(extra, "examples", None) or ()
        yield from _candidates(get_args(annotation)[0])
    else:
        yield from _composed(get_origin(annotation), get_args(annotation))


def _composed(origin: object, parts: tuple[object, ...]) -> Iterator[Sample]:
    if origin is Literal:
        yield from parts
    elif origin in {Union, types.UnionType}:
        for part in parts:
            yield from _candidates(part)
    elif origin is list:
        inner = samples_of(parts[0])
        yield from ([], inner[:1], inner)
    elif origin is dict:
        keys, inner = samples_of(parts[0]), samples_of(parts[1])
        yield from ({}, dict(zip(keys, inner, strict=False)))


def _models(model: type[BaseModel]) -> Iterator[BaseModel]:
    choices = {name: of_field(field) for name, field in model.model_fields.items()}
    for values in rotated(choices):
        with suppress(ValidationError):
            yield model.model_validate(values)
