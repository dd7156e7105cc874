"""What a human does with their own applications, and staff on somebody's behalf.

A human's requests step up to the tenant's rights here, so every function looks first
whether the application is theirs.
"""

from datetime import datetime
from uuid import UUID

from app.api.application.crud import application_crud
from app.api.application.errors import (
    ApplicationNotDraft,
    ApplicationUnknown,
    ScholarshipNotRequested,
)
from app.api.application.lifecycle import (
    ApplicationEvent,
    ApplicationStatus,
    ScholarshipStatus,
)
from app.api.application.models import Application
from app.api.application.schemas import (
    ApplicationDraft,
    ApplicationOnBehalf,
    ApplicationStart,
    PrivacyChange,
    ScholarshipRequest,
)
from app.api.human.crud import human_crud
from app.api.human.models import Human
from app.api.popup.calendar import day_at, zone_of
from app.api.popup.crud import popup_crud
from app.api.popup.lifecycle import check_open_for_buyers
from app.api.popup.models import Popup
from app.core.tenant_db import BoundSession
from app.services import admission, card_holds
from app.services.admission import Act, Case
from app.services.email import ScholarshipDecided
from app.services.email.outbox import queue_mail


async def apply(
    session: BoundSession, act: Act, human_id: UUID, data: ApplicationStart
) -> Application:
    """Start one's own application to a popup that is open.

    Raises:
        PopupUnknown: there is no such popup, or it is not published.
        PopupClosed: it is over, or not active.
        ApplicationExists: one has applied before.
        AnswersInvalid: an answer is not one the form takes.
    """
    human = await human_crud.get(session, human_id)
    popup = await popup_crud.get(session, data.popup_id)
    if not popup.is_published:
        raise popup_crud.not_found
    _check_open(popup, act.now)
    case = _new_case(human, popup)
    case.application.hidden_fields = [str(key) for key in data.hidden_fields]
    _ask_for_scholarship(case.application, data.scholarship)
    await admission.start(session, act, case)
    return await admission.keep_draft(session, case, data.answers)


async def change_draft(
    session: BoundSession, human_id: UUID, application_id: UUID, data: ApplicationDraft
) -> Application:
    """Change one's own draft; exactly the keys that were sent.

    Raises:
        ApplicationUnknown: it is not one's own, or not there.
        ApplicationNotDraft: it was submitted.
        AnswersInvalid: an answer is not one the form takes.
    """
    case = await _own(session, human_id, application_id)
    application = case.application
    if application.status is not ApplicationStatus.DRAFT:
        raise ApplicationNotDraft
    if data.hidden_fields is not None:
        application.hidden_fields = [str(key) for key in data.hidden_fields]
    if "scholarship" in data.model_fields_set:
        _ask_for_scholarship(application, data.scholarship)
    answers = application.answers if data.answers is None else data.answers
    return await admission.keep_draft(session, case, answers)


async def change_privacy(
    session: BoundSession, human_id: UUID, application_id: UUID, data: PrivacyChange
) -> Application:
    """Say what the directory does not show of oneself; it shows so from the commit on.

    Raises:
        ApplicationUnknown: it is not one's own, or not there.
    """
    application = (await _own(session, human_id, application_id)).application
    application.hidden_fields = [str(key) for key in data.hidden_fields]
    await application_crud.flush(session)
    return application


async def own_event(
    session: BoundSession,
    act: Act,
    human_id: UUID,
    application_id: UUID,
    event: ApplicationEvent,
) -> Application:
    """Submit, withdraw or take up again one's own application.

    Raises:
        ApplicationUnknown: it is not one's own, or not there.
        PopupClosed: it is to be submitted, and the popup is over or not active.
        DepositNotHeld: it is to be submitted, and no card holds the popup's deposit.
        AnswersInvalid: something required is open.
        ApplicationMoveRefused: not from where it stands.
    """
    case = await _own(session, human_id, application_id)
    if event is ApplicationEvent.SUBMIT:
        _check_open(case.popup, act.now)
        await card_holds.check_secured(session, case.application, case.popup)
        return await admission.submit(session, act, case)
    return await admission.happen(session, act, case, event)


async def apply_on_behalf(
    session: BoundSession, act: Act, data: ApplicationOnBehalf
) -> Application:
    """Make an application for somebody, and their account where it is missing.

    Raises:
        PopupUnknown: there is no such popup.
        ApplicationExists: they have applied before.
        AnswersInvalid: an answer is not one the form takes, or one required is open.
    """
    popup = await popup_crud.open_to_edits(session, data.popup_id)
    human = await human_crud.by_email(session, data.email)
    if human is None:
        human = Human(email=data.email)
        session.add(human)
        await session.flush()
    case = _new_case(human, popup)
    await admission.start(session, act, case)
    await admission.keep_draft(session, case, data.answers)
    if data.submit:
        await admission.submit(session, act, case)
    return case.application


async def decide_scholarship(
    session: BoundSession, act: Act, application_id: UUID, percent: int | None
) -> Application:
    """Grant a scholarship as a discount, or refuse it; the human is told what is new.

    Raises:
        ApplicationUnknown: there is none of that id in this tenant.
        ScholarshipNotRequested: nobody asked for one.
    """
    case = await admission.case_of(session, application_id)
    application = case.application
    if application.scholarship_status is ScholarshipStatus.NONE:
        raise ScholarshipNotRequested
    decided = ScholarshipStatus.REFUSED if percent is None else ScholarshipStatus.GRANTED
    if (application.scholarship_status, application.scholarship_percent) == (decided, percent):
        return application
    application.scholarship_status, application.scholarship_percent = decided, percent
    await application_crud.flush(session)
    mail = ScholarshipDecided(
        first_name=case.human.first_name,
        popup_name=case.popup.name,
        is_granted=percent is not None,
        discount_percent=percent or 0,
        application_url=act.portal_url,
    )
    await queue_mail(session, mail, to=case.human.email)
    return application


async def _own(session: BoundSession, human_id: UUID, application_id: UUID) -> Case:
    case = await admission.case_of(session, application_id)
    if case.human.id != human_id:
        raise ApplicationUnknown
    return case


def _new_case(human: Human, popup: Popup) -> Case:
    return Case(Application(popup_id=popup.id, human_id=human.id), human, popup)


def _ask_for_scholarship(application: Application, request: ScholarshipRequest | None) -> None:
    """Ask for one, or no longer; what was decided stands until something else is asked."""
    was_asked = application.scholarship_status is not ScholarshipStatus.NONE
    if request and was_asked and request.reason == application.scholarship_reason:
        return
    application.scholarship_reason = request.reason if request else ""
    application.scholarship_percent = None
    application.scholarship_status = (
        ScholarshipStatus.REQUESTED if request else ScholarshipStatus.NONE
    )


def _check_open(popup: Popup, now: datetime) -> None:
    today = day_at(now, zone_of(popup.timezone))
    check_open_for_buyers(popup.status, ends_on=popup.ends_on, today=today)
