"""The sandbox's page, as its visitor sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlmodel import select

from app.api.payment.lifecycle import PaymentProvider
from app.api.sandbox.models import SandboxStatus
from app.api.tenant.models import Tenant
from app.core.security import utc_now
from app.services.email.rendering import money
from app.services.providers import Desk
from app.services.sandbox_desk import SandboxAction, checkout_at

TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "sandbox"

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    }
)
"""The page loads nothing, and sends its forms to this API alone."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of the page."""

    action: SandboxAction
    label: str
    hint: str


PAYING = (
    Choice(SandboxAction.PAY, "Pay", "The notice arrives at once."),
    Choice(SandboxAction.FAIL, "Let the payment fail", "The card is declined."),
    Choice(SandboxAction.CANCEL, "Cancel", "The buyer changes their mind."),
)
ODD = (
    Choice(SandboxAction.PAY_SLOWLY, "Pay slowly", "The money arrives in a moment."),
    Choice(SandboxAction.PAY_TWICE_TOLD, "Pay, told twice", "Two notices at the same time."),
    Choice(SandboxAction.PAY_LATE, "Pay too late", "The money arrives when the order has lapsed."),
)
HELD = (Choice(SandboxAction.LET_GO, "Let it go", "The bank holds it no longer."),)
PAID = (Choice(SandboxAction.REFUND, "Send it back", "At the provider's desk, past the shop."),)


async def page_of(desk: Desk, tenant_id: UUID, reference: str) -> str:
    """Render the page of a checkout.

    Raises:
        SandboxCheckoutUnknown: there is none of that reference.
    """
    async with desk.session(tenant_id, PaymentProvider.SANDBOX) as session:
        checkout = await checkout_at(session, reference)
        organisation = (await session.exec(select(Tenant.name))).one()
    sent_back = sum(checkout.refunds.values())
    is_open = checkout.status is SandboxStatus.OPEN
    may_send_back = checkout.status is SandboxStatus.PAID and sent_back < checkout.amount_minor
    return (
        _environment()
        .get_template("checkout.html")
        .render(
            organisation=organisation,
            checkout=checkout,
            amount=money(checkout.amount_minor, checkout.currency),
            sent_back=money(sent_back, checkout.currency) if sent_back else "",
            minutes=max(0, round((checkout.expires_at - utc_now()).total_seconds() / 60)),
            paying=PAYING if is_open else (),
            odd=_odd(checkout.status, may_send_back=may_send_back),
            base=reference,  # below the page itself, whatever the host is called
        )
    )


def _odd(status: SandboxStatus, *, may_send_back: bool) -> tuple[Choice, ...]:
    if status is SandboxStatus.OPEN:
        return ODD
    if status is SandboxStatus.HELD:
        return HELD
    return PAID if may_send_back else ()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
