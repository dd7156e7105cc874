"""A token that was verified is recognised; it still expires, and only under its own key."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

from app.api.shared.enums import CredentialType
from app.core.config import Settings
from app.core.errors import Unauthenticated
from app.core.security import (
    TOKENS_KNOWN,
    Claims,
    _verified,
    issue_access_token,
    read_access_token,
)

CLAIMS = Claims(UUID(int=1), CredentialType.USER, "ADMIN", UUID(int=2), UUID(int=3))


def settings_with(secret: str) -> Settings:
    return Settings(secret_key=SecretStr(secret * 8), access_token_minutes=15)


def test_a_token_says_the_same_every_time() -> None:
    settings = settings_with("one-secret")
    token = issue_access_token(settings, CLAIMS, now=datetime.now(UTC))

    assert [read_access_token(settings, token) for _ in range(3)] == [CLAIMS] * 3


def test_a_token_expires_though_it_was_verified_before(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_with("one-secret")
    issued = datetime.now(UTC).replace(microsecond=0)
    token = issue_access_token(settings, CLAIMS, now=issued)
    expiry = (issued + timedelta(minutes=15)).timestamp()
    assert read_access_token(settings, token) == CLAIMS

    monkeypatch.setattr(time, "time", lambda: expiry - 0.001)
    assert read_access_token(settings, token) == CLAIMS
    monkeypatch.setattr(time, "time", lambda: expiry)
    with pytest.raises(Unauthenticated):
        read_access_token(settings, token)


def test_a_token_that_was_verified_is_nothing_under_another_key() -> None:
    token = issue_access_token(settings_with("one-secret"), CLAIMS, now=datetime.now(UTC))
    read_access_token(settings_with("one-secret"), token)

    with pytest.raises(Unauthenticated):
        read_access_token(settings_with("another-key"), token)


def test_one_changed_character_makes_another_token() -> None:
    settings = settings_with("one-secret")
    token = issue_access_token(settings, CLAIMS, now=datetime.now(UTC))
    read_access_token(settings, token)
    head, payload, signature = token.split(".")
    other = "A" if signature[0] != "A" else "B"

    with pytest.raises(Unauthenticated):
        read_access_token(settings, f"{head}.{payload}.{other}{signature[1:]}")


def test_everyone_is_recognised_by_their_own_token() -> None:
    settings = settings_with("one-secret")
    people = [replace(CLAIMS, subject_id=UUID(int=n), login_id=UUID(int=n)) for n in range(3)]
    tokens = [issue_access_token(settings, claims, now=datetime.now(UTC)) for claims in people]

    for _ in range(2):
        assert [read_access_token(settings, token) for token in tokens] == people


def test_what_was_refused_is_not_kept_and_no_more_than_so_many_are() -> None:
    settings = settings_with("one-secret")
    old = datetime.now(UTC) - timedelta(minutes=15)
    outdated = issue_access_token(settings, CLAIMS, now=old)
    _verified.cache_clear()

    for refused in (outdated, "", "a.b.c", "é" * 100):
        with pytest.raises(Unauthenticated):
            read_access_token(settings, refused)

    assert (_verified.cache_info().currsize, _verified.cache_info().maxsize) == (0, TOKENS_KNOWN)
