"""What every table and every route must have; a machine asks each of them."""

import re
from collections.abc import Mapping
from typing import Literal, get_args, get_origin

import pytest
from alembic import command
from sqlmodel import SQLModel

import app.models  # noqa: F401  # so that the metadata is complete
from app.alembic import runner
from app.api.shared.permissions import ANONYMOUS_ROLE, GRANTED
from app.api.shared.response import ListQuery
from tests.database import Database
from tests.house.catalog import ask, leaderless
from tests.house.listed import (
    LEADERLESS,
    OTHER_SESSIONS,
    PLATFORM,
    READ_WHILE_ANSWERING,
    STEPPED_UP,
    UNLIKE_LISTS,
    WITHOUT_SESSION,
)
from tests.house.operations import SESSIONS, Operation, models_in, operations
from tests.isolation.calls import CALLS

# Tables.


def test_the_audit_of_a_migrated_database_is_empty(database: Database) -> None:
    assert ask(database, "SELECT * FROM tenancy.audit") == []


def test_every_table_is_protected_or_says_why_not(database: Database) -> None:
    rows = ask(database, "SELECT relname, col, reason FROM t")

    neither_or_both = [name for name, col, reason in rows if (col is None) is (reason is None)]
    mapped = {table.name for table in SQLModel.metadata.sorted_tables}
    assert neither_or_both == []
    assert {name for name, _, _ in rows} == mapped


def test_every_tenant_table_forces_row_level_security(database: Database) -> None:
    unforced = ask(database, "SELECT relname FROM t WHERE col IS NOT NULL AND NOT is_forced")

    assert unforced == []


def test_every_key_and_index_of_a_tenant_table_begins_with_the_tenant(database: Database) -> None:
    assert leaderless(database) == set(LEADERLESS)


def test_models_and_migrations_agree(database: Database) -> None:
    command.check(runner.config(database.migrator_dsn))


# Routes.


def test_every_operation_is_in_the_isolation_matrix() -> None:
    """Every caller asks it, also about rows that are not theirs: test_http_matrix.py."""
    assert set(CALLS) == {operation.name for operation in operations()}


def _named(found: list[Operation]) -> list[str]:
    return [f"{operation.name} ({operation})" for operation in found]


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation.name for operation in operations()]

    assert sorted(set(names)) == sorted(names)


def test_every_operation_declares_one_permission() -> None:
    assert _named([o for o in operations() if len(o.permissions) != 1]) == []


def test_every_operation_declares_what_its_permission_refuses() -> None:
    people = {role: granted for role, granted in GRANTED.items() if role != ANONYMOUS_ROLE}
    silent = []
    for operation in operations():
        needed = set(operation.permissions)
        if not needed <= GRANTED[ANONYMOUS_ROLE] and "unauthenticated" not in operation.problems:
            silent.append(f"{operation}: unauthenticated")
        is_refused = [role for role, granted in people.items() if not needed <= granted]
        if is_refused and "forbidden" not in operation.problems:
            silent.append(f"{operation}: forbidden, to {', '.join(is_refused)}")

    assert silent == []


def test_every_operation_that_names_a_row_declares_that_it_may_be_missing() -> None:
    silent = [o for o in operations() if o.has_path_parameter and "404" not in o.statuses]

    assert _named(silent) == []


def test_every_operation_has_one_kind_of_session() -> None:
    several = [o for o in operations() if len(o.sessions) > 1]
    none = {o.name for o in operations() if not o.sessions}

    assert _named(several) == []
    assert none == set(WITHOUT_SESSION)


def test_every_session_commits_before_the_answer_leaves() -> None:
    late = [o for o in operations() if o.late_commits and o.name not in READ_WHILE_ANSWERING]

    assert _named(late) == []


def test_no_request_waits_for_a_thread_to_find_what_it_depends_on() -> None:
    assert _named([o for o in operations() if o.threads]) == []


def test_every_session_is_one_of_the_known_kinds_or_listed() -> None:
    opened = {name for o in operations() for name in o.sessions}

    assert opened - set(SESSIONS.values()) == set(OTHER_SESSIONS)


def test_only_listed_operations_use_the_platforms_session() -> None:
    assert {o.name for o in operations() if "SessionDep" in o.sessions} == set(PLATFORM)


def test_only_listed_operations_read_while_they_answer() -> None:
    reading = {o.name for o in operations() if "ExportSession" in o.sessions}

    assert reading == set(READ_WHILE_ANSWERING)


def test_only_listed_operations_step_up_to_the_tenants_rights() -> None:
    assert {o.name for o in operations() if "ServiceSession" in o.sessions} == set(STEPPED_UP)


@pytest.mark.parametrize(
    "listed", [PLATFORM, STEPPED_UP, OTHER_SESSIONS, WITHOUT_SESSION, UNLIKE_LISTS, LEADERLESS]
)
def test_every_exception_says_why(listed: Mapping[str, str]) -> None:
    assert [name for name, reason in listed.items() if len(reason.split()) < 4] == []


def test_every_list_takes_the_query_that_lists_take() -> None:
    unlike = {
        o.name
        for o in operations()
        if o.is_list and not any(issubclass(query, ListQuery) for query in o.queries)
    }
    bare = {o.name for o in operations() if str(o.response_model).startswith("list[")}

    assert unlike | bare == set(UNLIKE_LISTS)


def test_every_list_is_in_a_stated_order() -> None:
    """An allow-list of orders is what keeps a client from sorting by what has no index."""
    queries = {query for o in operations() if o.is_list for query in o.queries}

    disordered = [
        query.__name__
        for query in queries
        if issubclass(query, ListQuery) and "sort" not in query.model_fields
    ]
    assert disordered == []


def test_every_operation_says_what_it_does() -> None:
    mute = [o for o in operations() if not re.match(r"[A-Z].*[.]", o.summary)]

    assert _named(mute) == []


def test_every_body_and_query_refuses_unknown_keys() -> None:
    """A key that is ignored is a typing error that nobody hears of."""
    lax = {
        kind.__name__
        for operation in operations()
        for kind in (*operation.bodies, *operation.queries)
        if kind.model_config.get("extra") != "forbid"
    }

    assert lax == set()


def _is_constant(annotation: object) -> bool:
    return get_origin(annotation) is Literal and len(get_args(annotation)) == 1


def test_every_answer_always_carries_all_of_its_members() -> None:
    """A member with a default is one that a client cannot count on."""
    found = {kind for operation in operations() for kind in models_in(operation.response_model)}

    optional = {
        f"{kind.__name__}.{name}"
        for kind in found
        for name, field in kind.model_fields.items()
        if not field.is_required() and not _is_constant(field.annotation)
    }

    assert optional == set()
