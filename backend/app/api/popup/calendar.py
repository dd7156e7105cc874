"""Days in a popup's own time zone, also where the clocks change at midnight."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from app.api.popup.errors import TimeZoneUnknown

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)


def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its IANA name.

    Raises:
        TimeZoneUnknown: there is none; a path or a folder of the database is none either.
    """
    if name not in _names():
        raise TimeZoneUnknown(f"{name[:64]!a} is not a time zone of the IANA database")
    return ZoneInfo(name)


def day_at(instant: datetime, zone: ZoneInfo) -> date:
    """Return the day it is in ``zone`` at ``instant``, which carries its offset.

    >>> day_at(datetime(2026, 5, 1, 23, 30, tzinfo=UTC), zone_of("Europe/Lisbon"))
    datetime.date(2026, 5, 2)
    """
    return _aware(instant).astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant at which it is ``day`` or later in ``zone``, in UTC.

    Usually local midnight. Where the clocks go forward over midnight there is none, and
    the day starts with the jump; where they go back over it, the first of the two counts.

    >>> cairo = zone_of("Africa/Cairo")  # the clocks go from midnight to 1:00
    >>> start_of(date(2026, 4, 24), cairo).astimezone(cairo).isoformat()
    '2026-04-24T01:00:00+03:00'
    """
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    start = midnight.astimezone(UTC)
    if start.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return start
    before = midnight.replace(fold=1).astimezone(UTC)  # in a gap the later fold comes first
    while before < start:
        middle = before + (start - before) // ONE_SECOND // 2 * ONE_SECOND
        if middle.astimezone(zone).date() < day:
            before = middle + ONE_SECOND
        else:
            start = middle
    return start


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant after ``day`` in ``zone``, in UTC: where the next day starts."""
    return start_of(day + ONE_DAY, zone)


def is_over(ends_on: date, zone: ZoneInfo, *, now: datetime) -> bool:
    """Tell whether a popup whose last day is ``ends_on`` is over at ``now``."""
    return _aware(now) >= end_of(ends_on, zone)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("An instant carries its offset")
    return instant


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime"}  # the machine's own, whichever it is
