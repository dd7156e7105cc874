"""What is read of tickets, what a scanner tells, and what it is told."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.attendee.party import AttendeeCategory
from app.api.product.eligibility import ProductCategory
from app.api.shared.response import ListQuery
from app.api.shared.types import Day, Input, Instant, Omittable, Output
from app.api.ticket.lifecycle import TicketStatus

MOST_SCANS = 500
"""Scans of one batch; a scanner sends the rest of its log in the next."""

TypedCode = Annotated[
    str,
    Field(
        description="As scanned or typed: case, spaces and hyphens do not matter.",
        examples=["00041-06105-0R3GG-28A1C-60T3G-F"],
    ),
]


class TicketPublic(Output):
    """A ticket as staff read it: without its code, which admits whoever shows it."""

    id: UUID
    popup_id: UUID
    payment_line_id: UUID
    unit: int
    product_id: UUID
    product_name: str
    attendee_id: UUID
    attendee_name: str
    status: TicketStatus
    value_minor: int
    voided_at: Instant | None
    created_at: Instant


class TicketSelf(TicketPublic):
    """A ticket as its buyer reads it."""

    code: str


class OwnTicketQuery(ListQuery):
    """Filters of one's own tickets."""

    popup_id: UUID | None = None
    attendee_id: UUID | None = None
    status: TicketStatus | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"


class TicketQuery(OwnTicketQuery):
    """Filters of the list of tickets."""

    product_id: UUID | None = None
    human_id: UUID | None = None


class CheckInCreate(Input):
    """One scan at the door. Without ``scan_id``, each request is a scan of its own."""

    popup_id: UUID
    code: TypedCode
    scan_id: Omittable[UUID] = None
    scanned_at: Omittable[Instant] = None


class ScanTold(Input):
    """One scan of a scanner's log; ``scan_id`` is the scanner's own."""

    scan_id: UUID
    code: TypedCode
    scanned_at: Instant


class CheckInBatch(Input):
    """Part of the log of a scanner that was offline, in any order."""

    popup_id: UUID
    scans: Annotated[list[ScanTold], Field(min_length=1, max_length=MOST_SCANS)]


class AttendeeSeen(Output):
    """Who stands at the door."""

    id: UUID
    name: str
    category: AttendeeCategory


class ProductSeen(Output):
    """What the ticket is a unit of, as it was called when it was bought."""

    id: UUID
    name: str
    category: ProductCategory


class ScanReading(Output):
    """Who came with what, and what the scan means among all scans of its ticket known by now.

    ``earlier`` of them happened before it, ``scans`` counts it and all others.
    """

    scan_id: UUID
    ticket_id: UUID
    ticket_status: TicketStatus
    attendee: AttendeeSeen
    product: ProductSeen
    scanned_at: Instant
    scanner: str
    is_first: bool
    earlier: int
    scans: int
    first_seen_at: Instant
    last_seen_before: Instant | None


class ScanProblem(Output):
    """Why a scan was not recorded, as a problem of RFC 9457 says it."""

    type: str
    title: str
    status: int
    detail: str


class ScanResult(Output):
    """What became of one scan of a batch: a reading when it is in the log, or a problem."""

    scan_id: UUID
    reading: ScanReading | None
    problem: ScanProblem | None


class BatchResult(Output):
    """What became of every scan of a batch, in its order."""

    results: list[ScanResult]
    recorded: int
    refused: int


class CheckInPublic(Output):
    """One scan of the log, and who told of it: by id, and as the staff call them."""

    id: UUID
    popup_id: UUID
    ticket_id: UUID
    product_name: str
    attendee_id: UUID
    attendee_name: str
    scan_id: UUID
    scanned_at: Instant
    received_at: Instant
    scanner: str
    scanner_name: str
    is_first: bool


class CheckInQuery(ListQuery):
    """Filters of the log of scans."""

    popup_id: UUID | None = None
    ticket_id: UUID | None = None
    attendee_id: UUID | None = None
    product_id: UUID | None = None
    scanner: Annotated[str | None, Field(max_length=60)] = None
    scanned_at_from: Instant | None = None
    scanned_at_until: Instant | None = None
    sort: Literal["scanned_at", "-scanned_at", "received_at", "-received_at"] = "-scanned_at"


class TicketCheckInQuery(ListQuery):
    """How to page through the scans of one ticket."""

    sort: Literal["scanned_at", "-scanned_at"] = "scanned_at"


class ProductCount(Output):
    """How many units of a product were sold and stand, and how many of them came."""

    product_id: UUID
    product_name: str
    issued: int
    scans: int
    tickets: int


class DayCount(Output):
    """A day at the door, in the popup's time zone.

    ``tickets`` came that day, ``arrivals`` of them for the first time.
    """

    day: Day
    scans: int
    tickets: int
    arrivals: int


class CheckInCounts(Output):
    """How many scans there were and how many different tickets came, by product and by day.

    Scans add up over products and over days, tickets over products, arrivals over days.
    """

    scans: int
    tickets: int
    by_product: list[ProductCount]
    by_day: list[DayCount]


class CountQuery(Input):
    """Which popup's door."""

    popup_id: UUID
