"""Runs attacks, and collects everything that came back: rows, notices, errors."""

from dataclasses import dataclass
from uuid import UUID

import psycopg

from app.core.tenant_db import TenantContext
from tests.isolation.attacks import LOOT, Attack
from tests.isolation.boundary import Boundary
from tests.isolation.rows import Connection

PRIVATE = "privatecanary"
"""What the other human of the attacker's own tenant would not want to be read."""

THEIRS = "globexcanary"
"""What every text of the other tenant says."""

MINE = "acmecanary"


@dataclass(frozen=True)
class Target:
    """A boundary with rows worth stealing on the other side."""

    boundary: Boundary
    mine: UUID
    theirs: UUID
    me: UUID
    them: UUID
    watcher: Connection
    before: tuple[object, ...]

    def run(self, attempt: Attack, context: TenantContext) -> str:
        """Run an attack in a context and return all that it saw, in one text."""
        seen: list[str] = []
        with self.boundary.login() as connection:
            connection.add_notice_handler(lambda notice: seen.append(str(notice.message_primary)))
            self.boundary.enter(connection, context)
            words = {
                "mine": self.mine,
                "theirs": self.theirs,
                "theirs_subject": self.them,
                "me": self.me,
                "them": self.them,
                "role": context.role,
                "sig": self.boundary.signer.sign(context),
                "loot": LOOT,
                "loot_quoted": LOOT.replace("'", "''"),
            }
            for text in attempt.texts:
                seen += _run(connection, text.format(**words))
            if connection.info.transaction_status is psycopg.pq.TransactionStatus.INERROR:
                connection.execute("ROLLBACK")
            elif connection.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS:
                connection.execute("COMMIT")
        return "\n".join(seen)

    def is_untouched(self) -> bool:
        """Tell whether everything the attacker must not change is as it was."""
        return fingerprint(self.watcher, self.mine, self.theirs) == self.before


def fingerprint(watcher: Connection, mine: UUID, theirs: UUID) -> tuple[object, ...]:
    """Return a digest of every row of the other tenant, and of what is not one's own to change."""
    tables = watcher.execute("SELECT relid::regclass::text, col FROM tenancy.protected ORDER BY 1")
    digests = ", ".join(
        f"(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        f" WHERE {column} = '{theirs}')"
        for table, column in tables.fetchall()
    )
    own = (
        f"(SELECT status || slug FROM app.tenants WHERE id = '{mine}'),"
        f" (SELECT string_agg(h::text, '|' ORDER BY h::text) FROM app.humans h"
        f" WHERE tenant_id = '{mine}' AND residence = '{PRIVATE}'),"
        " (SELECT count(*) FROM tenancy.keys)"
    )
    found = watcher.execute(f"SELECT {digests}, {own}".encode()).fetchone()
    watcher.rollback()
    assert found is not None
    return found


def _run(connection: Connection, text: str) -> list[str]:
    """Run a text of one or more statements by the simple protocol, which takes several."""
    try:
        cursor = connection.execute(text.encode())
    except psycopg.Error as error:
        parts = (error, error.diag.message_detail, error.diag.message_hint, error.diag.context)
        return [str(part) for part in parts if part]
    seen: list[str] = []
    while True:
        if cursor.description is not None:
            seen += [str(row) for row in cursor.fetchall()]
        if not cursor.nextset():
            return seen
