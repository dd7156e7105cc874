"""The life of a popup: from draft to archive, and when buyers may act on it."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from app.api.popup.errors import PopupClosed, PopupDatesInvalid, PopupMoveRefused


class PopupStatus(StrEnum):
    """Where a popup is in its life; active and ended ones are published."""

    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"
    ARCHIVED = "archived"


NEXT: Mapping[PopupStatus, frozenset[PopupStatus]] = {
    PopupStatus.DRAFT: frozenset({PopupStatus.ACTIVE, PopupStatus.ARCHIVED}),
    PopupStatus.ACTIVE: frozenset({PopupStatus.DRAFT, PopupStatus.ENDED, PopupStatus.ARCHIVED}),
    PopupStatus.ENDED: frozenset({PopupStatus.ACTIVE, PopupStatus.ARCHIVED}),
    PopupStatus.ARCHIVED: frozenset({PopupStatus.DRAFT}),
}
"""From each status, those that staff may set. An archived popup comes back as a draft.

Not so what was sold for: it never is a draft, and comes back as the ended popup it is.
"""

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2199, 12, 31)
"""Days outside are typing errors, and near the calendar's ends a day has no next one."""

LONGEST_POPUP = timedelta(days=3 * 366)
"""So that a chart with a bar for each day has an end."""


def move(current: PopupStatus, to: PopupStatus, *, has_sales: bool) -> PopupStatus:
    """Return the status after staff set ``to``; setting the current one changes nothing.

    Once something is sold, a popup cannot become a draft again: its buyers would no longer
    find it, and it could be deleted.

    Raises:
        PopupMoveRefused: naming what is allowed.
    """
    allowed = NEXT[current]
    if has_sales:
        back = {PopupStatus.ENDED} if current is PopupStatus.ARCHIVED else set[PopupStatus]()
        allowed = (allowed - {PopupStatus.DRAFT}) | back
    if to is current or to in allowed:
        return to
    raise PopupMoveRefused(
        f"A popup that is {current} cannot become {to}", allowed=sorted(map(str, allowed))
    )


def check_dates(starts_on: date, ends_on: date) -> None:
    """Refuse days that no popup has. The last day is part of the popup.

    Raises:
        PopupDatesInvalid: saying what is wrong.
    """
    if ends_on < starts_on:
        raise PopupDatesInvalid("The last day comes before the first")
    if starts_on < FIRST_DAY or ends_on > LAST_DAY:
        raise PopupDatesInvalid(f"A popup lies between {FIRST_DAY} and {LAST_DAY}")
    if ends_on - starts_on >= LONGEST_POPUP:
        raise PopupDatesInvalid(f"A popup lasts at most {LONGEST_POPUP.days} days")


def open_for_buyers(status: PopupStatus, *, ends_on: date, today: date) -> bool:
    """Tell whether people may apply and buy: active, and its last day is not over.

    ``today`` is the day in the popup's time zone. A popup sells before it starts.

    >>> last = date(2026, 6, 30)
    >>> open_for_buyers(PopupStatus.ACTIVE, ends_on=last, today=last)
    True
    >>> open_for_buyers(PopupStatus.ACTIVE, ends_on=last, today=date(2026, 7, 1))
    False
    """
    return status is PopupStatus.ACTIVE and today <= ends_on


def check_open_for_buyers(status: PopupStatus, *, ends_on: date, today: date) -> None:
    """Refuse a buyer's act on a popup that is not open.

    Raises:
        PopupClosed: it is over, or not (or no longer) active.
    """
    if not open_for_buyers(status, ends_on=ends_on, today=today):
        raise PopupClosed
