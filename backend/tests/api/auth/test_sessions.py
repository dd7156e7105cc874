"""Open sessions: their tokens, how they are renewed, and what ends them at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import jwt
import pytest

from app.core.security import ALGORITHM, Claims, CredentialType, issue_access_token
from tests.logins import Entrance, bearer, told
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld

ADMIN = "admin@example.com"
HUMAN = "human@example.com"

STAFF_WORKS = [200, 403, 200, 200]
STAFF_STOPPED = [401, 403, 401, 401]
HUMAN_WORKS = [200, 200, 403, 403]
HUMAN_STOPPED = [401, 401, 403, 403]
"""What ``works`` sees: a role's refusal needs no database, so it stays as it was."""


def payload_of(tokens: dict[str, str]) -> dict[str, object]:
    payload: dict[str, object] = jwt.decode(
        tokens["access_token"], options={"verify_signature": False}
    )
    return payload


async def works(entrance: Entrance, headers: Headers) -> list[int]:
    """Return how everything a session can reach answers: the platform's side and the tenant's."""
    paths = ("auth/me", "humans/me", "tenants/current", "users")
    return [
        (await entrance.client.get(f"/api/v1/{path}", headers=headers)).status_code
        for path in paths
    ]


async def test_an_access_token_says_who_where_and_for_how_long(
    entrance: Entrance, acme: TenantWorld
) -> None:
    tokens = await entrance.log_in(ADMIN)

    payload = payload_of(tokens)
    assert {name: payload[name] for name in ("iss", "aud", "sub", "typ", "role", "tenant")} == {
        "iss": "edgeos",
        "aud": "edgeos-api",
        "sub": str(acme.admin_id),
        "typ": "user",
        "role": "ADMIN",
        "tenant": str(acme.tenant_id),
    }
    assert set(payload) == {
        *("iss", "aud", "sub", "typ", "role", "tenant", "sid", "jti", "iat", "exp")
    }
    assert int(str(payload["exp"])) - int(str(payload["iat"])) == 15 * 60
    assert int(tokens["expires_in_seconds"]) == 15 * 60


@pytest.mark.usefixtures("acme")
async def test_refreshing_rotates_both_tokens(entrance: Entrance) -> None:
    first = await entrance.log_in(ADMIN)

    answer = await entrance.refresh(first["refresh_token"])

    second = answer.json()
    assert answer.status_code == 200, answer.text
    assert second["refresh_token"] != first["refresh_token"]
    assert payload_of(second)["sid"] == payload_of(first)["sid"]
    assert payload_of(second)["jti"] != payload_of(first)["jti"]
    assert (await entrance.me(bearer(second))).status_code == 200


@pytest.mark.usefixtures("acme")
async def test_a_refresh_token_used_again_ends_the_whole_family(entrance: Entrance) -> None:
    first = await entrance.log_in(ADMIN)
    other_device = await entrance.log_in(ADMIN)
    second = (await entrance.refresh(first["refresh_token"])).json()

    stolen = await entrance.refresh(first["refresh_token"])

    assert kind_of(stolen) == (401, "refresh-token-invalid")
    assert kind_of(await entrance.refresh(second["refresh_token"])) == kind_of(stolen)
    assert kind_of(await entrance.me(bearer(second))) == (401, "unauthenticated")
    assert (await entrance.me(bearer(other_device))).status_code == 200


@pytest.mark.usefixtures("acme")
async def test_a_refresh_token_used_twice_at_once_is_exchanged_once(entrance: Entrance) -> None:
    tokens = await entrance.log_in(ADMIN)

    answers = await asyncio.gather(*(entrance.refresh(tokens["refresh_token"]) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    # Whoever came second may be a thief: what the first got is worth nothing either.
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await entrance.me(bearer(won))).status_code == 401


@pytest.mark.usefixtures("acme")
async def test_refresh_tokens_that_never_were_or_are_no_more_answer_alike(
    entrance: Entrance,
) -> None:
    expired, ended, gone = [await entrance.log_in(ADMIN) for _ in range(3)]
    entrance.sql(
        "UPDATE app.refresh_tokens SET expires_at = now() WHERE login_id = %s",
        payload_of(expired)["sid"],
    )
    await entrance.client.post("/api/v1/auth/logout", headers=bearer(ended))
    entrance.sql("UPDATE app.logins SET expires_at = now() WHERE id = %s", payload_of(gone)["sid"])

    answers = [
        await entrance.refresh(token)
        for token in ("a" * 43, *(tokens["refresh_token"] for tokens in (expired, ended, gone)))
    ]

    assert kind_of(answers[0]) == (401, "refresh-token-invalid")
    assert [told(answer) for answer in answers] == [told(answers[0])] * 4


async def test_logging_out_ends_this_session_at_once_and_no_other(
    entrance: Entrance, acme: TenantWorld
) -> None:
    here, there = [await entrance.log_in(HUMAN, acme.tenant_id) for _ in range(2)]

    left = await entrance.client.post("/api/v1/auth/logout", headers=bearer(here))

    assert (left.status_code, left.content) == (204, b"")
    assert await works(entrance, bearer(here)) == HUMAN_STOPPED
    again = await entrance.client.post("/api/v1/auth/logout", headers=bearer(here))
    assert kind_of(again) == (401, "unauthenticated")
    assert await works(entrance, bearer(there)) == HUMAN_WORKS


async def test_tokens_that_open_nothing_answer_alike(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    logged_out = await entrance.log_in(ADMIN, on_staff_of=acme.tenant_id)
    await entrance.client.post("/api/v1/auth/logout", headers=bearer(logged_out))
    payload = payload_of(logged_out)
    real_login = payload_of({"access_token": acme.headers["Authorization"][7:]})["sid"]
    key = entrance.settings.key("token")

    def signed(key: bytes = key, algorithm: str = ALGORITHM, **changes: object) -> str:
        claims = {**payload, "sid": real_login, **changes}
        return jwt.encode({k: v for k, v in claims.items() if v != ""}, key, algorithm=algorithm)

    tokens = {
        "logged out": logged_out["access_token"],
        "expired": signed(exp=datetime.now(UTC) - timedelta(seconds=1)),
        "another key": signed(b"k" * 32),
        "another algorithm": signed(key + bytes(32), "HS512"),  # HMAC pads keys with zeros
        "no algorithm": jwt.encode({**payload, "sid": real_login}, "", algorithm="none"),
        "another issuer": signed(iss="elsewhere"),
        "another audience": signed(aud="elsewhere"),
        "no expiry": signed(exp=""),
        "no subject": signed(sub=""),
        "no session": signed(sid=""),
        "unknown session": signed(sid=str(acme.tenant_id)),
        "another tenant's session": signed(tenant=str(globex.tenant_id)),
        "not a uuid": signed(sub="1"),
        "unknown kind": signed(typ="robot"),
        "not yet": signed(nbf=datetime.now(UTC) + timedelta(hours=1)),
        "no token": "x",
        "half a token": logged_out["access_token"].rpartition(".")[0],
    }

    answers = {
        reason: await entrance.client.get("/api/v1/users", headers=bearer({"access_token": token}))
        for reason, token in tokens.items()
    }

    assert kind_of(answers["logged out"]) == (401, "unauthenticated")
    assert answers["logged out"].headers["www-authenticate"] == "Bearer"
    assert {why: told(a) for why, a in answers.items()} == dict.fromkeys(
        answers, told(answers["logged out"])
    )
    assert (
        await entrance.client.get("/api/v1/users", headers=bearer({"access_token": signed()}))
    ).status_code == 200


async def test_a_token_cannot_borrow_another_kinds_session(
    entrance: Entrance, acme: TenantWorld
) -> None:
    """What only somebody with the signing key could try still finds the database in the way."""
    human_login = UUID(
        str(payload_of({"access_token": acme.human_headers["Authorization"][7:]})["sid"])
    )
    claims = Claims(acme.viewer_id, CredentialType.HUMAN, "HUMAN", acme.tenant_id, human_login)
    token = issue_access_token(entrance.settings, claims, now=datetime.now(UTC))

    answer = await entrance.client.get("/api/v1/humans/me", headers=bearer({"access_token": token}))

    assert kind_of(answer) == (401, "unauthenticated")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"], ids=["suspended", "deleted"])
async def test_a_closed_organisations_people_stop_at_once(
    entrance: Entrance,
    acme: TenantWorld,
    globex: TenantWorld,
    operator_headers: Headers,
    method: str,
) -> None:
    staff = await entrance.log_in(ADMIN, on_staff_of=acme.tenant_id)
    human = await entrance.log_in(HUMAN, acme.tenant_id)
    body = {"status": "suspended"} if method == "PATCH" else None

    closed = await entrance.client.request(
        method, f"/api/v1/tenants/{acme.tenant_id}", headers=operator_headers, json=body
    )

    assert closed.is_success, closed.text
    for headers in (bearer(staff), acme.headers, acme.viewer_headers):
        assert await works(entrance, headers) == STAFF_STOPPED
    for headers in (bearer(human), acme.human_headers):
        assert await works(entrance, headers) == HUMAN_STOPPED
    for tokens in (staff, human):
        refused = await entrance.refresh(tokens["refresh_token"])
        assert kind_of(refused) == (401, "refresh-token-invalid")
    branding = await entrance.client.get("/api/v1/tenants/public", headers=acme.public_headers)
    assert kind_of(branding) == (404, "tenant-unknown")
    assert await works(entrance, globex.headers) == STAFF_WORKS
    as_operator = {**operator_headers, **acme.public_headers}
    assert await works(entrance, as_operator) == STAFF_WORKS


async def test_a_reopened_organisation_lets_people_in_again_but_revives_no_session(
    entrance: Entrance, acme: TenantWorld, operator_headers: Headers
) -> None:
    for status in ("suspended", "active"):
        await entrance.client.patch(
            f"/api/v1/tenants/{acme.tenant_id}", headers=operator_headers, json={"status": status}
        )

    before = await works(entrance, acme.headers)
    now = await works(entrance, bearer(await entrance.log_in(ADMIN)))

    assert before == STAFF_STOPPED
    assert now == STAFF_WORKS


async def test_people_who_are_let_go_stop_at_once(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    viewer = await entrance.log_in("viewer@example.com", on_staff_of=acme.tenant_id)
    human = await entrance.log_in(HUMAN, acme.tenant_id)
    client = entrance.client

    dismissed = await client.delete(f"/api/v1/users/{acme.viewer_id}", headers=acme.headers)
    closed = await client.delete(f"/api/v1/humans/{acme.human_id}", headers=acme.headers)

    assert (dismissed.status_code, closed.status_code) == (204, 204)
    for headers in (bearer(viewer), acme.viewer_headers):
        assert await works(entrance, headers) == STAFF_STOPPED
    for headers in (bearer(human), acme.human_headers):
        assert await works(entrance, headers) == HUMAN_STOPPED
    for tokens in (viewer, human):
        assert (await entrance.refresh(tokens["refresh_token"])).status_code == 401
    assert await works(entrance, globex.human_headers) == HUMAN_WORKS
    again = await entrance.log_in(HUMAN, acme.tenant_id)
    assert (await entrance.me(bearer(again))).json()["id"] != str(acme.human_id)


async def test_a_changed_role_logs_out_and_the_next_login_has_it(
    entrance: Entrance, acme: TenantWorld
) -> None:
    viewer = await entrance.log_in("viewer@example.com")

    await entrance.client.patch(
        f"/api/v1/users/{acme.viewer_id}", headers=acme.headers, json={"role": "ADMIN"}
    )

    assert (await entrance.me(bearer(viewer))).status_code == 401
    assert (await entrance.log_in("viewer@example.com"))["role"] == "ADMIN"


async def test_me_says_who_is_logged_in_and_what_they_may_do(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers
) -> None:
    everybody = {
        "ADMIN": acme.headers,
        "VIEWER": acme.viewer_headers,
        "HUMAN": acme.human_headers,
        "SUPERADMIN": operator_headers,
    }

    answers = {
        role: (await client.get("/api/v1/auth/me", headers=headers)).json()
        for role, headers in everybody.items()
    }

    assert {role: answer["role"] for role, answer in answers.items()} == {r: r for r in everybody}
    assert answers["HUMAN"]["name"] == "Ada"
    assert {"login", "published:read", "self:own", "session:own"} <= set(
        answers["HUMAN"]["permissions"]
    )
    assert answers["SUPERADMIN"]["tenant_id"] is None
    writes = {r: [p for p in a["permissions"] if p.endswith(":write")] for r, a in answers.items()}
    assert (writes["VIEWER"], bool(writes["ADMIN"])) == ([], True)
