"""Companions are the people behind their e-mail addresses: attendees meet their accounts.

Within one organisation only: the same address at another one is another human.
"""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from app.api.attendee.models import Attendee
from app.api.human.models import Human
from app.core.tenant_db import BoundSession


async def account_of(session: BoundSession, email: str | None) -> UUID | None:
    """Return the account of an address in the session's tenant, or None."""
    if email is None:
        return None
    statement = select(Human.id).where(Human.email == email, col(Human.deleted_at).is_(None))
    return (await session.exec(statement)).one_or_none()


async def link_attendees(
    session: BoundSession, tenant_id: UUID, human_id: UUID, email: str
) -> None:
    """Make a human who has proved that an address is theirs the person behind it.

    For the platform's session, which sees every tenant: hence the tenant is named. Both
    addresses were lower-cased where they came in. Done with every right code, so whoever was
    entered while somebody signed up is linked the next time.
    """
    waiting = (
        update(Attendee)
        .where(
            col(Attendee.tenant_id) == tenant_id,
            col(Attendee.email) == email,
            col(Attendee.human_id).is_(None),
        )
        .values(human_id=human_id)
    )
    await session.exec(waiting)
