"""Applications: started, submitted, decided, withdrawn; whatever follows hangs on the move.

``lifecycle.move`` says where an application goes and with which effects; this module does
them, in the transaction of the move. Routes and other services never set a status.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.api.application.crud import application_crud
from app.api.application.errors import ApplicationNotDraft
from app.api.application.lifecycle import (
    ON_START,
    ApplicationActor,
    ApplicationEffect,
    ApplicationEvent,
    ApplicationFact,
    ApplicationStatus,
    ScholarshipStatus,
    move,
)
from app.api.application.models import Application, ApplicationSnapshot, FormVersion
from app.api.application_review.models import ApplicationReview
from app.api.approval_strategy.decision import StrategyKind
from app.api.attendee.models import Attendee
from app.api.attendee.party import AttendeeCategory
from app.api.card_hold.lifecycle import CardHoldEvent
from app.api.form_field.form import Form, validate_answers
from app.api.group.models import GroupMember
from app.api.human.crud import human_crud
from app.api.human.models import Human
from app.api.payment.models import STANDING, Payment
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.popup.profile import ProfileKey
from app.api.shared.types import new_id
from app.core.tenant_db import BoundSession
from app.services import allotments, card_holds, forms, reviewing
from app.services.email import ApplicationAccepted, ApplicationReceived, ApplicationRejected
from app.services.email.outbox import queue_mail

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and where the mails about it point to."""

    actor: ApplicationActor
    now: datetime
    portal_url: str


@dataclass(frozen=True, slots=True)
class Case:
    """An application with the people and the popup it is about."""

    application: Application
    human: Human
    popup: Popup


async def start(session: BoundSession, act: Act, case: Case) -> Application:
    """Begin an application as a draft; its human becomes the main attendee.

    Raises:
        ApplicationExists: the human has applied to this popup before.
    """
    session.add(case.application)
    await application_crud.flush(session)
    for effect in ON_START:
        await _EFFECTS[effect](session, act, case, ApplicationEvent.RESUME)
    return case.application


async def keep_draft(session: BoundSession, case: Case, answers: Answers) -> Application:
    """Keep the answers of a draft, which may still leave some open.

    Raises:
        ApplicationNotDraft: it was submitted.
        AnswersInvalid: an answer is not one the form takes.
    """
    if case.application.status is not ApplicationStatus.DRAFT:
        raise ApplicationNotDraft
    form = await forms.form_of(session, case.popup)
    case.application.answers = dict(validate_answers(form, answers, is_draft=True))
    await application_crud.flush(session)
    return case.application


async def submit(session: BoundSession, act: Act, case: Case) -> Application:
    """Submit a draft: it is judged against the form as it is now, and moves on.

    Raises:
        AnswersInvalid: something required is open, or an answer no longer fits the form.
        ApplicationMoveRefused: it is not a draft.
    """
    application = case.application
    facts = await _facts(session, case)
    step = move(application.status, ApplicationEvent.SUBMIT, act.actor, facts)
    form = await forms.form_of(session, case.popup)
    application.answers = dict(validate_answers(form, application.answers))
    application.form_version = await _keep_version(session, case.popup, form)
    application.submitted_at = act.now
    _tell_profile(case.human, application.answers)
    await _name_attendee(session, case)
    await _apply(session, act, case, ApplicationEvent.SUBMIT, step.to, step.effects)
    return application


async def take_in(session: BoundSession, act: Act, case: Case, member: GroupMember) -> Application:
    """Let a group take an application in, whose seat the member has: it needs no review.

    A draft may leave questions open. Red-flagged, it is rejected, and the seat is free.

    Raises:
        AnswersInvalid: an answer no longer fits the form.
        ApplicationMoveRefused: it was rejected or withdrawn.
    """
    application = case.application
    application.group_id = member.group_id
    if application.status is ApplicationStatus.ACCEPTED:
        await application_crud.flush(session)
        return application
    if application.status is ApplicationStatus.IN_REVIEW:
        return await happen(session, act, case, ApplicationEvent.ACCEPT)
    step = move(application.status, ApplicationEvent.SUBMIT, act.actor, await _facts(session, case))
    form = await forms.form_of(session, case.popup)
    application.answers = dict(validate_answers(form, application.answers, is_draft=True))
    application.form_version = await _keep_version(session, case.popup, form)
    application.submitted_at = act.now
    await _apply(session, act, case, ApplicationEvent.SUBMIT, step.to, step.effects)
    return application


async def happen(
    session: BoundSession, act: Act, case: Case, event: ApplicationEvent
) -> Application:
    """Let something happen to an application: it moves, with all that follows.

    Raises:
        ApplicationMoveRefused: this actor may not do this now; nothing changes.
    """
    application = case.application
    step = move(application.status, event, act.actor, await _facts(session, case))
    if application.form_version is None and step.to is not ApplicationStatus.DRAFT:
        # A draft that is withdrawn was never judged: its answers are to the form as it is now.
        form = await forms.form_of(session, case.popup)
        application.form_version = await _keep_version(session, case.popup, form)
    await _apply(session, act, case, event, step.to, step.effects)
    return application


async def case_of(session: BoundSession, application_id: UUID) -> Case:
    """Return an application with its human and popup, locked until the transaction ends.

    Raises:
        ApplicationUnknown: there is none of that id in this tenant.
    """
    application = await application_crud.locked(session, application_id)
    human = await human_crud.get(session, application.human_id)
    popup = await popup_crud.get(session, application.popup_id)
    return Case(application, human, popup)


async def raise_flag(session: BoundSession, act: Act, human_id: UUID) -> None:
    """Reject what a human who has just been flagged has in review."""
    waiting = select(Application.id).where(
        Application.human_id == human_id, Application.status == ApplicationStatus.IN_REVIEW
    )
    for application_id in (await session.exec(waiting.order_by(col(Application.id)))).all():
        case = await case_of(session, application_id)
        await happen(session, act, case, ApplicationEvent.FLAG)


async def _facts(session: BoundSession, case: Case) -> set[ApplicationFact]:
    facts: set[ApplicationFact] = set()
    if case.human.is_red_flagged:
        facts.add(ApplicationFact.RED_FLAGGED)
    if case.application.group_id is not None:
        facts.add(ApplicationFact.IN_GROUP)
        member, decided_at = await _place(session, case.application), case.application.decided_at
        if member is not None and decided_at is not None and decided_at < member.joined_at:
            facts.add(ApplicationFact.ACCEPTED_BEFORE)
    strategy = await reviewing.strategy_of(session, case.popup.id)
    if strategy is None or strategy.kind is StrategyKind.AUTO_ACCEPT:
        facts.add(ApplicationFact.AUTO_ACCEPT)
    bought = select(Payment.id).where(
        Payment.application_id == case.application.id,
        col(Payment.status).in_(STANDING),
    )
    if (await session.exec(bought.limit(1))).first() is not None:
        facts.add(ApplicationFact.HAS_PURCHASES)
    return facts


async def _apply(
    session: BoundSession,
    act: Act,
    case: Case,
    event: ApplicationEvent,
    to: ApplicationStatus,
    effects: tuple[ApplicationEffect, ...],
) -> None:
    application = case.application
    is_decision = to in {ApplicationStatus.ACCEPTED, ApplicationStatus.REJECTED}
    if to is not application.status:
        application.decided_at = act.now if is_decision else None
    application.status = to
    session.add(application)
    await application_crud.flush(session)
    for effect in effects:
        await _EFFECTS[effect](session, act, case, event)


async def _keep_version(session: BoundSession, popup: Popup, form: Form) -> str:
    """Keep the form as it is now, once for each version of it."""
    version = insert(FormVersion).values(
        tenant_id=session.tenant_id,
        id=new_id(),
        popup_id=popup.id,
        version=form.version,
        document=form.document(),
    )
    await session.exec(version.on_conflict_do_nothing())
    return form.version


def _tell_profile(human: Human, answers: Answers) -> None:
    """Let the account know what its human said of themselves."""
    for key in ProfileKey:
        if key.value in answers:
            setattr(human, key.value, str(answers[key.value]))


def _name_of(human: Human) -> str:
    """Return a human's name, or their address where nobody has said it yet."""
    return f"{human.first_name} {human.last_name}".strip() or human.email


async def _name_attendee(session: BoundSession, case: Case) -> None:
    """Give the main attendee the name that was said only with the answers."""
    nameless = (
        update(Attendee)
        .where(
            col(Attendee.application_id) == case.application.id,
            col(Attendee.category) == AttendeeCategory.MAIN,
            col(Attendee.name) == case.human.email,
        )
        .values(name=_name_of(case.human))
    )
    await session.exec(nameless)


async def _create_attendee(session: BoundSession, _: Act, case: Case, __: ApplicationEvent) -> None:
    """Make the applicant the main attendee, unless a resumed application has them."""
    application, human = case.application, case.human
    session.add(
        Attendee(
            popup_id=application.popup_id,
            application_id=application.id,
            owner_id=human.id,
            human_id=human.id,
            category=AttendeeCategory.MAIN,
            name=_name_of(human),
            email=human.email,
        )
    )
    await session.flush()


async def _snapshot(session: BoundSession, act: Act, case: Case, event: ApplicationEvent) -> None:
    application = case.application
    session.add(
        ApplicationSnapshot(
            popup_id=application.popup_id,
            application_id=application.id,
            human_id=application.human_id,
            event=event,
            status=application.status,
            answers=application.answers,
            form_version=application.form_version,
            actor=session.context.actor,
            at=act.now,
        )
    )
    await session.flush()


async def _clear_votes(session: BoundSession, _: Act, case: Case, __: ApplicationEvent) -> None:
    await session.exec(
        delete(ApplicationReview).where(
            col(ApplicationReview.application_id) == case.application.id
        )
    )


async def _free_seat(session: BoundSession, _: Act, case: Case, __: ApplicationEvent) -> None:
    """Leave the group; whoever comes next can have the seat."""
    application = case.application
    if application.group_id is None:
        return
    member = await _place(session, application)
    if member is not None:
        await allotments.give_back(session, member.id, {member.group_id: 1})
        await session.delete(member)
    application.group_id = None
    await session.flush()


async def _place(session: BoundSession, application: Application) -> GroupMember | None:
    """Return an application's place in its group."""
    statement = select(GroupMember).where(
        GroupMember.group_id == application.group_id,
        GroupMember.human_id == application.human_id,
    )
    return (await session.exec(statement)).one_or_none()


async def _mail_received(session: BoundSession, act: Act, case: Case, _: ApplicationEvent) -> None:
    mail = ApplicationReceived(
        first_name=case.human.first_name,
        popup_name=case.popup.name,
        application_url=act.portal_url,
    )
    await queue_mail(session, mail, to=case.human.email)


async def _mail_accepted(session: BoundSession, act: Act, case: Case, _: ApplicationEvent) -> None:
    granted = case.application.scholarship_status is ScholarshipStatus.GRANTED
    mail = ApplicationAccepted(
        first_name=case.human.first_name,
        popup_name=case.popup.name,
        starts_on=case.popup.starts_on,
        ends_on=case.popup.ends_on,
        discount_percent=case.application.scholarship_percent if granted else None,
        checkout_url=act.portal_url,
    )
    await queue_mail(session, mail, to=case.human.email)


async def _mail_rejected(session: BoundSession, _: Act, case: Case, __: ApplicationEvent) -> None:
    mail = ApplicationRejected(first_name=case.human.first_name, popup_name=case.popup.name)
    await queue_mail(session, mail, to=case.human.email)


async def _capture_card(session: BoundSession, _: Act, case: Case, __: ApplicationEvent) -> None:
    await card_holds.decided(session, case.application, CardHoldEvent.CAPTURE)


async def _release_card(session: BoundSession, _: Act, case: Case, __: ApplicationEvent) -> None:
    await card_holds.decided(session, case.application, CardHoldEvent.RELEASE)


async def _nothing_kept(_: BoundSession, __: Act, ___: Case, ____: ApplicationEvent) -> None:
    """Do nothing: the queue is counted whenever it is asked for."""


Effect = Callable[[BoundSession, Act, Case, ApplicationEvent], Awaitable[None]]

_EFFECTS: Mapping[ApplicationEffect, Effect] = {
    ApplicationEffect.CREATE_ATTENDEE: _create_attendee,
    ApplicationEffect.SNAPSHOT: _snapshot,
    ApplicationEffect.RECOUNT_REVIEWS: _nothing_kept,
    ApplicationEffect.CAPTURE_CARD: _capture_card,
    ApplicationEffect.RELEASE_CARD: _release_card,
    ApplicationEffect.CLEAR_VOTES: _clear_votes,
    ApplicationEffect.FREE_SEAT: _free_seat,
    ApplicationEffect.MAIL_RECEIVED: _mail_received,
    ApplicationEffect.MAIL_ACCEPTED: _mail_accepted,
    ApplicationEffect.MAIL_REJECTED: _mail_rejected,
}
