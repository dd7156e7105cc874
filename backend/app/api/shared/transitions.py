"""What the lives of applications, payments and tickets have in common: rows of one table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

State = TypeVar("State", bound=StrEnum | None)
Event = TypeVar("Event", bound=StrEnum)
Actor = TypeVar("Actor", bound=StrEnum)
Fact = TypeVar("Fact", bound=StrEnum)
Effect = TypeVar("Effect", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[State, Event, Actor, Fact, Effect]):
    """A row: in ``start``, when one of ``by`` does ``event``, go to ``to`` with these effects.

    It applies when every fact of ``when`` holds and none of ``unless`` does. A row that
    leads to where it starts, without effects, says that the event is known and changes
    nothing: an echo of what has happened, or news that came too late.
    """

    start: State
    event: Event
    by: frozenset[Actor]
    to: State
    effects: tuple[Effect, ...] = ()
    when: frozenset[Fact] = frozenset()
    unless: frozenset[Fact] = frozenset()

    def applies(self, actor: Actor, facts: frozenset[Fact]) -> bool:
        """Tell whether the row is for this actor, in these circumstances."""
        return actor in self.by and self.when <= facts and not self.unless & facts

    @property
    def changes_nothing(self) -> bool:
        """Whether it leaves everything as it is."""
        return self.start == self.to and not self.effects


Next: TypeAlias = Mapping[
    tuple[State, Event], tuple[Transition[State, Event, Actor, Fact, Effect], ...]
]
"""The rows for each state and event, in order: the first that applies is taken."""


def in_order(
    rows: Iterable[Transition[State, Event, Actor, Fact, Effect]],
) -> Next[State, Event, Actor, Fact, Effect]:
    """Return the rows by state and event, each group as it was written."""
    groups: dict[
        tuple[State, Event], tuple[Transition[State, Event, Actor, Fact, Effect], ...]
    ] = {}
    for row in rows:
        groups[row.start, row.event] = (*groups.get((row.start, row.event), ()), row)
    return groups


def find(
    rows: Next[State, Event, Actor, Fact, Effect],
    state: State,
    event: Event,
    actor: Actor,
    facts: frozenset[Fact],
) -> Transition[State, Event, Actor, Fact, Effect] | None:
    """Return the row that applies, or ``None`` when this is forbidden."""
    group = rows.get((state, event), ())
    return next((row for row in group if row.applies(actor, facts)), None)


def allowed_events(
    rows: Next[State, Event, Actor, Fact, Effect],
    state: State,
    actor: Actor,
    facts: frozenset[Fact],
) -> list[str]:
    """Return what ``actor`` could do instead, sorted; what changes nothing is left out."""
    found = (find(rows, start, event, actor, facts) for start, event in rows if start == state)
    return sorted(str(row.event) for row in found if row is not None and not row.changes_nothing)
