"""Each kind of mail is queued once for what it tells of, and sent once, however often that is told.

Every scene lets something happen and then tells it again in each way there is: the same
request once more and at once, the same key, the same notice, the same job. A new kind of
mail fails here until it has a scene.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import httpx
import pytest
from sqlmodel import select

from app.api.application.lifecycle import ScholarshipStatus
from app.api.application.models import Application
from app.api.mail.models import MailMessage
from app.core.config import Settings
from app.services.email.kinds import KINDS
from app.services.payments.protocol import NoticeKind
from tests.api.application.test_applying import ANSWERS, apply, decides_by, submit, vote
from tests.api.card_hold.deposits import waiting
from tests.api.payment.buying import let_time_pass, make_buyer, make_crowd, open_popup, ordered
from tests.api.payment.exchanging import bought, passes, swap
from tests.api.payment.selling import Sale, mark_paid, sale, send, told, work
from tests.database import Database
from tests.factories import Json, make_group, make_product
from tests.logins import Entrance
from tests.worlds import Headers, TenantWorld


@dataclass(frozen=True)
class Stage:
    """Where a scene is played: an organisation, its worker, and who speaks to it."""

    client: httpx.AsyncClient
    world: TenantWorld
    settings: Settings
    entrance: Entrance

    async def again_and_again(
        self, method: str, path: str, body: object = None, headers: Headers | None = None
    ) -> list[int]:
        """Send a request three times at once and once more; return how each was answered."""

        async def once() -> int:
            told_by = {"Idempotency-Key": "one", **(headers or self.world.headers)}
            answer = await self.client.request(
                method, f"/api/v1/{path}", headers=told_by, json=body
            )
            assert not answer.is_server_error, answer.text
            return answer.status_code

        answers = await asyncio.gather(once(), once(), once())
        return [*answers, await once()]

    async def act(self, path: str, body: object = None, *, method: str = "POST") -> None:
        """Do something as staff: with one key again and again, and then with another."""
        answers = await self.again_and_again(method, path, body)
        assert min(answers) < 300, answers
        other = {**self.world.headers, "Idempotency-Key": "other"}
        await self.again_and_again(method, path, body, other)

    async def notify(self, made: Sale, kind: NoticeKind) -> None:
        """Let the provider tell something several times at once, and once more."""
        notice = told(made, kind)
        await asyncio.gather(*(send(self.client, self.world, notice) for _ in range(4)))
        await send(self.client, self.world, notice)

    async def work(self) -> None:
        """Do every job, and then every one again, as if no worker had lived to say it was done."""
        await work(self.world, self.settings)
        self.entrance.sql("UPDATE jobs.procrastinate_jobs SET status = 'todo', attempts = 1")
        await work(self.world, self.settings)


Scene: TypeAlias = Callable[[Stage], Awaitable[None]]


async def ask_for_a_code(stage: Stage) -> None:
    """A code is asked for once: asking again is another code, and another mail."""
    await stage.entrance.ask("human@example.com", stage.world.tenant_id)


async def invite_staff(stage: Stage) -> None:
    body = {"email": "grace@example.com", "role": "VIEWER"}
    await stage.act("users", body)


async def invite_to_a_group(stage: Stage) -> None:
    group = await make_group(stage.client, stage.world, await open_popup(stage.client, stage.world))
    person = {"email": "new@example.com"}
    await stage.act(f"groups/{group['id']}/members", person)
    await stage.act(f"groups/{group['id']}/members/batch", {"people": [person, person]})


async def take_out_of_a_group(stage: Stage) -> None:
    group = await make_group(stage.client, stage.world, await open_popup(stage.client, stage.world))
    path = f"/api/v1/groups/{group['id']}/members"
    member = await stage.client.post(
        path, headers=stage.world.headers, json={"email": "human@example.com"}
    )
    await stage.act(f"groups/{group['id']}/members/{member.json()['id']}", method="DELETE")


async def submit_for_review(stage: Stage) -> None:
    draft = await _draft(stage)
    path = f"applications/mine/{draft['id']}/submit"
    await stage.again_and_again("POST", path, headers=stage.world.human_headers)


async def submit_unreviewed(stage: Stage) -> None:
    popup = await open_popup(stage.client, stage.world)
    draft = await apply(stage.client, stage.world, popup, answers=ANSWERS)
    path = f"applications/mine/{draft['id']}/submit"
    await stage.again_and_again("POST", path, headers=stage.world.human_headers)


async def accept(stage: Stage) -> None:
    await stage.act(f"applications/{(await _submitted(stage))['id']}/accept")


async def accept_with_a_deposit(stage: Stage) -> None:
    """The deposit is captured by a job, and its provider tells of it."""
    one = await waiting(stage.client, stage.world)
    hold = await one.submitted()
    await stage.act(f"applications/{one.application['id']}/accept")
    await stage.work()
    for _ in range(2):
        await one.tell(hold, NoticeKind.PAID)


async def vote_for(stage: Stage) -> None:
    application = await _submitted(stage)
    path = f"applications/{application['id']}/reviews/mine"
    await stage.again_and_again("PUT", path, {"vote": "yes"})
    await vote(stage.client, stage.world.headers, application, "strong_yes")


async def join_a_group(stage: Stage) -> None:
    group = await make_group(stage.client, stage.world, await open_popup(stage.client, stage.world))
    await stage.act(f"groups/{group['id']}/members", {"email": "human@example.com"})


async def reject(stage: Stage) -> None:
    await stage.act(f"applications/{(await _submitted(stage))['id']}/reject")


async def flag(stage: Stage) -> None:
    await _submitted(stage)
    path = f"humans/{stage.world.human_id}"
    await stage.again_and_again("PATCH", path, {"is_red_flagged": True})


async def grant_a_scholarship(stage: Stage) -> None:
    await _decide_scholarship(stage, 40)


async def refuse_a_scholarship(stage: Stage) -> None:
    await _decide_scholarship(stage, None)


async def pay_by_hand(stage: Stage) -> None:
    payment = await _order(stage)
    await stage.act(f"payments/{payment['id']}/approve")


async def pay_nothing(stage: Stage) -> None:
    """The buyer's request is the one that is replayed."""
    popup = await open_popup(stage.client, stage.world)
    free = await make_product(stage.client, stage.world, popup, price_minor=0)
    buyer = await make_buyer(stage.world, popup)
    await stage.again_and_again("POST", "payments", buyer.cart(free), buyer.headers)


async def exchange_a_pass(stage: Stage) -> None:
    """What is given back pays for what is taken, so nothing is left to wait for."""
    popup = await open_popup(stage.client, stage.world)
    dear = await make_product(stage.client, stage.world, popup)
    cheap = await make_product(stage.client, stage.world, popup, slug="cheap", price_minor=100)
    buyer = await make_buyer(stage.world, popup)
    await bought(stage.client, stage.world, buyer, dear)
    body = swap(buyer, await passes(stage.client, buyer), cheap)
    answers = await stage.again_and_again("POST", "payments/exchange", body, buyer.headers)
    assert min(answers) < 300, answers


async def pay_at_a_provider(stage: Stage) -> None:
    made = await sale(stage.client, stage.world)
    await stage.notify(made, NoticeKind.PAID)
    await mark_paid(made)
    await let_time_pass(stage.world)


async def never_pay(stage: Stage) -> None:
    made = await sale(stage.client, stage.world)
    await let_time_pass(stage.world)
    await stage.work()
    await stage.notify(made, NoticeKind.EXPIRED)


async def hear_that_it_lapsed(stage: Stage) -> None:
    await stage.notify(await sale(stage.client, stage.world), NoticeKind.EXPIRED)


async def pay_too_late(stage: Stage) -> None:
    """Somebody else has the place by then, while the order's own job has not run."""
    made = await sale(stage.client, stage.world)
    await let_time_pass(stage.world)
    (other,) = await make_crowd(stage.world, stage.settings, {"id": made.product["popup_id"]}, 1)
    await ordered(stage.client, other, other.cart(made.product))
    await stage.notify(made, NoticeKind.PAID)


async def refund_by_hand(stage: Stage) -> None:
    payment = await _order(stage)
    await stage.client.post(
        f"/api/v1/payments/{payment['id']}/approve",
        headers={**stage.world.headers, "Idempotency-Key": "approved"},
    )
    await stage.act(f"payments/{payment['id']}/refunds", {"kind": "whole"})


async def refund_through_a_provider(stage: Stage) -> None:
    made = await sale(stage.client, stage.world)
    await stage.notify(made, NoticeKind.PAID)
    await mark_paid(made)
    await stage.act(f"payments/{made.payment['id']}/refunds", {"kind": "whole"})
    await stage.work()
    await stage.notify(made, NoticeKind.REFUNDED)


async def hear_of_a_refund(stage: Stage) -> None:
    made = await sale(stage.client, stage.world)
    await stage.notify(made, NoticeKind.REFUNDED)
    await stage.notify(made, NoticeKind.PAID)


async def _draft(stage: Stage) -> Json:
    popup = await open_popup(stage.client, stage.world)
    await decides_by(stage.client, stage.world, popup, kind="any_reviewer")
    return await apply(stage.client, stage.world, popup, answers=ANSWERS)


async def _submitted(stage: Stage) -> Json:
    return await submit(stage.client, stage.world, await _draft(stage))


async def _decide_scholarship(stage: Stage, percent: int | None) -> None:
    application = await _submitted(stage)
    async with stage.world.session() as session:
        row = (await session.exec(select(Application))).one()
        row.scholarship_status = ScholarshipStatus.REQUESTED
    path = f"applications/{application['id']}/scholarship"
    await stage.act(path, {"percent": percent}, method="PUT")


async def _order(stage: Stage) -> Json:
    popup = await open_popup(stage.client, stage.world)
    week = await make_product(stage.client, stage.world, popup)
    buyer = await make_buyer(stage.world, popup)
    return await ordered(stage.client, buyer, buyer.cart(week))


SCENES: Mapping[Scene, tuple[str, ...]] = {
    ask_for_a_code: ("login_code",),
    invite_staff: ("staff_invitation",),
    invite_to_a_group: ("group_invitation",),
    take_out_of_a_group: ("application_accepted", "group_member_removed"),
    submit_for_review: ("application_received",),
    submit_unreviewed: ("application_accepted",),
    accept: ("application_received", "application_accepted"),
    accept_with_a_deposit: ("application_received", "application_accepted"),
    vote_for: ("application_received", "application_accepted"),
    join_a_group: ("application_accepted",),
    reject: ("application_received", "application_rejected"),
    flag: ("application_received", "application_rejected"),
    grant_a_scholarship: ("application_received", "scholarship_decided"),
    refuse_a_scholarship: ("application_received", "scholarship_decided"),
    pay_by_hand: ("payment_confirmed",),
    pay_nothing: ("payment_confirmed",),
    exchange_a_pass: ("payment_confirmed", "payment_confirmed"),
    pay_at_a_provider: ("payment_confirmed",),
    never_pay: ("payment_expired",),
    hear_that_it_lapsed: ("payment_expired",),
    pay_too_late: ("payment_expired",),
    refund_by_hand: ("payment_confirmed", "payment_refunded"),
    refund_through_a_provider: ("payment_confirmed", "payment_refunded"),
    hear_of_a_refund: ("payment_confirmed", "payment_refunded"),
}
"""Which mails come of each scene, each of them once."""


def test_every_kind_has_a_scene() -> None:
    assert {kind for kinds in SCENES.values() for kind in kinds} == set(KINDS)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_each_mail_is_queued_and_sent_once(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    database: Database,
    scene: Scene,
) -> None:
    stage = Stage(client, acme, settings, Entrance(client, settings, database))

    await scene(stage)
    await stage.work()

    async with acme.session() as session:
        rows = (await session.exec(select(MailMessage))).all()
    assert Counter(row.kind for row in rows) == Counter(SCENES[scene])
    assert {row.status for row in rows} == {"sent"}
    ran = stage.entrance.sql(
        "SELECT DISTINCT attempts FROM jobs.procrastinate_jobs WHERE queue_name = 'mail'"
    )
    assert ran == [(2,)]
    assert len(await stage.entrance.mails()) == len(SCENES[scene])
