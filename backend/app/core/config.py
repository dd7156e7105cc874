"""Settings, read from the environment once."""

import hmac
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

from pydantic import EmailStr, Field, FilePath, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 32
"""Characters; ``openssl rand -hex 32`` gives 64. Shorter keys can be guessed offline."""

FEWEST_CHARACTERS = 8
"""Different characters; a long key of one repeated letter is no key."""

BACKEND_FOLDER = Path(__file__).resolve().parents[2]


class Environment(StrEnum):
    """Where the application runs: production forgives nothing."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class SecretMissing(ValueError):
    """A key was asked for and no secret is configured to make it from."""


class DatabaseLogin(StrEnum):
    """Who connects to Postgres, and what for."""

    APP = "app_login"
    PLATFORM = "platform_login"
    MIGRATOR = "app_migrator"


class Settings(BaseSettings):
    """``POSTGRES_SERVER`` in the environment is ``postgres_server`` here."""

    model_config = SettingsConfigDict(
        env_file=(BACKEND_FOLDER.parent / ".env", ".env"),
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # it has the secrets, and errors are logged
    )

    environment: Environment = Environment.DEVELOPMENT

    # The database.
    postgres_server: str = "db"
    postgres_port: int = Field(default=5432, ge=1, le=65535)
    postgres_user: str = "postgres"
    postgres_password: SecretStr = SecretStr("")
    postgres_db: str = "edgeos"
    postgres_ssl_mode: Literal[
        "disable", "allow", "prefer", "require", "verify-ca", "verify-full"
    ] = "prefer"
    app_db_password: SecretStr = SecretStr("")
    platform_db_password: SecretStr = SecretStr("")
    migrator_db_password: SecretStr = SecretStr("")
    db_pool_size: int = Field(default=10, ge=1, le=200)
    db_pool_timeout_seconds: float = Field(default=10, gt=0)
    db_prepared_statements: bool = True
    statement_timeout_ms: int = Field(default=10_000, ge=100)
    lock_timeout_ms: int = Field(default=5_000, ge=100)
    idle_timeout_ms: int = Field(default=15_000, ge=100)
    hardened: bool = False

    # Keys, each for one purpose.
    secret_key: SecretStr = SecretStr("")
    context_signing_key: SecretStr = SecretStr("")
    context_signing_key_id: int = Field(default=1, ge=0, le=9999)
    data_encryption_key: SecretStr = SecretStr("")
    data_encryption_key_id: int = Field(default=1, ge=0, le=9999)
    data_encryption_old_keys: dict[int, SecretStr] = {}

    # People.
    superadmin: EmailStr = "admin@example.com"
    access_token_minutes: int = Field(default=15, ge=1, le=24 * 60)
    refresh_token_days: int = Field(default=30, ge=1, le=365)
    login_code_minutes: int = Field(default=15, ge=1, le=60)
    login_failures_per_email: int = Field(default=5, ge=1)
    login_codes_per_email_per_hour: int = Field(default=10, ge=1)
    login_codes_per_address_per_hour: int = Field(default=100, ge=1)
    login_failures_per_address_per_hour: int = Field(default=100, ge=1)
    coupon_failures_per_address_per_hour: int = Field(default=30, ge=1)
    trusted_proxies: int = Field(default=0, ge=0, le=10)

    # Mail.
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout_seconds: float = Field(default=20, gt=0)
    sender_email: EmailStr = "noreply@example.com"
    mail_folder: Path | None = None
    ticket_font: FilePath | None = None

    # Files.
    storage_backend: Literal["auto", "s3", "local"] = "auto"
    storage_endpoint_url: str = "http://localhost:9000"
    storage_public_url: str = ""
    storage_access_key: str = "minioadmin"
    storage_secret_key: SecretStr = SecretStr("minioadmin")
    storage_bucket: str = "edgeos"
    storage_region: str = "us-east-1"
    upload_max_bytes: int = Field(default=10 * 1024 * 1024, ge=1)
    upload_url_minutes: int = Field(default=15, ge=1, le=24 * 60)
    var_dir: Path = BACKEND_FOLDER / "var"

    # Orders.
    checkout_minutes: int = Field(default=30, ge=1, le=30 * 24 * 60)
    idempotency_key_days: int = Field(default=30, ge=1, le=3650)
    webhook_event_days: int = Field(default=180, ge=7, le=3650)

    # Jobs.
    job_concurrency: int = Field(default=4, ge=1, le=64)
    job_max_attempts: int = Field(default=8, ge=1, le=50)
    job_retention_hours: int = Field(default=72, ge=1)

    # The process.
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = "http://localhost:8000"
    portal_url: str = "http://localhost:8000/docs"
    backoffice_url: str = "http://localhost:8000/docs"
    cors_origins: list[str] = []
    request_max_bytes: int = Field(default=1024 * 1024, ge=1024)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    redis_url: str = "redis://redis:6379"
    sentry_dsn: str = ""

    @model_validator(mode="after")
    def _refuse_weak_secrets_in_production(self) -> Self:
        if self.environment is not Environment.PRODUCTION:
            return self
        required = {
            "SECRET_KEY": self.secret_key,
            "CONTEXT_SIGNING_KEY": self.context_signing_key,
            "DATA_ENCRYPTION_KEY": self.data_encryption_key,
        }
        for name, secret in required.items():
            value = secret.get_secret_value()
            is_poor = len(set(value)) < FEWEST_CHARACTERS or "change" in value.lower()
            if len(value) < SHORTEST_SECRET or is_poor:
                msg = f"{name} must be a random value of {SHORTEST_SECRET} characters or more"
                raise ValueError(msg)
        if len({secret.get_secret_value() for secret in required.values()}) < len(required):
            raise ValueError(f"{', '.join(required)} must differ from each other")
        for name, password in (
            ("APP_DB_PASSWORD", self.app_db_password),
            ("PLATFORM_DB_PASSWORD", self.platform_db_password),
        ):
            if not password.get_secret_value():
                raise ValueError(f"{name} must be set in production")
        if self.storage_secret_key.get_secret_value() == "minioadmin" and self.uses_s3:
            raise ValueError("STORAGE_SECRET_KEY must not be the default in production")
        return self

    @property
    def uses_s3(self) -> bool:
        """Whether files go to object storage: by name, or where an endpoint was configured."""
        if self.storage_backend != "auto":
            return self.storage_backend == "s3"
        return "storage_endpoint_url" in self.model_fields_set

    @property
    def mail_path(self) -> Path:
        """The folder mail is written to when no SMTP server is configured."""
        return self.mail_folder or self.var_dir / "mail"

    def key(self, purpose: Literal["token", "context", "encryption", "code", "upload"]) -> bytes:
        """Return the 32-byte key for one purpose.

        The context and encryption keys come from settings of their own. Where one is
        empty (development only: production refuses) it is derived from ``SECRET_KEY``,
        as the keys of the lesser purposes always are, so that no two ever coincide.
        """
        own = {
            "context": self.context_signing_key,
            "encryption": self.data_encryption_key,
        }.get(purpose)
        material = own.get_secret_value() if own else ""
        return _derive(material or self._secret(), purpose)

    @property
    def encryption_keys(self) -> dict[int, bytes]:
        """Every 32-byte key that stored secrets may be under, the current and the old, by id."""
        old = {
            key_id: _derive(key.get_secret_value(), "encryption")
            for key_id, key in self.data_encryption_old_keys.items()
        }
        return {**old, self.data_encryption_key_id: self.key("encryption")}

    def login_password(self, login: DatabaseLogin) -> str:
        """Return a database login's password; in development derived from ``SECRET_KEY``."""
        own = {
            DatabaseLogin.APP: self.app_db_password,
            DatabaseLogin.PLATFORM: self.platform_db_password,
            DatabaseLogin.MIGRATOR: self.migrator_db_password,
        }[login].get_secret_value()
        return own or _derive(self._secret(), f"database:{login}").hex()

    def _secret(self) -> str:
        secret = self.secret_key.get_secret_value()
        if not secret:
            raise SecretMissing("SECRET_KEY is not set; make one with `openssl rand -hex 32`")
        return secret

    def dsn(self, login: DatabaseLogin) -> str:
        """Return a libpq connection string for one of the application's logins."""
        return self._dsn(login, self.login_password(login))

    @property
    def admin_dsn(self) -> str:
        """The connection string that creates roles: for ``edgeos migrate`` alone."""
        return self._dsn(self.postgres_user, self.postgres_password.get_secret_value())

    @property
    def app_dsn(self) -> str:
        """The application's connection string: a login without rights of its own."""
        return self.dsn(DatabaseLogin.APP)

    @property
    def platform_dsn(self) -> str:
        """The connection string of operators' work, the worker and pre-login look-ups."""
        return self.dsn(DatabaseLogin.PLATFORM)

    @property
    def migrator_dsn(self) -> str:
        """The connection string that changes the schema."""
        return self.dsn(DatabaseLogin.MIGRATOR)

    def _dsn(self, user: str, password: str) -> str:
        credentials = f"{quote(user, safe='')}:{quote(password, safe='')}"
        name = quote(self.postgres_db, safe="")
        if self.postgres_server.startswith("/"):
            host, query = "", f"host={quote(self.postgres_server, safe='')}&"
            port = f"port={self.postgres_port}&"
            return f"postgresql://{credentials}@{host}/{name}?{query}{port}sslmode=disable"
        return (
            f"postgresql://{credentials}@{self.postgres_server}:{self.postgres_port}/{name}"
            f"?sslmode={self.postgres_ssl_mode}"
        )


@lru_cache(maxsize=64)
def _derive(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"edgeos:{purpose}".encode(), "sha256")


@lru_cache
def get_settings() -> Settings:
    """Read the environment once. Importing this module reads nothing."""
    return Settings()
