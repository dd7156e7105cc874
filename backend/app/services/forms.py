"""A popup's form: fields are added, changed, put in order and taken out, never inconsistently.

Every change locks the popup, reads the whole form and judges what it would become, so two
members of staff who edit at once cannot make a form that makes no sense.
"""

from uuid import UUID

from app.api.form_field.crud import form_field_crud
from app.api.form_field.definition import FieldDefinition, validate_definition
from app.api.form_field.errors import FormOrderIncomplete
from app.api.form_field.form import Form, FormDocument
from app.api.form_field.models import FormField
from app.api.form_field.profile import asked_of_profile
from app.api.form_field.schemas import FormFieldCreate, FormFieldUpdate, FormOrder
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.shared.response import Rendered
from app.core.tenant_db import BoundSession


async def add_field(session: BoundSession, data: FormFieldCreate) -> Rendered:
    """Ask one more question; without a position it comes last.

    Raises:
        PopupUnknown: there is no such popup in this tenant.
        PopupArchived: the popup is a record.
        FieldInvalid: the field makes no sense in itself.
        FormInconsistent: it does not fit the rest of the form.
    """
    popup = await popup_crud.open_to_edits(session, data.popup_id, alone=True)
    fields = await form_field_crud.of_popup(session, popup.id)
    position = data.position
    if position is None:
        position = max((field.position for field in fields), default=-1) + 1
    _check(popup, [*(field.definition for field in fields), data.definition(position)])
    return await form_field_crud.create_json(
        session, data, position=position, popup_is_published=popup.is_published
    )


async def change_field(session: BoundSession, field_id: UUID, data: FormFieldUpdate) -> Rendered:
    """Change a question.

    Raises:
        NotFound: there is none of that id in this tenant.
        PopupArchived: the popup is a record.
        FieldInvalid: the field would make no sense in itself.
        FormInconsistent: it would not fit the rest of the form.
    """
    popup, fields, field = await _locked(session, field_id)
    before = FormFieldCreate.model_validate(field, from_attributes=True).model_dump()
    after = FormFieldCreate.model_validate({**before, **data.model_dump(exclude_unset=True)})
    position = field.position if after.position is None else after.position
    others = [other.definition for other in fields if other.id != field_id]
    _check(popup, [*others, after.definition(position)])
    return await form_field_crud.update_json(session, field_id, data)


async def remove_field(session: BoundSession, field_id: UUID) -> None:
    """Ask a question no longer. Answers given keep the version of the form they were given on.

    Raises:
        NotFound: there is none of that id in this tenant.
        PopupArchived: the popup is a record.
        FormInconsistent: another field is shown by the answer to this one.
    """
    popup, fields, field = await _locked(session, field_id)
    _check(popup, [other.definition for other in fields if other.id != field_id])
    await form_field_crud.delete(session, field)


async def put_in_order(session: BoundSession, order: FormOrder) -> FormDocument:
    """Give the fields of a form the order in which they are named.

    Raises:
        PopupUnknown: there is no such popup in this tenant.
        PopupArchived: the popup is a record.
        FormOrderIncomplete: not every field is named once, or others are.
    """
    popup = await popup_crud.open_to_edits(session, order.popup_id, alone=True)
    fields = {field.id: field for field in await form_field_crud.of_popup(session, popup.id)}
    if sorted(order.field_ids) != sorted(fields):
        raise FormOrderIncomplete
    for position, field_id in enumerate(order.field_ids):
        fields[field_id].position = position
    await form_field_crud.flush(session)
    return _form(popup, list(fields.values())).document()


async def read_form(session: BoundSession, popup_id: UUID) -> FormDocument:
    """Return a popup's form as the applicant's page draws it.

    Raises:
        PopupUnknown: there is none of that id that this session may see.
    """
    popup = await popup_crud.get(session, popup_id)
    return _form(popup, await form_field_crud.of_popup(session, popup.id)).document()


async def form_of(session: BoundSession, popup: Popup) -> Form:
    """Return the form of a popup, to judge answers by."""
    return _form(popup, await form_field_crud.of_popup(session, popup.id))


async def read_form_by_slug(session: BoundSession, slug: str) -> FormDocument:
    """Return the form of the popup of a slug.

    Raises:
        PopupUnknown: there is none that this session may see.
    """
    popup = await popup_crud.by_slug(session, slug)
    return _form(popup, await form_field_crud.of_popup(session, popup.id)).document()


async def _locked(
    session: BoundSession, field_id: UUID
) -> tuple[Popup, list[FormField], FormField]:
    """Return a field with its popup, locked, and the popup's form as it is since then."""
    popup_id = await form_field_crud.popup_of(session, field_id)
    popup = await popup_crud.open_to_edits(session, popup_id, alone=True)
    fields = await form_field_crud.of_popup(session, popup_id)
    field = next((field for field in fields if field.id == field_id), None)
    if field is None:  # somebody else took it out while this waited
        raise form_field_crud.not_found
    return popup, fields, field


def _check(popup: Popup, fields: list[FieldDefinition]) -> None:
    validate_definition(fields, asked_of_profile(popup.questions))


def _form(popup: Popup, fields: list[FormField]) -> Form:
    return Form(tuple(field.definition for field in fields), asked_of_profile(popup.questions))
