"""Attendee accounts that are closed."""

from uuid import UUID

from app.api.human.crud import human_crud
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.services.login_sessions import end_logins_of_member

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

    The address is free again, and whoever logs in with it is a new human: somebody who is
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
    await end_logins_of_member(session, human_id)
