"""Makes the rows that a request is about, over the API as their owners would.

``"$popup_id"`` in a request stands for what the maker of that name returns. A new resource
needs one function here for each kind of id its operations take.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from uuid import uuid4

import httpx

from tests.isolation.arena import Arena
from tests.isolation.attending import ATTENDING
from tests.isolation.grouping import GROUPING
from tests.isolation.hosting import HOSTING
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

    async def anew(self, name: str) -> str:
        """Make another of what a placeholder stands for."""
        return await MAKERS[name](self)

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
    body = {"name": slug, "slug": slug, "starts_on": "2100-06-01", "ends_on": "2100-06-30"}
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


Maker: TypeAlias = Callable[[Harvest], Awaitable[str]]

MAKERS: Mapping[str, Maker] = {
    maker.__name__: maker
    for maker in (
        *(unique, email, own_tenant_id, tenant_slug, user_id, human_id, tenant_id, operator_id),
        *(draft_popup_id, popup_id, popup_slug, product_id, field_id, upload_id),
        *(strategy_popup_id, reviewer_id, application_id, submitted_application_id),
        *(scholarship_application_id, withdrawn_application_id, rejected_application_id),
        *GROUPING,
        *ATTENDING,
        *HOSTING,
    )
}
