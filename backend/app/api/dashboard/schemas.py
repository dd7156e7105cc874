"""What is asked of the dashboard, and its figures.

Money is whole minor units of the popup's currency. Days are days in the popup's own time
zone. Within one answer the rows of every list add up to the totals beside it.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.application.lifecycle import ApplicationStatus, ScholarshipStatus
from app.api.attendee.party import AttendeeCategory
from app.api.payment.lifecycle import PaymentProvider, PaymentStatus
from app.api.payment.pricing import DiscountSource
from app.api.popup.lifecycle import PopupStatus
from app.api.product.eligibility import ProductCategory
from app.api.shared.response import FURTHEST_SKIP, LARGEST_PAGE
from app.api.shared.types import Day, Input, Output

ChartDay = Annotated[Day, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]


class PeriodQuery(Input):
    """Which days are counted, both ends included.

    An end left out is where something first or last happened, as far as the longest period
    of 1,098 days reaches.
    """

    from_on: ChartDay | None = None
    to_on: ChartDay | None = None


class OverviewQuery(Input):
    """Which of the popups are listed, those that start last first."""

    skip: Annotated[int, Field(ge=0, le=FURTHEST_SKIP)] = 0
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 100


class Period(Output):
    """The days an answer counts; null where nothing has happened yet."""

    from_on: date | None
    to_on: date | None


class Headcount(Output):
    """How much life there is: applications, people who may come, orders paid, the door."""

    applications: int
    in_review: int
    accepted: int
    attendees: Annotated[int, Field(description="Of applications that are accepted.")]
    orders: Annotated[int, Field(description="Paid; those given back later included.")]
    tickets: Annotated[int, Field(description="That admit now.")]
    arrivals: Annotated[int, Field(description="Tickets seen at the door.")]


class Takings(Output):
    """What was sold and what of it was kept, in one currency."""

    sold_minor: int
    exchanged_minor: int
    refunded_minor: int
    revenue_minor: int


class PopupFigures(Takings, Headcount):
    """One popup of the overview."""

    popup_id: UUID
    name: str
    status: PopupStatus
    starts_on: date
    ends_on: date
    currency: str


class CurrencyFigures(Takings):
    """What all popups of one currency have taken; currencies are never added up."""

    currency: str
    popups: int
    orders: int


class Overview(Output):
    """The organisation at a glance; ``totals`` and ``currencies`` are of all its popups."""

    popup_count: int
    totals: Headcount
    currencies: list[CurrencyFigures]
    popups: list[PopupFigures]


class ApplicationsByStatus(Output):
    """How many applications stand there now."""

    status: ApplicationStatus
    applications: int


class ScholarshipsByStatus(Output):
    """How many applications have asked for a scholarship, and what became of it."""

    status: ScholarshipStatus
    applications: int


class Conversion(Output):
    """How far applications come. Each number is part of the one before it."""

    started: int
    submitted: Annotated[int, Field(description="At least once.")]
    accepted: Annotated[int, Field(description="Now.")]
    bought: Annotated[int, Field(description="Accepted, with an order not given back whole.")]
    arrived: Annotated[int, Field(description="Of these, with somebody seen at the door.")]


class People(Output):
    """Attendees: all that applications list, and how many of them come."""

    listed: int
    accepted: Annotated[int, Field(description="Of an application that is accepted.")]
    holding: Annotated[int, Field(description="With a ticket that admits now.")]
    arrived: Annotated[int, Field(description="Seen at the door.")]


class PeopleByCategory(People):
    """Attendees of one category."""

    category: AttendeeCategory


class Outcomes(Output):
    """Applications by their last submission, and by their outcome if it stands."""

    submitted: int
    accepted: int
    rejected: int


class OutcomesOfDay(Outcomes):
    """What happened to applications on one day."""

    day: date


class ApplicationFigures(Output):
    """A popup's applications and attendees; only ``outcomes`` and ``days`` ask the period."""

    total: int
    by_status: list[ApplicationsByStatus]
    by_scholarship: list[ScholarshipsByStatus]
    conversion: Conversion
    attendees: People
    attendees_by_category: list[PeopleByCategory]
    period: Period
    outcomes: Outcomes
    days: list[OutcomesOfDay]


class OrderSums(Output):
    """Orders and what was asked, taken and given back for them."""

    orders: int
    total_minor: int
    payable_minor: int
    captured_minor: int
    refunded_minor: int
    credit_spent_minor: int
    credit_returned_minor: int
    refund_due_orders: int
    refund_due_minor: Annotated[
        int, Field(description="Taken for orders that could not be kept; no revenue.")
    ]


class OrdersByStatus(OrderSums):
    """Orders of one status."""

    status: PaymentStatus


class OrdersByProvider(OrderSums):
    """Orders paid by one provider."""

    provider: PaymentProvider


class OrdersOfDay(Output):
    """How many orders were made on a day, by where they stand now."""

    day: date
    orders: int
    pending: int
    approved: int
    rejected: int
    expired: int
    cancelled: int
    partially_refunded: int
    refunded: int


class PaymentFigures(Output):
    """A popup's orders that were made in the period."""

    currency: str
    period: Period
    totals: OrderSums
    by_status: list[OrdersByStatus]
    by_provider: list[OrdersByProvider]
    days: list[OrdersOfDay]


class Sales(Output):
    """Lines of paid orders: ``net`` is after discount, ``sold`` with the contribution."""

    units: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    contribution_minor: int
    sold_minor: int


class ProductSales(Sales):
    """What was sold of one product, whatever was given back of it later."""

    product_id: UUID
    name: str
    category: ProductCategory


class CategorySales(Sales):
    """What was sold of one category, as the products were when they were sold."""

    category: ProductCategory


class DiscountSums(Output):
    """What one kind of discount has cost."""

    source: DiscountSource
    units: int
    discount_minor: int


class RevenueSums(Sales):
    """What was sold, what went back, and what is left of it.

    ``revenue`` is ``sold`` less what went back: ``exchanged``, ``refunded_money`` and
    ``refunded_credit``. It is also ``money`` and ``credit`` together: money is ``captured``
    less ``refunded_money``; credit is ``credit_spent`` less what exchanges and refunds gave,
    ``credit_issued`` and ``refunded_credit``.
    """

    orders: int
    exchanged_minor: int
    refunded_money_minor: int
    refunded_credit_minor: int
    revenue_minor: int
    captured_minor: int
    money_minor: int
    credit_spent_minor: int
    credit_issued_minor: int
    credit_minor: int


class RevenueOfDay(RevenueSums):
    """One day: sales on the day they were paid, refunds on the day they were made."""

    day: date


class RevenueFigures(Output):
    """A popup's revenue in a period, from the lines of paid orders."""

    currency: str
    credit_balance_minor: Annotated[
        int, Field(description="Store credit that people have now, whatever the period.")
    ]
    period: Period
    totals: RevenueSums
    by_product: list[ProductSales]
    by_category: list[CategorySales]
    by_discount: list[DiscountSums]
    days: list[RevenueOfDay]


class Remaining(Output):
    """What there is of something; ``limit`` and ``left`` are null where nothing limits it."""

    limit: int | None
    held: Annotated[int, Field(description="For orders that are not paid and not overdue.")]
    taken: int
    left: int | None


class ProductStock(Remaining):
    """What is left of a product."""

    product_id: UUID
    name: str
    category: ProductCategory
    is_active: bool


class CouponUses(Remaining):
    """What is left of a coupon, and what it has cost in paid orders."""

    coupon_id: UUID
    code: str
    percent: int
    is_active: bool
    orders: int
    discount_minor: int


class GroupSeats(Remaining):
    """What is left of a group's seats; open invitations take one each."""

    group_id: UUID
    name: str
    is_active: bool
    members: int
    open_invitations: int


class StockFigures(Output):
    """What is left of all that a popup has a limited number of, as of now."""

    products: list[ProductStock]
    coupons: list[CouponUses]
    groups: list[GroupSeats]


class DoorSums(Output):
    """``arrivals`` are tickets seen for the first time."""

    scans: int
    arrivals: int


class DoorOfProduct(DoorSums):
    """The door, for one product."""

    product_id: UUID
    name: str
    issued: Annotated[int, Field(description="Tickets that admit now, whatever the period.")]


class DoorOfDay(DoorSums):
    """The door on one day."""

    day: date


class DoorTotals(DoorSums):
    """The door in the whole period."""

    issued: int


class CheckInFigures(Output):
    """What was seen at a popup's door in a period."""

    period: Period
    totals: DoorTotals
    by_product: list[DoorOfProduct]
    days: list[DoorOfDay]
