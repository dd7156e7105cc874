"""Rows of a life's table: which one applies, and what is left to do."""

from enum import StrEnum
from typing import TypeAlias

from app.api.shared.transitions import Transition, allowed_events, find, in_order


class State(StrEnum):
    ON = "on"
    OFF = "off"


class Event(StrEnum):
    PRESS = "press"
    BREAK = "break"


class Actor(StrEnum):
    HAND = "hand"
    CAT = "cat"


class Fact(StrEnum):
    POWER = "power"
    NIGHT = "night"


class Effect(StrEnum):
    CLICK = "click"


HAND = frozenset({Actor.HAND})
Row: TypeAlias = Transition[State, Event, Actor, Fact, Effect]
AT_NIGHT: Row = Transition(
    State.OFF, Event.PRESS, HAND, State.OFF, when=frozenset({Fact.POWER, Fact.NIGHT})
)
BY_DAY: Row = Transition(
    State.OFF,
    Event.PRESS,
    HAND,
    State.ON,
    (Effect.CLICK,),
    when=frozenset({Fact.POWER}),
)
IN_THE_DARK: Row = Transition(
    State.OFF,
    Event.BREAK,
    frozenset(Actor),
    State.OFF,
    (Effect.CLICK,),
    unless=frozenset({Fact.POWER}),
)
NEXT = in_order([AT_NIGHT, IN_THE_DARK, BY_DAY])


def test_in_order_keeps_the_order_of_each_group() -> None:
    assert NEXT == {
        (State.OFF, Event.PRESS): (AT_NIGHT, BY_DAY),
        (State.OFF, Event.BREAK): (IN_THE_DARK,),
    }


def test_find_takes_the_first_row_that_applies() -> None:
    both, power, nothing = frozenset(Fact), frozenset({Fact.POWER}), frozenset[Fact]()

    assert find(NEXT, State.OFF, Event.PRESS, Actor.HAND, both) is AT_NIGHT
    assert find(NEXT, State.OFF, Event.PRESS, Actor.HAND, power) is BY_DAY
    assert find(NEXT, State.OFF, Event.PRESS, Actor.HAND, nothing) is None
    assert find(NEXT, State.OFF, Event.PRESS, Actor.CAT, power) is None
    assert find(NEXT, State.OFF, Event.BREAK, Actor.CAT, nothing) is IN_THE_DARK
    assert find(NEXT, State.OFF, Event.BREAK, Actor.CAT, power) is None
    assert find(NEXT, State.ON, Event.PRESS, Actor.HAND, power) is None


def test_a_row_without_effects_that_leads_back_changes_nothing() -> None:
    assert AT_NIGHT.changes_nothing
    assert not BY_DAY.changes_nothing
    assert not IN_THE_DARK.changes_nothing


def test_allowed_events_are_sorted_by_name() -> None:
    loose: Row = Transition(State.OFF, Event.BREAK, HAND, State.ON, (Effect.CLICK,))
    rows = in_order([BY_DAY, loose])

    assert allowed_events(rows, State.OFF, Actor.HAND, frozenset({Fact.POWER})) == [
        "break",
        "press",
    ]


def test_allowed_events_leaves_out_what_changes_nothing() -> None:
    both, power, nothing = frozenset(Fact), frozenset({Fact.POWER}), frozenset[Fact]()

    assert allowed_events(NEXT, State.OFF, Actor.HAND, power) == ["press"]
    assert allowed_events(NEXT, State.OFF, Actor.HAND, both) == []
    assert allowed_events(NEXT, State.OFF, Actor.HAND, nothing) == ["break"]
    assert allowed_events(NEXT, State.ON, Actor.HAND, nothing) == []
