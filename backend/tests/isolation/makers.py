"""Makes the rows that a request is about, over the API as their owners would.

``"$popup_id"`` in a request stands for what the maker of that name returns. A new resource
needs one function here for each kind of id its operations take.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from uuid import UUID, uuid4

import httpx
from sqlmodel import col, select

from app.api.attendee.models import Attendee
from app.core.security import utc_now
from tests.isolation.arena import Arena
from tests.isolation.hosting import CART, MAKING
from tests.worlds import Headers, TenantWorld

Json: TypeAlias = dict[str, object]

COINED = frozenset({"provider", "unused_provider", "unique", "email", "scan_id", "moment"})
"""Makers whose values name no row: they are new each time, or the same for everybody."""

ANSWERS: Json = {"first_name": "Ada", "last_name": "Lovelace"}


class Harvest:
    """Rows of one organisation and one of its humans, made when they are first asked for."""

    def __init__(self, arena: Arena, world: TenantWorld, human: Headers | None = None) -> None:
        self.arena = arena
        self.world = world
        self.human = human or world.human_headers
        self._made: dict[str, str] = {}

    async def value(self, name: str) -> str:
        """Return what a placeholder stands for."""
        if name not in self._made:
            self._made[name] = await MAKERS[name](self)
        return self._made[name]

    def preset(self, name: str, value: str) -> None:
        """Let a placeholder stand for something that was made elsewhere."""
        self._made[name] = value

    async def filled(self, template: object) -> object:
        """Return a template with its placeholders replaced."""
        if isinstance(template, Mapping):
            return {key: await self.filled(value) for key, value in template.items()}
        if isinstance(template, list):
            return [await self.filled(item) for item in template]
        if isinstance(template, str) and template.startswith("$"):
            return await self.value(template.removeprefix("$"))
        return template

    async def post(self, path: str, body: Json, headers: Headers | None = None) -> Json:
        """Make something and return what the API answered."""
        return await self._send("POST", path, headers or self.world.headers, body)

    async def get(self, path: str, headers: Headers) -> Json:
        """Read something."""
        return await self._send("GET", path, headers, None)

    async def put(self, path: str, body: Json) -> Json:
        """Set something."""
        return await self._send("PUT", path, self.world.headers, body)

    async def move(self, path: str, headers: Headers | None = None, **changes: object) -> Json:
        """Change something: a PATCH, or a POST where nothing is said."""
        method = "PATCH" if changes else "POST"
        return await self._send(method, path, headers or self.world.headers, changes or None)

    async def _send(self, method: str, path: str, headers: Headers, body: Json | None) -> Json:
        answer = await self.arena.client.request(
            method, f"/api/v1/{path}", headers=headers, json=body
        )
        assert answer.is_success, f"{method} {path}: {answer.text}"
        made: Json = answer.json() if answer.status_code != httpx.codes.NO_CONTENT else {}
        return made


def placeholders(template: object) -> set[str]:
    """Return the names of the rows a template is about."""
    if isinstance(template, Mapping):
        return set().union(*(placeholders(value) for value in template.values()))
    if isinstance(template, list):
        return set().union(*(placeholders(item) for item in template))
    if isinstance(template, str) and template.startswith("$"):
        return {template.removeprefix("$")} - COINED
    return set()


# What an organisation has from the start.


async def unique(_: Harvest) -> str:
    return f"x{uuid4().hex[:16]}"


async def email(_: Harvest) -> str:
    return f"{uuid4().hex[:12]}@example.com"


async def own_tenant_id(harvest: Harvest) -> str:
    return str(harvest.world.tenant_id)


async def tenant_slug(harvest: Harvest) -> str:
    return harvest.world.slug


async def user_id(harvest: Harvest) -> str:
    return str((await harvest.post("users", {"email": await email(harvest)}))["id"])


async def human_id(harvest: Harvest) -> str:
    return str((await harvest.post("humans", {"email": await email(harvest)}))["id"])


async def tenant_id(harvest: Harvest) -> str:
    body: Json = {"name": "New", "slug": await unique(harvest)}
    return str((await harvest.post("tenants", body, harvest.arena.operator))["id"])


async def operator_id(harvest: Harvest) -> str:
    body: Json = {"email": await email(harvest)}
    return str((await harvest.post("operators", body, harvest.arena.operator))["id"])


# Popups, and what hangs off them.


async def draft_popup_id(harvest: Harvest) -> str:
    slug = await unique(harvest)
    body = {"name": "City", "slug": slug, "starts_on": "2100-06-01", "ends_on": "2100-06-30"}
    made = await harvest.post("popups", {**body, "allows_coupons": True})
    harvest.preset("popup_slug", slug)
    return str(made["id"])


async def popup_id(harvest: Harvest) -> str:
    made = await draft_popup_id(harvest)
    await harvest.move(f"popups/{made}", status="active")
    return made


async def popup_slug(harvest: Harvest) -> str:
    await harvest.value("popup_id")
    return await harvest.value("popup_slug")


async def product_id(harvest: Harvest) -> str:
    body = {"name": "Week", "category": "ticket", "price_minor": 25_000}
    popup = await harvest.value("popup_id")
    slug = await unique(harvest)
    return str((await harvest.post("products", {**body, "popup_id": popup, "slug": slug}))["id"])


async def field_id(harvest: Harvest) -> str:
    body = {"key": await unique(harvest), "label": "Diet?", "type": "text"}
    popup = await harvest.value("popup_id")
    return str((await harvest.post("form-fields", {**body, "popup_id": popup}))["id"])


async def coupon_id(harvest: Harvest) -> str:
    popup, code = await harvest.value("popup_id"), await unique(harvest)
    body: Json = {"popup_id": popup, "code": code, "percent": 50}
    made = await harvest.post("coupons", body)
    harvest.preset("coupon_code", code)
    return str(made["id"])


async def coupon_code(harvest: Harvest) -> str:
    await harvest.value("coupon_id")
    return await harvest.value("coupon_code")


async def _group(harvest: Harvest, **changes: object) -> str:
    slug = await unique(harvest)
    popup = await harvest.value("popup_id")
    made = await harvest.post("groups", {"popup_id": popup, "name": "Us", "slug": slug, **changes})
    harvest.preset("group_slug", slug)
    return str(made["id"])


async def group_id(harvest: Harvest) -> str:
    return await _group(harvest)


async def group_slug(harvest: Harvest) -> str:
    await harvest.value("group_id")
    return await harvest.value("group_slug")


async def led_group_id(harvest: Harvest) -> str:
    me = await harvest.get("humans/me", harvest.human)
    return await _group(harvest, leader_id=me["id"])


async def _joined(harvest: Harvest, group: str, *, has_account: bool) -> str:
    body: Json = {"email": await email(harvest)}
    if has_account:
        await harvest.post("humans", body)
    return str((await harvest.post(f"groups/{await harvest.value(group)}/members", body))["id"])


async def member_id(harvest: Harvest) -> str:
    return await _joined(harvest, "member_group_id", has_account=True)


async def invitation_id(harvest: Harvest) -> str:
    return await _joined(harvest, "invitation_group_id", has_account=False)


async def led_member_id(harvest: Harvest) -> str:
    return await _joined(harvest, "led_member_group_id", has_account=True)


async def led_invitation_id(harvest: Harvest) -> str:
    return await _joined(harvest, "led_invitation_group_id", has_account=False)


async def upload_id(harvest: Harvest) -> str:
    body: Json = {"kind": "image", "content_type": "image/png", "size_bytes": 7}
    return str((await harvest.post("uploads", body))["id"])


# Reviewing and applying.


async def strategy_popup_id(harvest: Harvest) -> str:
    popup = await popup_id(harvest)
    await harvest.put(f"approval-strategies/{popup}", {"kind": "any_reviewer"})
    return popup


async def reviewer_id(harvest: Harvest) -> str:
    body: Json = {
        "popup_id": await harvest.value("popup_id"),
        "user_id": await harvest.value("user_id"),
    }
    return str((await harvest.post("popup-reviewers", body))["id"])


async def application_id(harvest: Harvest) -> str:
    """A draft of the human's."""
    popup = await harvest.value("popup_id")
    body: Json = {"popup_id": popup, "answers": ANSWERS}
    return str((await harvest.post("applications/mine", body, harvest.human))["id"])


async def submitted_application_id(harvest: Harvest) -> str:
    """One that waits for the votes of everybody in the organisation's backoffice."""
    popup = await harvest.value("strategy_popup_id")
    for reviewer in (harvest.world.admin_id, harvest.world.viewer_id):
        await harvest.post("popup-reviewers", {"popup_id": popup, "user_id": str(reviewer)})
    body: Json = {"popup_id": popup, "answers": ANSWERS}
    made = str((await harvest.post("applications/mine", body, harvest.human))["id"])
    await harvest.move(f"applications/mine/{made}/submit", harvest.human)
    return made


async def scholarship_application_id(harvest: Harvest) -> str:
    """One that waits, and asks for a scholarship."""
    popup = await harvest.value("strategy_popup_id")
    body: Json = {"popup_id": popup, "answers": ANSWERS, "scholarship": {"reason": "Broke"}}
    made = str((await harvest.post("applications/mine", body, harvest.human))["id"])
    await harvest.move(f"applications/mine/{made}/submit", harvest.human)
    return made


async def withdrawn_application_id(harvest: Harvest) -> str:
    made = await submitted_application_id(harvest)
    await harvest.move(f"applications/mine/{made}/withdraw", harvest.human)
    return made


async def rejected_application_id(harvest: Harvest) -> str:
    made = await submitted_application_id(harvest)
    await harvest.move(f"applications/{made}/reject")
    return made


# Buying, and coming to the door.


async def accepted_application_id(harvest: Harvest) -> str:
    """One that was accepted at once, with the human as its attendee."""
    body: Json = {"popup_id": await harvest.value("popup_id"), "answers": ANSWERS}
    made = str((await harvest.post("applications/mine", body, harvest.human))["id"])
    await harvest.move(f"applications/mine/{made}/submit", harvest.human)
    return made


async def attendee_id(harvest: Harvest) -> str:
    """The human, as who comes."""
    application = UUID(await harvest.value("accepted_application_id"))
    statement = select(Attendee.id).where(col(Attendee.application_id) == application)
    async with harvest.world.session() as session:
        return str((await session.exec(statement)).one())


async def payment_id(harvest: Harvest) -> str:
    """One that is not paid yet."""
    cart = await harvest.filled(CART)
    assert isinstance(cart, dict)
    headers = {**harvest.human, "Idempotency-Key": await unique(harvest)}
    return str((await harvest.post("payments", cart, headers))["id"])


async def approved_payment_id(harvest: Harvest) -> str:
    made = await payment_id(harvest)
    await harvest.move(f"payments/{made}/approve")
    return made


async def ticket_id(harvest: Harvest) -> str:
    """One that the human has bought."""
    await harvest.value("approved_payment_id")
    path = f"/api/v1/tickets/mine?popup_id={await harvest.value('popup_id')}"
    answer = await harvest.arena.client.get(path, headers=harvest.human)
    (ticket,) = answer.json()["results"]
    harvest.preset("ticket_code", ticket["code"])
    return str(ticket["id"])


async def ticket_code(harvest: Harvest) -> str:
    await harvest.value("ticket_id")
    return await harvest.value("ticket_code")


async def scan_id(_: Harvest) -> str:
    return str(uuid4())


async def moment(_: Harvest) -> str:
    return utc_now().isoformat()


async def check_in_ticket_id(harvest: Harvest) -> str:
    """A ticket that was seen at the door."""
    ticket = await harvest.value("ticket_id")
    popup, code = await harvest.value("popup_id"), await harvest.value("ticket_code")
    await harvest.post("attendees/check-in", {"popup_id": popup, "code": code})
    return ticket


async def family_popup_id(harvest: Harvest) -> str:
    popup = await popup_id(harvest)
    await harvest.move(f"popups/{popup}", allows_spouse=True, allows_children=True)
    return popup


async def family_application_id(harvest: Harvest) -> str:
    """A draft of the human's to a popup that lets families come."""
    popup = await harvest.value("family_popup_id")
    body: Json = {"popup_id": popup, "answers": ANSWERS}
    return str((await harvest.post("applications/mine", body, harvest.human))["id"])


async def attended_popup_id(harvest: Harvest) -> str:
    """A popup that has accepted the human."""
    popup = await popup_id(harvest)
    body: Json = {"popup_id": popup, "answers": ANSWERS}
    made = str((await harvest.post("applications/mine", body, harvest.human))["id"])
    await harvest.move(f"applications/mine/{made}/submit", harvest.human)
    return popup


async def companion_attendee_id(harvest: Harvest) -> str:
    application = await harvest.value("family_application_id")
    body: Json = {"category": "kid", "name": "Bo"}
    path = f"applications/mine/{application}/attendees"
    return str((await harvest.post(path, body, harvest.human))["id"])


Maker: TypeAlias = Callable[[Harvest], Awaitable[str]]

MAKERS: Mapping[str, Maker] = {
    maker.__name__: maker
    for maker in (
        *(unique, email, own_tenant_id, tenant_slug, user_id, human_id, tenant_id, operator_id),
        *(draft_popup_id, popup_id, popup_slug, product_id, field_id, upload_id),
        *(coupon_id, coupon_code, group_id, group_slug, led_group_id),
        *(member_id, invitation_id, led_member_id, led_invitation_id),
        *(strategy_popup_id, reviewer_id, application_id, submitted_application_id),
        *(scholarship_application_id, withdrawn_application_id, rejected_application_id),
        *(accepted_application_id, attendee_id, payment_id, approved_payment_id),
        *(ticket_id, ticket_code, scan_id, moment, check_in_ticket_id),
        *(family_popup_id, family_application_id, companion_attendee_id, attended_popup_id),
        *MAKING,
    )
} | {
    **dict.fromkeys(("member_group_id", "invitation_group_id"), group_id),
    **dict.fromkeys(("led_member_group_id", "led_invitation_group_id"), led_group_id),
}
