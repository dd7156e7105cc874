"""Who may come with an applicant: one spouse, any number of kids, as the popup allows."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from app.api.attendee.errors import (
    AttendeeHasTickets,
    KidsNotAllowed,
    MainAttendeeExists,
    MainAttendeeStays,
    SpouseExists,
    SpouseNotAllowed,
)

MOST_IN_A_PARTY = 50
"""No family is larger; it bounds what one applicant can write."""


class AttendeeCategory(StrEnum):
    """What a person is in the party: the applicant, or a companion."""

    MAIN = "main"
    SPOUSE = "spouse"
    KID = "kid"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRules:
    """Whom a popup lets an applicant bring."""

    allows_spouse: bool
    allows_children: bool


def check_addition(
    category: AttendeeCategory, party: Collection[AttendeeCategory], rules: PartyRules
) -> None:
    """Refuse a person whom the popup or the party has no place for.

    ``party`` are the categories of those already in it. A popup that stops allowing
    companions keeps those it has; it takes no more.

    >>> rules = PartyRules(allows_spouse=False, allows_children=True)
    >>> check_addition(AttendeeCategory.KID, [AttendeeCategory.MAIN, AttendeeCategory.KID], rules)

    Raises:
        MainAttendeeExists: there is one main attendee.
        SpouseNotAllowed: the popup allows no spouse.
        SpouseExists: there is one spouse.
        KidsNotAllowed: the popup allows no children.
    """
    if category is AttendeeCategory.MAIN:
        if AttendeeCategory.MAIN in party:
            raise MainAttendeeExists
    elif category is AttendeeCategory.SPOUSE:
        if not rules.allows_spouse:
            raise SpouseNotAllowed
        if AttendeeCategory.SPOUSE in party:
            raise SpouseExists
    elif not rules.allows_children:
        raise KidsNotAllowed


def check_change(
    current: AttendeeCategory,
    to: AttendeeCategory,
    others: Collection[AttendeeCategory],
    rules: PartyRules,
    *,
    has_tickets: bool,
) -> None:
    """Refuse to make a companion into what it cannot be; the same category is no change.

    ``others`` are the categories of the rest of the party.

    Raises:
        MainAttendeeStays: the main attendee stays what it is.
        AttendeeHasTickets: tickets are sold for a category.
        DomainError: what ``check_addition`` raises for the new category.
    """
    if to is current:
        return
    if current is AttendeeCategory.MAIN:
        raise MainAttendeeStays
    if has_tickets:
        raise AttendeeHasTickets
    check_addition(to, others, rules)


def check_removal(category: AttendeeCategory, *, has_tickets: bool) -> None:
    """Refuse to take somebody out of the party who has to stay.

    ``has_tickets`` counts every ticket ever issued, voided and refunded ones too: nothing
    sold is ever deleted.

    Raises:
        MainAttendeeStays: the applicant can withdraw, not be removed.
        AttendeeHasTickets: something was sold to this person.
    """
    if category is AttendeeCategory.MAIN:
        raise MainAttendeeStays
    if has_tickets:
        raise AttendeeHasTickets
