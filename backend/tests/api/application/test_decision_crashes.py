"""A crash at any statement of an application's way to its decision leaves all or nothing."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import httpx
import pytest
from sqlmodel import col, select

from app.api.application.models import Application, ApplicationSnapshot
from app.api.application_review.models import ApplicationReview
from app.api.mail.models import MailMessage
from tests.api.application.test_applying import (
    ANSWERS,
    LATER,
    MINE,
    Json,
    apply,
    decides_by,
    submit,
    vote,
)
from tests.crashing import Sending, crash_everywhere
from tests.database import Database
from tests.factories import make_popup
from tests.worlds import TenantWorld

Setting: TypeAlias = Callable[[httpx.AsyncClient, TenantWorld, Json], Awaitable[Sending]]


async def submitting(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Sending:
    draft = await apply(client, world, popup, answers=ANSWERS)
    path = f"{MINE}/{draft['id']}/submit"
    return lambda: client.post(path, headers=world.human_headers)


async def submitting_unreviewed(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json
) -> Sending:
    path = f"/api/v1/approval-strategies/{popup['id']}"
    await client.delete(path, headers=world.headers)
    return await submitting(client, world, popup)


async def last_vote(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Sending:
    """The vote that decides."""
    application = await waiting(client, world, popup)
    return lambda: vote(client, world.headers, application, "yes")


async def last_vote_against(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Sending:
    application = await waiting(client, world, popup)
    return lambda: vote(client, world.headers, application, "strong_no")


async def accepting(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Sending:
    return await deciding(client, world, popup, "accept")


async def rejecting(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Sending:
    return await deciding(client, world, popup, "reject")


async def withdrawing(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Sending:
    application = await waiting(client, world, popup)
    path = f"{MINE}/{application['id']}/withdraw"
    return lambda: client.post(path, headers=world.human_headers)


async def flagging(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Sending:
    """Whoever is flagged is rejected wherever they wait."""
    await waiting(client, world, popup)
    path, body = f"/api/v1/humans/{world.human_id}", {"is_red_flagged": True}
    return lambda: client.patch(path, headers=world.headers, json=body)


async def deciding(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, event: str
) -> Sending:
    application = await waiting(client, world, popup)
    path = f"/api/v1/applications/{application['id']}/{event}"
    return lambda: client.post(path, headers=world.headers)


async def waiting(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Json:
    return await submit(client, world, await apply(client, world, popup, answers=ANSWERS))


Told: TypeAlias = tuple[str, int, tuple[str, ...]]
"""Where the application stands, with how many votes, and the last mails about it."""

SCENES: Mapping[Setting, Told] = {
    submitting: ("in_review", 0, ("application_received",)),
    submitting_unreviewed: ("accepted", 0, ("application_accepted",)),
    last_vote: ("accepted", 1, ("application_received", "application_accepted")),
    last_vote_against: ("rejected", 1, ("application_received", "application_rejected")),
    accepting: ("accepted", 0, ("application_received", "application_accepted")),
    rejecting: ("rejected", 0, ("application_received", "application_rejected")),
    withdrawing: ("withdrawn", 0, ("application_received",)),
    flagging: ("rejected", 0, ("application_received", "application_rejected")),
}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_a_crash_at_any_statement_leaves_all_or_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    scene: Setting,
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    await decides_by(client, acme, popup, kind="any_reviewer")
    send = await scene(client, acme, popup)

    await crash_everywhere(monkeypatch, database, send, writes=8)

    async with acme.session() as session:
        standing = (await session.exec(select(Application.status))).one()
        votes = (await session.exec(select(ApplicationReview.vote))).all()
        mails = (await session.exec(select(MailMessage.kind).order_by(col(MailMessage.id)))).all()
        kept = (await session.exec(select(ApplicationSnapshot.status))).all()
    assert (standing, len(votes), tuple(mails)) == SCENES[scene]
    assert kept.count(standing) == 1
