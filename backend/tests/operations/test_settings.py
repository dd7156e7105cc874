"""What a command says when its settings are wrong."""

import pytest
import typer

from app.cli import session
from app.core.config import Environment, Settings

WEAK = "weak-secret"


def wrong_settings() -> Settings:
    return Settings(_env_file=None, environment=Environment.PRODUCTION, secret_key=WEAK)


def test_wrong_settings_are_told_in_a_line_without_their_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session, "get_settings", wrong_settings)

    with pytest.raises(typer.Exit), session.connected():
        pytest.fail("nothing may run with these settings")

    told = capsys.readouterr().err
    assert told.startswith("Error: ")
    assert "SECRET_KEY must be a random value of 32 characters or more" in told
    assert len(told.splitlines()) == 1
    assert WEAK not in told


def test_wrong_settings_raise_an_error_that_hides_their_values() -> None:
    with pytest.raises(ValueError, match="SECRET_KEY") as refused:
        wrong_settings()

    assert WEAK not in str(refused.value)
