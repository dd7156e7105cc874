"""Every resource's rendered reads, found by themselves, and rows that would show a difference."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TypeAlias
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Json
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import JSON, BigInteger, Column, Enum, Integer, String, TypeDecorator
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

import app.api
from app.api.shared.crud import BaseCRUD
from app.api.shared.types import new_id
from tests.house.samples import Sample, of_field, rotated, samples_of

AnyCRUD: TypeAlias = BaseCRUD[SQLModel, BaseModel, BaseModel]


@dataclass(frozen=True)
class Row:
    """One row to plant: its id, and the values of its columns."""

    id: UUID
    values: dict[str, Sample]


SMALLEST_INTEGER, LARGEST_INTEGER = -(2**31), 2**31 - 1


def crud_classes() -> set[type[AnyCRUD]]:
    """Return every subclass of ``BaseCRUD`` in the application."""
    list(_crud_modules())
    found: set[type[AnyCRUD]] = set()
    waiting: list[type[AnyCRUD]] = [BaseCRUD]
    while waiting:
        for subclass in waiting.pop().__subclasses__():
            if subclass.__module__.startswith("app."):
                found.add(subclass)
            waiting.append(subclass)
    return found


def cruds() -> dict[str, AnyCRUD]:
    """Return every crud that renders a schema, by its name in its module."""
    return {
        name: value
        for module in _crud_modules()
        for name, value in vars(module).items()
        if isinstance(value, BaseCRUD)
        and value.public is not None
        and type(value).__module__ == module.__name__
    }


def _crud_modules() -> Iterator[ModuleType]:
    for package in pkgutil.iter_modules(app.api.__path__, "app.api."):
        if package.ispkg and (spec := importlib.util.find_spec(f"{package.name}.crud")):
            yield importlib.import_module(spec.name)


def rows_of(crud: AnyCRUD, tenant_id: UUID) -> list[Row]:
    """Return rows in which every column has had every value that its type and schema allow."""
    choices = {
        column.name: _choices(crud, column)
        for column in crud.table.columns
        if column.computed is None and column.name not in {"id", "tenant_id"}
    }
    own = {"tenant_id": tenant_id} if "tenant_id" in crud.table.c else {}
    return [Row(row_id := new_id(), {"id": row_id, **own, **values}) for values in rotated(choices)]


def _choices(crud: AnyCRUD, column: Column[object]) -> list[Sample]:
    if column.name == "deleted_at":
        return [None]
    field = crud.public.model_fields.get(column.name) if crud.public else None
    if field is not None and column.name not in crud.computed:
        values = of_field(field)
    elif isinstance(column.type, Enum) and column.type.enum_class:
        values = list(column.type.enum_class)
    elif isinstance(column.type, JSON):
        values = [{}]
    else:
        values = samples_of(_stored_type(column).python_type)
    fitting = [value for value in values if _fits(column, value)]
    if column.nullable and field is None:
        fitting.append(None)
    assert fitting, f"No value fits {column}"
    return fitting


def _fits(column: Column[object], value: Sample) -> bool:
    if value is None:
        return bool(column.nullable)
    stored = _stored_type(column)
    if isinstance(stored, Integer) and not isinstance(stored, BigInteger):
        return isinstance(value, int) and SMALLEST_INTEGER <= value <= LARGEST_INTEGER
    if isinstance(stored, String) and stored.length and isinstance(value, str):
        return len(value) <= stored.length
    return True


def _stored_type(column: Column[object]) -> TypeEngine[object]:
    """Return the type in the database, where another one decorates it."""
    if isinstance(column.type, TypeDecorator):
        return column.type.impl_instance
    return column.type


def lift_constraints(admin: psycopg.Connection, table: str) -> None:
    """Let a table take any value of its columns' types: what is compared is how it is written."""
    admin.execute("SET session_replication_role = replica")
    named = admin.execute(
        "SELECT conname FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('c', 'u', 'f', 'x')",
        [f"app.{table}"],
    )
    for (name,) in named.fetchall():
        statement = "ALTER TABLE {} DROP CONSTRAINT {} CASCADE"
        admin.execute(sql.SQL(statement).format(sql.Identifier("app", table), sql.Identifier(name)))
    indexes = admin.execute(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = %s::regclass AND i.indisunique AND NOT i.indisprimary",
        [f"app.{table}"],
    )
    for (name,) in indexes.fetchall():
        admin.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier("app", name)))


def plant(admin: psycopg.Connection, crud: AnyCRUD, row: Row) -> None:
    """Insert a row past every rule; documents are written as the application writes them."""
    columns = crud.table.columns
    values = [
        Json(value, dumps=to_json)
        if isinstance(columns[name].type, JSON) and value is not None
        else value
        for name, value in row.values.items()
    ]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("app", crud.table.name),
        sql.SQL(", ").join(map(sql.Identifier, row.values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row.values)),
    )
    admin.execute(statement, values)


def plant_what_it_refers_to(admin: psycopg.Connection, crud: AnyCRUD, row: Row) -> None:
    """Insert the rows of other tables that a row names, and those that they name in turn.

    A computed member may read any of them.
    """
    for key in crud.table.foreign_key_constraints:
        if key.referred_table.name in {"tenants", crud.table.name}:
            continue
        named = {
            element.column.name: row.values.get(element.parent.name) for element in key.elements
        }
        if None in named.values():
            continue
        other: AnyCRUD = BaseCRUD(_models()[key.referred_table.name])
        lift_constraints(admin, key.referred_table.name)
        any_values = {
            column.name: _choices(other, column)[0]
            for column in other.table.columns
            if column.computed is None and column.name != "id"
        }
        values = {**any_values, **named}
        row_id = values.setdefault("id", new_id())
        assert isinstance(row_id, UUID)
        if not _is_planted(admin, other, row_id):
            plant(admin, other, Row(row_id, values))
            plant_what_it_refers_to(admin, other, Row(row_id, values))


def _models() -> dict[str, type[SQLModel]]:
    mappers = SQLModel._sa_registry.mappers
    return {str(mapper.local_table.name): mapper.class_ for mapper in mappers}  # type: ignore[attr-defined]  # a table


def _is_planted(admin: psycopg.Connection, crud: AnyCRUD, row_id: UUID) -> bool:
    statement = sql.SQL("SELECT FROM {} WHERE id = %s").format(
        sql.Identifier("app", crud.table.name)
    )
    return admin.execute(statement, [row_id]).fetchone() is not None
