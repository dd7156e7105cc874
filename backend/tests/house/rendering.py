"""Every resource's rendered reads, found by themselves, and rows that would show a difference."""

import importlib
import importlib.util
import pkgutil
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TypeAlias
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Json
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_json
from sqlalchemy import JSON, BigInteger, Column, Enum, Integer, String, Table, TypeDecorator
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

import app.api
import app.models  # so that every foreign key is known
from app.api.allotment.models import AllotmentKind
from app.api.shared.crud import BaseCRUD
from app.api.shared.types import new_id
from tests.house.operations import models_in
from tests.house.samples import Sample, of_field, rotated, samples_of

AnyCRUD: TypeAlias = BaseCRUD[SQLModel, BaseModel, BaseModel]


@dataclass(frozen=True)
class Row:
    """One row to plant: its table, its id, and the values of its columns."""

    table: Table
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
    fields = crud.public.model_fields if crud.public else {}
    known = {name: field for name, field in fields.items() if name not in crud.computed}
    return _rows(crud.table, tenant_id, known)


def related_rows(crud: AnyCRUD, rows: list[Row], tenant_id: UUID) -> list[Row]:
    """Return what computed members are read from: the rows these name, and rows that name these.

    What they name is followed to its end; of those that name them there is one for each.
    """
    if not crud.computed:
        return []
    inside = list(models_in(crud.public))[1:]
    found: dict[tuple[str, UUID], Row] = {}
    said: dict[tuple[str, UUID], set[str]] = {}
    own = {row.id for row in rows}
    counted = _counted(crud.table, rows, tenant_id)
    # What these say of others holds first, and then what those that name them say.
    waiting = deque([*rows, *_naming(crud.table, rows, tenant_id, inside), *counted])
    while waiting:
        row = waiting.popleft()
        found.setdefault((row.table.name, row.id), row)
        for other in _named(row, tenant_id, inside):
            key = other.table.name, other.id
            if other.table is crud.table and other.id in own:
                continue  # it is there as it is, and names what it names
            if key not in said:
                waiting.append(other)
            known = found.setdefault(key, other)
            new = _named_values(row, other)
            before = said.setdefault(key, set())
            known.values.update({name: new[name] for name in new.keys() - before})
            before |= new.keys()
    return [row for row in found.values() if row.table is not crud.table]


def _naming(
    table: Table, rows: list[Row], tenant_id: UUID, models: list[type[BaseModel]]
) -> Iterator[Row]:
    """Yield a row of every other table for each of these, naming it by all the keys it has.

    By one alone, what another key says would be a sample that the row named has to follow.
    """
    for other in SQLModel.metadata.sorted_tables:
        keys = [key for key in other.foreign_key_constraints if key.referred_table is table]
        if not keys or other is table:
            continue
        samples = _rows(other, tenant_id, _fields_of(other, models))
        for turn, row in enumerate(rows):
            said = (element for key in keys for element in key.elements)
            named = {e.parent.name: row.values.get(e.column.name) for e in said}
            row_id = new_id()
            values = {**samples[turn % len(samples)].values, **named, "id": row_id}
            yield Row(other, row_id, values)


def _counted(table: Table, rows: list[Row], tenant_id: UUID) -> Iterator[Row]:
    """Yield what counts these, where something does: it has their ids, and no key says so."""
    if table.name.removesuffix("s") not in set(AllotmentKind):
        return
    allotments, holds = (
        SQLModel.metadata.tables[f"app.{name}"] for name in ("allotments", "holds")
    )
    for row in rows:
        kept: dict[str, Sample] = {"tenant_id": tenant_id, "id": row.id, "held": 2, "taken": 3}
        kind = {"popup_id": new_id(), "kind": table.name.removesuffix("s")}
        yield Row(allotments, row.id, {**kept, **kind, "capacity": 7})
        held: dict[str, Sample] = {"tenant_id": tenant_id, "id": new_id(), "order_id": new_id()}
        counts: dict[str, Sample] = {"allotment_id": row.id, "quantity": 2, "state": "held"}
        yield Row(holds, new_id(), {**held, **counts})


def _named(row: Row, tenant_id: UUID, models: list[type[BaseModel]]) -> Iterator[Row]:
    """Yield the rows of other tables that a row names."""
    for key in row.table.foreign_key_constraints:
        other = key.referred_table
        named = {e.column.name: row.values.get(e.parent.name) for e in key.elements}
        row_id = named.get("id")
        if other.name == "tenants" or other is row.table or not isinstance(row_id, UUID):
            continue
        samples = _rows(other, tenant_id, _fields_of(other, models))
        sample = samples[row.id.int % len(samples)].values
        yield Row(other, row_id, {**sample, **_settable(other, named)})


def _named_values(row: Row, other: Row) -> dict[str, Sample]:
    """Return what a row says of another one by all the keys that name it."""
    said: dict[str, Sample] = {}
    for key in row.table.foreign_key_constraints:
        if key.referred_table is other.table:
            named = {e.column.name: row.values.get(e.parent.name) for e in key.elements}
            said |= named if named.get("id") == other.id else {}
    return _settable(other.table, said)


def _settable(table: Table, values: Mapping[str, Sample]) -> dict[str, Sample]:
    return {name: value for name, value in values.items() if table.c[name].computed is None}


def _fields_of(table: Table, models: list[type[BaseModel]]) -> Mapping[str, FieldInfo]:
    """Return the members of the nested model that a table's rows are rendered by, if any."""
    fitting = [model for model in models if set(model.model_fields) <= set(table.c.keys())]
    return fitting[0].model_fields if fitting else {}


def _rows(table: Table, tenant_id: UUID, fields: Mapping[str, FieldInfo]) -> list[Row]:
    choices = {
        column.name: _choices(column, fields.get(column.name))
        for column in table.columns
        if column.computed is None and column.name not in {"id", "tenant_id"}
    }
    own = {"tenant_id": tenant_id} if "tenant_id" in table.c else {}
    return [
        Row(table, row_id := new_id(), {"id": row_id, **own, **values})
        for values in rotated(choices)
    ]


def _choices(column: Column[object], field: FieldInfo | None) -> list[Sample]:
    if column.name == "deleted_at":
        return [None]
    if field is not None:
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


def plant(admin: psycopg.Connection, row: Row) -> None:
    """Insert a row past every rule; documents are written as the application writes them."""
    columns = row.table.columns
    values = [
        Json(value, dumps=to_json)
        if isinstance(columns[name].type, JSON) and value is not None
        else value
        for name, value in row.values.items()
    ]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("app", row.table.name),
        sql.SQL(", ").join(map(sql.Identifier, row.values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row.values)),
    )
    admin.execute(statement, values)
