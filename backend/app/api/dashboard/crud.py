"""Asks the database for the dashboard's figures: one statement to an answer."""

from uuid import UUID

from app.api.dashboard import figures, glances
from app.api.dashboard.errors import PeriodInvalid
from app.api.dashboard.schemas import OverviewQuery, PeriodQuery
from app.api.popup.errors import PopupUnknown
from app.api.shared.response import Rendered
from app.core.tenant_db import BoundSession


async def overview(session: BoundSession, query: OverviewQuery) -> Rendered:
    """Answer with all popups at a glance."""
    params = {"tenant": session.tenant_id, "skip": query.skip, "limit": query.limit}
    rows = await session.answer(glances.OVERVIEW, params)
    return Rendered(str(rows[0][0]))


async def of_period(
    session: BoundSession, statement: str, popup_id: UUID, query: PeriodQuery
) -> Rendered:
    """Answer with a popup's figures of a period.

    Raises:
        PeriodInvalid: it ends before it starts, or is too long for a chart.
        PopupUnknown: there is none of that id in this tenant.
    """
    if query.from_on is not None and query.to_on is not None:
        days = (query.to_on - query.from_on).days + 1
        if not 1 <= days <= figures.MOST_DAYS:
            raise PeriodInvalid
    params = {"from_on": query.from_on, "to_on": query.to_on}
    return await of_popup(session, statement, popup_id, **params)


async def of_popup(
    session: BoundSession, statement: str, popup_id: UUID, **params: object
) -> Rendered:
    """Answer with a popup's figures.

    Raises:
        PopupUnknown: there is none of that id in this tenant.
    """
    told = {"tenant": session.tenant_id, "popup": popup_id, **params}
    rows = await session.answer(statement, told)
    if not rows:
        raise PopupUnknown
    return Rendered(str(rows[0][0]))
