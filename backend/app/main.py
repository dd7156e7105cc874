"""The application: the only place where everything meets."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import sentry_sdk
from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from app.api.router import api_router
from app.core.config import Settings, get_settings
from app.core.db import Database
from app.core.docs_pages import install_docs_pages
from app.core.logging import configure_logging
from app.core.middleware import RequestEdge
from app.core.openapi import DocumentedAPI
from app.core.problems import Problem, install_problem_handlers
from app.core.routing import DirectRoutes
from app.services.storage import make_storage

VERSION = "0.1.0"

API_PREFIX = "/api/v1"
SHORT_PREFIX = "/v1"
"""The contract's table writes paths so; the same routes, hidden from the schema."""

OPENAPI_URL = f"{API_PREFIX}/openapi.json"


class _Overrides:
    """Where FastAPI looks for ``dependency_overrides``: the same for all applications."""

    def __init__(self) -> None:
        self.dependency_overrides: dict[Callable[..., object], Callable[..., object]] = {}


_OVERRIDES = _Overrides()


def _mounted() -> list[BaseRoute]:
    """Return the routes below their prefixes.

    Once in a process: FastAPI works out each route's parameters for each place it is mounted
    at, which takes a second for all of them, and a run of tests makes thousands of
    applications.
    """
    router = APIRouter(
        dependency_overrides_provider=_OVERRIDES,
        generate_unique_id_function=lambda route: route.name,
        responses={"default": {"model": Problem, "description": "A problem (RFC 9457)."}},
    )
    router.include_router(api_router, prefix=API_PREFIX)
    router.include_router(api_router, prefix=SHORT_PREFIX, include_in_schema=False)
    return router.routes


_ROUTES = _mounted()


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; nothing connects before its lifespan begins."""
    settings = settings or get_settings()
    configure_logging(settings)
    if settings.sentry_dsn:
        sentry_sdk.init(
            settings.sentry_dsn, environment=settings.environment, send_default_pii=False
        )
    app = DocumentedAPI(
        title="EdgeOS",
        summary="Pop-up cities and events of many organisations, kept apart by Postgres.",
        version=VERSION,
        openapi_url=OPENAPI_URL,
        docs_url=None,  # pages of our own, below
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,  # a redirect would name whatever host the client claimed
    )
    app.state.settings = settings
    app.dependency_overrides = _OVERRIDES.dependency_overrides
    app.router.routes.extend(_ROUTES)
    app.router.middleware_stack = DirectRoutes(app.router)
    install_docs_pages(app, OPENAPI_URL)
    install_problem_handlers(app)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Tenant-Id"],
            expose_headers=["X-Request-Id", "Retry-After"],
        )
    app.add_middleware(
        RequestEdge,
        largest_body=settings.request_max_bytes,
        largest_upload=settings.upload_max_bytes,
    )
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Open the pools; refuse to serve from a database that would not keep tenants apart."""
    settings: Settings = app.state.settings
    database = Database(settings)
    try:
        await database.refuse_if_unsafe()
        app.state.database = database
        app.state.storage = make_storage(settings)
        yield
    finally:
        await database.close()


def __getattr__(name: str) -> FastAPI:
    """Make ``app.main:app`` when a server asks for it: importing reads no settings."""
    if name == "app":
        application = globals()["app"] = create_app()
        return application
    raise AttributeError(name)


def __dir__() -> list[str]:
    """Name the application, so that ``fastapi dev app/main.py`` finds it."""
    return [*globals(), "app"]
