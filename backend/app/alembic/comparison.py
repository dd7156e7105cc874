"""Teaches autogenerate that a new table is protected, and that a drifted one is again."""

import re
from collections.abc import MutableMapping
from typing import Literal, TypeAlias

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table, text
from sqlmodel import SQLModel

from app.alembic.operations import (
    SCHEMA,
    ProtectTenantTable,
    RegisterGlobalTable,
    UnprotectTable,
)

ParentKey: TypeAlias = Literal["schema_name", "table_name", "schema_qualified_table_name"]
Protection: TypeAlias = ProtectTenantTable | RegisterGlobalTable


ALEMBICS_OWN = re.compile(r"[0-9a-f]{12}")
"""A revision that nobody named: it gets the next number instead."""


class UnprotectedModel(ValueError):
    """A mapped table has neither a tenant nor a reason to have none."""


def protection_of(table: Table) -> Protection:
    """Return how a mapped table is to be protected, from its columns and its ``info``.

    Raises:
        UnprotectedModel: it has no ``tenant_id`` and no ``info={"global": "<reason>"}``.
    """
    info = table.info
    if reason := info.get("global"):
        return RegisterGlobalTable(
            table.name,
            str(reason),
            audited=bool(info.get("audited", False)),
            insert_only=bool(info.get("insert_only", False)),
        )
    column = str(info.get("tenant_column", "tenant_id"))
    if column not in table.c:
        raise UnprotectedModel(
            f"{table.name} has no {column}; a table of the platform says why it has none with"
            f' info={{"global": "<reason>"}}'
        )
    return ProtectTenantTable(
        table.name,
        column=column,
        human=info.get("human"),
        published=info.get("published"),
        audited=bool(info.get("audited", True)),
        insert_only=bool(info.get("insert_only", False)),
        editable=info.get("editable"),
    )


def complete(
    context: MigrationContext, heads: object, directives: list[ops.MigrationScript]
) -> None:
    """Complete a script that Alembic is about to write: its number, and what protects tables."""
    if not directives:
        return
    script = directives[0]
    newest = next(iter(heads), None) if isinstance(heads, tuple) else None
    if ALEMBICS_OWN.fullmatch(str(script.rev_id)) and str(newest).isdecimal():
        script.rev_id = f"{int(str(newest)) + 1:04}"
    _add_protection(context, script)


def _add_protection(context: MigrationContext, script: ops.MigrationScript) -> None:
    """Put the protection of every new, changed or drifted table into the script.

    Runs after the built-in comparison, so that a table is created before it is protected.
    The downgrade puts back what was, before any column that it drops is missed.
    """
    upgrade = script.upgrade_ops
    downgrade = script.downgrade_ops
    if upgrade is None or downgrade is None or context.connection is None:
        return
    before = _registered(context.connection)
    for operation in list(upgrade.ops):
        if isinstance(operation, ops.DropTableOp) and operation.schema == SCHEMA:
            upgrade.ops.insert(upgrade.ops.index(operation), UnprotectTable(operation.table_name))
            if was := before.get(operation.table_name):
                downgrade.ops.append(was)
    wanted = _missing(context.connection, before)
    upgrade.ops.extend(wanted)
    downgrade.ops[0:0] = [
        before.get(operation.table) or UnprotectTable(operation.table) for operation in wanted
    ]


def _missing(connection: Connection, before: dict[str, Protection]) -> list[Protection]:
    drifted = _drifted(connection)
    missing: list[Protection] = []
    for table in SQLModel.metadata.sorted_tables:
        if table.schema != SCHEMA:
            continue
        wanted = protection_of(table)
        found = before.get(table.name)
        is_same = type(found) is type(wanted) and found.options() == wanted.options()  # ty: ignore[missing-union-attribute]  # narrowed by the comparison of types
        if not is_same or table.name in drifted:
            missing.append(wanted)
    return missing


def _registered(connection: Connection) -> dict[str, Protection]:
    protected = connection.execute(
        text(
            "SELECT c.relname, p.col, p.human, p.published, p.audited, p.insert_only,"
            " cast(p.editable AS text[])"
            "  FROM tenancy.protected p JOIN pg_class c ON c.oid = p.relid"
        )
    )
    found: dict[str, Protection] = {
        name: ProtectTenantTable(
            name,
            column=column,
            human=human,
            published=published,
            audited=audited,
            insert_only=insert_only,
            editable=editable,
        )
        for name, column, human, published, audited, insert_only, editable in protected
    }
    registered = connection.execute(
        text(
            "SELECT c.relname, g.reason, g.audited, g.insert_only"
            "  FROM tenancy.global_tables g JOIN pg_class c ON c.oid = g.relid"
            " WHERE c.relnamespace = cast(:schema AS regnamespace)"
        ),
        {"schema": SCHEMA},
    )
    for name, reason, audited, insert_only in registered:
        found[name] = RegisterGlobalTable(name, reason, audited=audited, insert_only=insert_only)
    return found


def _drifted(connection: Connection) -> set[str]:
    findings = connection.execute(text("SELECT object FROM tenancy.audit WHERE code LIKE 'T%'"))
    return {name.removeprefix(f"{SCHEMA}.") for (name,) in findings}


def is_ours(name: str | None, kind: str, parents: MutableMapping[ParentKey, str | None]) -> bool:
    """Whether autogenerate looks at an object of the database: only at schema ``app``."""
    if kind == "schema":
        return name == SCHEMA
    if kind == "table":
        return parents.get("schema_name") == SCHEMA
    return True
