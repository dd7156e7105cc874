"""Tells the story: founds its organisations and lets months of a past happen in each."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from sqlalchemy import func
from sqlmodel import SQLModel, select

from app.api.application.models import Application
from app.api.application_review.models import ApplicationReview
from app.api.human.models import Human
from app.api.payment.lifecycle import PaymentProvider
from app.api.payment.models import Payment
from app.api.popup.models import Popup
from app.api.provider_account.schemas import ProviderAccountPut
from app.api.shared.enums import UserRole
from app.api.tenant.models import Tenant
from app.api.tenant.schemas import TenantCreate
from app.api.ticket.models import CheckIn, Ticket
from app.api.user.models import User
from app.api.user.schemas import UserCreate
from app.core.config import Environment, Settings
from app.core.db import Database
from app.core.tenant_db import BoundSession, DatabaseRole, PlatformContext, TenantContext
from app.services import provider_accounts, staff, tenants
from app.services.demo.buying import Shop
from app.services.demo.company import Company
from app.services.demo.door import tell_scans
from app.services.demo.guests import Admission
from app.services.demo.history import History
from app.services.demo.houses import HOUSES, House, arrival_of
from app.services.demo.people import Person, cast_of, moment_of
from app.services.demo.stage import Plan, Stage, build
from app.services.sandbox import PAGES_PATH, SandboxKeys, SandboxProvider

ACTOR = "system:demo"
REVIEWERS = (("Lea Brandt", "lea"), ("Omar Nasser", "omar"), ("Mei Lin", "mei"))
PEOPLE, FEWEST, MOST = 320, 24, 2_000
"""People of the story: fewer make no groups, more take long and have no names left."""

COUNTED: tuple[tuple[str, type[SQLModel]], ...] = (
    ("people", Human),
    ("applications", Application),
    ("votes", ApplicationReview),
    ("orders", Payment),
    ("tickets", Ticket),
    ("scans", CheckIn),
)


class DemoRefused(Exception):
    """The demonstration is not made here, or not so."""


@dataclass(frozen=True, slots=True)
class Show:
    """Which story is told, with how many people, and when it ends."""

    seed: int
    people: int
    now: datetime


async def tell(database: Database, settings: Settings, show: Show) -> list[str]:
    """Tell the story once; return what was made, in sentences.

    What is there already is left as it is. An organisation whose story was cut short has
    none of it, and gets it.

    Raises:
        DemoRefused: this is production, or the story has too few or too many people.
    """
    if settings.environment is Environment.PRODUCTION:
        raise DemoRefused("The demonstration is not made in production")
    if not FEWEST <= show.people <= MOST:
        raise DemoRefused(f"The story has from {FEWEST} to {MOST} people")
    said: list[str] = []
    for house in HOUSES:
        tenant_id = await _found(database, settings, show, house)
        context = TenantContext(tenant_id, DatabaseRole.READ_WRITE, ACTOR)
        async with database.tenant(context) as session:
            if (await session.exec(select(Popup.id).limit(1))).first() is not None:
                said.append(f"{house.name} is there already, and was left as it is.")
                continue
            said.append(await _tell_house(session, settings, show, house))
    return [*said, *_how_to_log_in(settings)]


async def _found(database: Database, settings: Settings, show: Show, house: House) -> UUID:
    """Found an organisation, unless it is there."""
    async with database.platform(PlatformContext(ACTOR)) as session:
        found = select(Tenant.id).where(Tenant.slug == house.slug)
        tenant_id = (await session.exec(found)).one_or_none()
        if tenant_id is not None:
            return tenant_id
        begins = min(plan.midnight(plan.opens_on) for plan in house.plans(show.now, show.people))
        History(session, settings, begins - timedelta(days=40), show.now)
        data = TenantCreate(
            name=house.name,
            slug=house.slug,
            admin_email=house.admin,
            default_currency="EUR",
            default_timezone="Europe/Lisbon",
        )
        made = await tenants.create_tenant(session, data, login_url=settings.backoffice_url)
        return made.id


async def _tell_house(session: BoundSession, settings: Settings, show: Show, house: House) -> str:
    plans = house.plans(show.now, show.people)
    begins = min(plan.midnight(plan.opens_on) for plan in plans) - timedelta(days=30)
    history = History(session, settings, begins, show.now)
    story = Story(history, f"{show.seed}/{house.slug}")
    staff_id, reviewers = await _hire(session, settings, house)
    for provider in (PaymentProvider.SANDBOX, PaymentProvider.MANUAL):
        await provider_accounts.put_account(session, settings, provider, ProviderAccountPut())
    for plan, cast in zip(plans, _casts(story.seed, plans), strict=True):
        when = plan.midnight(plan.opens_on) - timedelta(days=12)
        history.at(when, partial(story.open, plan, cast, staff_id, reviewers))
    await history.run()
    for stage in story.stages:
        await tell_scans(history, stage)
    counts = [
        f"{(await session.exec(select(func.count()).select_from(model))).one():,} {name}"
        for name, model in COUNTED
    ]
    return f"Made {house.name}: {', '.join(counts)}."


async def _hire(
    session: BoundSession, settings: Settings, house: House
) -> tuple[UUID, tuple[UUID, ...]]:
    """Put people on the staff; return the administrator and those who review."""
    found = select(User).where(User.email == house.admin)
    admin = (await session.exec(found)).one()
    admin.name = "Dana Duarte"
    session.add(admin)
    made = [
        await staff.invite(
            session,
            UserCreate(email=f"{name}@{house.domain}", name=full_name, role=UserRole.VIEWER),
            by_role=UserRole.ADMIN,
            login_url=settings.backoffice_url,
        )
        for full_name, name in (*REVIEWERS, ("Victor Viana", "viewer"))
    ]
    return admin.id, tuple(user.id for user in made[: len(REVIEWERS)])


def _casts(seed: str, plans: Sequence[Plan]) -> list[list[Person]]:
    """Draw who might come to each popup; some who come to one come to the next."""
    everybody = cast_of(seed, sum(plan.guests for plan in plans))
    casts: list[list[Person]] = []
    for number, plan in enumerate(plans):
        own, everybody = everybody[: plan.guests], everybody[plan.guests :]
        again = casts[-1] if casts else []
        dice = Random(f"{seed}/again/{number}")
        casts.append([*own, *dice.sample(again, len(again) // 5)])
    return casts


class Story:
    """What happens at one organisation."""

    def __init__(self, history: History, seed: str) -> None:
        self.seed = seed
        self.stages: list[Stage] = []
        self._history = history
        session, settings = history.session, history.settings
        pages = f"{settings.public_url}{PAGES_PATH}/{session.tenant_id}"
        # Nothing is signed here: no notice is sent, and this session hears of everything.
        keys = SandboxKeys(signing_key="")
        shop = Shop(history, SandboxProvider(keys, lambda: nullcontext(session), pages))
        self._admission = Admission(history, shop.accepted)
        self._company = Company(history, self._admission)

    async def open(
        self, plan: Plan, cast: Sequence[Person], staff_id: UUID, reviewers: Sequence[UUID]
    ) -> None:
        """Publish a popup, and let people hear of it."""
        stage = await build(self._history, plan, staff_id, reviewers)
        self.stages.append(stage)
        size = max(3, plan.guests // 40)
        for number in range(plan.groups):
            people, cast = cast[:size], cast[size:]
            day = plan.opens_on + timedelta(days=9 + 16 * number)
            when = moment_of(people[0].dice, day, plan.zone)
            self._history.at(when, partial(self._company.found, number, stage, people))
        for person in cast:
            day = arrival_of(person.dice, plan)
            when = moment_of(person.dice, day, plan.zone)
            self._history.at(when, partial(self._admission.apply, person, stage))


def _how_to_log_in(settings: Settings) -> list[str]:
    mail = f"sent through {settings.smtp_host}"
    if not settings.smtp_host:
        mail = f"a file in {settings.mail_path.absolute()}"
    demo, neighbours = HOUSES
    who = (
        f"Log in as {demo.admin}, or as viewer@{demo.domain} to read only, and as"
        f" {neighbours.admin} to see that neither sees the other."
    )
    return [who, f"POST /api/v1/auth/user/login asks for a code, which comes by mail: {mail}."]
