"""Endpoints of the dashboard: figures shaped for charts, for staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.dashboard import crud, glances, takings, turnout
from app.api.dashboard.errors import PeriodInvalid
from app.api.dashboard.schemas import (
    ApplicationFigures,
    CheckInFigures,
    Overview,
    OverviewQuery,
    PaymentFigures,
    PeriodQuery,
    RevenueFigures,
    StockFigures,
)
from app.api.popup.errors import PopupUnknown
from app.api.shared.dependencies import Requires, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import Rendered
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown

router = APIRouter(prefix="/dashboard", tags=["dashboard"])

READ = [Requires(Permission.DASHBOARD_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)
OF_A_PERIOD = problems(PopupUnknown, PeriodInvalid, *REFUSED)

PeriodAsked = Annotated[PeriodQuery, Query()]


@router.get("", response_model=Overview, dependencies=READ, responses=problems(*REFUSED))
async def read_overview(
    session: TenantSession, query: Annotated[OverviewQuery, Query()]
) -> Rendered:
    """Show all popups at a glance, and what was taken in each currency."""
    return await crud.overview(session, query)


@router.get(
    "/popups/{popup_id}/applications",
    response_model=ApplicationFigures,
    dependencies=READ,
    responses=OF_A_PERIOD,
)
async def read_application_figures(
    popup_id: UUID, session: TenantSession, query: PeriodAsked
) -> Rendered:
    """Count applications and attendees, what became of them, and when."""
    return await crud.of_period(session, turnout.APPLICATIONS, popup_id, query)


@router.get(
    "/popups/{popup_id}/payments",
    response_model=PaymentFigures,
    dependencies=READ,
    responses=OF_A_PERIOD,
)
async def read_payment_figures(
    popup_id: UUID, session: TenantSession, query: PeriodAsked
) -> Rendered:
    """Count and add up orders by status, provider and the day they were made."""
    return await crud.of_period(session, takings.PAYMENTS, popup_id, query)


@router.get(
    "/popups/{popup_id}/revenue",
    response_model=RevenueFigures,
    dependencies=READ,
    responses=OF_A_PERIOD,
)
async def read_revenue_figures(
    popup_id: UUID, session: TenantSession, query: PeriodAsked
) -> Rendered:
    """Add up what was sold, by product, category and day, and what went back."""
    return await crud.of_period(session, takings.REVENUE, popup_id, query)


@router.get(
    "/popups/{popup_id}/stock",
    response_model=StockFigures,
    dependencies=READ,
    responses=problems(PopupUnknown, *REFUSED),
)
async def read_stock_figures(popup_id: UUID, session: TenantSession) -> Rendered:
    """Say what is left of products, coupons and groups' seats."""
    return await crud.of_popup(session, glances.STOCK, popup_id)


@router.get(
    "/popups/{popup_id}/check-ins",
    response_model=CheckInFigures,
    dependencies=READ,
    responses=OF_A_PERIOD,
)
async def read_check_in_figures(
    popup_id: UUID, session: TenantSession, query: PeriodAsked
) -> Rendered:
    """Count what was seen at the door, by product and day."""
    return await crud.of_period(session, turnout.CHECK_INS, popup_id, query)
