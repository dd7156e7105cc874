"""The directory: those who come to a popup see who else does, as far as each shows it.

A human's own rights show nobody else's rows, so this reads with the tenant's. It looks first
whether the caller comes, and the one statement that reads the others leaves out, inside the
database, whatever they hide.
"""

from uuid import UUID

from app.api.attendee.crud import attendee_crud
from app.api.attendee.errors import NotComing
from app.api.attendee.schemas import DirectoryQuery, PopupDirectoryQuery
from app.api.popup.crud import popup_crud
from app.api.popup.errors import PopupUnknown
from app.api.shared.response import Rendered
from app.core.tenant_db import BoundSession


async def read(
    session: BoundSession, human_id: UUID, popup_id: UUID, query: DirectoryQuery
) -> Rendered:
    """List who comes to a popup, for somebody who does.

    Raises:
        PopupUnknown: there is no such popup, or it is not published.
        NotComing: the caller is in no accepted application's party.
    """
    popup = await popup_crud.get(session, popup_id)
    if not popup.is_published:
        raise PopupUnknown
    if not await attendee_crud.is_coming(session, popup_id, human_id):
        raise NotComing
    asked = PopupDirectoryQuery(popup_id=popup_id, **query.model_dump(exclude_none=True))
    return await attendee_crud.directory_json(session, asked)
