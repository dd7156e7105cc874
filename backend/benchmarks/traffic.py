"""The requests of each operation: the same for every contender."""

import json
import random
import secrets
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from benchmarks.load import Job, Request
from benchmarks.plan import PAGE, Plan
from benchmarks.world import DESCRIPTION, BenchTenant, World

PATH = "/api/v1/products"

POINTS_PER_TENANT = 100
"""Different rows that are read from each organisation."""


class Operation(StrEnum):
    """What is measured."""

    LIST = "list"
    POINT = "point"
    INSERT = "insert"


def requests_of(operation: Operation, world: World) -> list[Request]:
    """Return the requests of an operation, for all its organisations.

    What is inserted gets a slug of its own: the load generator replaces ``{number}``.
    """
    if operation is Operation.LIST:
        return [_list(tenant) for tenant in world.read_from]
    if operation is Operation.POINT:
        return [
            _point(tenant, product_id)
            for tenant in world.read_from
            for product_id in _sample(tenant.product_ids)
        ]
    run = secrets.token_hex(4)
    return [
        _insert(tenant, popup_id, f"{run}-{{number}}")
        for tenant in world.written_to
        for popup_id in tenant.popup_ids
    ]


def _sample(product_ids: tuple[UUID, ...]) -> list[UUID]:
    return random.Random(1).sample(product_ids, min(POINTS_PER_TENANT, len(product_ids)))


def _head(method: str, path: str, tenant: BenchTenant) -> str:
    return (
        f"{method} {path} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "Accept: application/json\r\n"
        f"Authorization: Bearer {tenant.token}\r\n"
    )


def _list(tenant: BenchTenant) -> Request:
    total = len(tenant.product_ids)
    return Request(
        head=_head("GET", f"{PATH}?limit={PAGE}", tenant),
        body="",
        status=200,
        expected={"rows": min(PAGE, total), "total": total},
    )


def _point(tenant: BenchTenant, product_id: UUID) -> Request:
    return Request(
        head=_head("GET", f"{PATH}/{product_id}", tenant),
        body="",
        status=200,
        expected={"id": str(product_id)},
    )


def product_to_insert(popup_id: UUID, slug: str) -> dict[str, object]:
    """Return what is sent to make a product."""
    return {
        "popup_id": str(popup_id),
        "name": "Month ticket",
        "slug": slug,
        "description": DESCRIPTION,
        "category": "ticket",
        "attendee_category": "main",
        "duration": "month",
        "price_minor": 45_000,
        "compare_price_minor": 60_000,
        "sale_starts_at": "2030-01-01T00:00:00Z",
        "sale_ends_at": "2030-06-01T00:00:00Z",
        "capacity": 500,
        "max_per_order": 4,
    }


def _insert(tenant: BenchTenant, popup_id: UUID, slug: str) -> Request:
    return Request(
        head=_head("POST", PATH, tenant) + "Content-Type: application/json\r\n",
        body=json.dumps(product_to_insert(popup_id, slug)),
        status=201,
        expected={"popup_id": str(popup_id)},
    )


def write_job(path: Path, plan: Plan, port: int, requests: list[Request]) -> None:
    """Write down one run of the load generator for it to read."""
    job = Job(
        port=port,
        connections=plan.connections,
        warm_up_seconds=plan.warm_up_seconds,
        seconds=plan.seconds,
        requests=requests,
    )
    path.write_text(json.dumps(asdict(job)))
