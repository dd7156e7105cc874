"""Store credit: entries of a ledger, which the database adds up to the balance.

Whoever calls holds the application's lock, so the balance does not change meanwhile.
"""

from app.api.application.models import Application
from app.api.payment.models import CreditEntry, Payment
from app.core.tenant_db import BoundSession


async def spend(session: BoundSession, payment: Payment, amount: int, *, reason: str) -> None:
    """Take credit from an order's application; the database refuses what is not there."""
    await _enter(session, payment, -amount, reason)


async def give(session: BoundSession, payment: Payment, amount: int, *, reason: str) -> None:
    """Give credit to an order's application."""
    await _enter(session, payment, amount, reason)


async def enter(
    session: BoundSession, application: Application, amount: int, *, reason: str
) -> None:
    """Change an application's credit for what was no order; the balance is read anew.

    The database refuses to take what is not there.
    """
    session.add(
        CreditEntry(
            popup_id=application.popup_id,
            application_id=application.id,
            human_id=application.human_id,
            amount_minor=amount,
            reason=reason,
            actor=session.context.actor,
        )
    )
    await session.flush()
    await session.refresh(application, ["credit_minor"])


async def _enter(session: BoundSession, payment: Payment, amount: int, reason: str) -> None:
    session.add(
        CreditEntry(
            popup_id=payment.popup_id,
            application_id=payment.application_id,
            human_id=payment.human_id,
            payment_id=payment.id,
            amount_minor=amount,
            reason=reason,
            actor=session.context.actor,
        )
    )
    await session.flush()
