"""Endpoints that show staff the mails which people get."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from fastapi.responses import HTMLResponse

from app.api.mail.schemas import MailKinds, MailPreview, MailPreviewQuery
from app.api.popup.errors import PopupUnknown
from app.api.shared.dependencies import Requires, SettingsDep, TenantSession
from app.api.shared.permissions import Permission
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import mail_previews
from app.services.email.preview import MailKindUnknown

router = APIRouter(prefix="/mail", tags=["mail"])

READ = [Requires(Permission.MAIL_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)

PAGE_POLICY = (
    "default-src 'none'; img-src http: https:; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; sandbox"
)
"""What a mail shows without a mail program: its own styles and the organisation's image."""


class MailPage(HTMLResponse):
    """A mail as a page of its own, in which nothing runs."""

    def __init__(self, content: str, status_code: int = status.HTTP_200_OK) -> None:
        super().__init__(content, status_code, {"Content-Security-Policy": PAGE_POLICY})


@router.get("/kinds", dependencies=READ, responses=problems(*REFUSED))
async def read_mail_kinds(session: TenantSession, settings: SettingsDep) -> MailKinds:
    """Say which kinds of mail there are, and whom they come from."""
    return await mail_previews.kinds(session, settings)


@router.get(
    "/preview", dependencies=READ, responses=problems(MailKindUnknown, PopupUnknown, *REFUSED)
)
async def preview_mail(
    session: TenantSession, settings: SettingsDep, query: Annotated[MailPreviewQuery, Query()]
) -> MailPreview:
    """Show a mail with the organisation's branding and invented values; nothing is sent."""
    return await mail_previews.preview(session, settings, query)


@router.get(
    "/preview/page",
    response_class=MailPage,
    dependencies=READ,
    responses=problems(MailKindUnknown, PopupUnknown, *REFUSED),
)
async def show_mail(
    session: TenantSession, settings: SettingsDep, query: Annotated[MailPreviewQuery, Query()]
) -> HTMLResponse:
    """Show the same mail as the page a browser draws; scripts and forms do nothing in it."""
    return MailPage((await mail_previews.preview(session, settings, query)).html)
