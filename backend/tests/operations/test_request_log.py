"""The line that every request leaves in the log."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import httpx
import pytest

from app.core.config import Settings
from app.core.logging import REDACTED, configure_logging
from app.core.security import utc_now
from tests.worlds import TenantWorld

A_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def logging_as_before(settings: Settings) -> Iterator[None]:
    yield
    configure_logging(settings)


class HungUp(StringIO):
    """What becomes of standard error when whoever collected it has ended."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def log_as(settings: Settings, **changes: str) -> None:
    configure_logging(settings.model_copy(update=changes))


def line_of(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Return the only line there is about a request."""
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (found,) = [line for line in lines if line["event"] == "request"]
    return dict(found)


async def test_it_says_who_asked_for_what_and_how_it_went(
    client: httpx.AsyncClient,
    settings: Settings,
    acme: TenantWorld,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log_as(settings, log_format="json")
    began = utc_now()

    answer = await client.get(f"/api/v1/popups/{acme.admin_id}", headers=acme.headers)

    line = line_of(capsys)
    assert timedelta(0) <= datetime.fromisoformat(str(line.pop("timestamp"))) - began
    assert 0 < float(str(line.pop("milliseconds"))) < 60_000
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "request",
        "request_id": answer.headers["X-Request-Id"],
        "method": "GET",
        "route": "/popups/{popup_id}",
        "status": 404,
        "tenant": str(acme.tenant_id),
        "actor": f"user:{acme.admin_id}",
    }


async def test_it_says_as_much_of_a_path_nobody_knows_and_keeps_tokens_to_itself(
    client: httpx.AsyncClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    log_as(settings, log_format="json")

    await client.get(f"/{A_TOKEN}", headers={"X-Request-Id": A_TOKEN})

    line = line_of(capsys)
    assert (line["route"], line["status"]) == ("unmatched", 404)
    assert (line["tenant"], line["actor"]) == (None, None)
    assert line["request_id"] == REDACTED
    assert A_TOKEN not in json.dumps(line)


async def test_in_development_it_is_a_line_to_read(
    client: httpx.AsyncClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    log_as(settings, log_format="console")

    await client.get("/api/v1/nowhere")

    (line,) = [line for line in capsys.readouterr().err.splitlines() if "unmatched" in line]
    assert "status=404" in line
    assert "method=GET" in line


async def test_it_is_left_out_where_only_warnings_are_wanted(
    client: httpx.AsyncClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for log_format in ("json", "console"):
        log_as(settings, log_format=log_format, log_level="WARNING")
        await client.get("/api/v1/nowhere")

    assert capsys.readouterr().err == ""


async def test_a_log_nobody_reads_any_longer_fails_no_request(
    client: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", HungUp())
    log_as(settings, log_format="json")

    answer = await client.get("/api/v1/health/live")

    assert answer.status_code == 200
