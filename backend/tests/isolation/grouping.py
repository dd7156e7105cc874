"""Makes coupons, groups, and the people groups take in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.isolation.makers import Harvest


async def _group(harvest: "Harvest", **changes: object) -> str:
    slug = await harvest.anew("unique")
    popup = await harvest.value("popup_id")
    made = await harvest.post("groups", {"popup_id": popup, "name": "Us", "slug": slug, **changes})
    harvest.preset("group_slug", slug)
    return str(made["id"])


async def _joined(harvest: "Harvest", group: str, *, has_account: bool) -> str:
    body: dict[str, object] = {"email": await harvest.anew("email")}
    if has_account:
        await harvest.post("humans", body)
    return str((await harvest.post(f"groups/{await harvest.value(group)}/members", body))["id"])


async def coupon_id(harvest: "Harvest") -> str:
    popup, code = await harvest.value("popup_id"), await harvest.anew("unique")
    body: dict[str, object] = {"popup_id": popup, "code": code, "percent": 50}
    made = await harvest.post("coupons", body)
    harvest.preset("coupon_code", code)
    return str(made["id"])


async def coupon_code(harvest: "Harvest") -> str:
    await harvest.value("coupon_id")
    return await harvest.value("coupon_code")


async def group_id(harvest: "Harvest") -> str:
    return await _group(harvest)


async def group_slug(harvest: "Harvest") -> str:
    await harvest.value("group_id")
    return await harvest.value("group_slug")


async def led_group_id(harvest: "Harvest") -> str:
    me = await harvest.get("humans/me", harvest.human)
    return await _group(harvest, leader_id=me["id"])


async def member_id(harvest: "Harvest") -> str:
    return await _joined(harvest, "member_group_id", has_account=True)


async def invitation_id(harvest: "Harvest") -> str:
    return await _joined(harvest, "invitation_group_id", has_account=False)


async def led_member_id(harvest: "Harvest") -> str:
    return await _joined(harvest, "led_member_group_id", has_account=True)


async def led_invitation_id(harvest: "Harvest") -> str:
    return await _joined(harvest, "led_invitation_group_id", has_account=False)


async def member_group_id(harvest: "Harvest") -> str:
    return await group_id(harvest)


async def invitation_group_id(harvest: "Harvest") -> str:
    return await group_id(harvest)


async def led_member_group_id(harvest: "Harvest") -> str:
    return await led_group_id(harvest)


async def led_invitation_group_id(harvest: "Harvest") -> str:
    return await led_group_id(harvest)


GROUPING = (
    *(coupon_id, coupon_code, group_id, group_slug, led_group_id),
    *(member_id, invitation_id, led_member_id, led_invitation_id),
    *(member_group_id, invitation_group_id, led_member_group_id, led_invitation_group_id),
)
"""What each of these makes is named like it."""
