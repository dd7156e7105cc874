"""No tenant is set by hand, no join leaves it out, no setting outlives its transaction."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.tenants import BY_HAND, JOINED, SETTINGS, table_classes

SET_BY_HAND = {
    "a row is made with it": "row = Human(email=e, tenant_id=t)",
    "a row is given it": "row.tenant_id = t",
    "a row is given it by name": 'setattr(row, "tenant_id", t)',
    "a statement writes it": "insert(table).values(tenant_id=t)",
    "a statement writes it from a mapping": 'insert(table).values({"tenant_id": t})',
    "it is validated in": 'Human.model_validate({**sent, "tenant_id": t})',
    "a crud is handed it": "crud.create(session, data, tenant_id=t)",
    "a copy gets it": 'row.model_copy(update={"tenant_id": t})',
}

NOT_SET = {
    "a context": "TenantContext(tenant_id=t, role=r, actor=a)",
    "an answer": "Me(id=i, tenant_id=principal.tenant_id)",
    "a comparison": "select(Human).where(Human.tenant_id == t)",
    "parameters of a query": 'session.fetch(SQL, {"tenant_id": t})',
    "a variable of that name": "tenant_id = session.tenant_id",
    "another setattr": 'setattr(row, "name", n)',
}


@pytest.mark.parametrize("text", SET_BY_HAND.values(), ids=SET_BY_HAND)
def test_tenant_by_hand_finds_a_tenant_set(text: str) -> None:
    assert lines_found(BY_HAND, text) == [1]


@pytest.mark.parametrize("text", NOT_SET.values(), ids=NOT_SET)
def test_tenant_by_hand_lets_a_tenant_be_named(text: str) -> None:
    assert lines_found(BY_HAND, text) == []


def test_tenant_by_hand_knows_every_table() -> None:
    assert {"Human", "User", "Tenant", "Login"} <= table_classes()
    assert "TenantModel" not in table_classes()


JOINS = {
    "an option": "from sqlalchemy.orm import joinedload\nselect(A).options(joinedload(A.b))",
    "a relationship": 'class A:\n    b = relationship(lazy="joined")',
    "a relationship by its old name": "class A:\n    b = relationship(lazy=False)",
    "SQLModel's way": 'class A:\n    b = R(sa_relationship_kwargs={"lazy": "joined"})',
}


@pytest.mark.parametrize("text", JOINS.values(), ids=JOINS)
def test_joined_load_finds_a_join_without_the_tenant(text: str) -> None:
    assert lines_found(JOINED, text) == [2]


@pytest.mark.parametrize(
    "option", ["selectinload(A.b)", 'relationship(lazy="raise")', "f(lazy=True)"]
)
def test_joined_load_lets_other_loads_be(option: str) -> None:
    assert lines_found(JOINED, option) == []


LASTING = {
    "a setting": 'run("SET app.tenant_id = 1")',
    "a setting of the session": 'run("set session app.tenant_id to 1")',
    "a role": 'run("SET ROLE tenant_rw")',
    "a function": 'run("SELECT set_config(%s, %s, false)")',
    "a formatted setting": 'run(f"SET app.{name} = 1")',
}

PASSING = {
    "a local setting": 'run("SET LOCAL app.tenant_id = 1")',
    "a local role": 'run("BEGIN; SET LOCAL ROLE tenant_rw")',
    "a local function": "run(\"SELECT set_config('app.actor', 'x', true)\")",
    "an update": 'run("UPDATE app.t SET apply = 1")',
    "prose": '"""Never SET app.tenant_id by itself."""',
}


@pytest.mark.parametrize("text", LASTING.values(), ids=LASTING)
def test_session_setting_finds_what_outlives_a_transaction(text: str) -> None:
    assert lines_found(SETTINGS, text) == [1]


@pytest.mark.parametrize("text", PASSING.values(), ids=PASSING)
def test_session_setting_lets_local_ones_be(text: str) -> None:
    assert lines_found(SETTINGS, text) == []


def test_session_setting_reads_sql_files_but_not_their_comments() -> None:
    text = "-- SET app.x stays\nSELECT set_config('app.x', '', false);\n"

    assert lines_found(SETTINGS, text, "app/alembic/sql/0001.sql") == [2]
