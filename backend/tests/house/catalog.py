"""What the database's own catalog says of the application's tables."""

import psycopg

from tests.database import Database

TABLES = """
WITH t AS (
    SELECT c.oid, c.relname, c.relrowsecurity AND c.relforcerowsecurity AS is_forced,
           p.col, g.reason
      FROM pg_class c
      LEFT JOIN tenancy.protected p ON p.relid = c.oid
      LEFT JOIN tenancy.global_tables g ON g.relid = c.oid
     WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'p'))
"""

KEYS = """
SELECT conname FROM t
  JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype IN ('p', 'u', 'f', 'x')
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
 WHERE t.col IS NOT NULL AND a.attname <> t.col
UNION
SELECT c.relname FROM t
  JOIN pg_index i ON i.indrelid = t.oid
  JOIN pg_class c ON c.oid = i.indexrelid
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
 WHERE t.col IS NOT NULL AND a.attname IS DISTINCT FROM t.col
"""


def ask(database: Database, question: str) -> list[tuple[object, ...]]:
    """Ask the catalog; ``t`` is every table of the application."""
    with psycopg.connect(database.admin_dsn) as connection:
        return connection.execute((TABLES + question).encode()).fetchall()


def leaderless(database: Database) -> set[object]:
    """Return the keys and indexes of tenant tables that do not begin with the tenant."""
    return {name for (name,) in ask(database, KEYS)}
