"""Shows an organisation its mails: its own branding, one of its popups, invented values."""

import dataclasses

from sqlmodel import select

from app.api.mail.schemas import MailKinds, MailPreview, MailPreviewQuery
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.shared.enums import Language
from app.api.tenant.models import Tenant
from app.core.config import Settings
from app.core.tenant_db import BoundSession
from app.services.email.kinds import Mail
from app.services.email.preview import SAMPLES, sample_of
from app.services.email.rendering import render
from app.services.email.senders import tenant_sender


async def kinds(session: BoundSession, settings: Settings) -> MailKinds:
    """Return every kind of mail, and whom the organisation's come from."""
    sender = tenant_sender(await _tenant(session), settings)
    return MailKinds(
        kinds=sorted(SAMPLES),
        languages=list(Language),
        sender_name=sender.name,
        sender_email=sender.email,
    )


async def preview(
    session: BoundSession, settings: Settings, query: MailPreviewQuery
) -> MailPreview:
    """Render a mail as the organisation's people would read it; nothing is queued.

    Raises:
        MailKindUnknown: there is no such kind.
        PopupUnknown: there is none of that id in this tenant.
    """
    mail = sample_of(query.kind)
    if query.popup_id is not None:
        mail = _about(mail, await popup_crud.get(session, query.popup_id))
    tenant = await _tenant(session)
    sender = tenant_sender(tenant, settings)
    language = query.language or tenant.language
    shown = render(mail, sender, language)
    return MailPreview(
        kind=query.kind,
        language=language,
        sender_name=sender.name,
        sender_email=sender.email,
        subject=shown.subject,
        text=shown.text,
        html=shown.html,
    )


def _about(mail: Mail, popup: Popup) -> Mail:
    """Put a popup's own name, days and currency where the mail names them."""
    own: dict[str, object] = {
        "popup_name": popup.name,
        "starts_on": popup.starts_on,
        "ends_on": popup.ends_on,
        "currency": popup.currency,
    }
    named = {field.name for field in dataclasses.fields(mail)}
    return dataclasses.replace(mail, **{name: own[name] for name in own if name in named})


async def _tenant(session: BoundSession) -> Tenant:
    return (await session.exec(select(Tenant))).one()
