"""Endpoints of form fields and of the form they make: the staff's, and the public's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.form_field.crud import form_field_crud
from app.api.form_field.errors import FieldInvalid, FormInconsistent, FormOrderIncomplete
from app.api.form_field.form import FormDocument
from app.api.form_field.schemas import (
    FormFieldCreate,
    FormFieldPublic,
    FormFieldQuery,
    FormFieldUpdate,
    FormOrder,
    FormPublic,
    FormQuery,
)
from app.api.popup.errors import PopupArchived, PopupUnknown
from app.api.shared.dependencies import PublicSession, Requires, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.shared.types import Slug
from app.core.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import forms

router = APIRouter(tags=["form fields"])

READ = [Requires(Permission.FORM_FIELDS_READ)]
WRITE = [Requires(Permission.FORM_FIELDS_WRITE)]
ANYONE = [Requires(Permission.PUBLISHED_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.get(
    "/popups/public/{slug}/form",
    response_model=FormPublic,
    dependencies=ANYONE,
    responses=problems(PopupUnknown, TenantUnknown, InvalidRequest),
)
async def read_published_form(slug: Slug, session: PublicSession) -> FormDocument:
    """Read the form of a published popup: what an applicant's page is drawn from."""
    return await forms.read_form_by_slug(session, slug)


@router.get(
    "/form-fields",
    response_model=ListModel[FormFieldPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_form_fields(
    session: TenantSession, query: Annotated[FormFieldQuery, Query()]
) -> Rendered:
    """List the form fields of the organisation, or of one of its popups."""
    return await form_field_crud.find_json(session, query)


@router.get(
    "/form-fields/schema",
    response_model=FormPublic,
    dependencies=READ,
    responses=problems(PopupUnknown, *REFUSED),
)
async def read_form(session: TenantSession, query: Annotated[FormQuery, Query()]) -> FormDocument:
    """Read a popup's form as its applicants will, published or not."""
    return await forms.read_form(session, query.popup_id)


@router.put(
    "/form-fields/order",
    response_model=FormPublic,
    dependencies=WRITE,
    responses=problems(PopupUnknown, PopupArchived, FormOrderIncomplete, *REFUSED),
)
async def order_form_fields(data: FormOrder, session: TenantSession) -> FormDocument:
    """Put the fields of a popup's form in order."""
    return await forms.put_in_order(session, data)


@router.post(
    "/form-fields",
    response_model=FormFieldPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(PopupUnknown, PopupArchived, FormInconsistent, FieldInvalid, *REFUSED),
)
async def create_form_field(data: FormFieldCreate, session: TenantSession) -> Rendered:
    """Add a field to a popup's form."""
    return await forms.add_field(session, data)


@router.get(
    "/form-fields/{field_id}",
    response_model=FormFieldPublic,
    dependencies=READ,
    responses=problems(NotFound, *REFUSED),
)
async def read_form_field(field_id: UUID, session: TenantSession) -> Rendered:
    """Read one form field."""
    return await form_field_crud.get_json(session, field_id)


@router.patch(
    "/form-fields/{field_id}",
    response_model=FormFieldPublic,
    dependencies=WRITE,
    responses=problems(NotFound, PopupArchived, FormInconsistent, FieldInvalid, *REFUSED),
)
async def update_form_field(
    field_id: UUID, data: FormFieldUpdate, session: TenantSession
) -> Rendered:
    """Change a form field."""
    return await forms.change_field(session, field_id, data)


@router.delete(
    "/form-fields/{field_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(NotFound, PopupArchived, FormInconsistent, *REFUSED),
)
async def delete_form_field(field_id: UUID, session: TenantSession) -> None:
    """Take a field out of its form."""
    await forms.remove_field(session, field_id)
