"""How people of the story apply, are judged, bring somebody, change their mind."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import TypeAlias
from uuid import UUID

from app.api.application.errors import ApplicationMoveRefused, ApplicationUnknown
from app.api.application.lifecycle import (
    ApplicationActor,
    ApplicationEvent,
    ApplicationStatus,
    ScholarshipStatus,
)
from app.api.application.models import Application
from app.api.application.schemas import ApplicationStart, ScholarshipRequest
from app.api.application_review.schemas import ReviewPut
from app.api.approval_strategy.decision import Vote
from app.api.attendee.party import AttendeeCategory
from app.api.attendee.schemas import CompanionCreate
from app.api.human.crud import human_crud
from app.api.human.models import Human
from app.api.popup.profile import ProfileKey
from app.services import admission, applying, parties, voting
from app.services.admission import Act
from app.services.demo.history import History
from app.services.demo.people import FIRST_NAMES, SCHOLARSHIP_REASONS, Person, later
from app.services.demo.stage import Stage

DAY = timedelta(days=1)
NOTES = (
    "",
    "",
    "",
    "Clear, and kind.",
    "Met them last year.",
    "A little thin.",
    "The talk sounds good.",
)


@dataclass
class Guest:
    """Somebody of the story at one popup."""

    person: Person
    stage: Stage
    human_id: UUID
    application: Application | None = None
    is_gone: bool = False
    """Gave their ticket back."""

    @property
    def dice(self) -> Random:
        """The person's own dice."""
        return self.person.dice

    def is_(self, *statuses: ApplicationStatus) -> bool:
        """Whether their application stands so."""
        return self.application is not None and self.application.status in statuses

    @property
    def application_id(self) -> UUID:
        """The id of their application.

        Raises:
            ApplicationUnknown: they have none: always a bug of the story.
        """
        if self.application is None:
            raise ApplicationUnknown
        return self.application.id


Accepted: TypeAlias = Callable[[Guest], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Admission:
    """Applications of the story, and what comes after an acceptance."""

    history: History
    accepted: Accepted

    async def sign_up(self, person: Person, stage: Stage) -> Guest:
        """Make somebody's account, unless they have one from another popup."""
        session = self.history.session
        human = await human_crud.by_email(session, person.email)
        if human is None:
            human = Human(
                email=person.email, first_name=person.first_name, last_name=person.last_name
            )
            session.add(human)
            await session.flush()
        return Guest(person, stage, human.id)

    async def apply(self, person: Person, stage: Stage) -> None:
        """Sign up and start an application, which most people submit."""
        guest, dice = await self.sign_up(person, stage), person.dice
        in_need = dice.random() < 0.12
        reason = ScholarshipRequest(reason=dice.choice(SCHOLARSHIP_REASONS))
        data = ApplicationStart(
            popup_id=stage.popup_id,
            answers=person.answers,
            hidden_fields=[ProfileKey.TELEGRAM, ProfileKey.AGE] if dice.random() < 0.2 else [],
            scholarship=reason if in_need else None,
        )
        act = self._act(ApplicationActor.HUMAN)
        guest.application = await applying.apply(self.history.session, act, guest.human_id, data)
        if dice.random() < 0.95:
            when = later(dice, self.history.now, timedelta(hours=7))
            self.history.at(when, partial(self._submit, guest))

    def follow(self, guest: Guest) -> None:
        """Go on with somebody whose group had them accepted."""
        self._go_on(guest)

    async def _submit(self, guest: Guest) -> None:
        dice = guest.dice
        await self._own(guest, ApplicationEvent.SUBMIT)
        for number, user_id in enumerate(guest.stage.reviewers):
            when = later(dice, self.history.now, timedelta(hours=50 + 20 * number))
            if dice.random() < 0.9:  # some votes are forgotten
                self.history.at(when, partial(self._vote, guest, user_id))
        if dice.random() < 0.05:
            when = later(dice, self.history.now, 2 * DAY)
            self.history.at(when, partial(self._withdraw, guest))
        if dice.random() < 0.01:
            self.history.at(self.history.now + DAY / 3, partial(self._flag, guest))

    async def _vote(self, guest: Guest, user_id: UUID) -> None:
        if not guest.is_(ApplicationStatus.IN_REVIEW):
            return
        liking = guest.person.promise + guest.dice.gauss(0.0, 0.13)
        vote = Vote.STRONG_NO
        for line, cast in ((0.24, Vote.NO), (0.42, Vote.YES), (0.8, Vote.STRONG_YES)):
            vote = cast if liking > line else vote
        data = ReviewPut(vote=vote, note=guest.dice.choice(NOTES))
        act = self._act(ApplicationActor.STAFF)
        await voting.vote(self.history.session, act, user_id, guest.application_id, data)
        if guest.is_(ApplicationStatus.ACCEPTED):
            self._go_on(guest)

    def _go_on(self, guest: Guest) -> None:
        dice, now = guest.dice, self.history.now
        if dice.random() < 0.22:
            self.history.at(later(dice, now, DAY / 6), partial(self._bring, guest))
        if dice.random() < 0.04:
            self.history.at(later(dice, now, 3 * DAY), partial(self._withdraw, guest))
            return
        self.history.at(now + DAY, partial(self._decide, guest))

    async def _decide(self, guest: Guest) -> None:
        """Answer who asked for a scholarship, and leave the rest to the buyer."""
        application = guest.application
        if application and application.scholarship_status is ScholarshipStatus.REQUESTED:
            percent = guest.dice.choice((None, 30, 50, 50, 75))
            act = self._act(ApplicationActor.STAFF)
            await applying.decide_scholarship(self.history.session, act, application.id, percent)
        await self.accepted(guest)

    async def _bring(self, guest: Guest) -> None:
        """Bring a spouse, children, or both."""
        if not guest.is_(ApplicationStatus.ACCEPTED):
            return
        dice, family = guest.dice, guest.person.last_name
        kinds = dice.choice(("s", "s", "s", "sk", "skk", "k"))
        for kind in kinds:
            is_kid = kind == "k"
            companion = CompanionCreate(
                category=AttendeeCategory.KID if is_kid else AttendeeCategory.SPOUSE,
                name=f"{dice.choice(FIRST_NAMES)} {family}",
                age=str(dice.randrange(1, 15)) if is_kid else "",
            )
            await parties.add_own(
                self.history.session,
                guest.human_id,
                guest.application_id,
                companion,
                self.history.now,
            )

    async def _withdraw(self, guest: Guest) -> None:
        if not guest.is_(ApplicationStatus.IN_REVIEW, ApplicationStatus.ACCEPTED):
            return
        with suppress(ApplicationMoveRefused):  # who has bought stays
            await self._own(guest, ApplicationEvent.WITHDRAW)

    async def _flag(self, guest: Guest) -> None:
        session = self.history.session
        human = await human_crud.get(session, guest.human_id)
        human.is_red_flagged = True
        await human_crud.flush(session)
        await admission.raise_flag(session, self._act(ApplicationActor.STAFF), human.id)

    async def _own(self, guest: Guest, event: ApplicationEvent) -> None:
        act = self._act(ApplicationActor.HUMAN)
        await applying.own_event(
            self.history.session, act, guest.human_id, guest.application_id, event
        )

    def _act(self, actor: ApplicationActor) -> Act:
        return Act(actor, self.history.now, self.history.settings.portal_url)
