"""The short way to a route is the way FastAPI goes, only shorter."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import Scope

from app.core.config import Settings
from app.core.routing import DirectRoutes
from app.main import create_app


async def tell(request: Request) -> dict[str, object]:
    return {"route": request.scope["route"].name, "params": request.path_params}


def make_app() -> FastAPI:
    inner = APIRouter(prefix="/things")
    inner.get("/{thing_id}", name="declared_before_mine")(tell)
    inner.get("/mine", name="mine")(tell)
    inner.post("/mine", name="make_mine")(tell)
    inner.get("", name="things")(tell)
    inner.get("/{thing_id}/parts/{part_id}", name="part")(tell)
    inner.get("/{thing_id}/parts/first", name="first_part")(tell)
    inner.delete("/{thing_id}", name="delete")(tell)
    outer = APIRouter()
    outer.get("/files/{path:path}", name="file")(tell)
    outer.get("/files/{name}/size", name="size")(tell)
    outer.get("/numbers/{number:int}", name="number")(tell)
    outer.include_router(inner)
    app = FastAPI(redirect_slashes=False)
    app.include_router(outer, prefix="/api")
    app.include_router(outer, prefix="/v1")
    return app


def make_direct_app() -> FastAPI:
    app = make_app()
    app.router.middleware_stack = DirectRoutes(app.router)
    return app


async def ask(app: FastAPI, method: str, path: str) -> tuple[int, object, str | None]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(method, path)
        return answer.status_code, answer.json(), answer.headers.get("allow")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/things"),
        ("GET", "/v1/things"),
        ("GET", "/api/things/1"),
        ("GET", "/api/things/mine"),
        ("POST", "/api/things/mine"),
        ("DELETE", "/api/things/mine"),
        ("PUT", "/api/things/mine"),
        ("GET", "/api/things/1/parts/first"),
        ("GET", "/api/things/1/parts/2"),
        ("GET", "/api/things/1/parts"),
        ("GET", "/api/things/"),
        ("GET", "/api/things//parts/2"),
        ("GET", "/api/things/a%2Fb"),
        ("GET", "/api/things/a%0A"),
        ("GET", "/api/things/%C3%A4"),
        ("GET", "/api/files/a/b"),
        ("GET", "/api/files/a/size"),
        ("GET", "/api/numbers/12"),
        ("GET", "/api/numbers/twelve"),
        ("GET", "/docs/../api/things"),
        ("GET", "/nowhere"),
        ("GET", "//api/things"),
        ("PATCH", "/openapi.json"),
    ],
)
async def test_direct_routes_answer_as_fastapi_does(method: str, path: str) -> None:
    expected = await ask(make_app(), method, path)

    seen = await ask(make_direct_app(), method, path)

    assert seen == expected


def test_direct_routes_know_all_routes_but_those_of_files(settings: Settings) -> None:
    app = create_app(settings)
    direct = DirectRoutes(app.router)
    contexts = [
        context
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
    ]
    asked = [
        (method, str(context.path_format).replace("{", "").replace("}", ""))
        for context in contexts
        for method in context.methods or ()
    ]

    found = [direct._find(scope_of(method, path)) for method, path in asked]

    unknown = {path for (_, path), route in zip(asked, found, strict=True) if route is None}
    assert unknown == {"/api/v1/uploads/files/key", "/v1/uploads/files/key"}
    for (method, path), route in zip(asked, found, strict=True):
        first = next(
            c for c in contexts if method in (c.methods or ()) and c.path_regex.match(path)
        )
        assert route is None or route[0].context.endpoint is first.endpoint


def scope_of(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": ""}
