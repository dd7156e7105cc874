"""Popups come, change and go, with what belongs to them."""

from typing import Final
from uuid import UUID

from app.api.form_field.crud import form_field_crud
from app.api.form_field.definition import validate_definition
from app.api.form_field.errors import FormInconsistent
from app.api.form_field.profile import asked_of_profile
from app.api.payment.crud import payment_crud
from app.api.popup.crud import popup_crud
from app.api.popup.errors import (
    PopupArchived,
    PopupCurrencyFixed,
    PopupDatesInvalid,
    PopupMoveRefused,
    PopupNotDraft,
    PopupSlugTaken,
    PopupUnknown,
)
from app.api.popup.lifecycle import PopupStatus, check_dates, move
from app.api.popup.models import Popup
from app.api.popup.profile import ProfileQuestion
from app.api.popup.schemas import PopupCreate, PopupUpdate
from app.api.shared.errors import CurrencyUnknown
from app.api.shared.money import exponent_of
from app.api.shared.response import Rendered
from app.api.tenant.crud import tenant_crud
from app.core.errors import DomainError
from app.core.tenant_db import BoundSession

CHANGE_REFUSALS: Final[tuple[type[DomainError], ...]] = (
    PopupUnknown,
    PopupSlugTaken,
    PopupMoveRefused,
    PopupArchived,
    PopupCurrencyFixed,
    PopupDatesInvalid,
    CurrencyUnknown,
    FormInconsistent,
)
"""What ``change_popup`` raises; the popups' router must not import the form fields'."""


async def create_popup(session: BoundSession, data: PopupCreate) -> Rendered:
    """Create a draft; its currency and time zone are the organisation's unless given.

    Raises:
        PopupSlugTaken: another popup of the organisation has that slug.
        PopupDatesInvalid: no popup has these days.
        CurrencyUnknown: nobody is paid in that currency.
    """
    check_dates(data.starts_on, data.ends_on)
    tenant = await tenant_crud.get(session, session.tenant_id)
    currency = data.currency or tenant.default_currency
    exponent_of(currency)
    return await popup_crud.create_json(
        session, data, currency=currency, timezone=data.timezone or tenant.default_timezone
    )


async def change_popup(session: BoundSession, popup_id: UUID, data: PopupUpdate) -> Rendered:
    """Change a popup, or move it on in its life.

    A draft, active or ended popup may be changed; an archived one only together with
    becoming a draft again.

    Raises:
        PopupUnknown: there is none of that id in this tenant.
        PopupSlugTaken: another popup of the organisation has that slug.
        PopupMoveRefused: its status does not lead to that one.
        PopupArchived: it is a record.
        PopupCurrencyFixed: its products have prices in its currency.
        PopupDatesInvalid: no popup has these days.
        CurrencyUnknown: nobody is paid in that currency.
        FormInconsistent: its form does not fit the parts of the profile asked for.
    """
    popup = await popup_crud.locked(session, popup_id)
    await _check_move(session, popup, data)
    check_dates(data.starts_on or popup.starts_on, data.ends_on or popup.ends_on)
    if data.currency is not None:
        exponent_of(data.currency)
    if data.profile_fields is not None:
        await _check_form(session, popup, data.profile_fields)
    return await popup_crud.update_json(session, popup_id, data)


async def delete_popup(session: BoundSession, popup_id: UUID) -> None:
    """Delete a draft; the database deletes its products and its form with it.

    Raises:
        PopupUnknown: there is none of that id in this tenant.
        PopupNotDraft: people may know of it, so it is archived instead.
        PopupHasApplications: people knew of it, and have applied.
    """
    popup = await popup_crud.locked(session, popup_id)
    if popup.status is not PopupStatus.DRAFT:
        raise PopupNotDraft
    await popup_crud.delete(session, popup)


async def _check_move(session: BoundSession, popup: Popup, data: PopupUpdate) -> None:
    has_sales = await payment_crud.has_standing(session, popup.id)
    status = move(popup.status, data.status or popup.status, has_sales=has_sales)
    if status is PopupStatus.ARCHIVED is popup.status and data.model_fields_set - {"status"}:
        raise PopupArchived


async def _check_form(
    session: BoundSession, popup: Popup, questions: list[ProfileQuestion]
) -> None:
    fields = await form_field_crud.of_popup(session, popup.id)
    validate_definition([field.definition for field in fields], asked_of_profile(questions))
