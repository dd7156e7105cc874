"""Named value types: what a name, an e-mail address or an instant may be, said once."""

import re
from datetime import UTC, date, datetime
from types import NoneType
from typing import Annotated, TypeVar, get_args
from uuid import UUID
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    HttpUrl,
    JsonValue,
    PlainSerializer,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function
from uuid_utils.compat import uuid7

T = TypeVar("T")

LONGEST_EMAIL = 254
"""Octets: RFC 5321's limit on a path, less the angle brackets."""

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_URL = TypeAdapter(HttpUrl)
_TIME_ZONES = frozenset(available_timezones()) - {"localtime"}
"""Those of the IANA database; a machine's own is another one on another machine."""


class Input(BaseModel):
    """What a client sends: unknown keys are refused, so a typing error is not ignored."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """What a client reads. No field has a default: a response always carries all of them."""

    model_config = ConfigDict(from_attributes=True)


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562): unguessable enough for an id, and in order of creation."""
    return uuid7()


def render_instant(instant: datetime) -> str:
    """Render an instant as Postgres does in JSON, so that both sides write equal bytes.

    >>> render_instant(datetime(2026, 1, 2, 3, 4, 5, 120000, UTC))
    '2026-01-02T03:04:05.12+00:00'
    """
    text = instant.astimezone(UTC).isoformat()
    head, _, fraction = text.partition(".")
    if not fraction:
        return text
    digits = fraction.removesuffix("+00:00").rstrip("0")
    return f"{head}.{digits}+00:00"


def _within_the_calendar(instant: datetime) -> datetime:
    """Refuse what falls out of the years 1 to 9999 once it is told in UTC."""
    try:
        instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("This instant lies outside the calendar") from None
    return instant


def _refuse_null(value: object) -> object:
    if value is None:
        raise ValueError("This may be left out but not be null")
    return value


def printable(text: str) -> str:
    """Refuse what no person types and Postgres or a terminal stumbles over."""
    for character in text:
        if character < " " and character not in "\n\t\r":
            raise ValueError("Text may not hold control characters")
        if character == "\x7f":
            raise ValueError("Text may not hold control characters")
    return text


def _one_line(text: str) -> str:
    if any(character in text for character in "\n\r\t\u2028\u2029"):
        raise ValueError("This is one line of text")
    return text


def _email(text: object) -> str:
    """Lower-case a deliverable-looking address; its domain is kept in ASCII (IDNA 2008).

    A dot, a plus sign or a case that some providers ignore is not ours to judge, save case.
    """
    if not isinstance(text, str) or len(text) > LONGEST_EMAIL:
        raise ValueError("This is not an e-mail address")
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise ValueError("This is not an e-mail address") from None
    return f"{found.local_part}@{found.ascii_domain or found.domain}".lower()


def _url(text: str) -> str:
    _URL.validate_python(text)
    return text


def _written_instant(value: object) -> object:
    """Take an instant as text: a bare number is one to pydantic, and a mistake to its sender."""
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.match(value)):
        return value
    raise ValueError("An instant is ISO 8601 text with its offset")


def _written_day(value: object) -> object:
    """Take a day as text, for the same reason, and without a time of day."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("A day is written YYYY-MM-DD")


def _time_zone(text: str) -> str:
    if text not in _TIME_ZONES:
        raise ValueError("This is not a time zone of the IANA database")
    return text


class AsPostgresWrites:
    """Marks a type whose JSON form is the one Postgres writes."""


class NotNull:
    """Validates and documents ``T | None`` as ``T``: None only says that a key was left out."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the schema of ``T``, so that an error points at the key and nowhere below."""
        (inner,) = (part for part in get_args(source) if part is not NoneType)
        return no_info_before_validator_function(_refuse_null, handler.generate_schema(inner))


def _without_default(schema: dict[str, JsonValue]) -> None:
    """Document no default: what is left out is left alone."""
    schema.pop("default", None)


Omittable = Annotated[T | None, NotNull(), Field(json_schema_extra=_without_default)]
"""A key of a PATCH that may be left out, and may not be null."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written_instant),
    AfterValidator(_within_the_calendar),
    PlainSerializer(render_instant, when_used="json"),
    AsPostgresWrites(),
    Field(description="ISO 8601 with offset.", examples=["2026-05-01T09:00:00+00:00"]),
]
"""A point in time. Serialised in UTC, exactly as Postgres renders it."""

Day = Annotated[date, BeforeValidator(_written_day)]
"""A day of the calendar, in whatever time zone it is about."""

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(printable),
    AfterValidator(_one_line),
]
"""One non-empty line: a name, a title."""

OptionalLine = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(printable),
    AfterValidator(_one_line),
]

Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=10_000),
    AfterValidator(printable),
]
"""Several lines: a description, a welcome text."""

Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"),
    Field(description="Lower-case letters, digits and inner hyphens.", examples=["summer-city"]),
]

Email = Annotated[
    str,
    BeforeValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": LONGEST_EMAIL}),
]
"""An e-mail address, lower-cased: the same person however it was typed."""

Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2000),
    AfterValidator(printable),
    AfterValidator(_url),
    WithJsonSchema({"type": "string", "format": "uri", "maxLength": 2000}),
]
"""An http or https address, kept as it was typed."""

CurrencyCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{3}$"),
    Field(description="ISO 4217.", examples=["EUR"]),
]

TimeZone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_time_zone),
    Field(description="A name of the IANA time zone database.", examples=["Europe/Lisbon"]),
]

PriceMinor = Annotated[
    int,
    Field(ge=0, le=10**12, strict=True, description="Minor units of the currency: cents for EUR."),
]

Percent = Annotated[int, Field(ge=0, le=100, strict=True, description="Whole percent.")]

SearchText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(printable),
]
