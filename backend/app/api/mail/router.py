"""Endpoints that show staff the mails which people get."""

from typing import Annotated

from fastapi import APIRouter, Query

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
