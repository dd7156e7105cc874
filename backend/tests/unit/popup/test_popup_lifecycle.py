"""Where a popup may go, which days it may have, and when buyers may act."""

from datetime import date, timedelta
from itertools import product

import pytest

from app.api.popup.errors import PopupClosed, PopupDatesInvalid, PopupMoveRefused
from app.api.popup.lifecycle import (
    FIRST_DAY,
    LAST_DAY,
    LONGEST_POPUP,
    NEXT,
    PopupStatus,
    check_dates,
    check_open_for_buyers,
    move,
    open_for_buyers,
)

EXPECTED = {
    ("draft", "active"),
    ("draft", "archived"),
    ("active", "draft"),
    ("active", "ended"),
    ("active", "archived"),
    ("ended", "active"),
    ("ended", "archived"),
    ("archived", "draft"),
}
TODAY = date(2026, 6, 30)


@pytest.mark.parametrize("has_sales", [False, True])
@pytest.mark.parametrize(("current", "to"), list(product(PopupStatus, PopupStatus)))
def test_every_pair_of_statuses_has_a_known_answer(
    current: PopupStatus, to: PopupStatus, has_sales: bool
) -> None:
    to_draft = {("active", "draft"), ("archived", "draft")}
    possible = (EXPECTED - to_draft) | {("archived", "ended")} if has_sales else EXPECTED
    if current is to or (current, to) in possible:
        assert move(current, to, has_sales=has_sales) is to
        return

    with pytest.raises(PopupMoveRefused) as refused:
        move(current, to, has_sales=has_sales)

    allowed = sorted(target for source, target in possible if source == current)
    assert refused.value.status == 409
    assert refused.value.members == {"allowed": allowed}


def test_next_tells_of_every_status() -> None:
    assert set(NEXT) == set(PopupStatus)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        pytest.param(TODAY, TODAY, id="one day"),
        pytest.param(TODAY, TODAY + LONGEST_POPUP - timedelta(days=1), id="longest"),
        pytest.param(FIRST_DAY, FIRST_DAY, id="earliest"),
        pytest.param(LAST_DAY, LAST_DAY, id="latest"),
    ],
)
def test_check_dates_takes(starts_on: date, ends_on: date) -> None:
    check_dates(starts_on, ends_on)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "detail"),
    [
        pytest.param(
            TODAY, TODAY - timedelta(days=1), "The last day comes before the first", id="backwards"
        ),
        pytest.param(
            TODAY, TODAY + LONGEST_POPUP, "A popup lasts at most 1098 days", id="too long"
        ),
        pytest.param(
            FIRST_DAY - timedelta(days=1),
            FIRST_DAY,
            "A popup lies between 2000-01-01 and 2199-12-31",
            id="too early",
        ),
        pytest.param(
            date.max, date.max, "A popup lies between 2000-01-01 and 2199-12-31", id="too late"
        ),
    ],
)
def test_check_dates_refuses(starts_on: date, ends_on: date, detail: str) -> None:
    with pytest.raises(PopupDatesInvalid) as refused:
        check_dates(starts_on, ends_on)

    assert str(refused.value) == detail


@pytest.mark.parametrize(
    ("status", "ends_on", "is_open"),
    [
        pytest.param(PopupStatus.ACTIVE, TODAY, True, id="last day"),
        pytest.param(PopupStatus.ACTIVE, TODAY - timedelta(days=1), False, id="day after"),
        pytest.param(PopupStatus.ACTIVE, TODAY + timedelta(days=99), True, id="long before"),
        pytest.param(PopupStatus.DRAFT, TODAY, False, id="draft"),
        pytest.param(PopupStatus.ENDED, TODAY, False, id="ended"),
        pytest.param(PopupStatus.ARCHIVED, TODAY, False, id="archived"),
    ],
)
def test_open_for_buyers(status: PopupStatus, ends_on: date, is_open: bool) -> None:
    assert open_for_buyers(status, ends_on=ends_on, today=TODAY) is is_open
    if is_open:
        check_open_for_buyers(status, ends_on=ends_on, today=TODAY)
    else:
        with pytest.raises(PopupClosed):
            check_open_for_buyers(status, ends_on=ends_on, today=TODAY)
