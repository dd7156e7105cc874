"""The seats of a group: who gets one, and in a batch, who of many."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from app.api.group.errors import BatchOutOfRange, SeatsBelowMembers, SeatsOutOfRange

MOST_SEATS = 100_000
LARGEST_BATCH = 500
"""Rows answered one by one in one request: more is a list to upload in parts."""


class InvitationStatus(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


class Seating(StrEnum):
    """What becomes of one row of a batch."""

    SEATED = "seated"
    HAS_SEAT = "has_seat"
    REPEATED = "repeated"
    """The same person stands further up in the batch."""

    NO_SEAT = "no_seat"


def seats_left(seats: int | None, *, taken: int) -> int | None:
    """Return the free seats; ``None`` when there is no limit, and never less than nothing.

    A member takes a seat, the leader too, once the leader is a member. So does an open
    invitation: whoever was invited can join.

    >>> seats_left(5, taken=3), seats_left(None, taken=3)
    (2, None)
    """
    return None if seats is None else max(seats - taken, 0)


def check_resize(seats: int | None, *, taken: int) -> None:
    """Refuse a number of seats that no group has, or that would turn members out.

    Raises:
        SeatsOutOfRange: it is not from 1 to 100,000.
        SeatsBelowMembers: there are more members than that.
    """
    if seats is None:
        return
    if not 1 <= seats <= MOST_SEATS:
        raise SeatsOutOfRange
    if seats < taken:
        raise SeatsBelowMembers(taken=taken)


def seat_batch(seats: int | None, seated: Collection[str], wanted: Sequence[str]) -> list[Seating]:
    """Say for each person of a batch whether there is a seat, first come, first served.

    ``seated`` are those who have one, as members or by invitation. People are told apart
    by their e-mail, as the platform keeps it. One row that gets no seat does not keep the
    others from theirs.

    >>> wanted = ["bob@x.org", "ann@x.org", "bob@x.org", "cy@x.org", "di@x.org"]
    >>> [str(row) for row in seat_batch(3, {"ann@x.org"}, wanted)]
    ['seated', 'has_seat', 'repeated', 'seated', 'no_seat']

    Raises:
        BatchOutOfRange: there is nobody in it, or more than 500.
    """
    if not 1 <= len(wanted) <= LARGEST_BATCH:
        raise BatchOutOfRange
    left = seats_left(seats, taken=len(seated))
    seen: set[str] = set()
    results: list[Seating] = []
    for person in wanted:
        if person in seated:
            results.append(Seating.HAS_SEAT)
        elif person in seen:
            results.append(Seating.REPEATED)
        elif left == 0:
            results.append(Seating.NO_SEAT)
        else:
            left = None if left is None else left - 1
            results.append(Seating.SEATED)
        seen.add(person)
    return results
