"""What scanners saw at the door: a log that comes out the same however it is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.api.ticket.errors import ScanIdReused, ScanTimeImplausible

FUTURE_ALLOWED = timedelta(minutes=5)
"""Clocks of scanners run fast; this much is no mistake."""

PAST_ALLOWED = timedelta(days=30)
"""How long a scanner may have been offline; older than that, its battery lost the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One ticket seen once. ``scan_id`` is made by the scanner, so that it can tell again."""

    scan_id: UUID
    ticket_id: UUID
    scanned_at: datetime
    scanner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a scan means among all scans of its ticket: ``earlier`` came before it."""

    scan: Scan
    earlier: int
    first_seen_at: datetime
    last_seen_before: datetime | None

    @property
    def is_first(self) -> bool:
        """Whether the ticket had not been seen before."""
        return self.earlier == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCount:
    """How many scans there were, and how many different tickets came."""

    scans: int
    tickets: int


def check_time(scanned_at: datetime, *, now: datetime) -> None:
    """Refuse a scan that cannot have happened when the scanner says.

    Raises:
        ScanTimeImplausible: it lies ahead, or more than thirty days back.
    """
    if not now - PAST_ALLOWED <= scanned_at <= now + FUTURE_ALLOWED:
        raise ScanTimeImplausible


def merge(log: Iterable[Scan], told: Iterable[Scan]) -> tuple[Scan, ...]:
    """Add what a scanner tells to the log; the same scan told again adds nothing.

    The result is in order of time, equal times in order of id. So whatever order logs
    arrive in, in whatever pieces and however often, it is the same in the end.

    Raises:
        ScanIdReused: one id stands for two different scans.
    """
    known: dict[UUID, Scan] = {}
    for scan in (*log, *told):
        if known.setdefault(scan.scan_id, scan) != scan:
            raise ScanIdReused(scan_id=str(scan.scan_id))
    return tuple(sorted(known.values(), key=_when))


def read(log: Sequence[Scan], scan: Scan) -> Reading:
    """Say what a scan of the log means: whether its ticket was seen before, and when.

    A scan told late counts from when it happened, so an earlier one that turns up moves
    the first sight forward, and every scan is read alike by whoever asks later.
    """
    same = sorted((one for one in log if one.ticket_id == scan.ticket_id), key=_when)
    earlier = [one for one in same if _when(one) < _when(scan)]
    return Reading(
        scan=scan,
        earlier=len(earlier),
        first_seen_at=earlier[0].scanned_at if earlier else scan.scanned_at,
        last_seen_before=earlier[-1].scanned_at if earlier else None,
    )


def count(log: Iterable[Scan]) -> DoorCount:
    """Count the scans of a log, and the tickets they are of."""
    scans = list(log)
    return DoorCount(scans=len(scans), tickets=len({scan.ticket_id for scan in scans}))


def _when(scan: Scan) -> tuple[datetime, UUID]:
    return scan.scanned_at, scan.scan_id
