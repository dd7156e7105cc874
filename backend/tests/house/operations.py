"""Every operation of the API, with what its route declares: read off the application itself."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args, get_type_hints

from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel, SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.shared import dependencies
from app.api.shared.permissions import Permission
from app.core.problems import MEDIA_TYPE
from app.main import create_app
from tests.database import GivenSettings

SESSIONS: dict[object, str] = {
    dependencies.get_tenant_session: "TenantSession",
    dependencies.get_public_session: "PublicSession",
    dependencies.get_service_session: "ServiceSession",
    dependencies.get_platform_session: "SessionDep",
    dependencies.get_export_session: "ExportSession",
}
"""What opens a session, and what routes call it; one that is not here goes by its own name."""

ANY_SETTINGS = GivenSettings(secret_key=SecretStr("a-secret-for-documents-0123456789"))
"""Enough to make an application that serves nobody."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    is_documented: bool
    permissions: tuple[Permission, ...]
    sessions: frozenset[str]
    late_commits: frozenset[str]
    """Sessions that would commit only after the answer has left."""
    threads: frozenset[str]
    """Dependencies that FastAPI would run in a thread, as it does whatever is not async."""
    problems: frozenset[str]
    """The slugs of the refusals it declares."""
    statuses: frozenset[str]
    response_model: object
    queries: tuple[type[BaseModel], ...]
    """The models its query string is read into."""
    bodies: tuple[type[BaseModel], ...]
    """The models its body is read into."""
    summary: str
    """What its docstring says."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def has_path_parameter(self) -> bool:
        return "{" in self.path

    @property
    def is_list(self) -> bool:
        return getattr(self.response_model, "__name__", "").startswith("ListModel[")


def _dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _dependants(inner)


def _session(dependant: Dependant) -> str | None:
    """Return the name of the session that a dependency opens, if it opens one."""
    call = dependant.call
    if call is None or not inspect.isasyncgenfunction(call):
        return None
    returned = get_type_hints(call).get("return")
    opens = any(
        isinstance(part, type) and issubclass(part, AsyncSession) for part in get_args(returned)
    )
    return SESSIONS.get(call, call.__name__) if opens else None


def _calls(dependant: Dependant) -> list[Callable[..., object]]:
    return [d.call for d in _dependants(dependant) if d.call is not None]


def _is_awaited(call: Callable[..., object]) -> bool:
    run = call if inspect.isroutine(call) else call.__call__  # type: ignore[operator]  # an object that is called
    return inspect.iscoroutinefunction(run) or inspect.isasyncgenfunction(run)


def _slugs(route: RouteContext) -> Iterator[str]:
    for answer in route.responses.values():
        yield from answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})


def _read(parameters: Iterable[ModelField]) -> tuple[type[BaseModel], ...]:
    """Return the models that parameters are read into."""
    found = (parameter.field_info.annotation for parameter in parameters)
    return tuple(kind for annotation in found for kind in models_in(annotation))


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield every model a type is made of, those inside models too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for part in get_args(annotation):
        yield from models_in(part)


def operations_of(routes: list[RouteContext]) -> list[Operation]:
    """Describe routes; those that Starlette adds for itself are no operations."""
    found: list[Operation] = []
    for route in routes:
        if not isinstance(route.original_route, APIRoute) or route.dependant is None:
            continue
        calls = _calls(route.dependant)
        dependants = list(_dependants(route.dependant))
        opened = [(_session(d), d.scope) for d in dependants]
        found.extend(
            Operation(
                name=route.unique_id,
                method=method,
                path=str(route.path),
                is_documented=route.include_in_schema,
                permissions=tuple(
                    call.permission for call in calls if isinstance(call, dependencies.Requirement)
                ),
                sessions=frozenset(name for name, _ in opened if name),
                late_commits=frozenset(
                    name for name, scope in opened if name and scope != "function"
                ),
                threads=frozenset(
                    getattr(call, "__name__", str(call)) for call in calls if not _is_awaited(call)
                ),
                problems=frozenset(_slugs(route)),
                statuses=frozenset(str(status) for status in route.responses),
                response_model=route.response_model,
                queries=_read(p for d in dependants for p in d.query_params),
                bodies=_read(p for d in dependants for p in d.body_params),
                summary=route.description or "",
            )
            for method in sorted(route.methods or ())
        )
    return found


@lru_cache(maxsize=1)
def operations() -> tuple[Operation, ...]:
    """Return every documented operation, in the order of the API."""
    app = create_app(ANY_SETTINGS)
    found = operations_of(list(iter_route_contexts(app.routes)))
    return tuple(operation for operation in found if operation.is_documented)
