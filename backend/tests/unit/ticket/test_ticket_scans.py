"""The door's log: the same however it is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.ticket.errors import ScanIdReused, ScanTimeImplausible
from app.api.ticket.scans import DoorCount, Scan, check_time, count, merge, read

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANN, BOB = UUID(int=1), UUID(int=2)


def scan(number: int, minute: int, ticket: UUID = ANN) -> Scan:
    return Scan(
        scan_id=UUID(int=number),
        ticket_id=ticket,
        scanned_at=NOW + minute * MINUTE,
        scanner="north gate",
    )


@pytest.mark.parametrize("ago", [timedelta(), -5 * MINUTE, timedelta(days=30)])
def test_check_time_takes(ago: timedelta) -> None:
    check_time(NOW - ago, now=NOW)


@pytest.mark.parametrize(
    "ago",
    [
        -5 * MINUTE - timedelta(microseconds=1),
        timedelta(days=30, microseconds=1),
        timedelta(days=9999),
    ],
)
def test_check_time_refuses(ago: timedelta) -> None:
    with pytest.raises(ScanTimeImplausible):
        check_time(NOW - ago, now=NOW)


def test_a_code_scans_once_and_then_says_when_it_was_seen_before() -> None:
    log = merge([], [scan(1, 0), scan(2, 5), scan(3, 2, BOB), scan(4, 9)])

    first, second, third = (read(log, one) for one in (scan(1, 0), scan(2, 5), scan(4, 9)))

    assert (first.is_first, first.earlier, first.last_seen_before) == (True, 0, None)
    assert first.first_seen_at == NOW
    assert (second.is_first, second.earlier) == (False, 1)
    assert (second.first_seen_at, second.last_seen_before) == (NOW, NOW)
    assert (third.earlier, third.first_seen_at) == (2, NOW)
    assert third.last_seen_before == NOW + 5 * MINUTE
    assert count(log) == DoorCount(scans=4, tickets=2)


def test_two_scans_of_one_instant_are_told_apart_by_their_ids() -> None:
    log = merge([], [scan(2, 0), scan(1, 0)])

    assert [one.scan_id for one in log] == [UUID(int=1), UUID(int=2)]
    assert read(log, scan(1, 0)).is_first
    assert not read(log, scan(2, 0)).is_first


def test_an_earlier_scan_told_late_moves_the_first_sight_forward() -> None:
    log = merge([scan(1, 10)], [scan(2, 3)])

    assert read(log, scan(1, 10)).first_seen_at == NOW + 3 * MINUTE


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(scan(1, 1), id="another time"),
        pytest.param(scan(1, 0, BOB), id="another ticket"),
        pytest.param(replace(scan(1, 0), scanner="south gate"), id="another scanner"),
    ],
)
def test_merge_refuses_an_id_that_stands_for_two_scans(other: Scan) -> None:
    with pytest.raises(ScanIdReused) as refused:
        merge([scan(1, 0)], [other])

    assert refused.value.members == {"scan_id": str(UUID(int=1))}


def test_count_of_an_empty_log() -> None:
    assert count(merge([], [])) == DoorCount(scans=0, tickets=0)


SCANS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from([ANN, BOB, UUID(int=3)])), max_size=10
).map(lambda seen: [scan(i, minute, ticket) for i, (minute, ticket) in enumerate(seen)])


@given(SCANS, st.data())
def test_a_log_told_in_any_order_in_pieces_and_again_comes_out_the_same(
    scans: list[Scan], data: st.DataObject
) -> None:
    again = [one for one in scans if data.draw(st.booleans())]
    rest = data.draw(st.permutations([*scans, *again]))
    log: tuple[Scan, ...] = ()
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        log = merge(log, rest[:size])
        rest = rest[size:]

    at_once = merge([], scans)
    assert log == at_once
    assert merge(log, scans) == log
    assert [read(log, one) for one in scans] == [read(at_once, one) for one in scans]


@given(SCANS)
def test_each_ticket_is_first_seen_once(scans: list[Scan]) -> None:
    log = merge([], scans)

    firsts = [one.ticket_id for one in scans if read(log, one).is_first]

    assert len(firsts) == len(set(firsts)) == count(log).tickets
    for one in scans:
        reading = read(log, one)
        same = [other.scanned_at for other in scans if other.ticket_id == one.ticket_id]
        assert reading.first_seen_at == min(same)
        assert reading.earlier < len(same)
