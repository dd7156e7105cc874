"""``.env.example`` names every setting with a sentence, and the application starts from it."""

import re
from pathlib import Path

import httpx
import pytest

from app.core.config import Settings
from app.main import create_app
from tests.database import Database
from tests.house.source import REPOSITORY

EXAMPLE = REPOSITORY / ".env.example"

ASSIGNMENT = re.compile(r"^([A-Z][A-Z0-9_]*)=(.*)$")

OTHERWISE = {
    "POSTGRES_PASSWORD": "there is no password that suits every machine",
    "SECRET_KEY": "there is no secret by default, and development needs one",
    "VAR_DIR": "empty stands for the default, which is a folder of the checkout",
}
"""Settings whose example is not their default, and why."""


def _described() -> dict[str, tuple[str, str]]:
    """Return each setting of the example with its value and the comment above it."""
    found: dict[str, tuple[str, str]] = {}
    comment: list[str] = []
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if assigned := ASSIGNMENT.match(line):
            found[assigned[1]] = (assigned[2], " ".join(comment))
            comment = []
        elif line.startswith("# "):
            comment.append(line.removeprefix("# "))
        else:
            comment = []
    return found


def _read(path: Path) -> Settings:
    return Settings(_env_file=path)


def test_the_example_names_every_setting_and_nothing_else() -> None:
    assert set(_described()) == {name.upper() for name in Settings.model_fields}


def test_every_setting_has_a_sentence() -> None:
    sentence = re.compile(r"^\w.{8,}[.]$")

    bare = [name for name, (_, comment) in _described().items() if not sentence.match(comment)]

    assert bare == []


def test_the_example_shows_the_defaults() -> None:
    example = _read(EXAMPLE)

    different = {
        name.upper()
        for name, field in Settings.model_fields.items()
        if name in example.model_fields_set
        and getattr(example, name) != field.get_default(call_default_factory=True)
    }

    assert different <= set(OTHERWISE)


def test_a_setting_that_is_left_empty_is_the_default(tmp_path: Path) -> None:
    minimal = tmp_path / ".env"
    minimal.write_text("SECRET_KEY=a-secret-of-this-test\nVAR_DIR=\nMAIL_FOLDER=\n")

    settings = _read(minimal)

    assert settings.var_dir == Settings.model_fields["var_dir"].default
    assert settings.mail_folder is None


async def test_the_application_starts_from_the_example(database: Database, tmp_path: Path) -> None:
    """Only where the database is, and what this cluster's passwords are, is the test's own."""
    own = database.settings(var_dir=tmp_path)
    here = {
        name: getattr(own, name)
        for name in own.model_fields_set
        if name.startswith("postgres_") or name.endswith("_db_password") or name == "secret_key"
    }
    app = create_app(_read(EXAMPLE).model_copy(update={**here, "var_dir": tmp_path}))

    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/api/v1/health/ready")

    assert answer.json() == {"status": "ok"}


@pytest.mark.parametrize("line", ["PORT=none", "LOG_LEVEL=LOUD", "HARDENED=perhaps"])
def test_a_setting_that_makes_no_sense_is_refused(tmp_path: Path, line: str) -> None:
    wrong = tmp_path / ".env"
    wrong.write_text(f"{EXAMPLE.read_text(encoding='utf-8')}\n{line}\n")

    with pytest.raises(ValueError, match=line.partition("=")[0].lower()):
        _read(wrong)
