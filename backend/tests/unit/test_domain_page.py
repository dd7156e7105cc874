"""``docs/domain.md`` tells the tables as the code has them. Run this file to write them anew."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path

import pytest

from app.api.application import lifecycle as application
from app.api.attendee import party
from app.api.card_hold import lifecycle as card_hold
from app.api.form_field import answer, definition
from app.api.group import seats
from app.api.payment import lifecycle as payment
from app.api.payment.pricing import DiscountReason, DiscountSource
from app.api.popup import lifecycle as popup
from app.api.product import eligibility
from app.api.shared import money
from app.api.shared.transitions import Actor, Effect, Event, Fact, State, Transition, in_order
from app.api.ticket import code, scans
from app.api.ticket import lifecycle as ticket

PAGE = Path(__file__).parents[3] / "docs" / "domain.md"


def rows(lines: Iterable[tuple[str, ...]]) -> str:
    head, *rest = lines
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ("---",) * len(head), *rest])


def words(members: Iterable[StrEnum]) -> str:
    return ", ".join(f"`{member}`" for member in members)


def circumstances(row: Transition[State, Event, Actor, Fact, Effect]) -> str:
    when = [f"`{fact}`" for fact in sorted(row.when)]
    unless = [f"not `{fact}`" for fact in sorted(row.unless)]
    return " and ".join([*when, *unless])


def life(
    transitions: Iterable[Transition[State, Event, Actor, Fact, Effect]], actors: type[Actor]
) -> str:
    """A table of rows, those that differ in their start alone told as one."""
    told: dict[tuple[str, ...], list[str]] = {}
    for row in transitions:
        to = "stays" if row.to == row.start else f"`{row.to}`"
        by = words(actor for actor in actors if actor in row.by)
        effects = words(row.effects) or ("nothing" if row.changes_nothing else "")
        told.setdefault((f"`{row.event}`", by, circumstances(row), to, effects), []).append(
            f"`{row.start}`"
        )
    head = ("from", "event", "by", "when", "to", "then")
    return rows([head, *((", ".join(starts), *cells) for cells, starts in told.items())])


def popups() -> str:
    return rows(
        [
            ("status", "staff may set"),
            *(
                (f"`{status}`", words(to for to in popup.PopupStatus if to in popup.NEXT[status]))
                for status in popup.PopupStatus
            ),
        ]
    )


def limits() -> str:
    return rows(
        [
            ("limit", "value"),
            ("fields of a form", f"{definition.MOST_FIELDS:,}"),
            ("options of a field", f"{definition.MOST_OPTIONS:,}"),
            (
                "characters of a text answer",
                f"{answer.LONGEST_TEXT[definition.FieldType.TEXT]:,}",
            ),
            (
                "characters of a textarea answer",
                f"{answer.LONGEST_TEXT[definition.FieldType.TEXTAREA]:,}",
            ),
            ("digits of a number", f"{answer.MOST_DIGITS}"),
            ("decimals of a number", f"{answer.MOST_DECIMALS}"),
            ("days of a popup", f"{popup.LONGEST_POPUP.days:,}"),
            ("people in a party, the applicant included", f"{party.MOST_IN_A_PARTY:,}"),
            ("lines of an order", f"{eligibility.MOST_LINES:,}"),
            ("units of a product for one attendee", f"{eligibility.MOST_UNITS:,}"),
            ("minor units of any amount", f"{money.LARGEST_AMOUNT:,}"),
            ("seats of a group", f"{seats.MOST_SEATS:,}"),
            ("people in a batch", f"{seats.LARGEST_BATCH:,}"),
            ("random bits of a ticket's code", f"{8 * code.RANDOM_BYTES}"),
            ("days a scanner may be offline", f"{scans.PAST_ALLOWED.days}"),
        ]
    )


TABLES: dict[str, Callable[[], str]] = {
    "popup": popups,
    "application": lambda: life(application.TRANSITIONS, application.ApplicationActor),
    "payment": lambda: life(payment.TRANSITIONS, payment.PaymentActor),
    "card_hold": lambda: life(card_hold.TRANSITIONS, card_hold.CardHoldActor),
    "ticket": lambda: life(ticket.TRANSITIONS, ticket.TicketActor),
    "limits": limits,
}


END = "<!-- end -->"


def place(page: str, name: str, table: str) -> str:
    """The page with this table between its two marks."""
    mark = f"<!-- table: {name} -->"
    before, rest = page.split(mark, 1)
    _, after = rest.split(END, 1)
    return f"{before}{mark}\n\n{table}\n\n{END}{after}"


@pytest.mark.parametrize("name", TABLES)
def test_the_page_tells_the_table_as_the_code_has_it(name: str) -> None:
    page = PAGE.read_text()

    assert place(page, name, TABLES[name]()) == page


def test_the_page_tells_no_other_table() -> None:
    assert re.findall(r"<!-- table: (\w+) -->", PAGE.read_text()) == list(TABLES)


@pytest.mark.parametrize(
    "vocabulary",
    [
        application.ApplicationFact,
        application.ApplicationEffect,
        payment.PaymentFact,
        payment.PaymentEffect,
        card_hold.CardHoldFact,
        card_hold.CardHoldEffect,
        ticket.TicketFact,
        ticket.TicketEffect,
        DiscountSource,
        DiscountReason,
    ],
)
def test_the_page_explains_every_word_of_the_tables(vocabulary: type[StrEnum]) -> None:
    explained = set(re.findall(r"^- `(\w+)`: ", PAGE.read_text(), re.MULTILINE))

    assert set(vocabulary) <= explained


def told_together(
    transitions: tuple[Transition[State, Event, Actor, Fact, Effect], ...],
) -> list[Transition[State, Event, Actor, Fact, Effect]]:
    """The rows as a reader of the page meets them."""
    groups: dict[object, list[Transition[State, Event, Actor, Fact, Effect]]] = {}
    for row in transitions:
        to = None if row.to == row.start else row.to
        shape = (row.event, row.by, row.when, row.unless, to, row.effects)
        groups.setdefault(shape, []).append(row)
    return [row for group in groups.values() for row in group]


def test_telling_rows_together_keeps_the_order_in_which_they_are_tried() -> None:
    assert in_order(told_together(application.TRANSITIONS)) == application.NEXT
    assert in_order(told_together(payment.TRANSITIONS)) == payment.NEXT
    assert in_order(told_together(card_hold.TRANSITIONS)) == card_hold.NEXT
    assert in_order(told_together(ticket.TRANSITIONS)) == ticket.NEXT


def test_every_file_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:app|docs|tests)/[\w/.]+)`", PAGE.read_text())

    backend = Path(__file__).parents[2]
    assert named
    assert [name for name in named if not (backend / name).exists()] == []


def write() -> None:
    page = PAGE.read_text()
    for name, table in TABLES.items():
        page = place(page, name, table())
    PAGE.write_text(page)


if __name__ == "__main__":
    write()
