"""Endpoints of popups: the staff's, and those the public reads."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.popup.crud import popup_crud
from app.api.popup.errors import (
    PopupDatesInvalid,
    PopupHasApplications,
    PopupNotDraft,
    PopupSlugTaken,
    PopupUnknown,
)
from app.api.popup.schemas import (
    PopupCreate,
    PopupPublic,
    PopupQuery,
    PopupUpdate,
    PublishedPopupQuery,
)
from app.api.shared.dependencies import PublicSession, Requires, TenantSession
from app.api.shared.errors import CurrencyUnknown
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.shared.types import Slug
from app.core.errors import Forbidden, InvalidRequest, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import popups

router = APIRouter(prefix="/popups", tags=["popups"])

READ = [Requires(Permission.POPUPS_READ)]
WRITE = [Requires(Permission.POPUPS_WRITE)]
ANYONE = [Requires(Permission.PUBLISHED_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)
PUBLICLY_REFUSED = (TenantUnknown, InvalidRequest)


@router.get(
    "/public",
    response_model=ListModel[PopupPublic],
    dependencies=ANYONE,
    responses=problems(*PUBLICLY_REFUSED),
)
async def list_published_popups(
    session: PublicSession, query: Annotated[PublishedPopupQuery, Query()]
) -> Rendered:
    """List what the organisation that ``X-Tenant-Id`` names has published."""
    return await popup_crud.find_json(session, query)


@router.get(
    "/public/{slug}",
    response_model=PopupPublic,
    dependencies=ANYONE,
    responses=problems(PopupUnknown, *PUBLICLY_REFUSED),
)
async def read_published_popup(slug: Slug, session: PublicSession) -> Rendered:
    """Read one published popup by its slug."""
    return await popup_crud.by_slug_json(session, slug)


@router.get(
    "", response_model=ListModel[PopupPublic], dependencies=READ, responses=problems(*REFUSED)
)
async def list_popups(session: TenantSession, query: Annotated[PopupQuery, Query()]) -> Rendered:
    """List the organisation's popups."""
    return await popup_crud.find_json(session, query)


@router.post(
    "",
    response_model=PopupPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(PopupSlugTaken, PopupDatesInvalid, CurrencyUnknown, *REFUSED),
)
async def create_popup(data: PopupCreate, session: TenantSession) -> Rendered:
    """Create a popup, as a draft."""
    return await popups.create_popup(session, data)


@router.get(
    "/{popup_id}",
    response_model=PopupPublic,
    dependencies=READ,
    responses=problems(PopupUnknown, *REFUSED),
)
async def read_popup(popup_id: UUID, session: TenantSession) -> Rendered:
    """Read one popup."""
    return await popup_crud.get_json(session, popup_id)


@router.patch(
    "/{popup_id}",
    response_model=PopupPublic,
    dependencies=WRITE,
    responses=problems(*popups.CHANGE_REFUSALS, *REFUSED),
)
async def update_popup(popup_id: UUID, data: PopupUpdate, session: TenantSession) -> Rendered:
    """Change a popup, or move it on in its life: publish, end, archive, reopen."""
    return await popups.change_popup(session, popup_id, data)


@router.delete(
    "/{popup_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(PopupUnknown, PopupNotDraft, PopupHasApplications, *REFUSED),
)
async def delete_popup(popup_id: UUID, session: TenantSession) -> None:
    """Delete a draft with its products and its form; any other popup is archived instead."""
    await popups.delete_popup(session, popup_id)
