"""The rows that the matrix rests on: there is one in every table of tenants."""

from tests.isolation.conftest import Planted
from tests.isolation.rows import tenant_tables


def test_every_table_of_tenants_has_a_row_on_both_sides(planted: Planted) -> None:
    tables = {table.name for table in tenant_tables()}

    with planted.boundary.platform() as connection:
        counts = {
            name: connection.execute(f"SELECT count(*) FROM app.{name}".encode()).fetchone()
            for name in tables
        }

    assert set(planted.acme) == set(planted.globex) == tables
    assert all(count and count[0] for count in counts.values())
