"""A past that is told now: an agenda in the order of its time, and a session that lives then.

Ids and rows come to be in the order of the story. Nobody is told of what happened in it:
its session queues no job and no mail. The audit log alone says when it was really written.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from typing import TypeAlias

from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from app.core.config import Settings
from app.core.tenant_db import BoundSession

Happening: TypeAlias = Callable[[], Awaitable[None]]

BORN = ("created_at", "updated_at", "at")
"""Columns which the database's clock fills unless somebody does."""


@dataclass
class History:
    """What is still to be told, and where the story is: never beyond ``until``."""

    session: BoundSession
    settings: Settings
    now: datetime
    until: datetime
    _agenda: list[tuple[datetime, int, Happening]] = field(default_factory=list)
    _told: int = 0

    def __post_init__(self) -> None:
        """Let the session live in the story's time."""
        self.session.is_history = True
        event.listen(self.session.sync_session, "before_flush", self._stamp)

    def at(self, when: datetime, happening: Happening) -> None:
        """Let something happen at its time; what lies ahead of ``until`` never does."""
        self._told += 1
        if when <= self.until:
            heappush(self._agenda, (max(when, self.now), self._told, happening))

    async def run(self) -> None:
        """Tell everything in the order of its time."""
        while self._agenda:
            self.now, _, happening = heappop(self._agenda)
            await happening()

    def _stamp(self, session: Session, _: UOWTransaction, __: object) -> None:
        for row in session.new:
            for name in BORN:
                if name in type(row).__mapper__.columns and getattr(row, name) is None:
                    setattr(row, name, self.now)
        for row in session.dirty:
            if "updated_at" in type(row).__mapper__.columns:
                row.updated_at = self.now
