"""What operators do by hand: organisations and other operators."""

from typing import Annotated

import typer
from pydantic import ValidationError
from sqlmodel import select

from app.api.tenant.crud import tenant_crud
from app.api.tenant.models import Tenant, TenantStatus
from app.api.tenant.schemas import TenantCreate, TenantUpdate
from app.cli.session import fail, with_platform
from app.core.config import Settings
from app.core.tenant_db import BoundSession
from app.services import operators, tenants

tenant_commands = typer.Typer(no_args_is_help=True, help="Organisations.")
operator_commands = typer.Typer(no_args_is_help=True, help="Who runs the platform.")

Slug = Annotated[str, typer.Argument(help="The organisation's slug.")]


@tenant_commands.command("create")
def create_tenant(
    slug: Slug,
    name: Annotated[str, typer.Option(help="Its name; the slug when left out.")] = "",
    admin: Annotated[str | None, typer.Option(help="Its first administrator's e-mail.")] = None,
) -> None:
    """Found an organisation."""
    try:
        data = TenantCreate.model_validate(
            {"name": name or slug, "slug": slug, "admin_email": admin}
        )
    except ValidationError as error:
        fail("; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors()))

    async def create(session: BoundSession, settings: Settings) -> Tenant:
        return await tenants.create_tenant(session, data, login_url=settings.backoffice_url)

    tenant = with_platform(create)
    print(f"{tenant.id} {tenant.slug}")


@tenant_commands.command("list")
def list_tenants() -> None:
    """List the organisations: id, slug, status, name."""

    async def read(session: BoundSession, _: Settings) -> list[Tenant]:
        return list((await session.exec(select(Tenant).order_by(Tenant.slug))).all())

    for tenant in with_platform(read):
        print(f"{tenant.id} {tenant.slug} {tenant.status} {tenant.name}")


@tenant_commands.command("suspend")
def suspend_tenant(slug: Slug) -> None:
    """Stop an organisation's people and public pages at once."""

    async def suspend(session: BoundSession, _: Settings) -> Tenant:
        tenant = await tenant_crud.by_slug(session, slug)
        change = TenantUpdate(status=TenantStatus.SUSPENDED)
        return await tenants.change_tenant(session, tenant.id, change)

    print(f"{with_platform(suspend).slug} is suspended.")


@operator_commands.command("create")
def create_operator(email: Annotated[str, typer.Argument(help="Their e-mail address.")]) -> None:
    """Let somebody run the platform; they log in with a code by mail."""

    async def create(session: BoundSession, _: Settings) -> bool:
        return await operators.add(session, email)

    print("They are an operator now." if with_platform(create) else "They were one already.")
