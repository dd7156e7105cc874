"""Staff read what payment providers told of, and what came of it."""

import httpx
import pytest

from app.services.payments.protocol import NoticeKind
from tests.api.payment.selling import press, sale, send, take_sandbox, told
from tests.factories import Json
from tests.probing import kind_of
from tests.worlds import TenantWorld

PATH = "/api/v1/webhook-events"


async def listed(
    client: httpx.AsyncClient, world: TenantWorld, **query: str
) -> list[tuple[object, object]]:
    """Return the kinds and outcomes of the events that match, the newest first."""
    answer = await client.get(PATH, headers=world.viewer_headers, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["paging"]["total"] == len(answer.json()["results"])
    return [(row["kind"], row["outcome"]) for row in answer.json()["results"]]


async def test_events_are_listed_with_what_came_of_them(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made = await sale(client, acme)
    wrong: Json = {"event_id": "wrong", "amount_minor": 1}
    stray: Json = {"event_id": "stray", "reference": "nobodys"}
    await send(client, acme, told(made, NoticeKind.PAID, **wrong))
    await send(client, acme, told(made, NoticeKind.PAID, **stray))
    await press(client, made, "pay-twice-told")

    answer = await client.get(PATH, headers=acme.headers)

    applied, unknown, mismatched = answer.json()["results"]
    outcomes = [row["outcome"] for row in (applied, unknown, mismatched)]
    assert outcomes == ["applied", "unknown_reference", "wrong_amount"]
    assert set(applied) == {
        *("id", "provider", "event_id", "kind", "payment_id", "outcome", "received_at")
    }
    assert (applied["provider"], applied["kind"]) == ("sandbox", "paid")
    assert applied["payment_id"] == mismatched["payment_id"] == made.payment["id"]
    assert (unknown["event_id"], unknown["payment_id"]) == ("stray", None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"outcome": "wrong_amount"}, [("paid", "wrong_amount")], id="outcome"),
        pytest.param({"kind": "expired"}, [("expired", "applied")], id="kind"),
        pytest.param({"provider": "stripe"}, [], id="provider"),
        pytest.param({"search": "wrong"}, [("paid", "wrong_amount")], id="the provider's id"),
        pytest.param({"received_at_from": "2100-01-01T00:00:00Z"}, [], id="from"),
        pytest.param(
            {"received_at_until": "2100-01-01T00:00:00Z", "sort": "created_at"},
            [("paid", "wrong_amount"), ("expired", "applied")],
            id="until, the oldest first",
        ),
        pytest.param({"payment_id": "018f0000-0000-7000-8000-0000000000aa"}, [], id="order"),
    ],
)
async def test_events_are_filtered(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    query: dict[str, str],
    expected: list[tuple[str, str]],
) -> None:
    made = await sale(client, acme)
    wrong: Json = {"event_id": "wrong", "amount_minor": 1}
    await send(client, acme, told(made, NoticeKind.PAID, **wrong))
    await send(client, acme, told(made, NoticeKind.EXPIRED))

    assert await listed(client, acme, **query) == expected


async def test_events_are_the_organisations_own_and_no_buyers(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    made = await sale(client, acme)
    await press(client, made, "pay")
    await take_sandbox(client, globex)

    human = await client.get(PATH, headers=acme.human_headers)

    assert await listed(client, globex) == []
    assert await listed(client, globex, payment_id=str(made.payment["id"])) == []
    assert kind_of(human) == (403, "forbidden")
    assert await listed(client, acme) == [("paid", "applied")]
