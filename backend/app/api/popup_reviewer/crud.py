"""Database operations on reviewers."""

from typing import ClassVar

from sqlalchemy import ColumnElement, FromClause, select
from sqlmodel import SQLModel

from app.api.popup.errors import PopupUnknown
from app.api.popup_reviewer.errors import ReviewerTaken, ReviewerUnknown
from app.api.popup_reviewer.models import PopupReviewer
from app.api.popup_reviewer.schemas import (
    PopupReviewerCreate,
    PopupReviewerPublic,
    PopupReviewerUpdate,
)
from app.api.shared.crud import BaseCRUD
from app.api.shared.rendering import Expression


def _of_the_user(name: str) -> Expression:
    """Show a column of the reviewer's account."""

    def expression(row: FromClause) -> ColumnElement[object]:
        users = SQLModel.metadata.tables["app.users"].alias()
        account = select(users.c[name]).where(
            users.c.tenant_id == row.c.tenant_id, users.c.id == row.c.user_id
        )
        return account.scalar_subquery()

    return expression


class PopupReviewerCRUD(BaseCRUD[PopupReviewer, PopupReviewerCreate, PopupReviewerUpdate]):
    """Reads and writes reviewers."""

    constraint_errors: ClassVar = {
        "popup_reviewers_tenant_id_popup_id_user_id_key": ReviewerTaken,
        "popup_reviewers_tenant_id_popup_id_fkey": PopupUnknown,
        "popup_reviewers_tenant_id_user_id_fkey": ReviewerUnknown,
    }
    computed: ClassVar = {"email": _of_the_user("email"), "name": _of_the_user("name")}
    not_found: ClassVar = ReviewerUnknown


popup_reviewer_crud = PopupReviewerCRUD(PopupReviewer, PopupReviewerPublic)
