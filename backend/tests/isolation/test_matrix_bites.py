"""The matrix fails, table by table, when the boundary of that table is weaker."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest

from tests.isolation import test_matrix as matrix
from tests.isolation.boundary import ACME, GLOBEX, HERE, Servers
from tests.isolation.conftest import Planted
from tests.isolation.rows import plant

Check = Callable[[matrix.Side], None]

MUTANTS: dict[str, tuple[str, str, Check]] = {
    "reads everything": (
        (
            "ALTER POLICY tenant_floor ON app.users USING (true);"
            " ALTER POLICY tenant_access ON app.users USING (true)"
        ),
        "users",
        matrix.test_each_role_sees_exactly_what_it_should,
    ),
    "answers a question": (
        "ALTER TABLE app.users DISABLE ROW LEVEL SECURITY",
        "users",
        matrix.test_a_question_for_the_others_rows_has_no_answer,
    ),
    "copies everything": (
        (
            "DROP POLICY public_floor ON app.popups;"
            " ALTER POLICY public_access ON app.popups USING (true)"
        ),
        "popups",
        matrix.test_copying_out_gives_what_reading_gives,
    ),
    "shows what is not published": (
        "ALTER POLICY public_access ON app.popups USING (true)",
        "popups",
        matrix.test_each_role_sees_exactly_what_it_should,
    ),
    "shows another human": (
        "ALTER POLICY human_access ON app.payments USING (true)",
        "payments",
        matrix.test_each_role_sees_exactly_what_it_should,
    ),
    "may be emptied": (
        "GRANT TRUNCATE ON app.check_ins TO tenant_rw",
        "check_ins",
        matrix.test_staff_change_nothing_of_the_others,
    ),
    "may be rewritten": (
        "GRANT UPDATE ON app.audit_log TO tenant_rw",
        "audit_log",
        matrix.test_staff_change_nothing_of_the_others,
    ),
    "may be given away": (
        (
            "ALTER POLICY tenant_floor ON app.users WITH CHECK (true);"
            " ALTER POLICY tenant_access ON app.users WITH CHECK (true)"
        ),
        "users",
        matrix.test_staff_change_nothing_of_the_others,
    ),
    "takes rows for others": (
        (
            "CREATE POLICY anybody ON app.users FOR INSERT WITH CHECK (true);"
            " DROP POLICY tenant_floor ON app.users"
        ),
        "users",
        matrix.test_no_row_can_be_put_among_the_others,
    ),
    "is open without a context": (
        (
            "ALTER POLICY tenant_floor ON app.users USING (true);"
            " ALTER POLICY tenant_access ON app.users USING (true)"
        ),
        "users",
        matrix.test_without_a_context_there_is_an_error_and_never_a_row,
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_matrix_finds_a_table_that(servers: Servers, mutant: str) -> None:
    weakening, table, check = MUTANTS[mutant]
    with servers.boundary(HERE) as boundary:
        with boundary.platform(keep=True) as connection:
            acme = plant(connection, ACME, word="alike")
            globex = plant(connection, GLOBEX, word="alike")
            others = plant(connection, ACME, word="other", person=1)
        side = matrix.side_of(Planted(boundary, acme, globex, others), table, UUID(str(ACME)))
        check(side)
        with psycopg.connect(boundary.database.admin_dsn) as admin:
            admin.execute(weakening.encode())

        with pytest.raises(AssertionError):
            check(side)
