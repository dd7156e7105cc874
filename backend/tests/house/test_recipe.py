"""The recipe for a new resource, followed by hand: eight steps, each as it is written down."""

from pathlib import Path

import psycopg

from tests.database import Database
from tests.house.scratch import Scratch

MODELS = """
from sqlmodel import SQLModel, Field
from uuid import UUID, uuid4

class ResourceBase(SQLModel):
    name: str

class Resources(ResourceBase, table=True):
    id: UUID | None = Field(default_factory=uuid4, primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
"""

SCHEMAS = """
from uuid import UUID
from sqlmodel import SQLModel
from app.api.resource.models import ResourceBase

class ResourceCreate(ResourceBase):
    pass

class ResourceUpdate(SQLModel):
    name: str | None = None

class ResourcePublic(ResourceBase):
    id: UUID
"""

CRUD = """
from app.api.resource.models import Resources
from app.api.resource.schemas import ResourceCreate, ResourceUpdate
from app.api.shared.crud import BaseCRUD

class ResourceCRUD(BaseCRUD[Resources, ResourceCreate, ResourceUpdate]):
    def __init__(self):
        super().__init__(Resources)

resource_crud = ResourceCRUD()
"""

ROUTER = """
from uuid import UUID

from fastapi import APIRouter

from app.core.dependencies.users import TenantSession, CurrentUser
from app.api.resource.crud import resource_crud
from app.api.resource.schemas import ResourceCreate, ResourcePublic, ResourceUpdate
from app.api.shared.response import ListModel, Paging

router = APIRouter(prefix="/resources", tags=["resources"])

@router.get("", response_model=ListModel[ResourcePublic])
async def list_resources(
    db: TenantSession,      # RLS-enabled session
    _: CurrentUser,         # Require authentication
    skip: int = 0,
    limit: int = 100,
) -> ListModel[ResourcePublic]:
    results, total = await resource_crud.find(db, skip=skip, limit=limit)
    return ListModel(
        results=[ResourcePublic.model_validate(r) for r in results],
        paging=Paging(skip=skip, limit=limit, total=total)
    )

@router.post("", response_model=ResourcePublic, status_code=201)
async def create_resource(data: ResourceCreate, db: TenantSession, _: CurrentUser):
    return await resource_crud.create(db, data)

@router.patch("/{resource_id}", response_model=ResourcePublic)
async def update_resource(
    resource_id: UUID, data: ResourceUpdate, db: TenantSession, _: CurrentUser
):
    return await resource_crud.update(db, await resource_crud.get(db, resource_id), data)

@router.delete("/{resource_id}", status_code=204)
async def delete_resource(resource_id: UUID, db: TenantSession, _: CurrentUser) -> None:
    await resource_crud.delete(db, await resource_crud.get(db, resource_id))
"""

TESTS = """
from uuid import uuid4

import httpx
from sqlmodel import select

from app.api.resource.models import Resources
from tests.worlds import TenantWorld


async def test_two_organisations_keep_their_resources_apart(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    made = {}
    for world in (acme, globex):
        for name in ("same", "same again"):
            answer = await client.post(
                "/api/v1/resources", headers=world.headers, json={"name": name}
            )
            assert answer.status_code == 201, answer.text
            made.setdefault(world.slug, []).append(answer.json())

    for world in (acme, globex):
        listed = await client.get("/v1/resources?limit=1", headers=world.headers)
        whole = await client.get("/api/v1/resources", headers=world.viewer_headers)
        assert listed.json()["paging"] == {"skip": 0, "limit": 1, "total": 2}
        assert sorted(whole.json()["results"], key=str) == sorted(made[world.slug], key=str)
        async with world.session() as session:
            rows = (await session.exec(select(Resources))).all()
            assert {row.tenant_id for row in rows} == {world.tenant_id}


async def test_anothers_resource_answers_like_none(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    theirs = (
        await client.post("/api/v1/resources", headers=globex.headers, json={"name": "theirs"})
    ).json()

    for method, body in (("PATCH", {"name": "taken"}), ("DELETE", None)):
        answers = [
            await client.request(
                method, f"/api/v1/resources/{asked}", headers=acme.headers, json=body
            )
            for asked in (theirs["id"], uuid4())
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    listed = await client.get("/api/v1/resources", headers=globex.headers)
    assert listed.json()["results"] == [theirs]


async def test_patch_changes_what_is_sent(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    made = (
        await client.post("/api/v1/resources", headers=acme.headers, json={"name": "one"})
    ).json()
    address = f"/api/v1/resources/{made['id']}"

    nothing = await client.patch(address, headers=acme.headers, json={})
    renamed = await client.patch(address, headers=acme.headers, json={"name": "two"})

    assert nothing.json() == made
    assert renamed.json() == {**made, "name": "two"}
    assert (await client.delete(address, headers=acme.headers)).status_code == 204
"""

FILES = {
    "app/api/resource/__init__.py": "",
    "app/api/resource/models.py": MODELS,
    "app/api/resource/schemas.py": SCHEMAS,
    "app/api/resource/crud.py": CRUD,
    "app/api/resource/router.py": ROUTER,
    "tests/api/resource/test_resources.py": TESTS,
}
"""Steps one to five: a directory, and its four files."""

LISTINGS = {
    "app/api/router.py": """
from app.api.resource.router import router as resource_router
api_router.include_router(resource_router)
""",
    "app/models.py": "\nfrom app.api.resource.models import Resources\n",
}
"""Steps six and seven: the router and the model are registered."""


def test_the_eight_steps_make_a_resource_that_keeps_tenants_apart(
    database: Database, tmp_path: Path
) -> None:
    scratch = Scratch.make(tmp_path / "copy", database)
    for name, text in FILES.items():
        path = scratch.backend / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    for name, lines in LISTINGS.items():
        with (scratch.backend / name).open("a", encoding="utf-8") as file:
            file.write(lines)

    printed = scratch.run(
        """
        cd backend
        export PATH="$PWD/.venv/bin:$PATH"
        alembic revision --autogenerate -m "Add resources"
        alembic upgrade head
        # The recipe declares no refusals, and need not.
        pytest -q -p no:cacheprovider -p no:tests.house.recording tests/api/resource
        """
    )

    assert "3 passed" in printed
    assert _catalog(database) == (
        "tenant_id",
        True,
        "PRIMARY KEY (tenant_id, id)",
        "FOREIGN KEY (tenant_id) REFERENCES app.tenants(id)",
    )
    with psycopg.connect(database.admin_dsn) as connection:
        assert connection.execute("SELECT * FROM tenancy.audit").fetchall() == []
    scratch.run('cd backend; export PATH="$PWD/.venv/bin:$PATH"; alembic downgrade -1')
    assert _catalog(database) is None


def _catalog(database: Database) -> object:
    """Return how the table is protected and keyed, or None where there is none."""
    with psycopg.connect(database.admin_dsn) as connection:
        return connection.execute(
            """
            SELECT p.col, c.relforcerowsecurity,
                   (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
                     WHERE k.conrelid = c.oid AND k.contype = 'p'),
                   (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
                     WHERE k.conrelid = c.oid AND k.contype = 'f')
              FROM pg_class c JOIN tenancy.protected p ON p.relid = c.oid
             WHERE c.oid = to_regclass('app.resources')
            """
        ).fetchone()
