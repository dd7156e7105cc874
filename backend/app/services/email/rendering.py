"""Turns a mail into subject, text and HTML, with the templates of its kind and language."""

import calendar
import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from app.api.shared.money import format_money, minor_units
from app.services.email.kinds import PARAGRAPHS, Mail

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "emails"

DEFAULT_LANGUAGE = "en"
"""Every kind has templates in it; other languages fall back to it."""

LANGUAGES = ("en", "es")
"""Every kind has templates in each of them."""

LONGEST_LINE = 300
"""Characters of a value that is shown on one line; names are shorter, abuse is longer."""

_SPANISH_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")

Shown: TypeAlias = str | int | date | dict[str, "Shown"] | list["Shown"] | None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail comes from, and how it is branded: a tenant, or the platform itself."""

    organisation: str
    name: str
    email: str
    image_url: str | None = None


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail as its reader sees it."""

    subject: str
    text: str
    html: str


class UnsafeLink(ValueError):
    """A link in a mail leads somewhere other than the web."""


def render(mail: Mail, sender: Sender, language: str = DEFAULT_LANGUAGE) -> RenderedMail:
    """Render a mail.

    Values are cleaned first: control characters go, and whatever is not marked as
    paragraphs is put on one line, so that nobody's name can write lines of its own.

    Raises:
        jinja2.UndefinedError: a template names a variable the mail does not have.
        UnsafeLink: a link is not ``http`` or ``https``.
    """
    image = sender.image_url if sender.image_url and _is_web(sender.image_url) else None
    values = {
        **{
            field.name: _shown(getattr(mail, field.name), field.metadata)
            for field in dataclasses.fields(mail)
        },
        "organisation": one_line(sender.organisation),
        "image_url": image,
    }
    subject, text, html = (
        _template(mail.kind, language, part).render(values)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    return RenderedMail(one_line(subject), text.strip() + "\n", html.strip() + "\n")


def one_line(text: str) -> str:
    """Return a text on one line, without control characters and of bounded length.

    >>> one_line(f"Ada{chr(13)}{chr(10)}Bcc: everyone@example.com")
    'Ada Bcc: everyone@example.com'
    """
    line = _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip()
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def money(amount_minor: int, currency: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Write an amount of minor units as a language does; see ``format_money``."""
    return format_money(minor_units(amount_minor), currency, language)


def day(value: date, language: str = DEFAULT_LANGUAGE) -> str:
    """Write a day.

    >>> day(date(2026, 3, 5)), day(date(2026, 3, 5), "es")
    ('5 March 2026', '5 de marzo de 2026')
    """
    if language == "es":
        return f"{value.day} de {_SPANISH_MONTHS[value.month - 1]} de {value.year}"
    return f"{value.day} {calendar.month_name[value.month]} {value.year}"


def link(url: str) -> str:
    """Return a URL that may stand in a mail.

    Raises:
        UnsafeLink: it is not ``http`` or ``https``.
    """
    if not _is_web(url):
        raise UnsafeLink(url)
    return url


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _shown(value: object, metadata: Mapping[str, object] = MappingProxyType({})) -> Shown:
    if isinstance(value, str):
        if metadata == PARAGRAPHS:
            return _CONTROL.sub("", value.replace("\r\n", "\n")).strip()
        return one_line(value)
    if isinstance(value, tuple):
        return [_shown(part) for part in value]
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {part.name: _shown(getattr(value, part.name), part.metadata) for part in fields}
    if value is None or isinstance(value, int | date):
        return value
    raise TypeError(f"A mail cannot show a {type(value).__name__}")


def languages(language: str) -> Iterator[str]:
    """Yield the languages to look for: ``de-AT``, ``de``, then the default."""
    if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*", language):
        parts = language.split("-")
        yield from ("-".join(parts[:count]) for count in range(len(parts), 0, -1))
    yield DEFAULT_LANGUAGE


def _template(kind: str, language: str, part: str) -> Template:
    return _environment().select_template(
        [f"{kind}/{candidate}/{part}" for candidate in languages(language)]
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"money": money, "day": day, "link": link}
    return environment
