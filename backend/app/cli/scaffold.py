"""`edgeos resource waiver`: writes a resource as the house writes them, with its tests."""

import keyword
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.cli.listing import CannotScaffold, Listing
from app.core.config import BACKEND_FOLDER

TEMPLATES = Path(__file__).resolve().parent / "templates"

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

LONGEST_NAME = 30
"""Characters; Postgres cuts the names of constraints off at 63."""

APP_FILES = {
    "__init__.py": "package.py",
    "models.py": "models.py",
    "schemas.py": "schemas.py",
    "errors.py": "errors.py",
    "crud.py": "crud.py",
    "router.py": "router.py",
}
"""The files of ``app/api/{resource}``, and their templates."""

TEST_FILES = {
    "test_{resource}_endpoints.py": "test_endpoints.py",
    "test_bad_input.py": "test_bad_input.py",
    "test_isolation.py": "test_isolation.py",
}
"""The files of ``tests/api/{resource}``, and their templates."""


@dataclass(frozen=True, slots=True)
class Names:
    """A resource's names: ``form_field`` is ``FormField``, ``form_fields``, ``/form-fields``."""

    resource: str
    plural: str

    @classmethod
    def of(cls, resource: str, plural: str = "") -> "Names":
        """Check a singular name and derive the others from it.

        Raises:
            CannotScaffold: it is no name in snake case.
        """
        plural = plural or pluralised(resource)
        for name in (resource, plural):
            if not NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > LONGEST_NAME:
                raise CannotScaffold(
                    f"{name!r} is no name for a resource: up to {LONGEST_NAME} lower-case letters,"
                    " digits and underscores, as in form_field"
                )
        if resource == plural:
            raise CannotScaffold(f"{resource!r} is one and many: say --plural")
        return cls(resource, plural)

    def values(self) -> Mapping[str, str]:
        """Return every form of the name, as templates ask for them."""
        words, words_plural = self.resource.replace("_", " "), self.plural.replace("_", " ")
        return {
            "resource": self.resource,
            "plural": self.plural,
            "noun": self.resource.title().replace("_", ""),
            "table": self.plural,
            "path": self.plural.replace("_", "-"),
            "kebab": self.resource.replace("_", "-"),
            "constant": self.resource.upper(),
            "permission": self.plural.upper(),
            "words": words,
            "words_plural": words_plural,
            "title_plural": words_plural.capitalize(),
            "article": "an" if words[0] in "aeiou" else "a",
        }


def pluralised(noun: str) -> str:
    """Return an English plural: right for most nouns, and ``--plural`` is for the others.

    >>> [pluralised(noun) for noun in ("waiver", "entry", "day", "address", "batch", "box")]
    ['waivers', 'entries', 'days', 'addresses', 'batches', 'boxes']
    """
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def scaffold(
    name: Annotated[str, typer.Argument(help="The resource, singular: waiver, form_field.")],
    *,
    plural: Annotated[str, typer.Option(help="Its plural, where English is irregular.")] = "",
) -> None:
    """Write a new resource with its tests, and register it; for a checkout, not an image."""
    try:
        names = Names.of(name, plural)
        written = write_resource(BACKEND_FOLDER, names)
    except CannotScaffold as error:
        raise typer.BadParameter(str(error)) from error
    print("\n".join(path.relative_to(BACKEND_FOLDER).as_posix() for path in written))
    words = names.values()["words_plural"]
    print(f'Next: make migration m="Add {words}", then make docs, then make check.')


def write_resource(backend: Path, names: Names) -> list[Path]:
    """Write a resource's files and its lines in the files that list resources.

    Raises:
        CannotScaffold: there is such a resource already, or a listing is not as expected;
            nothing has been written.
    """
    texts = {**_new_files(backend, names), **_registrations(backend, names)}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _tidy(backend, list(texts))
    return list(texts)


def _new_files(backend: Path, names: Names) -> dict[Path, str]:
    code, tests = (backend / top / "api" / names.resource for top in ("app", "tests"))
    if code.exists() or tests.exists():
        raise CannotScaffold(f"There is a resource {names.resource!r} already")
    render = _Renderer(names)
    made = {code / name: render(template) for name, template in APP_FILES.items()}
    for name, template in TEST_FILES.items():
        made[tests / name.format(resource=names.resource)] = render(template)
    return made


def _registrations(backend: Path, names: Names) -> dict[Path, str]:
    """Return the files that list resources, with this one in them."""
    values, render = names.values(), _Renderer(names)
    resource, noun = values["resource"], values["noun"]
    module = f"app.api.{resource}"

    def listing(name: str) -> Listing:
        return Listing.read(backend / name)

    router = f"from {module}.router import router as {resource}_router"
    inclusion = f"\napi_router.include_router({resource}_router)\n"
    listings = (
        listing("app/api/router.py").imports(router).ends_with(inclusion),
        listing("app/models.py")
        .imports(f"from {module}.models import {noun}")
        .lists("__all__", f'"{noun}"'),
        listing("app/api/shared/permissions.py").extends("Permission", render("permissions.py")),
        listing("tests/factories.py").ends_with(render("factory.py")),
        listing("tests/isolation/makers.py").lists(
            "MAKERS", f"{resource}_id", before=render("maker.py")
        ),
        listing("tests/isolation/calls.py").lists(
            "CALLS", f"**{values['permission']}", before=render("calls.py")
        ),
        listing("tests/isolation/sowing.py").lists("LISTS", render("sown.py").strip()),
    )
    return {listing.path: listing.text for listing in listings}


class _Renderer:
    """Fills templates in with a resource's names."""

    def __init__(self, names: Names) -> None:
        self._values = names.values()
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=False,  # noqa: S701  # Python is written, not HTML
            undefined=StrictUndefined,
            keep_trailing_newline=True,
        )

    def __call__(self, template: str) -> str:
        return self._environment.get_template(f"{template}.jinja").render(self._values)


def _tidy(backend: Path, paths: list[Path]) -> None:
    """Sort imports and break lines: where they fall depends on how long the name is."""
    ruff = Path(sys.executable).with_name("ruff")
    for arguments in (["check", "--quiet", "--fix", "--select", "I,RUF022"], ["format", "--quiet"]):
        subprocess.run([ruff, *arguments, *paths], cwd=backend, check=True)  # noqa: S603  # our own words
