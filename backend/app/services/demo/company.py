"""Groups of the story: somebody leads, invites their friends, and most of them sign up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import update
from sqlmodel import col, select

from app.api.application.lifecycle import ApplicationActor, ApplicationStatus
from app.api.application.models import Application
from app.api.group.models import Group
from app.api.group.schemas import GroupCreate, Invitee
from app.services import groups, invitations, joining
from app.services.admission import Act
from app.services.demo.guests import Admission, Guest
from app.services.demo.history import History
from app.services.demo.people import Person, later
from app.services.demo.stage import Stage

NAMES = (
    ("Compiler Club", "compiler-club", 20),
    ("Harbour Choir", "harbour-choir", 15),
    ("Seed Library", "seed-library", 10),
    ("Slow Robotics", "slow-robotics", 25),
)
"""Groups with their slug and what they have off, in percent."""


@dataclass(frozen=True, slots=True)
class Company:
    """Groups of the story."""

    history: History
    admission: Admission

    async def found(self, number: int, stage: Stage, people: Sequence[Person]) -> None:
        """Make a group, whose first person leads it and invites the others."""
        session = self.history.session
        name, slug, percent = NAMES[number]
        leader = await self.admission.sign_up(people[0], stage)
        data = GroupCreate(
            popup_id=stage.popup_id,
            leader_id=leader.human_id,
            name=name,
            slug=slug,
            seats=len(people) + 2,
            discount_percent=percent,
            welcome_text=f"Welcome to the {name}! We share one long table.",
        )
        await groups.create_group(session, data)
        found = select(Group).where(Group.popup_id == stage.popup_id, Group.slug == slug)
        group = (await session.exec(found)).one()
        then = {"created_at": self.history.now, "updated_at": self.history.now}
        await session.exec(update(Group).where(col(Group.id) == group.id).values(then))
        invited = [
            Invitee(email=one.email, first_name=one.first_name, last_name=one.last_name)
            for one in people
        ]
        act = Act(ApplicationActor.LEADER, self.history.now, self.history.settings.portal_url)
        await joining.add_all(session, act, group.id, invited, leader.human_id)
        await self._follow(leader)
        for one in people[1:]:
            if one.dice.random() < 0.85:
                when = later(one.dice, self.history.now, timedelta(days=4))
                self.history.at(when, partial(self._join, one, stage))

    async def _join(self, person: Person, stage: Stage) -> None:
        """Sign up with the address that was invited."""
        guest = await self.admission.sign_up(person, stage)
        now, portal_url = self.history.now, self.history.settings.portal_url
        await invitations.accept_all(self.history.session, now, portal_url, guest.human_id)
        await self._follow(guest)

    async def _follow(self, guest: Guest) -> None:
        found = select(Application).where(
            Application.popup_id == guest.stage.popup_id, Application.human_id == guest.human_id
        )
        guest.application = (await self.history.session.exec(found)).one_or_none()
        if guest.is_(ApplicationStatus.ACCEPTED):
            self.admission.follow(guest)
