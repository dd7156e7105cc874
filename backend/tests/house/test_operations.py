"""What the house reads off a route is what the route does."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.routing import iter_route_contexts

from app.api.shared.dependencies import (
    PublicSession,
    Requires,
    TenantSession,
    get_tenant_session,
)
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, ListQuery
from app.core.errors import NotFound
from app.core.problems import problems
from app.core.tenant_db import BoundSession
from tests.house.operations import Operation, operations_of

LateSession = Annotated[BoundSession, Depends(get_tenant_session)]


async def get_own_session() -> AsyncIterator[BoundSession]:
    """Open a session past the shared dependencies."""
    yield BoundSession.__new__(BoundSession)


def get_number() -> int:
    return 1


def _planted() -> dict[str, Operation]:
    """Describe routes with a fault each, as the house would read them."""
    router = APIRouter(prefix="/things")

    @router.get("/bare/{thing_id}")
    async def bare(thing_id: int) -> int:
        return thing_id

    @router.get("/twice", dependencies=[Requires(Permission.USERS_READ)])
    async def twice(
        one: TenantSession, other: PublicSession, _: Annotated[int, Requires(Permission.LOG_IN)]
    ) -> bool:
        return one is other

    @router.get("/late")
    async def late(session: LateSession) -> bool:
        return session.is_active

    @router.get("/threaded")
    async def threaded(number: Annotated[int, Depends(get_number)]) -> int:
        return number

    @router.get("/own")
    async def own(
        session: Annotated[BoundSession, Depends(get_own_session, scope="function")],
    ) -> bool:
        return session.is_active

    @router.get("", response_model=ListModel[int], responses=problems(NotFound))
    async def listed(query: Annotated[ListQuery, Query()], flag: bool = False) -> list[int]:
        return [query.skip, flag]

    app = FastAPI()
    app.include_router(router, prefix="/v1")
    app.include_router(router, prefix="/hidden", include_in_schema=False)
    found = operations_of(list(iter_route_contexts(app.routes)))
    return {o.path.removeprefix("/v1/things"): o for o in found if o.is_documented}


def test_operations_show_a_route_that_declares_nothing() -> None:
    bare = _planted()["/bare/{thing_id}"]

    assert bare.permissions == ()
    assert bare.sessions == frozenset()
    assert bare.problems == frozenset()
    assert bare.has_path_parameter


def test_operations_show_every_permission_and_session() -> None:
    twice = _planted()["/twice"]

    assert sorted(twice.permissions) == [Permission.LOG_IN, Permission.USERS_READ]
    assert twice.sessions == {"TenantSession", "PublicSession"}
    assert twice.late_commits == frozenset()


def test_operations_show_a_session_that_commits_after_the_answer() -> None:
    assert _planted()["/late"].late_commits == {"TenantSession"}


def test_operations_show_what_runs_in_a_thread() -> None:
    assert _planted()["/threaded"].threads == {"get_number"}
    assert _planted()["/twice"].threads == frozenset()


def test_operations_show_a_session_of_a_routes_own() -> None:
    assert _planted()["/own"].sessions == {"get_own_session"}


def test_operations_show_lists_their_query_and_their_refusals() -> None:
    listed = _planted()[""]

    assert listed.is_list
    assert listed.queries == (ListQuery,)
    assert listed.problems == {"not-found"}
    assert "404" in listed.statuses
