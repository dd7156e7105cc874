"""Endpoints of deposits: opened by applicants, read by them and by staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.application.errors import ApplicationUnknown
from app.api.card_hold.crud import card_hold_crud, own_card_hold_crud
from app.api.card_hold.errors import CardHoldUnknown, NoDepositAsked
from app.api.card_hold.schemas import (
    CardHoldOpen,
    CardHoldPublic,
    CardHoldQuery,
    CardHoldSelf,
    OwnCardHoldQuery,
)
from app.api.human.dependencies import OwnId
from app.api.payment.dependencies import CurrentDeed, CurrentDesk, CurrentOneTime
from app.api.payment.errors import IdempotencyKeyReused, ProviderNotOffered, RequestInFlight
from app.api.popup.errors import PopupClosed
from app.api.shared.dependencies import Requires, ServiceUnits, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import holding
from app.services.payments.protocol import ProviderRefused, ProviderUnavailable

router = APIRouter(tags=["card holds"])

OWN = [Requires(Permission.APPLICATIONS_OWN)]
READ = [Requires(Permission.APPLICATIONS_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.post(
    "/applications/mine/{application_id}/card-hold",
    response_model=CardHoldSelf,
    dependencies=OWN,
    responses=problems(
        ApplicationUnknown,
        NoDepositAsked,
        PopupClosed,
        ProviderNotOffered,
        IdempotencyKeyReused,
        RequestInFlight,
        ProviderUnavailable,
        ProviderRefused,
        *REFUSED,
    ),
)
async def open_card_hold(
    application_id: UUID,
    data: CardHoldOpen,
    open_session: ServiceUnits,
    human_id: OwnId,
    act: CurrentDeed,
    key: CurrentOneTime,
    desk: CurrentDesk,
) -> Rendered:
    """Have a popup's deposit held on one's card: `checkout_url` says on which page.

    A deposit that is held, or waits on its page, is the one that is answered with.
    """
    applicant = holding.Applicant(human_id, application_id, act)
    return await holding.open_hold(desk, open_session, applicant, data, key)


@router.get(
    "/card-holds/mine",
    response_model=ListModel[CardHoldSelf],
    dependencies=OWN,
    responses=problems(*REFUSED),
)
async def list_own_card_holds(
    session: TenantSession, query: Annotated[OwnCardHoldQuery, Query()]
) -> Rendered:
    """List one's own deposits."""
    return await own_card_hold_crud.find_json(session, query)


@router.get(
    "/card-holds",
    response_model=ListModel[CardHoldPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_card_holds(
    session: TenantSession, query: Annotated[CardHoldQuery, Query()]
) -> Rendered:
    """List deposits; those that failed were refused, or could not be captured."""
    return await card_hold_crud.find_json(session, query)


@router.get(
    "/card-holds/{hold_id}",
    response_model=CardHoldPublic,
    dependencies=READ,
    responses=problems(CardHoldUnknown, *REFUSED),
)
async def read_card_hold(hold_id: UUID, session: TenantSession) -> Rendered:
    """Read one deposit."""
    return await card_hold_crud.get_json(session, hold_id)
