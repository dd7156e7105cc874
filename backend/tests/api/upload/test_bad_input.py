"""Uploads refuse junk, and whoever may not upload."""

import httpx

from tests.factories import UPLOAD, make_upload
from tests.probing import NOT_UUIDS, kind_of, pointers
from tests.worlds import TenantWorld

BAD_VALUES: list[tuple[str, object]] = [
    ("kind", "video"),
    ("kind", "../image"),
    ("kind", 1),
    ("content_type", "png"),
    ("content_type", "image/png; charset=x"),
    ("content_type", "image/png\n"),
    ("content_type", "image/\x00"),
    ("content_type", "image/" + "x" * 100),
    ("size_bytes", 0),
    ("size_bytes", -1),
    ("size_bytes", 1.5),
    ("size_bytes", "7"),
    ("size_bytes", True),
    ("size_bytes", 10**30),
    ("tenant_id", "x"),
    ("key", "x"),
    ("url", "https://example.org"),
]


async def test_create_upload_refuses_bad_values(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    told = []
    for name, value in BAD_VALUES:
        response = await client.post(
            "/api/v1/uploads", headers=acme.headers, json={**UPLOAD, name: value}
        )
        told.append((name, kind_of(response), pointers(response)))

    assert told == [(name, (422, "invalid-request"), [f"/body/{name}"]) for name, _ in BAD_VALUES]
    listed = await client.get("/api/v1/uploads", headers=acme.headers)
    assert listed.json()["results"] == []


async def test_create_upload_refuses_a_missing_key(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    told = {}
    for missing in UPLOAD:
        body = {name: value for name, value in UPLOAD.items() if name != missing}
        response = await client.post("/api/v1/uploads", headers=acme.headers, json=body)
        told[missing] = (kind_of(response), pointers(response))

    assert told == {name: ((422, "invalid-request"), [f"/body/{name}"]) for name in UPLOAD}


async def test_upload_refuses_an_id_that_is_none(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    answers = [
        await client.request(method, f"/api/v1/uploads/{text}", headers=acme.headers)
        for method in ("GET", "DELETE")
        for text in NOT_UUIDS
    ]
    shown = await client.get(f"/api/v1/uploads/public/acme/{acme.tenant_id}")

    told = {(kind_of(answer), *pointers(answer)) for answer in answers}
    assert told == {((422, "invalid-request"), "/path/upload_id")}
    assert (kind_of(shown), pointers(shown)) == ((422, "invalid-request"), ["/path/tenant_id"])


async def test_uploads_are_for_staff(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    upload = await make_upload(client, acme)
    path = f"uploads/{upload['id']}"
    acts = (("GET", "uploads"), ("GET", path), ("POST", "uploads"), ("DELETE", path))

    told = {}
    for method, where in acts:
        answers = [
            await client.request(
                method,
                f"/api/v1/{where}",
                headers=headers,
                json=UPLOAD if method == "POST" else None,
            )
            for headers in (acme.public_headers, acme.human_headers, acme.viewer_headers)
        ]
        told[method, where] = [answer.status_code for answer in answers]

    assert told == {
        ("GET", "uploads"): [401, 403, 200],
        ("GET", path): [401, 403, 200],
        ("POST", "uploads"): [401, 403, 403],
        ("DELETE", path): [401, 403, 403],
    }
