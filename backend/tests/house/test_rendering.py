"""What Postgres renders is, byte for byte, what the resource's schema would have dumped."""

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
    plant_what_it_refers_to,
    rows_of,
)
from tests.worlds import TenantWorld

CRUDS = cruds()


def test_every_crud_renders_a_schema() -> None:
    assert {type(crud) for crud in CRUDS.values()} == crud_classes()


@pytest.mark.parametrize("crud", CRUDS.values(), ids=CRUDS)
async def test_rendered_rows_equal_the_schemas_own_dump(
    crud: AnyCRUD, database: Database, acme: TenantWorld
) -> None:
    rows = _planted(crud, database, acme)

    for row in rows:
        async with _session(crud, acme) as session:
            rendered = bytes((await crud.get_json(session, row.id)).body)
        read = _public(crud).model_validate_json(rendered)
        assert read.model_dump_json().encode() == rendered
        assert _differing(crud, read, row) == []


@pytest.mark.parametrize("crud", CRUDS.values(), ids=CRUDS)
async def test_a_rendered_page_equals_the_schemas_own_dump(
    crud: AnyCRUD, database: Database, acme: TenantWorld
) -> None:
    rows = _planted(crud, database, acme)

    async with _session(crud, acme) as session:
        rendered = bytes((await crud.find_json(session, ListQuery(limit=200))).body)

    page = ListModel[_public(crud)].model_validate_json(rendered)  # type: ignore[misc]  # by name
    assert page.model_dump_json().encode() == rendered
    assert {row.id for row in rows} <= {read.id for read in page.results}


@pytest.mark.parametrize("crud", CRUDS.values(), ids=CRUDS)
async def test_rows_read_as_instances_dump_what_is_rendered(
    crud: AnyCRUD, database: Database, acme: TenantWorld
) -> None:
    if crud.computed:
        pytest.skip("its schema has members that only a statement can read")
    rows = _planted(crud, database, acme)

    for row in rows:
        async with _session(crud, acme) as session:
            instance = await crud.get(session, row.id)
            dumped = _public(crud).model_validate(instance, from_attributes=True).model_dump_json()
            rendered = bytes((await crud.get_json(session, row.id)).body)
        assert dumped.encode() == rendered


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
    with psycopg.connect(database.admin_dsn) as admin:
        lift_constraints(admin, crud.table.name)
        for row in rows:
            plant(admin, crud, row)
            if crud.computed:
                plant_what_it_refers_to(admin, crud, row)
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
