"""The documents that are written from the code: ``python -m tests.house.generated``.

A test compares each with what the code says now, so none of them can fall behind.
"""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import Column, ForeignKeyConstraint, Table
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

import app
import app.models
from app.core.errors import PROBLEM_BASE, DomainError
from app.main import create_app
from tests.house.listed import GENERIC
from tests.house.operations import ANY_SETTINGS, operations
from tests.house.source import REPOSITORY

WRITTEN = "<!-- Written from the code by `python -m tests.house.generated`: change it there. -->"

ERRORS_INTRODUCTION = f"""\
# What the API refuses

{WRITTEN}

Everything that is not 2xx is `application/problem+json` (RFC 9457). `type` is
`{PROBLEM_BASE}` and a name of this page; `title` is the sentence below the name, the
same every time; `detail` is about the one occurrence. What has no name of its own is
`about:blank`: an unknown path, a wrong method, a body that is too large, and a bug, which
comes with an `incident` to quote.
"""

SCHEMA_INTRODUCTION = f"""\
# The tables

{WRITTEN}

Schema `app`. Every key, foreign key and index of an organisation's table begins with
`tenant_id`; the lines between tables leave it out, since all of them stay within one
organisation.
"""

ENTRANCES = ("app.alembic", "app.cli", "app.models")
"""What does something when it is imported, or defines no refusal."""


def refusals() -> list[type[DomainError]]:
    """Return every refusal of the application, by its slug."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.startswith(ENTRANCES):
            importlib.import_module(module.name)
    found = {kind for kind in _descendants(DomainError) if kind.__module__.startswith("app.")}
    return sorted(found, key=lambda kind: (kind.slug(), kind.__module__))


def _descendants(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _descendants(subclass)


def errors_page() -> str:
    """Write what a client may be refused with, and where."""
    answers: dict[str, list[str]] = {}
    for operation in operations():
        for slug in operation.problems:
            answers.setdefault(slug, []).append(operation.name)
    lines = [ERRORS_INTRODUCTION]
    for kind in refusals():
        lines += _entry(kind, answers.get(kind.slug(), []))
    return "\n".join(lines)


def _entry(kind: type[DomainError], answering: list[str]) -> list[str]:
    title, _, more = (kind.__doc__ or "").strip().partition("\n")
    if kind.slug() in GENERIC:
        where = "Any operation may answer with it."
    elif answering:
        where = f"Answered by {', '.join(f'`{name}`' for name in answering)}."
    else:
        where = "Answered by no operation of its own: it is raised below the API."
    lines = [f"## {kind.slug()}", "", f"**{int(kind.status)}** {title}", ""]
    if more.strip():
        lines += [*(line.strip() for line in more.strip().splitlines()), ""]
    return [line.replace("``", "`") for line in [*lines, where, ""]]


def openapi_document() -> str:
    """Write the API as it stands, so that a change of it is read in review."""
    document = create_app(ANY_SETTINGS).openapi()
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def schema_page() -> str:
    """Draw every table with its columns and references."""
    tables = sorted(SQLModel.metadata.tables.values(), key=lambda table: table.name)
    lines = [SCHEMA_INTRODUCTION, "```mermaid", "erDiagram"]
    for table in tables:
        lines.append(f"    {table.name} {{")
        lines += [f"        {_drawn(table, column)}" for column in table.columns]
        lines.append("    }")
    for table in tables:
        lines += [f"    {line}" for line in sorted(_references(table))]
    lines += ["```", "", "| Table | Whose | What it holds |", "| --- | --- | --- |"]
    lines += [f"| `{table.name}` | {_owner(table)} | {_purpose(table)} |" for table in tables]
    return "\n".join([*lines, ""])


def _drawn(table: Table, column: Column[object]) -> str:
    kind = column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    kind = kind.replace(" ", "_").replace("(", "_").replace(")", "").lower()
    keys = [
        name
        for name, holds in (
            ("PK", column.name in table.primary_key.columns),
            ("FK", bool(column.foreign_keys) and column.name != "tenant_id"),
        )
        if holds
    ]
    optional = ' "may be null"' if column.nullable else ""
    return f"{kind} {column.name} {','.join(keys)}".rstrip() + optional


def _references(table: Table) -> set[str]:
    found = set()
    for constraint in table.constraints:
        if not isinstance(constraint, ForeignKeyConstraint):
            continue
        columns = [name for name in constraint.column_keys if name != "tenant_id"]
        if columns:
            target = constraint.referred_table.name
            label = ", ".join(columns)
            found.add(f'{target} ||--o{{ {table.name} : "{label}"')
    return found


def _owner(table: Table) -> str:
    if reason := table.info.get("global"):
        return f"the platform: {reason}"
    human, published = table.info.get("human"), table.info.get("published")
    parts = ["the organisation"]
    if human:
        parts.append(f"a human reads those whose `{human}` is theirs")
    if published:
        parts.append(f"visitors read those with `{published}`")
    return "; ".join(parts)


def _purpose(table: Table) -> str:
    for mapper in SQLModel._sa_registry.mappers:  # the one list of all mappers
        if mapper.local_table is table:
            first = (mapper.class_.__doc__ or "").strip().splitlines()[0]
            return first.replace("``", "`")
    return ""


DOCUMENTS: Mapping[str, Callable[[], str]] = {
    "docs/errors.md": errors_page,
    "docs/openapi.json": openapi_document,
    "docs/schema.md": schema_page,
}
"""Every generated document, and what writes it."""


def write(repository: Path = REPOSITORY) -> None:
    """Write every document anew."""
    for name, text in DOCUMENTS.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write()
