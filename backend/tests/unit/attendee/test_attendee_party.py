"""Who may be in a party, become somebody else in it, and leave it."""

from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.attendee.errors import (
    AttendeeHasTickets,
    KidsNotAllowed,
    MainAttendeeExists,
    MainAttendeeStays,
    SpouseExists,
    SpouseNotAllowed,
)
from app.api.attendee.party import (
    AttendeeCategory,
    PartyRules,
    check_addition,
    check_change,
    check_removal,
)
from app.core.errors import DomainError

MAIN, SPOUSE, KID = AttendeeCategory
EVERYBODY = PartyRules(allows_spouse=True, allows_children=True)
NOBODY = PartyRules(allows_spouse=False, allows_children=False)


@pytest.mark.parametrize(
    ("category", "party", "rules"),
    [
        pytest.param(MAIN, [], NOBODY, id="the applicant, first"),
        pytest.param(MAIN, [KID], NOBODY, id="the applicant, later"),
        pytest.param(SPOUSE, [MAIN, KID], EVERYBODY, id="a spouse"),
        pytest.param(KID, [MAIN, SPOUSE, *[KID] * 20], EVERYBODY, id="yet another kid"),
    ],
)
def test_check_addition_takes(
    category: AttendeeCategory, party: list[AttendeeCategory], rules: PartyRules
) -> None:
    check_addition(category, party, rules)


@pytest.mark.parametrize(
    ("category", "party", "rules", "error"),
    [
        pytest.param(MAIN, [MAIN], EVERYBODY, MainAttendeeExists, id="a second applicant"),
        pytest.param(SPOUSE, [MAIN, SPOUSE], EVERYBODY, SpouseExists, id="a second spouse"),
        pytest.param(SPOUSE, [MAIN], NOBODY, SpouseNotAllowed, id="a spouse, not allowed"),
        pytest.param(
            SPOUSE, [MAIN, SPOUSE], NOBODY, SpouseNotAllowed, id="a spouse, no longer allowed"
        ),
        pytest.param(KID, [MAIN], NOBODY, KidsNotAllowed, id="a kid, not allowed"),
    ],
)
def test_check_addition_refuses(
    category: AttendeeCategory,
    party: list[AttendeeCategory],
    rules: PartyRules,
    error: type[DomainError],
) -> None:
    with pytest.raises(error):
        check_addition(category, party, rules)


@pytest.mark.parametrize(
    ("current", "to", "others", "has_tickets"),
    [
        pytest.param(MAIN, MAIN, [KID], True, id="the applicant stays the applicant"),
        pytest.param(KID, KID, [MAIN], True, id="no change needs no reason"),
        pytest.param(KID, SPOUSE, [MAIN], False, id="a kid becomes the spouse"),
        pytest.param(SPOUSE, KID, [MAIN, KID], False, id="the spouse becomes a kid"),
    ],
)
def test_check_change_takes(
    current: AttendeeCategory,
    to: AttendeeCategory,
    others: list[AttendeeCategory],
    has_tickets: bool,
) -> None:
    check_change(current, to, others, EVERYBODY, has_tickets=has_tickets)


@pytest.mark.parametrize(
    ("current", "to", "others", "has_tickets", "error"),
    [
        pytest.param(MAIN, KID, [], False, MainAttendeeStays, id="the applicant"),
        pytest.param(KID, SPOUSE, [MAIN], True, AttendeeHasTickets, id="somebody with tickets"),
        pytest.param(KID, MAIN, [MAIN], False, MainAttendeeExists, id="into a second applicant"),
        pytest.param(KID, SPOUSE, [MAIN, SPOUSE], False, SpouseExists, id="into a second spouse"),
    ],
)
def test_check_change_refuses(
    current: AttendeeCategory,
    to: AttendeeCategory,
    others: list[AttendeeCategory],
    has_tickets: bool,
    error: type[DomainError],
) -> None:
    with pytest.raises(error):
        check_change(current, to, others, EVERYBODY, has_tickets=has_tickets)


@pytest.mark.parametrize("category", [SPOUSE, KID])
def test_check_removal_lets_companions_without_tickets_go(category: AttendeeCategory) -> None:
    check_removal(category, has_tickets=False)
    with pytest.raises(AttendeeHasTickets):
        check_removal(category, has_tickets=True)


@pytest.mark.parametrize("has_tickets", [False, True])
def test_check_removal_keeps_the_applicant(has_tickets: bool) -> None:
    with pytest.raises(MainAttendeeStays):
        check_removal(MAIN, has_tickets=has_tickets)


@given(
    st.lists(st.sampled_from(AttendeeCategory)),
    st.builds(PartyRules, allows_spouse=st.booleans(), allows_children=st.booleans()),
)
def test_no_sequence_of_additions_makes_a_party_that_breaks_the_rules(
    wanted: list[AttendeeCategory], rules: PartyRules
) -> None:
    party: list[AttendeeCategory] = []
    for category in wanted:
        try:
            check_addition(category, party, rules)
        except DomainError:
            continue
        party.append(category)

    assert party.count(MAIN) <= 1
    assert party.count(SPOUSE) <= int(rules.allows_spouse)
    assert rules.allows_children or KID not in party


def test_changing_never_makes_a_party_that_adding_could_not() -> None:
    for others in combinations_with_replacement([SPOUSE, KID], 3):
        for current, to in product([SPOUSE, KID], AttendeeCategory):
            try:
                check_change(current, to, [MAIN, *others], EVERYBODY, has_tickets=False)
            except DomainError:
                continue
            changed = [MAIN, *others, to]
            before = [MAIN, *others, current]
            assert changed.count(SPOUSE) <= max(1, before.count(SPOUSE))
            assert changed.count(MAIN) == 1
