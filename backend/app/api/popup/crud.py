"""Database operations on popups."""

from functools import cached_property
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Select, String, Uuid, bindparam
from sqlmodel import col, select

from app.api.popup.errors import (
    PopupArchived,
    PopupCurrencyFixed,
    PopupDatesInvalid,
    PopupHasApplications,
    PopupSlugTaken,
    PopupUnknown,
)
from app.api.popup.lifecycle import PopupStatus
from app.api.popup.models import Popup
from app.api.popup.schemas import PopupCreate, PopupPublic, PopupUpdate
from app.api.shared.crud import BaseCRUD
from app.api.shared.rendering import as_text, compiled, members
from app.api.shared.response import Rendered
from app.core.tenant_db import BoundSession


class PopupCRUD(BaseCRUD[Popup, PopupCreate, PopupUpdate]):
    """Reads and writes popups."""

    constraint_errors: ClassVar = {
        "popups_tenant_id_slug_key": PopupSlugTaken,
        "popups_dates_check": PopupDatesInvalid,
        "products_tenant_id_popup_id_currency_fkey": PopupCurrencyFixed,
        "card_holds_tenant_id_popup_id_currency_fkey": PopupCurrencyFixed,
        "applications_tenant_id_popup_id_fkey": PopupHasApplications,
    }
    searched: ClassVar = ("name", "tagline", "location")
    not_found: ClassVar = PopupUnknown

    @cached_property
    def _by_slug(self) -> str:
        columns = members(PopupPublic, self.table, self.computed)
        rows: Select[*tuple[object, ...]] = Select(*columns).where(
            self.table.c.tenant_id == bindparam("tenant_id", type_=Uuid),
            self.table.c.slug == bindparam("slug", type_=String),
        )
        return compiled(as_text(rows))

    async def by_slug_json(self, session: BoundSession, slug: str) -> Rendered:
        """Answer with the popup of a slug.

        Raises:
            PopupUnknown: there is none that this session may see.
        """
        params = {"tenant_id": session.tenant_id, "slug": slug}
        return self._one(await session.answer(self._by_slug, params))

    async def by_slug(self, session: BoundSession, slug: str) -> Popup:
        """Return the popup of a slug.

        Raises:
            PopupUnknown: there is none that this session may see.
        """
        popup = (await session.exec(select(Popup).where(Popup.slug == slug))).one_or_none()
        if popup is None:
            raise PopupUnknown
        return popup

    async def locked(self, session: BoundSession, popup_id: UUID) -> Popup:
        """Return a popup that nobody else changes until this transaction ends.

        Raises:
            PopupUnknown: there is none of that id in this tenant.
        """
        statement = select(Popup).where(col(Popup.id) == popup_id).with_for_update()
        popup = (await session.exec(statement)).one_or_none()
        if popup is None:
            raise PopupUnknown
        return popup

    async def open_to_edits(
        self, session: BoundSession, popup_id: UUID, *, alone: bool = False
    ) -> Popup:
        """Return a popup whose products and form may be changed, and keep it so.

        Until this transaction ends nobody archives it; with ``alone`` nobody else edits
        what belongs to it, either.

        Raises:
            PopupUnknown: there is none of that id in this tenant.
            PopupArchived: it is a record.
        """
        statement = select(Popup).where(col(Popup.id) == popup_id)
        statement = statement.with_for_update(read=not alone, key_share=alone)
        popup = (await session.exec(statement)).one_or_none()
        if popup is None:
            raise PopupUnknown
        if popup.status is PopupStatus.ARCHIVED:
            raise PopupArchived
        return popup


popup_crud = PopupCRUD(Popup, PopupPublic)
