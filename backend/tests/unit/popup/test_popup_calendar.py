"""Days in a popup's time zone, above all where the clocks change at midnight."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.api.popup.calendar import day_at, end_of, is_over, start_of, zone_of
from app.api.popup.errors import TimeZoneUnknown

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        pytest.param("UTC", "2026-01-01", "2026-01-01T00:00+00:00", 24, id="plain day"),
        pytest.param("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15+00:00", 24, id="quarters"),
        pytest.param("Europe/Lisbon", "2026-03-29", "2026-03-29T00:00+00:00", 23, id="spring"),
        pytest.param("Europe/Lisbon", "2026-10-25", "2026-10-24T23:00+00:00", 25, id="autumn"),
        pytest.param(
            "Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30+00:00", 23.5, id="half"
        ),
        pytest.param(
            "Africa/Cairo", "2026-04-24", "2026-04-23T22:00+00:00", 23, id="no midnight: 0 to 1"
        ),
        pytest.param(
            "Atlantic/Azores", "2026-03-29", "2026-03-29T01:00+00:00", 23, id="no midnight: west"
        ),
        pytest.param(
            "Atlantic/Azores", "2026-10-25", "2026-10-25T00:00+00:00", 25, id="two midnights"
        ),
        pytest.param(
            "America/Havana", "2026-11-01", "2026-11-01T04:00+00:00", 25, id="two midnights: Cuba"
        ),
        pytest.param(
            "Africa/Cairo", "2026-10-29", "2026-10-28T21:00+00:00", 25, id="back before midnight"
        ),
        pytest.param(
            "America/Toronto",
            "1919-03-31",
            "1919-03-31T04:30+00:00",
            23.5,
            id="the clocks jump over midnight",
        ),
        pytest.param(
            "Pacific/Apia", "2011-12-30", "2011-12-30T10:00+00:00", 0, id="a day that never was"
        ),
    ],
)
def test_start_of_and_length(zone: str, day: str, start: str, hours: float) -> None:
    where = zone_of(zone)
    which = date.fromisoformat(day)

    assert start_of(which, where) == datetime.fromisoformat(start)
    assert end_of(which, where) - start_of(which, where) == hours * HOUR


@given(
    instant=st.datetimes(datetime(2012, 1, 1), datetime(2199, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001  # placed by timezones
    zone=st.sampled_from(sorted(available_timezones())),
)
@example(datetime(2026, 4, 23, 22, tzinfo=UTC), "Africa/Cairo")
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Atlantic/Azores")
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Atlantic/Azores")
def test_every_instant_lies_in_the_day_it_is(instant: datetime, zone: str) -> None:
    where = zone_of(zone)

    day = day_at(instant, where)

    assert start_of(day, where) <= instant < end_of(day, where)


@given(
    day=st.dates(date(2012, 1, 1), date(2199, 12, 30)),
    zone=st.sampled_from(sorted(available_timezones())),
)
@example(date(2026, 4, 24), "Africa/Cairo")
def test_a_day_starts_on_itself_and_not_a_moment_earlier(day: date, zone: str) -> None:
    where = zone_of(zone)

    start = start_of(day, where)

    assert day_at(start, where) == day
    assert day_at(start - timedelta(microseconds=1), where) < day
    assert start.tzinfo is UTC


@pytest.mark.parametrize(
    ("now", "over"),
    [
        pytest.param("2026-10-25T22:59:59+00:00", False, id="last second of the last day"),
        pytest.param("2026-10-26T00:00:00+00:00", True, id="first instant of the next"),
    ],
)
def test_is_over_when_the_last_day_is(now: str, over: bool) -> None:
    result = is_over(date(2026, 10, 25), zone_of("Europe/Lisbon"), now=datetime.fromisoformat(now))

    assert result is over


@pytest.mark.parametrize(
    "name", ["", "Europe", "europe/lisbon", "../etc/passwd", "/etc/localtime", "Mars/X", "A\x00B"]
)
def test_zone_of_refuses_what_the_database_does_not_name(name: str) -> None:
    with pytest.raises(TimeZoneUnknown):
        zone_of(name)


def test_an_instant_carries_its_offset() -> None:
    with pytest.raises(ValueError, match="carries its offset"):
        day_at(datetime(2026, 1, 1), zone_of("UTC"))  # noqa: DTZ001  # what is refused
