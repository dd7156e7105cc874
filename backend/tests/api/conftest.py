"""What tests of endpoints can ask for besides two organisations and a client."""

import psycopg
import pytest

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SET LOCAL", "SELECT TENANCY.ENTER")
"""What opens and closes every transaction, in the message or pipeline of another statement."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement sent to the database from here on, the frame of a transaction left out."""
    sent: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def note(cursor, query, *args, **options):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202  # hands on whatever it is given
        text = query.decode() if isinstance(query, bytes) else str(query)
        if not text.upper().startswith(FRAME):
            sent.append(text)
        return await execute(cursor, query, *args, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", note)
    return sent
