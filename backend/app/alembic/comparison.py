"""Teaches autogenerate that a new table is protected, and that a drifted one is again."""

from collections.abc import MutableMapping
from dataclasses import dataclass
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


class UnprotectedModel(ValueError):
    """A mapped table has neither a tenant nor a reason to have none."""


@dataclass(frozen=True)
class _Registered:
    column: str
    human: str | None
    published: str | None
    audited: bool
    insert_only: bool


def protection_of(table: Table) -> ProtectTenantTable | RegisterGlobalTable:
    """Return how a mapped table is to be protected, from its columns and its ``info``.

    Raises:
        UnprotectedModel: it has no ``tenant_id`` and no ``info={"global": "<reason>"}``.
    """
    reason = table.info.get("global")
    if reason:
        return RegisterGlobalTable(table.name, str(reason))
    column = str(table.info.get("tenant_column", "tenant_id"))
    if column not in table.c:
        raise UnprotectedModel(
            f"{table.name} has no {column}; a table of the platform says why it has none with"
            f' info={{"global": "<reason>"}}'
        )
    return ProtectTenantTable(
        table.name,
        column=column,
        human=table.info.get("human"),
        published=table.info.get("published"),
        audited=bool(table.info.get("audited", True)),
        insert_only=bool(table.info.get("insert_only", False)),
    )


def add_protection(
    context: MigrationContext, _: object, directives: list[ops.MigrationScript]
) -> None:
    """Put the protection of every new, changed or drifted table into the script.

    Runs after the built-in comparison, so that a table is created before it is protected.
    """
    script = directives[0]
    upgrade = script.upgrade_ops
    downgrade = script.downgrade_ops
    if upgrade is None or downgrade is None:
        return
    for operation in list(upgrade.ops):
        if isinstance(operation, ops.DropTableOp) and operation.schema == SCHEMA:
            upgrade.ops.insert(upgrade.ops.index(operation), UnprotectTable(operation.table_name))
    wanted = _protections_missing(context)
    upgrade.ops.extend(wanted)
    created = {
        operation.table_name
        for operation in upgrade.ops
        if isinstance(operation, ops.CreateTableOp)
    }
    undone = [UnprotectTable(operation.table) for operation in wanted if operation.table in created]
    downgrade.ops[0:0] = undone


def _protections_missing(
    context: MigrationContext,
) -> list[ProtectTenantTable | RegisterGlobalTable]:
    connection = context.connection
    if connection is None:
        return []
    registered = _registered(connection)
    drifted = _drifted(connection)
    missing: list[ProtectTenantTable | RegisterGlobalTable] = []
    for table in SQLModel.metadata.sorted_tables:
        if table.schema != SCHEMA:
            continue
        wanted = protection_of(table)
        if isinstance(wanted, RegisterGlobalTable):
            if table.name not in registered:
                missing.append(wanted)
            continue
        as_wanted = _Registered(
            wanted.column, wanted.human, wanted.published, wanted.audited, wanted.insert_only
        )
        if registered.get(table.name) != as_wanted or table.name in drifted:
            missing.append(wanted)
    return missing


def _registered(connection: Connection) -> dict[str, _Registered | None]:
    found: dict[str, _Registered | None] = {}
    protected = connection.execute(
        text(
            "SELECT c.relname, p.col, p.human, p.published, p.audited, p.insert_only"
            "  FROM tenancy.protected p JOIN pg_class c ON c.oid = p.relid"
        )
    )
    for name, column, human, published, audited, insert_only in protected:
        found[name] = _Registered(column, human, published, audited, insert_only)
    names = connection.execute(
        text("SELECT c.relname FROM tenancy.global_tables g JOIN pg_class c ON c.oid = g.relid")
    )
    for (name,) in names:
        found[name] = None
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
