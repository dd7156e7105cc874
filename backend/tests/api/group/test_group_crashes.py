"""A crash at any statement that seats people, or frees seats, leaves all or nothing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select

from app.api.group.models import GroupInvitation
from app.api.mail.models import MailMessage
from app.core.security import utc_now
from app.services import invitations
from tests.api.group.test_joining import (
    ADA,
    add,
    applications,
    make_human,
    members,
    taken,
)
from tests.api.payment.buying import open_popup
from tests.crashing import Sending, answered, crash_everywhere
from tests.database import Database
from tests.factories import Json, change, make_group
from tests.worlds import TenantWorld

NEW = "new@example.com"


@dataclass(frozen=True)
class Club:
    """A group with three seats, and whoever speaks to it."""

    client: httpx.AsyncClient
    world: TenantWorld
    popup: Json
    group: Json

    def staff(self, method: str, path: str, body: Json | None = None) -> Sending:
        """Return a request of staff about the group."""
        url = f"/api/v1/groups/{self.group['id']}/{path}"
        return lambda: self.client.request(method, url, headers=self.world.headers, json=body)


async def batch(club: Club) -> Sending:
    """One has an account, one has none, and one may not come."""
    flagged = await make_human(club.client, club.world, "flagged@example.com")
    await change(club.client, club.world, f"humans/{flagged['id']}", is_red_flagged=True)
    people = [{"email": email} for email in (NEW, "flagged@example.com", ADA)]
    return club.staff("POST", "members/batch", {"people": people})


async def signing_up(club: Club) -> Sending:
    """The job of whoever has just proved an invited address."""
    await add(club.client, club.world, club.group, NEW)
    human = UUID(str((await make_human(club.client, club.world, NEW))["id"]))

    async def join() -> None:
        async with club.world.session() as session:
            await invitations.accept_all(session, utc_now(), "https://portal.example.com", human)

    return answered(join)


async def taking_out(club: Club) -> Sending:
    member = (await add(club.client, club.world, club.group, ADA)).json()["id"]
    return club.staff("DELETE", f"members/{member}")


async def revoking(club: Club) -> Sending:
    invitation = (await add(club.client, club.world, club.group, NEW)).json()["id"]
    return club.staff("DELETE", f"invitations/{invitation}")


Setting: TypeAlias = Callable[[Club], Awaitable[Sending]]


@dataclass(frozen=True)
class Left:
    """What is there afterwards: seats, members, invitations, applications and mails."""

    taken: int
    members: int
    invitations: tuple[str, ...]
    applications: tuple[tuple[str, bool], ...]
    mails: tuple[str, ...]


SCENES: Mapping[Setting, Left] = {
    batch: Left(
        2,
        1,
        ("open",),
        (("accepted", True), ("rejected", False)),
        ("application_accepted", "application_rejected", "group_invitation"),
    ),
    signing_up: Left(
        1,
        1,
        ("accepted",),
        (("accepted", True),),
        ("application_accepted", "group_invitation"),
    ),
    taking_out: Left(
        0,
        0,
        (),
        (("withdrawn", False),),
        ("application_accepted", "group_member_removed"),
    ),
    revoking: Left(0, 0, ("revoked",), (), ("group_invitation",)),
}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_a_crash_at_any_statement_leaves_all_or_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    scene: Setting,
) -> None:
    popup = await open_popup(client, acme)
    club = Club(client, acme, popup, await make_group(client, acme, popup, seats=3))
    send = await scene(club)

    await crash_everywhere(monkeypatch, database, send, writes=4)

    async with acme.session() as session:
        invited = (await session.exec(select(GroupInvitation.status))).all()
        mails = (await session.exec(select(MailMessage.kind).order_by(col(MailMessage.kind)))).all()
    assert SCENES[scene] == Left(
        await taken(acme, club.group),
        await members(acme),
        tuple(map(str, invited)),
        tuple(await applications(acme, popup)),
        tuple(mails),
    )
