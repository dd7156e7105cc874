"""One answer: what each type of field takes, and the form in which it is kept."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from pydantic import TypeAdapter, ValidationError

from app.api.form_field.definition import FieldDefinition, FieldType, holds_control_characters
from app.api.shared.types import Email, Url

Answer: TypeAlias = str | bool | list[str]
"""An answer as it is kept; a number is a decimal string."""

LONGEST_TEXT: Mapping[FieldType, int] = {
    FieldType.TEXT: 500,
    FieldType.TEXTAREA: 10_000,
    FieldType.EMAIL: 254,
    FieldType.URL: 2_000,
}
"""Characters; the last two are what mail and browsers can carry."""

MOST_DIGITS = 15
MOST_DECIMALS = 6

_NUMBER = re.compile(r"-?([0-9]{1,15})(?:\.([0-9]{1,6}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = TypeAdapter[str](Email)
_URL = TypeAdapter[str](Url)


class UnfitAnswer(ValueError):
    """The answer does not fit its field; the message tells the one who gave it."""


def normalise(field: FieldDefinition, raw: object) -> Answer | None:
    """Return the answer as it is kept, or ``None`` when there is none.

    Nothing, null, blank text and an empty list are no answer; ``False`` is one. Doing it
    twice changes nothing.

    Raises:
        UnfitAnswer: the answer does not fit the field.
    """
    if is_blank(raw):
        return None
    answer = _READ[field.type](field, raw)
    return None if is_blank(answer) else answer


def is_blank(raw: object) -> bool:
    """Tell whether this is no answer: pages send null or empty text for what was left open."""
    return raw is None or raw == [] or (isinstance(raw, str) and not raw.strip(" \t\r\n"))


def _text(field: FieldDefinition, raw: object) -> str:
    r"""Strip and compose (NFC) the text; a textarea keeps its lines, ended by ``\n``."""
    if not isinstance(raw, str):
        raise UnfitAnswer("This is answered with text")
    longest = LONGEST_TEXT[field.type]
    text = raw.strip(" \t\r\n")
    if len(text) > 4 * longest:  # a letter has at most three marks; no megabyte gets composed
        raise UnfitAnswer(f"At most {longest} characters")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    allowed = "\n\t" if field.type is FieldType.TEXTAREA else ""
    if holds_control_characters(text, allowed=allowed):
        raise UnfitAnswer("Text may not hold control characters")
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > longest:
        raise UnfitAnswer(f"At most {longest} characters")
    return text


def _number(field: FieldDefinition, raw: object) -> str:
    """Return the number as a decimal string: no exponent, no needless zero.

    Taken as a JSON number or as text with a decimal point. At most fifteen digits, six of
    them after the point: so much a JSON number carries exactly, so what is kept is what
    was typed. Kept as text, it is never a float again.
    """
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise UnfitAnswer("This is answered with a number")
    if isinstance(raw, str):
        text = raw.strip()
    elif isinstance(raw, float):
        text = format(Decimal(repr(raw)), "f").removesuffix(".0")
    else:
        text = str(raw) if abs(raw) < 10**MOST_DIGITS else ""
    found = _NUMBER.fullmatch(text)
    if found is None or len("".join(filter(None, found.groups()))) > MOST_DIGITS:
        raise UnfitAnswer(
            f"A number has at most {MOST_DIGITS} digits, {MOST_DECIMALS} after the point"
        )
    number = Decimal(text)
    if field.minimum is not None and number < field.minimum:
        raise UnfitAnswer(f"At least {field.minimum}")
    if field.maximum is not None and number > field.maximum:
        raise UnfitAnswer(f"At most {field.maximum}")
    return format(number.normalize(), "f") if number else "0"


def _boolean(_: FieldDefinition, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise UnfitAnswer("This is answered with true or false")
    return raw


def _select(field: FieldDefinition, raw: object) -> str:
    if not isinstance(raw, str) or raw not in field.options:
        raise UnfitAnswer("This is answered with one of the options")
    return raw


def _multiselect(field: FieldDefinition, raw: object) -> list[str]:
    """Return the chosen options in the order of the form."""
    if not isinstance(raw, list):
        raise UnfitAnswer("This is answered with a list of options")
    chosen = [option for option in field.options if option in raw]
    if len(chosen) < len(raw):
        raise UnfitAnswer("This is answered with options of the list, each chosen once")
    return chosen


def _date(_: FieldDefinition, raw: object) -> str:
    if not isinstance(raw, str) or not _DAY.fullmatch(raw.strip()):
        raise UnfitAnswer("A day is written YYYY-MM-DD")
    try:
        return date.fromisoformat(raw.strip()).isoformat()
    except ValueError:
        raise UnfitAnswer("The calendar has no such day") from None


def _email(field: FieldDefinition, raw: object) -> str:
    try:
        return _EMAIL.validate_python(_text(field, raw))
    except ValidationError:
        raise UnfitAnswer("This is not an e-mail address") from None


def _url(field: FieldDefinition, raw: object) -> str:
    try:
        return _URL.validate_python(_text(field, raw))
    except ValidationError:
        raise UnfitAnswer("An address starts with http:// or https:// and names a host") from None


_READ: Mapping[FieldType, Callable[[FieldDefinition, object], Answer]] = {
    FieldType.TEXT: _text,
    FieldType.TEXTAREA: _text,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.SELECT: _select,
    FieldType.MULTISELECT: _multiselect,
    FieldType.DATE: _date,
    FieldType.EMAIL: _email,
    FieldType.URL: _url,
}
