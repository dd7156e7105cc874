"""Database operations on form fields."""

from typing import ClassVar
from uuid import UUID

from sqlmodel import col, select

from app.api.form_field.errors import FormInconsistent
from app.api.form_field.models import FormField
from app.api.form_field.schemas import FormFieldCreate, FormFieldPublic, FormFieldUpdate
from app.api.shared.crud import BaseCRUD
from app.core.tenant_db import BoundSession


class FormFieldCRUD(BaseCRUD[FormField, FormFieldCreate, FormFieldUpdate]):
    """Reads and writes form fields."""

    constraint_errors: ClassVar = {"form_fields_tenant_id_popup_id_key_key": FormInconsistent}
    searched: ClassVar = ("key", "label", "section")

    async def popup_of(self, session: BoundSession, field_id: UUID) -> UUID:
        """Return the id of a field's popup.

        Raises:
            NotFound: there is no such field in this tenant.
        """
        statement = select(FormField.popup_id).where(col(FormField.id) == field_id)
        popup_id = (await session.exec(statement)).one_or_none()
        if popup_id is None:
            raise self.not_found
        return popup_id

    async def of_popup(self, session: BoundSession, popup_id: UUID) -> list[FormField]:
        """Return the fields of one popup's form, in order."""
        statement = (
            select(FormField)
            .where(col(FormField.popup_id) == popup_id)
            .order_by(col(FormField.position), col(FormField.key))
        )
        return list((await session.exec(statement)).all())


form_field_crud = FormFieldCRUD(FormField, FormFieldPublic)
