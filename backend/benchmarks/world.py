"""The data of a run: a server of its own, organisations, and products to list and to sell."""

import json
import secrets
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from app.alembic.provision import provision
from app.api.shared.enums import CredentialType, UserRole
from app.api.shared.types import new_id
from app.cli.development import create_database_if_missing
from app.core import embedded
from app.core.config import Settings
from app.core.security import Claims, issue_access_token
from benchmarks.given import GivenSettings, Values
from benchmarks.plan import Plan

POPUPS_PER_TENANT = 4

DESCRIPTION = (
    "Admits one person to the whole month: the talks, the gardens, the shared kitchens and"
    " the evenings by the lake. Bring a towel; the water is cold until the middle of June."
)
"""What a product says of itself: the length is that of a real one."""


@dataclass(frozen=True, slots=True)
class BenchTenant:
    """One organisation, and the token of the administrator who asks about it."""

    id: UUID
    admin_id: UUID
    login_id: UUID
    token: str
    popup_ids: tuple[UUID, ...]
    product_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class World:
    """A provisioned database with data in it, and a folder for whatever the run writes."""

    settings: Settings
    settings_file: Path
    folder: Path
    programs: Path
    read_from: tuple[BenchTenant, ...]
    written_to: tuple[BenchTenant, ...]
    """Other organisations than those read from, so that no list grows while it is measured."""


@contextmanager
def world(plan: Plan) -> Generator[World]:
    """Make the world of one run; everything is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="edgeos-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server of a root's run is somebody else's process
        with embedded.start(folder / "postgres", version=plan.postgres) as server:
            values = _values(server, folder)
            settings = GivenSettings.model_validate(values)
            create_database_if_missing(settings)
            provision(settings)
            settings_file = folder / "settings.json"
            settings_file.touch(0o600)
            settings_file.write_text(json.dumps(values))
            with psycopg.connect(settings.admin_dsn, autocommit=True) as admin:
                read_from = [_tenant(admin, settings, plan.products) for _ in range(plan.tenants)]
                written_to = [_tenant(admin, settings, 0) for _ in range(plan.tenants)]
                admin.execute("VACUUM (ANALYZE)")
                admin.execute("CHECKPOINT")
            yield World(
                settings=settings,
                settings_file=settings_file,
                folder=folder,
                programs=embedded.bundled_programs(plan.postgres),
                read_from=tuple(read_from),
                written_to=tuple(written_to),
            )


def _values(server: embedded.ServerAddress, folder: Path) -> Values:
    return {
        "environment": "test",
        "postgres_server": server.host,
        "postgres_port": server.port,
        "postgres_user": server.user,
        "postgres_password": server.password,
        "postgres_db": "bench",
        "postgres_ssl_mode": "disable",
        "secret_key": secrets.token_hex(32),
        "var_dir": str(folder / "var"),
        "storage_backend": "local",
        "access_token_minutes": 24 * 60,
        "log_format": "json",
    }


def _tenant(
    admin: psycopg.Connection[tuple[object, ...]], settings: Settings, products: int
) -> BenchTenant:
    tenant_id, admin_id, login_id = new_id(), new_id(), new_id()
    now = datetime.now(UTC)
    slug = f"t-{tenant_id.hex}"
    popup_ids = tuple(new_id() for _ in range(POPUPS_PER_TENANT))
    product_ids = tuple(new_id() for _ in range(products))
    with admin.transaction():
        _insert(admin, "tenants", [{"id": tenant_id, "name": slug, "slug": slug, **_TENANT}])
        admin_row = {"id": admin_id, "email": "admin@example.com", "name": "Ada", "role": "ADMIN"}
        _insert(admin, "users", [{"tenant_id": tenant_id, **admin_row}])
        login = {"kind": "user", "subject_id": admin_id, "expires_at": now + timedelta(days=1)}
        _insert(admin, "logins", [{"id": login_id, "tenant_id": tenant_id, **login}])
        _insert(admin, "popups", [_popup(tenant_id, popup_id) for popup_id in popup_ids])
        rows = (
            _product(tenant_id, popup_ids[number % len(popup_ids)], product_id, number)
            for number, product_id in enumerate(product_ids)
        )
        _insert(admin, "products", rows)
    claims = Claims(admin_id, CredentialType.USER, UserRole.ADMIN, tenant_id, login_id)
    token = issue_access_token(settings, claims, now=now)
    return BenchTenant(tenant_id, admin_id, login_id, token, popup_ids, product_ids)


_TENANT = {"status": "active", "default_currency": "EUR", "default_timezone": "UTC"}


def _popup(tenant_id: UUID, popup_id: UUID) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "id": popup_id,
        "name": "Summer city",
        "slug": f"p-{popup_id.hex}",
        "tagline": "A month by the lake",
        "description": DESCRIPTION,
        "location": "Lisbon",
        "timezone": "Europe/Lisbon",
        "starts_on": "2030-06-01",
        "ends_on": "2030-06-30",
        "status": "active",
        "currency": "EUR",
        "allows_spouse": True,
        "allows_children": True,
        "allows_coupons": True,
        "contribution_percent": 0,
        "profile_fields": "[]",
    }


def _product(tenant_id: UUID, popup_id: UUID, product_id: UUID, number: int) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "id": product_id,
        "popup_id": popup_id,
        "popup_is_published": True,
        "name": f"Month ticket {number}",
        "slug": f"month-ticket-{number}",
        "description": DESCRIPTION,
        "category": "ticket",
        "attendee_category": "main",
        "duration": "month",
        "price_minor": 45_000 + number,
        "compare_price_minor": 60_000 + number,
        "currency": "EUR",
        "sale_starts_at": "2030-01-01T00:00:00+00:00",
        "sale_ends_at": "2030-06-01T00:00:00+00:00",
        "capacity": 500,
        "max_per_order": 4,
        "is_exclusive": False,
        "is_discountable": True,
        "is_active": True,
        "position": number,
    }


def _insert(
    admin: psycopg.Connection[tuple[object, ...]], table: str, rows: Iterable[dict[str, object]]
) -> None:
    """Copy rows in as the superuser, whom row-level security lets copy."""
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    copy = f"COPY app.{table} ({', '.join(first)}) FROM STDIN"
    with admin.cursor() as cursor, cursor.copy(copy.encode()) as target:
        target.write_row(tuple(first.values()))
        for row in iterator:
            target.write_row(tuple(row.values()))
