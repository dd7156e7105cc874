"""Scanners tell what they saw at the door; the log comes out the same however it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from app.api.attendee.models import Attendee
from app.api.payment.models import PaymentLine
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.shared.types import new_id
from app.api.ticket.code import read_code
from app.api.ticket.crud import check_in_crud
from app.api.ticket.errors import (
    ScanIdReused,
    TicketCodeUnknown,
    TicketCodeUnreadable,
    TicketOfOtherPopup,
)
from app.api.ticket.lifecycle import TicketActor, TicketEvent, TicketFact, TicketStatus, move
from app.api.ticket.models import CheckIn, Ticket
from app.api.ticket.scans import Scan, check_time, merge, read
from app.api.ticket.schemas import (
    AttendeeSeen,
    BatchResult,
    CheckInBatch,
    CheckInCounts,
    CheckInCreate,
    ProductSeen,
    ScanProblem,
    ScanReading,
    ScanResult,
    ScanTold,
)
from app.core.errors import PROBLEM_BASE, DomainError
from app.core.tenant_db import BoundSession


@dataclass(frozen=True, slots=True)
class Door:
    """Who tells of scans, by which name the log knows them, and when we hear of it."""

    actor: TicketActor
    scanner: str
    now: datetime


@dataclass(frozen=True, slots=True)
class _Told:
    """A scan as it was told; without a time it is the one that was told before, or now."""

    scan_id: UUID
    code: str
    scanned_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Shown:
    """A ticket that was shown, locked, with whose it is and for what."""

    ticket: Ticket
    line: PaymentLine
    attendee: Attendee


_Outcome: TypeAlias = Scan | DomainError
_Log: TypeAlias = dict[UUID, Scan]


async def check_in(session: BoundSession, door: Door, data: CheckInCreate) -> ScanReading:
    """Record one scan, and say who came with what, and whether they were seen before.

    Raises:
        PopupUnknown: there is no such popup in this tenant.
        TicketCodeUnreadable: no code looks like this.
        TicketCodeUnknown: no ticket of this tenant has this code.
        TicketOfOtherPopup: it is for another event of this tenant.
        TicketMoveRefused: it admitted nobody any more when it was shown.
        ScanIdReused: another scan has been told under this id.
        ScanTimeImplausible: it did not happen within the last thirty days.
    """
    told = _Told(data.scan_id or new_id(), data.code, data.scanned_at)
    (outcome,) = await _tell(session, door, data.popup_id, [told])
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def replay(session: BoundSession, door: Door, data: CheckInBatch) -> BatchResult:
    """Record a scanner's log, or part of it; a scan that is refused loses no other.

    Raises:
        PopupUnknown: there is no such popup in this tenant.
    """
    told = [_Told(scan.scan_id, scan.code, scan.scanned_at) for scan in data.scans]
    outcomes = await _tell(session, door, data.popup_id, told)
    results = [_result(scan, outcome) for scan, outcome in zip(data.scans, outcomes, strict=True)]
    refused = sum(1 for result in results if result.problem is not None)
    return BatchResult(results=results, recorded=len(results) - refused, refused=refused)


async def counts(session: BoundSession, popup_id: UUID) -> CheckInCounts:
    """Count what came through a popup's door.

    Raises:
        PopupUnknown: there is no such popup in this tenant.
    """
    await popup_crud.get(session, popup_id)
    return await check_in_crud.counts(session, popup_id)


async def _tell(
    session: BoundSession, door: Door, popup_id: UUID, told: Sequence[_Told]
) -> list[ScanReading | DomainError]:
    """Record what can be recorded, and read every scan in the light of all of them."""
    popup = await popup_crud.get(session, popup_id)
    codes = [_readable(one.code) for one in told]
    shown = await _shown(session, {code for code in codes if isinstance(code, str)})
    log = await _log_of(session, popup, shown, told)
    known = set(log)
    elsewhere = await _names_of_others(session, popup, shown)
    outcomes: list[_Outcome] = []
    for one, code in zip(told, codes, strict=True):
        if isinstance(code, DomainError):
            outcomes.append(code)
        elif (found := shown.get(code)) is None:
            outcomes.append(TicketCodeUnknown())
        elif found.ticket.popup_id != popup.id:
            name = elsewhere[found.ticket.popup_id]
            outcomes.append(TicketOfOtherPopup(f"This ticket is for {name}", popup_name=name))
        else:
            outcomes.append(_judge(door, log, one, found.ticket))
    await _record(session, door, popup, [log[scan_id] for scan_id in log.keys() - known], log)
    by_id = {one.ticket.id: one for one in shown.values()}
    return [_told_back(outcome, log, by_id) for outcome in outcomes]


def _readable(typed: str) -> str | DomainError:
    try:
        return read_code(typed)
    except TicketCodeUnreadable as error:
        return error


async def _shown(session: BoundSession, codes: set[str]) -> Mapping[str, _Shown]:
    """Return the tickets with these codes, locked in the order of their ids.

    Two scanners with one ticket take turns, and so does whoever returns it: the second
    sees what the first has done.
    """
    statement = (
        select(Ticket, PaymentLine, Attendee)
        .join(
            PaymentLine,
            (col(PaymentLine.tenant_id) == col(Ticket.tenant_id))
            & (col(PaymentLine.id) == col(Ticket.payment_line_id)),
        )
        .join(
            Attendee,
            (col(Attendee.tenant_id) == col(Ticket.tenant_id))
            & (col(Attendee.id) == col(Ticket.attendee_id)),
        )
        .where(col(Ticket.code).in_(codes))
        .order_by(col(Ticket.id))
        .with_for_update(of=Ticket)
    )
    rows = (await session.exec(statement)).all()
    return {ticket.code: _Shown(ticket, line, person) for ticket, line, person in rows}


async def _log_of(
    session: BoundSession, popup: Popup, shown: Mapping[str, _Shown], told: Sequence[_Told]
) -> _Log:
    """Return the scans there are of these tickets, and those that have the ids told."""
    statement = select(CheckIn).where(
        col(CheckIn.popup_id) == popup.id,
        or_(
            col(CheckIn.ticket_id).in_([one.ticket.id for one in shown.values()]),
            col(CheckIn.scan_id).in_([one.scan_id for one in told]),
        ),
    )
    return {row.scan_id: _scan(row) for row in (await session.exec(statement)).all()}


async def _names_of_others(
    session: BoundSession, popup: Popup, shown: Mapping[str, _Shown]
) -> Mapping[UUID, str]:
    others = {one.ticket.popup_id for one in shown.values()} - {popup.id}
    if not others:
        return {}
    statement = select(Popup.id, Popup.name).where(col(Popup.id).in_(others))
    return dict((await session.exec(statement)).all())


def _judge(door: Door, log: _Log, told: _Told, ticket: Ticket) -> _Outcome:
    """Add a scan to the log, unless it is there or is refused; what is there stays there."""
    known = log.get(told.scan_id)
    if told.scanned_at is None:
        scanned_at = known.scanned_at if known else door.now
    else:
        scanned_at = told.scanned_at
    scan = Scan(
        scan_id=told.scan_id, ticket_id=ticket.id, scanned_at=scanned_at, scanner=door.scanner
    )
    try:
        if known is not None:
            merge([known], [scan])
            return scan
        check_time(scanned_at, now=door.now)
        move(ticket.status, TicketEvent.CHECK_IN, door.actor, _facts(ticket, scanned_at))
    except DomainError as error:
        return error
    log[scan.scan_id] = scan
    return scan


def _facts(ticket: Ticket, scanned_at: datetime) -> frozenset[TicketFact]:
    was_valid = ticket.voided_at is not None and scanned_at < ticket.voided_at
    return frozenset({TicketFact.WAS_VALID} if was_valid else ())


_RECORD = """
INSERT INTO app.check_ins
    (tenant_id, id, popup_id, ticket_id, scan_id, scanned_at, received_at, scanner)
SELECT %(tenant)s::uuid, told.id, %(popup)s::uuid, told.ticket_id, told.scan_id, told.scanned_at,
       %(now)s::timestamptz, %(scanner)s::text
  FROM unnest(%(ids)s::uuid[], %(tickets)s::uuid[], %(scans)s::uuid[], %(times)s::timestamptz[])
       AS told (id, ticket_id, scan_id, scanned_at)
 ORDER BY told.scan_id
ON CONFLICT (tenant_id, popup_id, scan_id) DO NOTHING
RETURNING scan_id
"""


async def _record(
    session: BoundSession, door: Door, popup: Popup, new: Sequence[Scan], log: _Log
) -> None:
    """Write new scans down; an id that somebody else used in this moment leaves the log.

    One statement in the order of the ids, so that two batches never wait for each other.
    """
    if not new:
        return
    rows = await session.fetch(
        _RECORD,
        {
            "tenant": session.tenant_id,
            "popup": popup.id,
            "now": door.now,
            "scanner": door.scanner,
            "ids": [new_id() for _ in new],
            "tickets": [scan.ticket_id for scan in new],
            "scans": [scan.scan_id for scan in new],
            "times": [scan.scanned_at for scan in new],
        },
    )
    for lost in {scan.scan_id for scan in new} - {row[0] for row in rows}:
        # Scans of one ticket take turns, so the other one is of another ticket.
        del log[UUID(str(lost))]


def _told_back(
    outcome: _Outcome, log: _Log, shown: Mapping[UUID, _Shown]
) -> ScanReading | DomainError:
    if isinstance(outcome, DomainError):
        return outcome
    if outcome.scan_id not in log:
        return ScanIdReused(scan_id=str(outcome.scan_id))
    same = [scan for scan in log.values() if scan.ticket_id == outcome.ticket_id]
    reading = read(same, outcome)
    found = shown[outcome.ticket_id]
    return ScanReading(
        scan_id=outcome.scan_id,
        ticket_id=outcome.ticket_id,
        ticket_status=TicketStatus(found.ticket.status),
        attendee=AttendeeSeen.model_validate(found.attendee),
        product=ProductSeen(
            id=found.line.product_id, name=found.line.product_name, category=found.line.category
        ),
        scanned_at=outcome.scanned_at,
        scanner=outcome.scanner,
        is_first=reading.is_first,
        earlier=reading.earlier,
        scans=len(same),
        first_seen_at=reading.first_seen_at,
        last_seen_before=reading.last_seen_before,
    )


def _result(told: ScanTold, outcome: ScanReading | DomainError) -> ScanResult:
    if isinstance(outcome, ScanReading):
        return ScanResult(scan_id=told.scan_id, reading=outcome, problem=None)
    problem = ScanProblem(
        type=PROBLEM_BASE + outcome.slug(),
        title=outcome.title(),
        status=int(outcome.status),
        detail=str(outcome),
    )
    return ScanResult(scan_id=told.scan_id, reading=None, problem=problem)


def _scan(row: CheckIn) -> Scan:
    return Scan(
        scan_id=row.scan_id,
        ticket_id=row.ticket_id,
        scanned_at=row.scanned_at,
        scanner=row.scanner,
    )
