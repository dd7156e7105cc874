"""One e-mail address on several staffs: the code is verified first, then one of them chosen."""

import asyncio
from collections import Counter

import jwt
import pytest

from app.core.security import ALGORITHM
from tests.logins import Entrance, bearer
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld

ADMIN = "admin@example.com"


async def choose(entrance: Entrance, token: str, tenant_id: object) -> tuple[int, str]:
    answer = await entrance.client.post(
        "/api/v1/auth/user/choose",
        json={"choice_token": token, "tenant_id": None if tenant_id is None else str(tenant_id)},
    )
    if answer.status_code == 200:
        return 200, str(answer.json()["tenant_id"])
    return kind_of(answer)


async def offered(entrance: Entrance) -> dict[str, object]:
    await entrance.ask(ADMIN)
    answer = await entrance.type(ADMIN, entrance.code(ADMIN))
    assert answer.status_code == 200, answer.text
    offer: dict[str, object] = answer.json()
    return offer


async def test_staff_of_two_organisations_choose_one(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    offer = await offered(entrance)

    assert offer["status"] == "choice_needed"
    assert offer["memberships"] == [
        {"tenant_id": str(acme.tenant_id), "tenant_name": "Acme", "role": "ADMIN"},
        {"tenant_id": str(globex.tenant_id), "tenant_name": "Globex", "role": "ADMIN"},
    ]
    token = str(offer["choice_token"])
    assert await choose(entrance, token, globex.tenant_id) == (200, str(globex.tenant_id))
    assert await choose(entrance, token, acme.tenant_id) == (401, "choice-invalid")


async def test_a_choice_made_twice_at_once_logs_in_once(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    token = str((await offered(entrance))["choice_token"])

    answers = await asyncio.gather(
        *(choose(entrance, token, world.tenant_id) for world in (acme, globex) for _ in range(3))
    )

    assert Counter(status for status, _ in answers) == {200: 1, 401: 5}


@pytest.mark.usefixtures("operator_headers", "globex")
async def test_an_operator_on_a_staff_may_choose_the_platform(
    entrance: Entrance, acme: TenantWorld
) -> None:
    entrance.sql(
        "UPDATE app.users SET email = 'operator@example.com'"
        " WHERE email = 'viewer@example.com' AND tenant_id = %s",
        acme.tenant_id,
    )
    await entrance.ask("operator@example.com")
    offer = (
        await entrance.type("operator@example.com", entrance.code("operator@example.com"))
    ).json()

    assert [(m["tenant_id"], m["role"]) for m in offer["memberships"]] == [
        (None, "SUPERADMIN"),
        (str(acme.tenant_id), "VIEWER"),
    ]
    assert await choose(entrance, offer["choice_token"], None) == (200, "None")


async def test_the_organisation_can_be_named_with_the_code(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    tokens = await entrance.log_in(ADMIN, on_staff_of=globex.tenant_id)

    assert tokens["tenant_id"] == str(globex.tenant_id)

    await entrance.ask("viewer@example.com")
    entrance.sql(
        "UPDATE app.users SET deleted_at = now() WHERE email = 'viewer@example.com'"
        " AND tenant_id = %s",
        acme.tenant_id,
    )
    code = entrance.code("viewer@example.com")
    answer = await entrance.type("viewer@example.com", code)
    assert answer.json()["tenant_id"] == str(globex.tenant_id)


async def test_naming_an_organisation_one_does_not_work_for_is_a_failed_login(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    entrance.sql("DELETE FROM app.users WHERE tenant_id = %s", globex.tenant_id)
    await entrance.ask(ADMIN)
    code = entrance.code(ADMIN)

    answer = await entrance.type(ADMIN, code, on_staff_of=globex.tenant_id)

    assert kind_of(answer) == (401, "login-code-invalid")
    assert entrance.sql("SELECT subject FROM app.login_attempts WHERE kind = 'code_failed'") == [
        (f"user::{ADMIN}",)
    ]
    assert entrance.sql("SELECT count(*) FROM app.logins WHERE tenant_id = %s", acme.tenant_id) == [
        (3,)
    ]


async def test_what_closes_after_the_code_cannot_be_chosen(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    token = str((await offered(entrance))["choice_token"])
    entrance.sql("UPDATE app.tenants SET status = 'suspended' WHERE slug = 'acme'")

    closed = await choose(entrance, token, acme.tenant_id)
    offer_now = await offered(entrance)

    assert closed == (401, "choice-invalid")
    assert await choose(entrance, token, globex.tenant_id) == (200, str(globex.tenant_id))
    assert (offer_now["status"], offer_now["tenant_id"]) == ("logged_in", str(globex.tenant_id))


async def test_a_choice_token_is_good_for_nothing_else_and_nothing_else_is_good_for_it(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    token = str((await offered(entrance))["choice_token"])
    payload = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(payload, "another-key-of-thirty-two-characters", algorithm=ALGORITHM)
    key = entrance.settings.key("token")
    late = jwt.encode({**payload, "exp": 1}, key, algorithm=ALGORITHM)
    access = acme.headers["Authorization"].removeprefix("Bearer ")

    assert kind_of(await entrance.me(bearer({"access_token": token}))) == (401, "unauthenticated")
    assert kind_of(await entrance.refresh(token)) == (401, "refresh-token-invalid")
    for wrong in (forged, late, access, "x" * 40):
        assert await choose(entrance, wrong, globex.tenant_id) == (401, "choice-invalid")
    assert await choose(entrance, token, None) == (401, "choice-invalid")


async def test_an_operator_who_is_on_no_staff_needs_no_choice(
    entrance: Entrance, operator_headers: Headers
) -> None:
    me = await entrance.me(operator_headers)

    tokens = await entrance.log_in("operator@example.com")

    assert tokens["status"] == "logged_in"
    assert (await entrance.me(bearer(tokens))).json() == me.json()
