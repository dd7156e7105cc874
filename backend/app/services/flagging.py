"""Attendee accounts changed by staff; a red flag has consequences at once."""

from uuid import UUID

from app.api.application.lifecycle import ApplicationActor
from app.api.human.crud import human_crud
from app.api.human.schemas import HumanUpdate
from app.api.shared.response import Rendered
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.services import admission
from app.services.admission import Act


async def change_account(
    session: BoundSession, settings: Settings, human_id: UUID, data: HumanUpdate
) -> Rendered:
    """Change an account; raising its red flag rejects what it has in review.

    Raises:
        NotFound: there is none of that id in this tenant.
    """
    if data.is_red_flagged is not True:
        return await human_crud.update_json(session, human_id, data)
    human = await human_crud.get(session, human_id)
    was_flagged = human.is_red_flagged
    await human_crud.update(session, human, data)
    if not was_flagged:
        act = Act(ApplicationActor.STAFF, utc_now(), settings.portal_url)
        await admission.raise_flag(session, act, human_id)
    return await human_crud.get_json(session, human_id)
