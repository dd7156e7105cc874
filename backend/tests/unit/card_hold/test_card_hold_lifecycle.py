"""Every state, event and actor of a deposit has a known answer."""

from itertools import chain, combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.card_hold.errors import CardHoldMoveRefused
from app.api.card_hold.lifecycle import (
    START,
    TRANSITIONS,
    CardHoldActor,
    CardHoldEffect,
    CardHoldEvent,
    CardHoldFact,
    CardHoldStatus,
    move,
)

TRIPLES = list(product(CardHoldStatus, CardHoldEvent, CardHoldActor))
FACTS = [
    frozenset(facts)
    for facts in chain.from_iterable(
        combinations(CardHoldFact, size) for size in range(len(CardHoldFact) + 1)
    )
]

# What may come of each triple, in all circumstances; "-" is a refusal. Triples not listed
# are always refused.
EXPECTED = {
    "opening hold provider": "held",
    "opening pay provider": "captured+book_credit",
    "opening capture system": "releasing+send_release",
    "opening release system": "releasing+send_release",
    "opening let_go provider": "released",
    "opening fail provider": "failed",
    "opening expire provider": "expired+send_release",
    "opening expire system": "expired+send_release",
    "held hold provider": "held",
    "held pay provider": "captured+book_credit",
    "held capture system": "capturing+send_capture",
    "held release system": "releasing+send_release",
    "held let_go provider": "expired",
    "held fail provider": "failed",
    "held expire provider": "expired",
    "held expire system": "held",
    "capturing hold provider": "capturing",
    "capturing pay provider": "captured+book_credit",
    "capturing capture system": "capturing",
    "capturing release system": "releasing+send_release",
    "capturing let_go provider": "failed",
    "capturing fail provider": "failed",
    "capturing expire provider": "failed",
    "capturing expire system": "capturing",
    "captured hold provider": "captured",
    "captured pay provider": "captured",
    "captured capture system": "captured",
    "captured release system": "captured",
    "captured let_go provider": "captured",
    "captured fail provider": "captured",
    "captured expire provider": "captured",
    "captured expire system": "captured",
    "captured return provider": "captured+take_credit -",
    "releasing hold provider": "releasing releasing+send_release",
    "releasing pay provider": "captured+book_credit",
    "releasing capture system": "releasing",
    "releasing release system": "releasing",
    "releasing let_go provider": "released",
    "releasing fail provider": "released",
    "releasing expire provider": "released",
    "releasing expire system": "releasing",
    "released hold provider": "released releasing+send_release",
    "released pay provider": "captured+book_credit",
    "released capture system": "released",
    "released release system": "released",
    "released let_go provider": "released",
    "released fail provider": "released",
    "released expire provider": "released",
    "released expire system": "released",
    "failed hold provider": "failed releasing+send_release",
    "failed pay provider": "captured+book_credit",
    "failed capture system": "failed",
    "failed release system": "failed releasing+send_release",
    "failed let_go provider": "failed",
    "failed fail provider": "failed",
    "failed expire provider": "failed",
    "failed expire system": "failed",
    "expired hold provider": "expired releasing+send_release",
    "expired pay provider": "captured+book_credit",
    "expired capture system": "expired",
    "expired release system": "expired",
    "expired let_go provider": "expired",
    "expired fail provider": "expired",
    "expired expire provider": "expired",
    "expired expire system": "expired",
}


def outcome(
    status: CardHoldStatus,
    event: CardHoldEvent,
    actor: CardHoldActor,
    facts: frozenset[CardHoldFact],
) -> str:
    try:
        row = move(status, event, actor, facts)
    except CardHoldMoveRefused:
        return "-"
    return "+".join([row.to, *row.effects])


@pytest.mark.parametrize(("status", "event", "actor"), TRIPLES)
def test_every_triple_has_a_known_answer(
    status: CardHoldStatus, event: CardHoldEvent, actor: CardHoldActor
) -> None:
    outcomes = {outcome(status, event, actor, facts) for facts in FACTS}

    assert outcomes == set(EXPECTED.get(f"{status} {event} {actor}", "-").split())


@pytest.mark.parametrize(
    ("status", "event", "was_held", "expected"),
    [
        pytest.param("failed", "hold", True, "failed", id="older news of what failed"),
        pytest.param("failed", "hold", False, "releasing+send_release", id="another card"),
        pytest.param("expired", "hold", False, "releasing+send_release", id="held too late"),
    ],
)
def test_what_was_held_before_is_not_let_go_by_a_copy(
    status: str, event: str, was_held: bool, expected: str
) -> None:
    facts = frozenset({CardHoldFact.WAS_HELD} if was_held else set())

    found = outcome(CardHoldStatus(status), CardHoldEvent(event), CardHoldActor.PROVIDER, facts)

    assert found == expected


def test_what_could_not_be_captured_is_let_go_where_it_may_be_held_still() -> None:
    failed, release, system = (
        CardHoldStatus.FAILED,
        CardHoldEvent.RELEASE,
        CardHoldActor.SYSTEM,
    )

    assert outcome(failed, release, system, frozenset()) == "failed"
    held = frozenset({CardHoldFact.WAS_HELD})
    assert outcome(failed, release, system, held) == "releasing+send_release"


def test_a_refusal_says_what_could_be_done_instead() -> None:
    with pytest.raises(CardHoldMoveRefused) as caught:
        move(CardHoldStatus.HELD, CardHoldEvent.PAY, CardHoldActor.SYSTEM)

    assert caught.value.members == {"allowed": ["capture", "release"]}


@given(st.lists(st.tuples(st.sampled_from(CardHoldEvent), st.sampled_from(CardHoldActor))))
def test_whatever_happens_what_was_taken_is_credited_once(
    told: list[tuple[CardHoldEvent, CardHoldActor]],
) -> None:
    status, credited = START, 0
    for event, actor in told:
        try:
            row = move(status, event, actor, set(CardHoldFact))
        except CardHoldMoveRefused:
            continue
        credited += row.effects.count(CardHoldEffect.BOOK_CREDIT)
        status = row.to

    assert credited == (1 if status is CardHoldStatus.CAPTURED else 0)


def test_every_decision_has_an_answer_wherever_a_deposit_stands() -> None:
    for status, event in product(
        CardHoldStatus, (CardHoldEvent.CAPTURE, CardHoldEvent.RELEASE, CardHoldEvent.EXPIRE)
    ):
        for facts in FACTS:
            assert outcome(status, event, CardHoldActor.SYSTEM, facts) != "-"


def test_every_state_is_reached_and_every_effect_used() -> None:
    assert {row.to for row in TRANSITIONS} == set(CardHoldStatus) - {START}
    assert {effect for row in TRANSITIONS for effect in row.effects} == set(CardHoldEffect)
