"""Deposits where the process dies at any statement, and where two things happen at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import httpx
import pytest

from app.api.payment.lifecycle import PaymentProvider
from app.core.config import Settings
from app.core.tenant_db import PlatformContext
from app.services import notices
from app.services.payments.protocol import Notice, NoticeKind
from tests.api.card_hold.deposits import DEPOSIT, MINE, Waiting, at_sandbox, waiting
from tests.api.payment.buying import Json
from tests.api.payment.selling import work
from tests.crashing import Sending, answered, crash_everywhere
from tests.database import Database
from tests.worlds import TenantWorld

PORTAL = "https://portal.example.com"


def told(one: Waiting, hold: Json, kind: NoticeKind) -> Sending:
    """Return what the provider's word does, once it has been found genuine."""
    reference = str(hold["checkout_url"]).rpartition("/")[2]
    notice = Notice(
        event_id=kind, kind=kind, reference=reference, amount_minor=DEPOSIT, currency="EUR"
    )

    async def apply() -> None:
        async with one.world.session() as session:
            await notices.apply_notice(session, PORTAL, PaymentProvider.SANDBOX, notice)

    return answered(apply)


async def held(one: Waiting) -> Sending:
    return told(one, await one.opened(), NoticeKind.HELD)


async def captured(one: Waiting) -> Sending:
    hold = await one.submitted()
    await one.decide("accept")
    return told(one, hold, NoticeKind.PAID)


async def sent_back(one: Waiting) -> Sending:
    """Before it was told that the amount was taken, so that both are written."""
    return told(one, await one.submitted(), NoticeKind.REFUNDED)


async def accepted(one: Waiting) -> Sending:
    await one.submitted()
    path = f"/api/v1/applications/{one.application['id']}/accept"
    return lambda: one.client.post(path, headers=one.world.headers)


async def withdrawn(one: Waiting) -> Sending:
    await one.submitted()
    path = f"{MINE}/{one.application['id']}/withdraw"
    return lambda: one.client.post(path, headers=one.headers)


Setting: TypeAlias = Callable[[Waiting], Awaitable[Sending]]
Left: TypeAlias = tuple[str, list[int], list[str]]
"""The deposit's status, the entries of store credit, and the jobs about the deposit."""

SCENES: Mapping[Setting, Left] = {
    held: ("held", [], []),
    captured: ("captured", [DEPOSIT], ["capture_card"]),
    sent_back: ("captured", [DEPOSIT, -DEPOSIT], []),
    accepted: ("capturing", [], ["capture_card"]),
    withdrawn: ("releasing", [], ["release_card"]),
}

_JOBS = """
SELECT task_name FROM jobs.procrastinate_jobs
 WHERE task_name IN ('capture_card', 'release_card') ORDER BY id
"""


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_a_crash_at_any_statement_leaves_all_or_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    scene: Setting,
) -> None:
    one = await waiting(client, acme)
    send = await scene(one)

    await crash_everywhere(monkeypatch, database, send, writes=4)

    (status,) = await one.statuses()
    _, entries = await one.credit()
    async with acme.database.platform(PlatformContext("system:test")) as session:
        jobs = [str(row[0]) for row in await session.fetch(_JOBS)]
    assert SCENES[scene] == (status, entries, jobs)


async def test_twenty_requests_at_once_are_one_deposit(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    one = await waiting(client, acme)

    answers = await asyncio.gather(*(one.ask(str(number)) for number in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["checkout_url"] for answer in answers}) == 1
    assert await one.statuses() == ["opening"]
    assert await at_sandbox(acme) == ["open"]


async def test_whoever_withdraws_while_a_card_is_named_has_nothing_held_in_the_end(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.opened()

    moved, _ = await asyncio.gather(one.move("withdraw"), one.press(hold, "pay"))

    await work(acme, settings)
    assert moved.status_code == 200
    assert await one.statuses() == ["released"]
    assert await at_sandbox(acme) == ["cancelled"]
    assert await one.credit() == (0, [])


async def test_an_acceptance_while_the_bank_lets_go_takes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.submitted()

    await asyncio.gather(one.decide("accept"), one.press(hold, "let-go"))

    await work(acme, settings)
    assert await one.status() == "accepted"
    assert await one.statuses() in (["expired"], ["failed"])
    assert await one.credit() == (0, [])
