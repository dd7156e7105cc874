"""The API's pages of documentation load nothing from elsewhere."""

import re

import httpx
import pytest

LOADED = re.compile(r"(?:src|href)=\"([^\"]+)\"")


@pytest.mark.parametrize(("page", "files"), [("/docs", 3), ("/redoc", 2)])
async def test_pages_are_served_whole(client: httpx.AsyncClient, page: str, files: int) -> None:
    answer = await client.get(f"http://test{page}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "/api/v1/openapi.json" in answer.text
    loaded = LOADED.findall(answer.text)
    assert len(loaded) == files
    for path in loaded:
        assert path.startswith("/docs/files/")
        assert (await client.get(f"http://test{path}")).status_code == 200


async def test_no_other_file_is_served(client: httpx.AsyncClient) -> None:
    for path in ("/docs/files/../__init__.py", "/docs/files/%2e%2e/core.py", "/docs/files/"):
        assert (await client.get(f"http://test{path}")).status_code == 404
