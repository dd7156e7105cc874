"""What Postgres renders is, byte for byte, what the resource's schema would have dumped."""

import json
from contextlib import AbstractAsyncContextManager

import psycopg
import pytest
from pydantic import BaseModel, field_serializer

from app.api.human.models import Human
from app.api.human.schemas import HumanPublic
from app.api.shared.crud import BaseCRUD
from app.api.shared.response import ListModel, ListQuery
from app.core.tenant_db import BoundSession, PlatformContext
from tests.database import Database
from tests.house.rendering import (
    AnyCRUD,
    Row,
    crud_classes,
    cruds,
    lift_constraints,
    plant,
    related_rows,
    rows_of,
)
from tests.worlds import TenantWorld

CRUDS = cruds()


def test_every_crud_renders_a_schema() -> None:
    assert {type(crud) for crud in CRUDS.values()} == crud_classes()


@pytest.mark.parametrize("crud", CRUDS.values(), ids=CRUDS)
async def test_what_is_rendered_equals_the_schemas_own_dump(
    crud: AnyCRUD, database: Database, acme: TenantWorld
) -> None:
    """Row by row, as a page, and beside the row as an instance of its model."""
    rows = _planted(crud, database, acme)

    rendered = {row.id: await _rendered(crud, acme, row) for row in rows}
    async with _session(crud, acme) as session:
        page = bytes((await crud.find_json(session, ListQuery(limit=200))).body)

    for row in rows:
        read = _public(crud).model_validate_json(rendered[row.id])
        assert read.model_dump_json().encode() == rendered[row.id]
        assert _differing(crud, read, row) == []
        assert await _dumped_instance(crud, acme, row) in {rendered[row.id], None}
    seen = {name for raw in rendered.values() for name, value in json.loads(raw).items() if value}
    assert set(crud.computed) & set(_public(crud).model_fields) <= seen
    listed = ListModel[_public(crud)].model_validate_json(page)  # type: ignore[misc]  # by name
    assert listed.model_dump_json().encode() == page
    assert {row.id for row in rows} <= {read.id for read in listed.results}


async def _rendered(crud: AnyCRUD, world: TenantWorld, row: Row) -> bytes:
    async with _session(crud, world) as session:
        return bytes((await crud.get_json(session, row.id)).body)


async def _dumped_instance(crud: AnyCRUD, world: TenantWorld, row: Row) -> bytes | None:
    """Return what the schema dumps of the model's instance, unless only SQL can read it whole."""
    if crud.computed:
        return None
    async with _session(crud, world) as session:
        instance = await crud.get(session, row.id)
        read = _public(crud).model_validate(instance, from_attributes=True)
    return read.model_dump_json().encode()


class Shouting(HumanPublic):
    """A schema that dumps otherwise than Postgres renders."""

    @field_serializer("first_name")
    def _shout(self, value: str) -> str:
        return value.upper()


async def test_a_schema_that_dumps_otherwise_is_found(
    database: Database, acme: TenantWorld
) -> None:
    crud: AnyCRUD = BaseCRUD(Human, Shouting)
    rows = _planted(crud, database, acme)

    async with acme.session() as session:
        rendered = bytes((await crud.get_json(session, rows[0].id)).body)

    assert Shouting.model_validate_json(rendered).model_dump_json().encode() != rendered


def _planted(crud: AnyCRUD, database: Database, world: TenantWorld) -> list[Row]:
    rows = rows_of(crud, world.tenant_id)
    related = related_rows(crud, rows, world.tenant_id)
    with psycopg.connect(database.admin_dsn) as admin:
        for name in {row.table.name for row in [*rows, *related]}:
            lift_constraints(admin, name)
        for row in [*rows, *related]:
            plant(admin, row)
    return rows


def _public(crud: AnyCRUD) -> type[BaseModel]:
    assert crud.public is not None
    return crud.public


def _session(crud: AnyCRUD, world: TenantWorld) -> AbstractAsyncContextManager[BoundSession]:
    if "tenant_id" in crud.table.c:
        return world.session()
    return world.database.platform(PlatformContext("system:test"))


def _differing(crud: AnyCRUD, read: BaseModel, row: Row) -> list[str]:
    """Return the members that were read otherwise than they were written."""
    return [
        name
        for name in type(read).model_fields
        if name in row.values
        and name not in crud.computed
        and getattr(read, name) != row.values[name]
    ]
