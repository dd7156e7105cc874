"""Who gets a seat in a group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.group.errors import (
    BatchOutOfRange,
    SeatsBelowMembers,
    SeatsOutOfRange,
)
from app.api.group.seats import Seating, check_resize, seat_batch, seats_left
from app.core.errors import DomainError


@pytest.mark.parametrize(
    ("seats", "taken", "left"),
    [
        pytest.param(5, 0, 5, id="empty"),
        pytest.param(5, 5, 0, id="full"),
        pytest.param(5, 7, 0, id="over: never less than nothing"),
        pytest.param(None, 7, None, id="no limit"),
    ],
)
def test_seats_left(seats: int | None, taken: int, left: int | None) -> None:
    assert seats_left(seats, taken=taken) == left


@pytest.mark.parametrize(
    ("seats", "taken"),
    [
        pytest.param(None, 9, id="no limit"),
        pytest.param(9, 9, id="as many as members"),
        pytest.param(1, 0, id="one"),
        pytest.param(100_000, 0, id="most"),
    ],
)
def test_check_resize_takes(seats: int | None, taken: int) -> None:
    check_resize(seats, taken=taken)


@pytest.mark.parametrize(
    ("seats", "taken", "error"),
    [
        pytest.param(0, 0, SeatsOutOfRange, id="none"),
        pytest.param(100_001, 0, SeatsOutOfRange, id="too many"),
        pytest.param(8, 9, SeatsBelowMembers, id="turning a member out"),
    ],
)
def test_check_resize_refuses(seats: int, taken: int, error: type[DomainError]) -> None:
    with pytest.raises(error):
        check_resize(seats, taken=taken)


@pytest.mark.parametrize("size", [0, 501])
def test_seat_batch_refuses_a_batch_of_no_size(size: int) -> None:
    with pytest.raises(BatchOutOfRange):
        seat_batch(None, set(), ["a"] * size)


def test_seat_batch_answers_row_by_row() -> None:
    results = seat_batch(2, {"ann"}, ["ann", "bob", "cy", "cy", "bob", "ann"])

    assert results == [
        Seating.HAS_SEAT,
        Seating.SEATED,
        Seating.NO_SEAT,
        Seating.REPEATED,
        Seating.REPEATED,
        Seating.HAS_SEAT,
    ]


PEOPLE = st.sampled_from("abcdefgh")


@given(
    st.none() | st.integers(1, 6), st.frozensets(PEOPLE), st.lists(PEOPLE, min_size=1, max_size=12)
)
def test_seats_are_never_overrun_and_none_is_left_while_somebody_stands(
    seats: int | None, seated: frozenset[str], wanted: list[str]
) -> None:
    results = seat_batch(seats, seated, wanted)

    new = [p for p, seat in zip(wanted, results, strict=True) if seat is Seating.SEATED]
    assert len(new) == len(set(new))
    assert not set(new) & seated
    if seats is None:
        assert set(wanted) <= seated | set(new)
    else:
        assert len(new) == max(min(seats - len(seated), len(set(wanted) - seated)), 0)


@given(st.integers(1, 6), st.lists(PEOPLE, min_size=2, max_size=12), st.data())
def test_two_batches_seat_the_same_people_as_one(
    seats: int, wanted: list[str], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(wanted) - 1))

    def seated(people: list[str], already: frozenset[str]) -> frozenset[str]:
        results = seat_batch(seats, already, people)
        return already | {
            p for p, seat in zip(people, results, strict=True) if seat is Seating.SEATED
        }

    at_once = seated(wanted, frozenset())
    assert seated(wanted[cut:], seated(wanted[:cut], frozenset())) == at_once
