"""Where the story takes place: popups with their form, products, coupons and reviewers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import col, select

from app.api.approval_strategy.decision import StrategyKind
from app.api.approval_strategy.models import ApprovalStrategy
from app.api.approval_strategy.schemas import ApprovalStrategyPut
from app.api.coupon.models import Coupon
from app.api.coupon.schemas import CouponCreate
from app.api.form_field.definition import FieldType
from app.api.form_field.models import FormField
from app.api.form_field.schemas import FormFieldCreate, ShownIf
from app.api.popup.lifecycle import PopupStatus
from app.api.popup.models import Popup
from app.api.popup.schemas import PopupCreate, PopupUpdate
from app.api.popup_reviewer.crud import popup_reviewer_crud
from app.api.popup_reviewer.models import PopupReviewer
from app.api.popup_reviewer.schemas import PopupReviewerCreate
from app.api.product.models import Product
from app.services import coupons, forms, popups, products, reviewing
from app.services.demo.history import History
from app.services.demo.people import DIETS, HEARD, SKILLS
from app.services.demo.wares import wares_of

EARLY, FRIENDS, SPEAKER = "EARLY-BIRD", "FRIENDS", "SPEAKER"


@dataclass(frozen=True, slots=True)
class Plan:
    """A popup before there is one."""

    name: str
    slug: str
    tagline: str
    location: str
    timezone: str
    starts_on: date
    ends_on: date
    opens_on: date
    """From when on people apply."""

    guests: int
    groups: int
    strategy: ApprovalStrategyPut

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.timezone)

    def midnight(self, day: date) -> datetime:
        """Return the instant at which a day begins at the popup."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Stage:
    """A popup that is there, with what the story needs of it."""

    plan: Plan
    popup_id: UUID
    products: dict[str, Product]
    reviewers: Sequence[UUID]
    staff_id: UUID
    scans: list[tuple[datetime, str, UUID]] = field(default_factory=list)
    """When which code was seen at the door, and the scan's id."""


QUESTIONS: Sequence[Mapping[str, object]] = (
    {
        "key": "why",
        "label": "Why do you want to come?",
        "type": FieldType.TEXTAREA,
        "section": "You and us",
        "required": True,
    },
    {
        "key": "skills",
        "label": "What could you teach?",
        "type": FieldType.MULTISELECT,
        "section": "You and us",
        "options": list(SKILLS),
    },
    {
        "key": "gives_talk",
        "label": "Would you give a talk?",
        "type": FieldType.BOOLEAN,
        "section": "You and us",
    },
    {
        "key": "talk",
        "label": "What about?",
        "type": FieldType.TEXT,
        "section": "You and us",
        "shown_if": ShownIf(field="gives_talk", any_of=[True]),
    },
    {
        "key": "diet",
        "label": "What do you eat?",
        "type": FieldType.SELECT,
        "section": "Daily life",
        "options": list(DIETS),
        "required": True,
    },
    {
        "key": "heard",
        "label": "How did you hear of us?",
        "type": FieldType.SELECT,
        "section": "Daily life",
        "options": list(HEARD),
    },
)

WEIGHED = ApprovalStrategyPut(kind=StrategyKind.WEIGHTED, accept_at=3, reject_at=-3)
ANY = ApprovalStrategyPut(kind=StrategyKind.ANY_REVIEWER)


async def build(history: History, plan: Plan, staff_id: UUID, reviewers: Sequence[UUID]) -> Stage:
    """Make a popup with everything that belongs to it, and publish it."""
    session = history.session
    await popups.create_popup(session, _popup(plan))
    found = select(Popup.id).where(Popup.slug == plan.slug)
    popup_id = (await session.exec(found)).one()
    for question in _questions(popup_id):
        await forms.add_field(session, question)
    for ware in wares_of(plan.guests, _early_until(plan), popup_id):
        await products.create_product(session, ware)
    for coupon in _coupons(plan, popup_id):
        await coupons.create_coupon(session, coupon)
    await reviewing.put_strategy(session, popup_id, plan.strategy)
    for number, user_id in enumerate(reviewers):
        # The first of them leads: that vote counts twice where votes are weighed.
        reviewer = PopupReviewerCreate(
            popup_id=popup_id, user_id=user_id, multiplier=1 if number else 2
        )
        await popup_reviewer_crud.create_json(session, reviewer)
    await popups.change_popup(session, popup_id, PopupUpdate(status=PopupStatus.ACTIVE))
    await _backdate(history, popup_id)
    rows = (await session.exec(select(Product).where(Product.popup_id == popup_id))).all()
    return Stage(plan, popup_id, {row.slug: row for row in rows}, reviewers, staff_id)


async def _backdate(history: History, popup_id: UUID) -> None:
    """Let what was made past the ORM come to be in the story's time, too."""
    then = {"created_at": history.now, "updated_at": history.now}
    await history.session.exec(update(Popup).where(col(Popup.id) == popup_id).values(then))
    for model in (FormField, Product, Coupon, ApprovalStrategy, PopupReviewer):
        of_popup = update(model).where(col(model.popup_id) == popup_id)
        await history.session.exec(of_popup.values(then))


def _popup(plan: Plan) -> PopupCreate:
    return PopupCreate(
        name=plan.name,
        slug=plan.slug,
        tagline=plan.tagline,
        location=plan.location,
        timezone=plan.timezone,
        currency="EUR",
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        allows_spouse=True,
        allows_children=True,
        allows_coupons=True,
        contribution_percent=3,
    )


def _early_until(plan: Plan) -> datetime:
    return plan.midnight(plan.starts_on - (plan.starts_on - plan.opens_on) // 2)


def _questions(popup_id: UUID) -> list[FormFieldCreate]:
    return [FormFieldCreate.model_validate({"popup_id": popup_id, **one}) for one in QUESTIONS]


def _coupons(plan: Plan, popup_id: UUID) -> list[CouponCreate]:
    few = max(2, plan.guests // 16)
    return [
        CouponCreate(popup_id=popup_id, code=EARLY, percent=15, ends_at=_early_until(plan)),
        CouponCreate(popup_id=popup_id, code=FRIENDS, percent=25, max_uses=few),
        CouponCreate(popup_id=popup_id, code=SPEAKER, percent=100, max_uses=few),
    ]
