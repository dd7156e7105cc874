"""What a command says when its settings are wrong."""

import pytest
import typer
from psycopg.conninfo import conninfo_to_dict

from app.cli import session
from app.core.config import DatabaseLogin, Environment, SecretMissing, Settings
from tests.database import GivenSettings

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


def production(**changes: object) -> Settings:
    """Settings with which production may start, but for the changes."""
    secrets = {
        "secret_key": "1f" * 8 + "Secret-Of-This-Installation",
        "context_signing_key": "2e" * 8 + "Signs-The-Context-Of-Tenants",
        "data_encryption_key": "3d" * 8 + "Encrypts-What-Is-Stored-Here",
        "app_db_password": "of the application",
        "platform_db_password": "of the platform",
    }
    return GivenSettings.model_validate({"environment": "production", **secrets, **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"context_signing_key": ""}, "CONTEXT_SIGNING_KEY must be a random value"),
        ({"data_encryption_key": "a" * 40}, "DATA_ENCRYPTION_KEY must be a random value"),
        ({"secret_key": "please-change-me-0123456789-abcdef"}, "SECRET_KEY must be a random value"),
        (
            {"context_signing_key": "1f" * 8 + "Secret-Of-This-Installation"},
            "SECRET_KEY, CONTEXT_SIGNING_KEY, DATA_ENCRYPTION_KEY must differ from each other",
        ),
        ({"app_db_password": ""}, "APP_DB_PASSWORD must be set in production"),
        ({"platform_db_password": ""}, "PLATFORM_DB_PASSWORD must be set in production"),
        ({"storage_backend": "s3"}, "STORAGE_SECRET_KEY must not be the default in production"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_production_does_not_start_with_a_secret_that_is_none(
    changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        production(**changes)


def test_production_starts_with_secrets_of_its_own() -> None:
    assert production().environment is Environment.PRODUCTION
    assert production(storage_backend="s3", storage_secret_key="own").uses_s3


def test_nothing_is_derived_from_a_secret_that_is_missing() -> None:
    settings = Settings(_env_file=None, secret_key="")

    with pytest.raises(SecretMissing, match="SECRET_KEY is not set"):
        settings.key("token")
    with pytest.raises(SecretMissing):
        settings.login_password(DatabaseLogin.APP)


def test_a_server_may_be_a_socket_whose_folder_is_named() -> None:
    settings = Settings(
        _env_file=None,
        postgres_server="/var/run/my postgres",
        postgres_port=5433,
        postgres_db="a/b",
        app_db_password="p@ss/word",
    )

    assert conninfo_to_dict(settings.app_dsn) == {
        "user": "app_login",
        "password": "p@ss/word",
        "dbname": "a/b",
        "host": "/var/run/my postgres",
        "port": "5433",
        "sslmode": "disable",
    }
