"""The counters of stock: never overrun, in whatever order, by however many at once."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlmodel import col, select

from app.api.allotment.errors import AllotmentExhausted, LimitBelowTaken
from app.api.allotment.models import Allotment, AllotmentKind
from app.api.popup.models import Popup
from app.api.shared.types import new_id
from app.core.security import utc_now
from app.core.tenant_db import TenantUnknown
from app.services import allotments
from tests.worlds import TenantWorld


def soon() -> datetime:
    """Return an instant an order could be held until."""
    return utc_now() + timedelta(minutes=5)


async def limited(world: TenantWorld, *limits: int | None) -> list[UUID]:
    """Make counters at a popup of their own."""
    popup_id, made = new_id(), [new_id() for _ in limits]
    day = utc_now().date()
    async with world.session() as session:
        session.add(
            Popup(
                id=popup_id,
                name="City",
                slug=f"city-{popup_id.hex[:12]}",
                timezone="UTC",
                starts_on=day,
                ends_on=day,
                currency="EUR",
                profile_fields=[],
            )
        )
        await session.flush()
        for one, limit in zip(made, limits, strict=True):
            kind = AllotmentKind.PRODUCT
            await allotments.set_limit(session, one, popup_id=popup_id, kind=kind, limit=limit)
    return made


async def hold(
    world: TenantWorld, items: dict[UUID, int], *, until: datetime | None = None
) -> UUID | str:
    """Hold something in a transaction of its own; returns the order, or what ran out."""
    order_id = new_id()
    try:
        async with world.session() as session:
            await allotments.hold(session, order_id, items, until=until or soon())
    except AllotmentExhausted as refusal:
        return str(refusal.members["allotment_id"])
    return order_id


async def counts(world: TenantWorld, *ids: UUID) -> list[tuple[int, int]]:
    """Return what is held and taken of each."""
    async with world.session() as session:
        rows = (await session.exec(select(Allotment).where(col(Allotment.id).in_(ids)))).all()
    found = {row.id: (row.held, row.taken) for row in rows}
    return [found[one] for one in ids]


async def test_twenty_at_once_hold_exactly_the_ten_there_are(acme: TenantWorld) -> None:
    (places,) = await limited(acme, 10)

    answers = await asyncio.gather(*(hold(acme, {places: 1}) for _ in range(20)))

    assert sum(isinstance(answer, UUID) for answer in answers) == 10
    assert {answer for answer in answers if isinstance(answer, str)} == {str(places)}
    assert await counts(acme, places) == [(10, 0)]


async def test_carts_in_opposite_order_never_wait_for_each_other(acme: TenantWorld) -> None:
    first, second = await limited(acme, 20, 20)
    carts = [{first: 1, second: 1}, {second: 1, first: 1}]

    answers = await asyncio.gather(*(hold(acme, carts[turn % 2]) for turn in range(20)))

    assert all(isinstance(answer, UUID) for answer in answers)
    assert await counts(acme, first, second) == [(20, 0), (20, 0)]


async def test_an_order_that_cannot_have_everything_holds_nothing(acme: TenantWorld) -> None:
    plenty, scarce = await limited(acme, 5, 0)

    refused = await hold(acme, {plenty: 1, scarce: 1})

    assert refused == str(scarce)
    assert await counts(acme, plenty, scarce) == [(0, 0), (0, 0)]


async def test_what_lapsed_is_had_by_the_next_at_once(acme: TenantWorld) -> None:
    (place,) = await limited(acme, 1)
    lapsed = await hold(acme, {place: 1}, until=utc_now() - timedelta(seconds=1))
    assert isinstance(lapsed, UUID)

    later = await hold(acme, {place: 1})

    assert isinstance(later, UUID)
    async with acme.session() as session:
        assert not await allotments.take_held(session, lapsed)
        assert await allotments.take_held(session, later)
        assert await allotments.take_held(session, later)
    assert await counts(acme, place) == [(0, 1)]


async def test_what_is_let_go_or_given_back_is_free_and_no_more_than_that(
    acme: TenantWorld,
) -> None:
    (places,) = await limited(acme, 4)
    order = await hold(acme, {places: 3})
    assert isinstance(order, UUID)

    async with acme.session() as session:
        await allotments.take_held(session, order)
        await allotments.free_held(session, order)
        await allotments.give_back(session, order, {places: 2})
    assert await counts(acme, places) == [(0, 1)]
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        async with acme.session() as session:
            await allotments.give_back(session, order, {places: 2})

    assert await counts(acme, places) == [(0, 1)]


async def test_a_limit_stays_above_what_is_held(acme: TenantWorld) -> None:
    (places,) = await limited(acme, 4)
    await hold(acme, {places: 3})
    async with acme.session() as session:
        popup_id = (await session.exec(select(Allotment.popup_id))).one()

    with pytest.raises(LimitBelowTaken):
        async with acme.session() as session:
            await allotments.set_limit(
                session, places, popup_id=popup_id, kind=AllotmentKind.PRODUCT, limit=2
            )

    assert await counts(acme, places) == [(3, 0)]


async def test_another_tenant_neither_holds_nor_frees(
    acme: TenantWorld, globex: TenantWorld
) -> None:
    (places,) = await limited(acme, 4)
    order = await hold(acme, {places: 3})
    assert isinstance(order, UUID)

    with pytest.raises(TenantUnknown):
        await hold(globex, {places: 1})
    async with globex.session() as session:
        await allotments.free_held(session, order)

    assert await counts(acme, places) == [(3, 0)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE app.allotments SET taken = 0",
        "DELETE FROM app.holds",
        "UPDATE app.holds SET state = 'freed'",
        "INSERT INTO app.holds SELECT * FROM app.holds",
    ],
)
async def test_nobody_writes_around_the_counters(acme: TenantWorld, statement: str) -> None:
    (places,) = await limited(acme, 4)
    await hold(acme, {places: 3})

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with acme.session() as session:
            await session.fetch(statement)

    assert await counts(acme, places) == [(3, 0)]
