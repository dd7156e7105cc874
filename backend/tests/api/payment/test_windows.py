"""Windows and last days to the instant, above all where the clocks change: over HTTP.

A clock that goes back says the same twice and one that goes forward leaves an hour out, so
windows are instants with an offset, and only a popup's days are days of its own time zone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

import httpx
import pytest

from tests.api.payment.buying import Buyer, Json, buy, make_buyer, open_popup, rows_of
from tests.database import Database
from tests.factories import make_product
from tests.probing import kind_of
from tests.worlds import TenantWorld

SetClock: TypeAlias = Callable[[datetime], None]

MOMENT = timedelta(microseconds=1)
CLOCKS = (
    "app.api.application.dependencies.utc_now",
    "app.api.payment.dependencies.utc_now",
    "app.api.attendee.router.utc_now",
    "app.services.coupons.utc_now",
)
"""Where requests learn what time it is; tokens and transactions keep to the real clock."""

LISBON = "Europe/Lisbon"
TWICE = ("2100-10-31T01:30:00+01:00", "2100-10-31T01:30:00+00:00")
"""Half past one in Lisbon, and half past one again an hour later."""

NEVER = ("2100-03-28T01:00:00+00:00", "2100-03-28T02:30:00+01:00")
"""Half an hour in Lisbon that starts as one o'clock becomes two."""

WINDOWS = [
    pytest.param(TWICE, id="an hour that is twice"),
    pytest.param(NEVER, id="one that never is"),
]

LAST_DAYS = [
    pytest.param("Africa/Cairo", "2100-10-28", "2100-10-28T22:00:00+00:00", id="back to the day"),
    pytest.param("Africa/Cairo", "2100-04-29", "2100-04-29T22:00:00+00:00", id="no midnight"),
    pytest.param("Atlantic/Azores", "2100-10-30", "2100-10-31T00:00:00+00:00", id="two midnights"),
    pytest.param("Pacific/Kiritimati", "2100-06-30", "2100-06-30T10:00:00+00:00", id="far east"),
    pytest.param("Pacific/Pago_Pago", "2100-06-30", "2100-07-01T11:00:00+00:00", id="far west"),
]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let requests be made at another time."""

    def set_to(instant: datetime) -> None:
        for name in CLOCKS:
            monkeypatch.setattr(name, lambda: instant)

    return set_to


async def preview(client: httpx.AsyncClient, buyer: Buyer, cart: Json) -> httpx.Response:
    """Ask what a cart costs, which is refused as its order would be."""
    return await client.post("/api/v1/checkout/preview", headers=buyer.headers, json=cart)


@pytest.mark.parametrize("window", WINDOWS)
async def test_a_sale_lasts_from_its_first_instant_until_before_its_last(
    client: httpx.AsyncClient, acme: TenantWorld, set_clock: SetClock, window: tuple[str, str]
) -> None:
    starts, ends = window
    popup = await open_popup(client, acme, timezone=LISBON, ends_on="2100-12-31")
    week = await make_product(client, acme, popup, sale_starts_at=starts, sale_ends_at=ends)
    buyer = await make_buyer(acme, popup)
    cart = buyer.cart(week)
    first, last = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    before = await rows_of(acme)

    for instant in (first, last - MOMENT):
        set_clock(instant)
        assert (await preview(client, buyer, cart)).status_code == 200, instant
    for instant, refused in ((first - MOMENT, "sale-not-started"), (last, "sale-over")):
        set_clock(instant)
        assert kind_of(await preview(client, buyer, cart)) == (409, refused)
        assert kind_of(await buy(client, buyer, cart)) == (409, refused)

    assert await rows_of(acme) == before
    set_clock(last - MOMENT)
    assert (await buy(client, buyer, cart)).status_code == 201


@pytest.mark.parametrize("window", WINDOWS)
async def test_a_code_is_good_from_its_first_instant_until_before_its_last(
    client: httpx.AsyncClient, acme: TenantWorld, set_clock: SetClock, window: tuple[str, str]
) -> None:
    starts, ends = window
    popup = await open_popup(
        client, acme, timezone=LISBON, ends_on="2100-12-31", allows_coupons=True
    )
    week = await make_product(client, acme, popup)
    asked: Json = {"popup_id": popup["id"], "code": "HALF"}
    made = await client.post(
        "/api/v1/coupons",
        headers=acme.headers,
        json={**asked, "percent": 50, "starts_at": starts, "ends_at": ends},
    )
    assert made.status_code == 201, made.text
    buyer = await make_buyer(acme, popup)
    cart = buyer.cart(week, coupon_code="HALF")
    first, last = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    before = await rows_of(acme)

    for instant, status in (
        (first - MOMENT, 409),
        (first, 200),
        (last - MOMENT, 200),
        (last, 409),
    ):
        set_clock(instant)
        answers = [
            await preview(client, buyer, cart),
            await client.post("/api/v1/coupons/validate", headers=acme.public_headers, json=asked),
        ]
        if status == 409:
            answers.append(await buy(client, buyer, cart))
            assert {kind_of(answer) for answer in answers} == {(409, "coupon-unusable")}, instant
        assert {answer.status_code for answer in answers} == {status}, instant

    assert await rows_of(acme) == before


@pytest.mark.parametrize(("zone", "ends_on", "over_at"), LAST_DAYS)
async def test_people_apply_and_buy_until_the_last_day_is_over_where_the_popup_is(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: Database,
    set_clock: SetClock,
    zone: str,
    ends_on: str,
    over_at: str,
) -> None:
    days: Json = {"starts_on": "2100-03-01", "ends_on": ends_on, "timezone": zone}
    popup = await open_popup(client, acme, **days)
    other = await open_popup(client, acme, **days, slug="other", allows_children=True)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    asked: Json = {"popup_id": other["id"], "answers": {"first_name": "Ada", "last_name": "L"}}
    over = datetime.fromisoformat(over_at)

    set_clock(over - MOMENT)
    draft = await client.post("/api/v1/applications/mine", headers=buyer.headers, json=asked)
    in_time = await preview(client, buyer, buyer.cart(week))
    set_clock(over)
    own = f"/api/v1/applications/mine/{draft.json()['id']}"
    before = database.contents()
    late = [
        await client.post(f"{own}/submit", headers=buyer.headers),
        await client.post(
            f"{own}/attendees", headers=buyer.headers, json={"category": "kid", "name": "Bo"}
        ),
        await preview(client, buyer, buyer.cart(week)),
        await buy(client, buyer, buyer.cart(week)),
    ]

    assert (draft.status_code, in_time.status_code) == (201, 200)
    assert [kind_of(answer) for answer in late] == [(409, "popup-closed")] * len(late)
    assert database.contents() == before
    set_clock(over - MOMENT)
    assert (await buy(client, buyer, buyer.cart(week))).status_code == 201
    assert (await client.post(f"{own}/submit", headers=buyer.headers)).status_code == 200
