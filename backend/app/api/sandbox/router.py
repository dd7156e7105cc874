"""The sandbox's hosted page: anybody who knows its address may pay, with money that is none."""

from uuid import UUID

from fastapi import APIRouter, status
from starlette.responses import HTMLResponse, RedirectResponse

from app.api.sandbox.dependencies import PlayedDesk
from app.api.sandbox.errors import SandboxCheckoutOver, SandboxCheckoutUnknown
from app.api.shared.dependencies import Requires
from app.api.shared.permissions import Permission
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import sandbox_desk, sandbox_page
from app.services.sandbox_desk import SandboxAction

router = APIRouter(prefix="/sandbox/checkouts", tags=["sandbox"])

ANYONE = [Requires(Permission.PUBLISHED_READ)]


@router.get(
    "/{tenant_id}/{reference}",
    response_class=HTMLResponse,
    dependencies=ANYONE,
    responses=problems(SandboxCheckoutUnknown, TenantUnknown),
)
async def show_sandbox_checkout(tenant_id: UUID, reference: str, desk: PlayedDesk) -> HTMLResponse:
    """Show a page on which an order is paid without money."""
    page = await sandbox_page.page_of(desk, tenant_id, reference)
    return HTMLResponse(page, headers=sandbox_page.HEADERS)


@router.post(
    "/{tenant_id}/{reference}/{action}",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    dependencies=ANYONE,
    responses=problems(SandboxCheckoutUnknown, SandboxCheckoutOver, TenantUnknown),
)
async def act_on_sandbox_checkout(
    tenant_id: UUID, reference: str, action: SandboxAction, desk: PlayedDesk
) -> RedirectResponse:
    """Pay, fail, cancel, or have the notice come twice, slowly or late; then show the page."""
    await sandbox_desk.act_on(desk, tenant_id, reference, action)
    return RedirectResponse(f"../{reference}", status.HTTP_303_SEE_OTHER)
