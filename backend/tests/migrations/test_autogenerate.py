"""Alembic writes the protection of a table by itself, and refuses a table that has none."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from alembic.util import CommandError
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    String,
    Table,
    Uuid,
)
from sqlalchemy.schema import SchemaItem
from sqlmodel import SQLModel

from app.alembic.comparison import UnprotectedModel
from tests.migrations.drafts import Drafts


@contextmanager
def mapped(name: str, *items: SchemaItem, info: dict[str, object]) -> Generator[Table]:
    """Add a table to the models for the moment."""
    table = Table(name, SQLModel.metadata, *items, schema="app", info=info)
    try:
        yield table
    finally:
        SQLModel.metadata.remove(table)


def notes(*more: SchemaItem, **info: object) -> tuple[tuple[SchemaItem, ...], dict[str, object]]:
    """Return the columns and the info of a table of tenants."""
    items: tuple[SchemaItem, ...] = (
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        Column("text", String(), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id"], ["app.tenants.id"]),
        *more,
    )
    return items, dict(info)


def test_nothing_is_written_when_models_and_database_agree(drafts: Drafts) -> None:
    written = drafts.autogenerate()

    assert written.count("    pass\n") == 2


@pytest.mark.parametrize(
    ("info", "line"),
    [
        ({}, "op.protect_tenant_table('notes')"),
        (
            {"published": "is_published", "audited": False},
            "op.protect_tenant_table('notes', published='is_published', audited=False)",
        ),
        ({"human": "human_id"}, "op.protect_tenant_table('notes', human='human_id')"),
        (
            {"insert_only": True, "audited": False},
            "op.protect_tenant_table('notes', audited=False, insert_only=True)",
        ),
        ({"editable": ("text",)}, "op.protect_tenant_table('notes', editable=['text'])"),
    ],
    ids=["plain", "published", "human", "insert-only", "editable"],
)
def test_a_new_table_is_protected_after_it_is_created(
    drafts: Drafts, info: dict[str, object], line: str
) -> None:
    items, given = notes(
        Column("is_published", Boolean(), nullable=False),
        Column("human_id", Uuid(), nullable=True),
        **info,
    )
    with mapped("notes", *items, info=given):
        written = drafts.autogenerate()
        drafts.upgrade()

        assert f"    {line}\n" in written
        assert written.index("op.create_table('notes'") < written.index(line)
        assert drafts.findings == []
        drafts.downgrade("-1")
        assert drafts.findings == []
        assert drafts.ask("SELECT to_regclass('app.notes')::text") == [(None,)]


def test_a_global_table_is_registered_with_its_reason(drafts: Drafts) -> None:
    items = (Column("id", Uuid(), primary_key=True),)
    with mapped("rates", *items, info={"global": "rates are the world's", "audited": True}):
        written = drafts.autogenerate()
        drafts.upgrade()

    line = """op.register_global_table('rates', "rates are the world's", audited=True)"""
    assert line in written
    assert drafts.findings == []


def test_a_table_with_neither_tenant_nor_reason_is_refused(drafts: Drafts) -> None:
    with (
        mapped("stray", Column("id", Uuid(), primary_key=True), info={}),
        pytest.raises(UnprotectedModel, match="stray has no tenant_id"),
    ):
        drafts.autogenerate()


@pytest.mark.parametrize(
    "drift",
    [
        "ALTER TABLE app.users NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant_floor ON app.users",
        "GRANT TRUNCATE ON app.users TO tenant_rw",
        "DROP TRIGGER record_change ON app.users",
    ],
)
def test_a_table_that_drifted_is_protected_again(drafts: Drafts, drift: str) -> None:
    drafts.ask(drift)

    written = drafts.autogenerate()
    drafts.upgrade()

    assert "    op.protect_tenant_table('users')\n" in written
    assert drafts.findings == []


def test_a_migration_refuses_a_database_that_drifted(drafts: Drafts) -> None:
    drafts.ask("DROP POLICY tenant_floor ON app.users")
    drafts.write("pass")

    with pytest.raises(CommandError, match=r"T04 .*app\.users tenant_floor"):
        drafts.upgrade()


def test_a_protection_that_changes_is_changed_and_put_back(drafts: Drafts) -> None:
    users = SQLModel.metadata.tables["app.users"]
    users.info["human"] = "id"
    try:
        written = drafts.autogenerate()
    finally:
        del users.info["human"]
    drafts.upgrade()
    given = drafts.ask("SELECT human FROM tenancy.protected WHERE relid = 'app.users'::regclass")

    drafts.downgrade("-1")

    assert "    op.protect_tenant_table('users', human='id')\n" in written
    assert given == [("id",)]
    assert drafts.ask(
        "SELECT human FROM tenancy.protected WHERE relid = 'app.users'::regclass"
    ) == [(None,)]
    assert drafts.findings == []


def test_a_table_that_goes_is_struck_off_first_and_comes_back_protected(drafts: Drafts) -> None:
    users = SQLModel.metadata.tables["app.mail_messages"]
    SQLModel.metadata.remove(users)
    try:
        written = drafts.autogenerate()
    finally:
        users.to_metadata(SQLModel.metadata)
    drafts.upgrade()
    gone = drafts.findings

    drafts.downgrade("-1")

    assert written.index("op.unprotect_table('mail_messages')") < written.index("op.drop_table")
    assert gone == []
    assert drafts.findings == []


def test_a_new_reference_between_full_tables_is_written_and_checked(drafts: Drafts) -> None:
    items, info = notes(Column("user_id", Uuid(), nullable=True))
    with mapped("notes", *items, info=info):
        drafts.autogenerate()
        drafts.upgrade()
    (drafts.folder / "auto_autogenerated.py").rename(drafts.folder / "auto.py")
    reference = ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["app.users.tenant_id", "app.users.id"]
    )
    items, info = notes(Column("user_id", Uuid(), nullable=True), reference)
    with mapped("notes", *items, info=info):
        drafts.write(
            "op.create_foreign_key('notes_tenant_id_user_id_fkey', 'notes', 'users',"
            " ['tenant_id', 'user_id'], ['tenant_id', 'id'], source_schema='app',"
            " referent_schema='app')",
            revision="later",
        )

        drafts.upgrade()

    assert drafts.findings == []
