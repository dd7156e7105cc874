"""Attendee accounts that are closed."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.api.attendee.models import Attendee
from app.api.human.crud import human_crud
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.services.login_sessions import end_logins_of_member

FORGOTTEN = "Closed account"
"""The name of an attendee whose account was closed."""

PERSONAL = (
    "first_name",
    "last_name",
    "telegram",
    "organization",
    "job_title",
    "gender",
    "age",
    "residence",
)


async def close(session: BoundSession, human_id: UUID) -> None:
    """Close an account: forget whose it was and end its sessions at once.

    Whoever they came as keeps a place and tickets, under no name: orders and the door's log
    stay. The address is free again, and whoever logs in with it is a new human: somebody who is
    to stay away keeps the account, red-flagged. The audit log keeps what it has recorded.

    Raises:
        NotFound: there is no such account.
    """
    human = await human_crud.get(session, human_id)
    human.email = f"{human.id}@deleted.invalid"
    for name in PERSONAL:
        setattr(human, name, "")
    human.picture_url = None
    human.deleted_at = utc_now()
    await human_crud.flush(session)
    await session.exec(
        update(Attendee)
        .where(col(Attendee.human_id) == human_id)
        .values(name=FORGOTTEN, email=None, gender="", age="")
    )
    await end_logins_of_member(session, human_id)
