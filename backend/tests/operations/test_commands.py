"""What operators type: what it does to the database, what it says, how it ends."""

import json
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from app.alembic import runner
from app.cli import scaffold, session
from app.cli.program import cli
from app.core.config import BACKEND_FOLDER, Settings
from app.core.security import utc_now
from tests.database import Database


@pytest.fixture(autouse=True)
def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands read these settings instead of the environment."""
    monkeypatch.setattr(session, "get_settings", lambda: settings)


def edgeos(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def said(*words: str) -> str:
    """Return what a command that succeeds prints."""
    result = edgeos(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*words: str) -> str:
    """Return what a command that fails says of it."""
    result = edgeos(*words)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    return result.stderr


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.admin_dsn) as admin:
        return admin.execute(query.encode()).fetchall()


def test_tenant_create_founds_an_organisation_and_invites_its_administrator(
    database: Database, settings: Settings
) -> None:
    printed = said("tenant", "create", "acme", "--name", "Acme", "--admin", "Ada@Example.com")

    ((tenant_id, name),) = rows(database, "SELECT id, name FROM app.tenants")
    assert printed == f"{tenant_id} acme\n"
    assert name == "Acme"
    assert rows(database, "SELECT tenant_id, email, role FROM app.users") == [
        (tenant_id, "ada@example.com", "ADMIN")
    ]
    query = "SELECT tenant_id, recipient, variables ->> 'login_url' FROM app.mail_messages"
    assert rows(database, query) == [(tenant_id, "ada@example.com", settings.backoffice_url)]


def test_tenant_create_takes_the_slug_for_a_name_and_invites_nobody(database: Database) -> None:
    said("tenant", "create", "acme")

    assert rows(database, "SELECT name, slug FROM app.tenants") == [("acme", "acme")]
    assert rows(database, "SELECT count(*) FROM app.users") == [(0,)]


def test_tenant_create_refuses_a_slug_that_is_taken_and_what_is_none(database: Database) -> None:
    said("tenant", "create", "acme")

    assert refused("tenant", "create", "acme").startswith("Error: ")
    wrong = refused("tenant", "create", "No Slug", "--admin", "nobody")
    assert wrong.startswith("Error: slug: ")
    assert "; admin_email: " in wrong
    assert rows(database, "SELECT slug FROM app.tenants") == [("acme",)]


def test_tenant_list_tells_the_organisations_by_slug(database: Database) -> None:
    said("tenant", "create", "globex", "--name", "Globex Inc")
    said("tenant", "create", "acme")
    (acme,), (globex,) = rows(database, "SELECT id FROM app.tenants ORDER BY slug")

    assert said("tenant", "list").splitlines() == [
        f"{acme} acme active acme",
        f"{globex} globex active Globex Inc",
    ]


def test_tenant_suspend_stops_one_organisation(database: Database) -> None:
    said("tenant", "create", "acme")
    said("tenant", "create", "globex")

    assert said("tenant", "suspend", "acme") == "acme is suspended.\n"

    assert rows(database, "SELECT slug, status FROM app.tenants ORDER BY slug") == [
        ("acme", "suspended"),
        ("globex", "active"),
    ]
    assert refused("tenant", "suspend", "initech").startswith("Error: ")


def test_what_is_typed_is_named_in_the_audit_log(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "getuser", lambda: "olga")

    said("operator", "create", "ada@example.com")

    assert rows(database, "SELECT DISTINCT actor FROM app.platform_audit_log") == [
        ("system:cli:olga",)
    ]


def test_operator_create_makes_an_operator_once(database: Database) -> None:
    assert said("operator", "create", "Ada@example.com") == "They are an operator now.\n"
    assert said("operator", "create", "ada@example.com") == "They were one already.\n"

    assert rows(database, "SELECT email FROM app.operators") == [("ada@example.com",)]


def test_operator_create_refuses_what_is_no_address(database: Database) -> None:
    reason = refused("operator", "create", "ada")

    assert reason == "Error: 'ada' is not an e-mail address\n"
    assert rows(database, "SELECT count(*) FROM app.operators") == [(0,)]


def test_migrate_says_where_the_schema_is_and_may_be_repeated(
    database: Database, settings: Settings
) -> None:
    before = database.contents()

    printed = said("migrate")

    assert printed == f"The schema is at {runner.current(settings.migrator_dsn)}.\n"
    assert database.contents() == before


def test_seed_makes_the_first_operator_once(database: Database, settings: Settings) -> None:
    assert said("seed") == f"Made {settings.superadmin} an operator.\n"
    assert said("seed") == "There was nothing to seed.\n"

    assert rows(database, "SELECT email FROM app.operators") == [(settings.superadmin,)]


def test_seed_tells_no_story_of_tomorrow_nor_of_too_few(database: Database) -> None:
    tomorrow = (utc_now() + timedelta(days=1)).date().isoformat()

    assert edgeos("seed", "--demo", "--until", tomorrow).exit_code == 2
    assert rows(database, "SELECT count(*) FROM app.operators") == [(0,)]
    assert "people" in refused("seed", "--demo", "--people", "1")
    assert rows(database, "SELECT count(*) FROM app.tenants") == [(0,)]


def test_audit_finds_nothing_in_a_database_of_ours() -> None:
    assert said("audit") == "No findings.\n"
    assert json.loads(said("audit", "--json")) == []


def test_audit_ends_with_one_where_a_tenant_could_reach_another(database: Database) -> None:
    with psycopg.connect(database.admin_dsn) as admin:
        admin.execute("ALTER TABLE app.popups DISABLE ROW LEVEL SECURITY")

    told, as_json = edgeos("audit"), edgeos("audit", "--json")

    assert (told.exit_code, as_json.exit_code) == (1, 1)
    found = json.loads(as_json.stdout)
    assert [each for each in found if "popups" not in each["object"]] == []
    lines = told.stdout.splitlines()
    assert lines[-1] == f"{len(found)} findings."
    assert lines[0].startswith(f"{found[0]['code']}: {found[0]['object']}")


def test_openapi_prints_the_document() -> None:
    document = json.loads(said("openapi"))

    committed = json.loads((BACKEND_FOLDER.parent / "docs/openapi.json").read_text())
    assert sorted(document["paths"]) == sorted(committed["paths"])


@pytest.mark.parametrize(
    ("login", "role"),
    [("app", "app_login"), ("platform", "platform_login"), ("migrator", "app_migrator")],
)
def test_db_dsn_prints_what_psql_connects_with(login: str, role: str) -> None:
    with psycopg.connect(said("db", "dsn", login).strip()) as connection:
        assert connection.execute("SELECT session_user").fetchone() == (role,)


def test_db_dsn_names_the_logins_there_are() -> None:
    result = edgeos("db", "dsn", "postgres")

    assert result.exit_code == 2
    assert "app, platform, migrator" in result.stderr


def test_a_database_that_is_not_there_is_told_in_a_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = settings.model_copy(update={"postgres_port": 1})
    monkeypatch.setattr(session, "get_settings", lambda: nowhere)

    assert refused("audit").startswith("Error: ")
    assert refused("seed").startswith("Error: ")


def test_resource_refuses_what_is_no_name_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaffold, "BACKEND_FOLDER", tmp_path)

    no_name, no_checkout = edgeos("resource", "No-Name"), edgeos("resource", "waiver")

    assert (no_name.exit_code, no_checkout.exit_code) == (2, 2)
    assert list(tmp_path.iterdir()) == []
