"""Every state, event and actor of applications and payments, as the tables of rules have them.

Every state is reached by the rules themselves, so that a new one is tried by itself. What is
forbidden is refused as a conflict, and whoever may not ask at all for what they are: every row
of every table stays as it was.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import TypeVar
from uuid import UUID

import httpx
import psycopg
import pytest

from app.api.application.errors import ApplicationMoveRefused
from app.api.application.lifecycle import NEXT as APPLICATION_MOVES
from app.api.application.lifecycle import (
    START,
    ApplicationActor,
    ApplicationEvent,
    ApplicationFact,
    ApplicationStatus,
)
from app.api.payment.errors import PaymentMoveRefused
from app.api.payment.lifecycle import NEXT as PAYMENT_MOVES
from app.api.payment.lifecycle import PaymentActor, PaymentEvent, PaymentFact, PaymentStatus
from app.api.shared.transitions import Actor, Effect, Event, Fact, Next, find
from app.core.security import utc_now
from app.services import admission, orders
from tests.api.application.test_applying import ANSWERS, LATER, apply, decides_by
from tests.api.payment.buying import Json, make_buyer, open_popup, ordered
from tests.database import Database
from tests.factories import make_popup, make_product
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld

PORTAL = "https://portal.example"

State = TypeVar("State", ApplicationStatus, PaymentStatus)


class Undone(Exception):  # nothing is wrong: the move is taken back
    """What a move did is not kept."""


def ways(
    moves: Next[State, Event, Actor, Fact, Effect], start: State, facts: frozenset[Fact]
) -> Mapping[State, Sequence[tuple[Event, Actor]]]:
    """Return for every state the shortest way to it, as what happens and on whose word."""
    found: dict[State, tuple[tuple[Event, Actor], ...]] = {start: ()}
    waiting: deque[State] = deque([start])
    while waiting:
        state: State = waiting.popleft()
        for event, actor, to in _steps(moves, state, facts):
            if to not in found:
                found[to] = (*found[state], (event, actor))
                waiting.append(to)
    return found


def _steps(
    moves: Next[State, Event, Actor, Fact, Effect], state: State, facts: frozenset[Fact]
) -> Iterator[tuple[Event, Actor, State]]:
    for (start, event), rows in moves.items():
        for actor in sorted({actor for row in rows for actor in row.by}):
            row = find(moves, start, event, actor, facts)
            if start == state and row is not None:
                yield event, actor, row.to


# Applications.

UNREVIEWED = frozenset[ApplicationFact]()
TO_APPLICATION = ways(APPLICATION_MOVES, START, UNREVIEWED)


async def move_application(
    world: TenantWorld,
    application: Json,
    event: ApplicationEvent,
    actor: ApplicationActor,
    *,
    keeps: bool = False,
) -> ApplicationStatus:
    """Let something happen to an application, and say where it goes; unless kept, undone."""
    act = admission.Act(actor, utc_now(), PORTAL)
    with suppress(Undone):
        async with world.session() as session:
            case = await admission.case_of(session, UUID(str(application["id"])))
            if event is ApplicationEvent.SUBMIT:
                moved = await admission.submit(session, act, case)
            else:
                moved = await admission.happen(session, act, case, event)
            if not keeps:
                raise Undone
    return moved.status


def application_doors(
    world: TenantWorld, operator: Headers
) -> Mapping[tuple[ApplicationEvent, ApplicationActor], tuple[str, Headers]]:
    """Return the requests that are an event of an application, and who sends them."""
    staff = (ApplicationEvent.ACCEPT, ApplicationEvent.REJECT, ApplicationEvent.REOPEN)
    human = (ApplicationEvent.SUBMIT, ApplicationEvent.WITHDRAW, ApplicationEvent.RESUME)
    platform = {**operator, **world.public_headers}
    return {
        **{(event, ApplicationActor.STAFF): ("{id}/" + event, world.headers) for event in staff},
        **{(event, ApplicationActor.OPERATOR): ("{id}/" + event, platform) for event in staff},
        **{
            (event, ApplicationActor.HUMAN): ("mine/{id}/" + event, world.human_headers)
            for event in human
        },
    }


def test_every_state_of_an_application_can_be_reached() -> None:
    assert set(TO_APPLICATION) == set(ApplicationStatus)


@pytest.mark.parametrize("is_flagged", [False, True], ids=["", "flagged"])
@pytest.mark.parametrize("status", ApplicationStatus)
async def test_every_move_of_an_application_is_made_or_changes_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    operator_headers: Headers,
    database: Database,
    status: ApplicationStatus,
    *,
    is_flagged: bool,
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    await decides_by(client, acme, popup, kind="any_reviewer")
    application = await apply(client, acme, popup, answers=ANSWERS)
    for event, actor in TO_APPLICATION[status]:
        await move_application(acme, application, event, actor, keeps=True)
    if is_flagged:
        with psycopg.connect(database.admin_dsn) as owner:
            owner.execute("UPDATE app.humans SET is_red_flagged = true")
    facts = frozenset({ApplicationFact.RED_FLAGGED}) if is_flagged else UNREVIEWED
    doors = application_doors(acme, operator_headers)
    before = database.contents()

    for event, actor in product(ApplicationEvent, ApplicationActor):
        row = find(APPLICATION_MOVES, status, event, actor, facts)
        if row is not None:
            to = await move_application(acme, application, event, actor)
            assert to is row.to, (event, actor)
            continue
        with pytest.raises(ApplicationMoveRefused):
            await move_application(acme, application, event, actor)
        if (event, actor) in doors:
            path, headers = doors[event, actor]
            url = f"/api/v1/applications/{path.format(id=application['id'])}"
            refused = await client.post(url, headers=headers)
            assert kind_of(refused) == (409, "application-move-refused"), (event, actor)
    for (event, _), (path, _) in doors.items():
        others = acme.human_headers if path.startswith("{id}") else acme.headers
        url = f"/api/v1/applications/{path.format(id=application['id'])}"
        for headers in (others, acme.viewer_headers):
            assert kind_of(await client.post(url, headers=headers)) == (403, "forbidden"), event
    assert database.contents() == before


# Payments.

BY_HAND = frozenset({PaymentFact.IS_OFFLINE, PaymentFact.RESERVED, PaymentFact.CAN_RESERVE})
TO_PAYMENT = ways(PAYMENT_MOVES, PaymentStatus.PENDING, BY_HAND)
LET_GO = (PaymentStatus.REJECTED, PaymentStatus.EXPIRED, PaymentStatus.CANCELLED)
PAYMENT_CASES = [(status, False) for status in PaymentStatus] + [(gone, True) for gone in LET_GO]
"""Every state; and those that money may have come in for too late."""


async def move_payment(
    world: TenantWorld,
    payment: Json,
    event: PaymentEvent,
    actor: PaymentActor,
    *,
    keeps: bool = False,
) -> PaymentStatus:
    """Let something happen to an order, and say where it goes; unless kept, undone."""
    act = orders.Act(actor, utc_now(), utc_now(), PORTAL)
    with suppress(Undone):
        async with world.session() as session:
            order = await orders.order_of(session, UUID(str(payment["id"])))
            moved = await orders.happen(session, act, order, event)
            if not keeps:
                raise Undone
    return moved.status


Door = tuple[str, Headers, Json | None]

REFUSED_PAYMENT = [(409, "payment-move-refused"), (409, "nothing-to-refund")]
"""How what the rules forbid is refused; a part of nothing is refused for being that."""


def payment_doors(
    world: TenantWorld, operator: Headers
) -> Mapping[tuple[PaymentEvent, PaymentActor], Door]:
    """Return the requests that are an event of an order, and who sends them."""
    asked: Mapping[PaymentEvent, tuple[str, Json | None]] = {
        PaymentEvent.APPROVE: ("{id}/approve", None),
        PaymentEvent.REJECT: ("{id}/reject", None),
        PaymentEvent.CANCEL: ("{id}/cancel", None),
        PaymentEvent.REFUND_PART: ("{id}/refunds", {"kind": "amount", "amount_minor": 1}),
        PaymentEvent.REFUND_REST: ("{id}/refunds", {"kind": "whole"}),
    }
    platform = {**operator, **world.public_headers}
    staff = {PaymentActor.STAFF: world.headers, PaymentActor.OPERATOR: platform}
    doors: dict[tuple[PaymentEvent, PaymentActor], Door] = {
        (event, actor): (path, headers, body)
        for event, (path, body) in asked.items()
        for actor, headers in staff.items()
    }
    buyer = (PaymentEvent.CANCEL, PaymentActor.BUYER)
    return {**doors, buyer: ("mine/{id}/cancel", world.human_headers, None)}


def test_every_state_of_a_payment_can_be_reached() -> None:
    assert set(TO_PAYMENT) == set(PaymentStatus)


def facts_of(status: PaymentStatus, *, is_refund_due: bool) -> frozenset[PaymentFact]:
    """Return what holds of an order by hand, while there is room."""
    facts = {PaymentFact.IS_OFFLINE}
    if is_refund_due:
        facts.add(PaymentFact.REFUND_DUE)
    elif status is PaymentStatus.PENDING:
        facts.add(PaymentFact.RESERVED)
    elif status in {PaymentStatus.REJECTED, PaymentStatus.EXPIRED}:
        facts.add(PaymentFact.CAN_RESERVE)
    return frozenset(facts)


@pytest.mark.parametrize(("status", "is_refund_due"), PAYMENT_CASES)
async def test_every_move_of_a_payment_is_made_or_changes_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    operator_headers: Headers,
    database: Database,
    status: PaymentStatus,
    *,
    is_refund_due: bool,
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week, week))
    for event, actor in TO_PAYMENT[status]:
        await move_payment(acme, payment, event, actor, keeps=True)
    if is_refund_due:
        with psycopg.connect(database.admin_dsn) as owner:
            owner.execute(
                "UPDATE app.payments SET is_refund_due = true, captured_minor = payable_minor"
            )
    facts = facts_of(status, is_refund_due=is_refund_due)
    doors = payment_doors(acme, operator_headers)
    before = database.contents()

    for event, actor in product(PaymentEvent, PaymentActor):
        row = find(PAYMENT_MOVES, status, event, actor, facts)
        if row is not None:
            to = await move_payment(acme, payment, event, actor)
            assert to is row.to, (event, actor)
            continue
        with pytest.raises(PaymentMoveRefused):
            await move_payment(acme, payment, event, actor)
        if (event, actor) in doors:
            path, headers, body = doors[event, actor]
            url = f"/api/v1/payments/{path.format(id=payment['id'])}"
            told = {**headers, "Idempotency-Key": f"{event}-{actor}"}
            refused = await client.post(url, headers=told, json=body)
            assert kind_of(refused) in REFUSED_PAYMENT, (event, actor, refused.text)
    for (event, _), (path, _, body) in doors.items():
        others = acme.human_headers if path.startswith("{id}") else acme.headers
        url = f"/api/v1/payments/{path.format(id=payment['id'])}"
        for headers in (others, acme.viewer_headers):
            told = {**headers, "Idempotency-Key": f"{event}-by-others"}
            refused = await client.post(url, headers=told, json=body)
            assert kind_of(refused) == (403, "forbidden"), event
    assert database.contents() == before
