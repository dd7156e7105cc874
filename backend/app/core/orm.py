"""What every mapped table and every ORM statement gets without asking.

Importing this module sets the schema and the constraint names of all models, makes
``(tenant_id, id)`` the primary key of every tenant table, adds the tenant predicate to
every ORM statement and stamps new rows with the session's tenant.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from sqlalchemy import MetaData, PrimaryKeyConstraint, Table, event
from sqlalchemy.orm import Mapper, ORMExecuteState, UOWTransaction, with_loader_criteria
from sqlalchemy.sql import ClauseElement, visitors
from sqlmodel import Session, SQLModel

from app.core.tenant_db import ContextSession, TenantContext

SCHEMA = "app"

NAMING_CONVENTION = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

SQLModel.metadata.schema = SCHEMA
SQLModel.metadata.naming_convention = NAMING_CONVENTION


class CrossTenantWrite(RuntimeError):
    """A row of one tenant was handed to another tenant's session: always a bug."""


class MissingTenantPredicate(RuntimeError):
    """A statement reads or changes a tenant table without naming the tenant: always a bug."""


@event.listens_for(Table, "after_parent_attach")
def _lead_the_key_with_the_tenant(table: Table, _: MetaData) -> None:
    """Make the key of a table with a ``tenant_id`` begin with it.

    Postgres checks keys without row-level security, so a key without the tenant tells
    one tenant what another one has.
    """
    tenant = table.c.get("tenant_id")
    if tenant is None or not tenant.foreign_keys or not table.primary_key.columns:
        return
    if "global" in table.info or next(iter(table.primary_key.columns)) is tenant:
        return
    rest = [column for column in table.primary_key.columns if column is not tenant]
    tenant.primary_key = True
    tenant.nullable = False
    table.append_constraint(PrimaryKeyConstraint(tenant, *rest))


@lru_cache(maxsize=1)
def _mappers() -> dict[str, Mapper[SQLModel]]:
    return {
        str(mapper.local_table): mapper
        for mapper in SQLModel._sa_registry.mappers  # noqa: SLF001  # the one list of all mappers
    }


def _mapper_of(table: Table) -> Mapper[SQLModel] | None:
    found = _mappers().get(str(table))
    if found is None:
        _mappers.cache_clear()  # a model was imported since
        found = _mappers().get(str(table))
    return found


def _tables(statement: ClauseElement) -> Iterable[Table]:
    found = (part for part in visitors.iterate(statement) if isinstance(part, Table))
    return {str(table): table for table in found}.values()


@event.listens_for(ContextSession, "do_orm_execute")
def _name_the_tenant(state: ORMExecuteState) -> None:
    """Add ``tenant_id = <the session's tenant>`` for every table of the statement.

    Row-level security says the same; said here it gives the planner the tenant's own
    statistics and lets it prune partitions. The policies never rely on it.
    """
    session = state.session
    if not isinstance(session, ContextSession) or not isinstance(session.context, TenantContext):
        return
    if not isinstance(state.statement, ClauseElement):
        return
    tenant_id = session.context.tenant_id
    options = [
        with_loader_criteria(
            mapper.class_,
            mapper.class_.tenant_id == tenant_id,  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]  # by the registry
            include_aliases=True,
            propagate_to_loaders=False,
        )
        for table in _tables(state.statement)
        if (mapper := _mapper_of(table)) is not None
    ]
    state.statement = state.statement.options(*options)


@event.listens_for(ContextSession, "before_flush")
def _stamp_the_tenant(session: Session, _: UOWTransaction, __: object) -> None:
    if not isinstance(session, ContextSession) or not isinstance(session.context, TenantContext):
        return
    for row in session.new:
        if "tenant_id" not in type(row).__mapper__.columns:
            continue
        if row.tenant_id is None:
            row.tenant_id = session.context.tenant_id
        elif UUID(str(row.tenant_id)) != session.context.tenant_id:
            raise CrossTenantWrite(f"{type(row).__name__} belongs to another tenant")


_REFERENCE = re.compile(
    r"(?:\b(?:FROM|JOIN|UPDATE|USING)|,)\s+(app\.(\w+))(?![\w.])(?:\s+AS\s+(\w+))?", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def names_the_tenant(statement: str) -> bool:
    """Whether every table of schema ``app`` that a statement reads is held to a tenant.

    Each must be compared by its ``tenant_id`` (``tenants`` by its ``id``) somewhere.
    """
    for qualified, table, alias in _REFERENCE.findall(statement):
        name = alias or qualified
        column = "id" if table == "tenants" else "tenant_id"
        compared = rf"\b{re.escape(name)}\.{column}\s*=|=\s*{re.escape(name)}\.{column}\b"
        if not re.search(compared, statement):
            return False
    return True
