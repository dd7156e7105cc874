"""Finds the route of a request in one look-up, however many routes there are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from re import Pattern
from typing import TypeAlias

from fastapi import APIRouter
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.convertors import StringConvertor
from starlette.types import ASGIApp, Receive, Scope, Send

Values: TypeAlias = tuple[str, ...]

ANYTHING = re.compile("")


@dataclass(frozen=True, slots=True)
class _Route:
    """What answers at the end of a path, and the names of the parameters in it."""

    rank: int
    """Of two routes that fit, the one declared first answers."""
    context: RouteContext
    app: ASGIApp
    names: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    """What may follow the segments so far; ``routes`` is by method."""

    literal: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    routes: dict[str, _Route] = field(default_factory=dict)

    def add(self, rank: int, context: RouteContext, app: ASGIApp) -> None:
        """Add a route below this node, which is the root."""
        node, names = self, []
        for segment in (context.path_format or "").split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        for method in context.methods or ():
            node.routes.setdefault(method, _Route(rank, context, app, tuple(names)))

    def ends(
        self, segments: list[str], place: int, values: Values
    ) -> Iterator[tuple["_Node", Values]]:
        """Yield each node where the segments may end, with the parameters on the way there."""
        if place == len(segments):
            yield self, values
            return
        segment = segments[place]
        if segment in self.literal:
            yield from self.literal[segment].ends(segments, place + 1, values)
        if self.parameter is not None and segment:
            yield from self.parameter.ends(segments, place + 1, (*values, segment))


class DirectRoutes:
    """Hands each request straight to its route; what it does not know goes FastAPI's way.

    FastAPI tries one route after the other, and again for each router inside a router: with
    a hundred routes that costs more than all else it does. The answer is the same, since of
    several routes that fit the first one answers here too, and 404, 405, redirects and the
    routes whose parameters are longer than a segment are left to FastAPI.
    """

    def __init__(self, router: APIRouter) -> None:
        """Wrap a router; its routes are read with the first request, when all are there."""
        self._router = router
        self._otherwise: ASGIApp = router.app
        self._root: _Node | None = None
        self._others: list[tuple[int, Pattern[str]]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or (found := self._find(scope)) is None:
            await self._otherwise(scope, receive, send)
            return
        route, values = found
        scope["router"] = self._router
        scope["route"] = route.context.original_route
        scope["endpoint"] = route.context.endpoint
        scope["path_params"] = dict(zip(route.names, values, strict=True))
        await route.app(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[_Route, Values] | None:
        if scope.get("root_path"):
            return None
        root = self._root or self._read()
        path, method = scope["path"], scope["method"]
        best: tuple[_Route, Values] | None = None
        for node, values in root.ends(path.split("/"), 1, ()):
            route = node.routes.get(method)
            if route is not None and (best is None or route.rank < best[0].rank):
                best = route, values
        if best is not None:
            for rank, pattern in self._others:
                if rank > best[0].rank:
                    break
                if pattern.match(path):
                    return None
        return best

    def _read(self) -> _Node:
        root = self._root = _Node()
        for rank, context in enumerate(iter_route_contexts(self._router.routes)):
            app: ASGIApp | None = getattr(context, "app", None)
            convertors = getattr(context, "param_convertors", None) or {}
            is_plain = all(type(each) is StringConvertor for each in convertors.values())
            if isinstance(context.original_route, APIRoute) and app is not None and is_plain:
                root.add(rank, context, app)
            else:
                self._others.append((rank, getattr(context, "path_regex", ANYTHING)))
        return root
