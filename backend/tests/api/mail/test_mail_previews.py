"""Previews of mail: every kind in every language, in the organisation's own name."""

from uuid import UUID

import httpx
import pytest

from app.services.email.kinds import KINDS
from tests.api.payment.buying import rows_of
from tests.factories import change, make_popup
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld

POLICY = "Content-Security-Policy"


@pytest.mark.parametrize("language", ["en", "es"])
async def test_staff_see_every_kind_in_their_own_name(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, language: str
) -> None:
    await change(
        client, acme, "tenants/current", name="Acme & Sons", sender_email="hi@acme.example"
    )
    await change(client, globex, "tenants/current", sender_name="Must Not Show")
    popup = await make_popup(client, acme, name="<Ñandú> Camp", currency="JPY")
    told = (await client.get("/api/v1/mail/kinds", headers=acme.viewer_headers)).json()
    before = await rows_of(acme)

    assert told == {
        "kinds": sorted(KINDS),
        "languages": ["en", "es"],
        "sender_name": "Acme & Sons",
        "sender_email": "hi@acme.example",
    }
    for kind in told["kinds"]:
        query = {"kind": kind, "language": language, "popup_id": str(popup["id"])}
        answer = await client.get("/api/v1/mail/preview", headers=acme.viewer_headers, params=query)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        assert f'<html lang="{language}">' in shown["html"]
        assert "Acme & Sons" in shown["text"]
        assert "Acme &amp; Sons" in shown["html"]
        assert "&lt;" not in shown["text"] + shown["subject"]
        assert "<Ñandú>" not in shown["html"]
        assert "Must Not Show" not in answer.text
    assert await rows_of(acme) == before  # nothing was queued


async def test_a_preview_names_the_popup_it_is_asked_for(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme, name="Harbour", currency="JPY")
    foreign = await make_popup(client, globex)
    path = "/api/v1/mail/preview?kind=payment_confirmed&language=es"

    own = await client.get(f"{path}&popup_id={popup['id']}", headers=acme.headers)
    invented = await client.get(path, headers=acme.headers)
    answer = await indistinguishable(
        client,
        acme.headers,
        "GET",
        "mail/preview?kind=payment_confirmed&popup_id={id}",
        UUID(str(foreign["id"])),
    )

    assert "Harbour" in own.json()["text"]
    assert "155.060\N{NO-BREAK SPACE}¥" in own.json()["text"]
    assert "1550,60\N{NO-BREAK SPACE}€" in invented.json()["text"]
    assert kind_of(answer) == (404, "popup-unknown")


async def test_a_preview_speaks_the_organisations_language_unless_another_is_asked_for(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    path = "/api/v1/mail/preview?kind=application_rejected"
    await change(client, acme, "tenants/current", language="es")

    own = await client.get(path, headers=acme.headers)
    asked = await client.get(f"{path}&language=en", headers=acme.headers)
    theirs = await client.get(path, headers=globex.headers)

    assert [answer.json()["language"] for answer in (own, asked, theirs)] == ["es", "en", "en"]
    assert asked.json()["text"].startswith("Hello Ada")
    assert own.json()["text"].startswith("Hola, Ada")


async def test_a_preview_is_also_a_page_in_which_nothing_runs(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    query = {"kind": "payment_confirmed", "language": "es"}

    preview = await client.get("/api/v1/mail/preview", headers=acme.headers, params=query)
    page = await client.get("/api/v1/mail/preview/page", headers=acme.headers, params=query)
    refused = [
        await client.get("/api/v1/mail/preview/page?kind=newsletter", headers=acme.headers),
        await client.get("/api/v1/mail/preview/page?kind=login_code", headers=acme.human_headers),
    ]

    assert page.text == preview.json()["html"]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.split(" ", 1) for part in f"{page.headers[POLICY]} ''".split("; "))
    assert policy == {
        "default-src": "'none'",
        "img-src": "http: https:",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "sandbox": "''",
    }
    assert [kind_of(answer) for answer in refused] == [
        (404, "mail-kind-unknown"),
        (403, "forbidden"),
    ]


async def test_only_staff_see_previews_and_only_of_what_there_is(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    async def ask(headers: dict[str, str], query: str) -> tuple[int, str]:
        answer = await client.get(f"/api/v1/mail/preview?{query}", headers=headers)
        return kind_of(answer)

    assert await ask(acme.human_headers, "kind=login_code") == (403, "forbidden")
    assert await ask(acme.public_headers, "kind=login_code") == (401, "unauthenticated")
    assert await ask(acme.headers, "kind=newsletter") == (404, "mail-kind-unknown")
    assert await ask(acme.headers, "kind=login_code&language=fr") == (422, "invalid-request")
    assert await ask(acme.headers, "kind=../layout") == (422, "invalid-request")
