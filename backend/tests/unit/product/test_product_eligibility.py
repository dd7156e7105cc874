"""What may be sold to whom, when, and how many of it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.attendee.party import AttendeeCategory
from app.api.popup.errors import PopupClosed
from app.api.product.eligibility import (
    MOST_LINES,
    CartItem,
    HeldUnit,
    ProductCategory,
    ProductTerms,
    TicketDuration,
    check_attendee,
    check_cart,
    check_exclusive,
    check_on_sale,
    check_terms,
)
from app.api.product.errors import (
    OrderEmpty,
    OrderTooLong,
    OverOrderLimit,
    ProductExclusive,
    ProductNotForSale,
    ProductTermsInvalid,
    QuantityOutOfRange,
    SaleNotStarted,
    SaleOver,
    TicketForOthers,
)
from app.core.errors import DomainError

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
MAIN, SPOUSE, KID = AttendeeCategory
TICKET, HOUSING, MERCH, DONATION, OTHER = ProductCategory

PASS = ProductTerms(id=UUID(int=1), category=TICKET)
WEEK = ProductTerms(id=UUID(int=2), category=TICKET, duration=TicketDuration.WEEK)
WHOLE = ProductTerms(id=UUID(int=3), category=TICKET, is_exclusive=True)
BED = ProductTerms(id=UUID(int=4), category=HOUSING, is_exclusive=True)
SHIRT = ProductTerms(id=UUID(int=5), category=MERCH, max_per_order=3)
ANN, BOB = UUID(int=11), UUID(int=12)


def item(terms: ProductTerms, quantity: int = 1, attendee: UUID = ANN) -> CartItem:
    return CartItem(product=terms, attendee_id=attendee, attendee_category=MAIN, quantity=quantity)


@pytest.mark.parametrize(
    ("terms", "price", "compare"),
    [
        pytest.param(PASS, 0, None, id="free"),
        pytest.param(PASS, 100, 100, id="compared with itself"),
        pytest.param(
            replace(WEEK, attendee_category=KID, max_per_order=1), 100, 200, id="a ticket's all"
        ),
        pytest.param(
            replace(BED, sale_starts_at=NOW, sale_ends_at=NOW + MOMENT), 1, None, id="a short sale"
        ),
        pytest.param(replace(BED, sale_ends_at=NOW), 1, None, id="a sale that only ends"),
    ],
)
def test_check_terms_takes(terms: ProductTerms, price: int, compare: int | None) -> None:
    check_terms(terms, price_minor=price, compare_price_minor=compare)


@pytest.mark.parametrize(
    ("terms", "price", "compare", "detail"),
    [
        pytest.param(
            replace(BED, attendee_category=KID),
            1,
            None,
            "Only a ticket is for one category of attendees",
            id="housing for kids",
        ),
        pytest.param(
            replace(BED, duration=TicketDuration.DAY),
            1,
            None,
            "Only a ticket has a duration",
            id="housing for a day",
        ),
        pytest.param(PASS, -1, None, "A price is not negative", id="negative price"),
        pytest.param(PASS, 5, 4, "The compare price is not below the price", id="raised price"),
        pytest.param(
            replace(PASS, max_per_order=0), 1, None, "An order may hold at least one", id="none"
        ),
        pytest.param(
            replace(PASS, sale_starts_at=NOW, sale_ends_at=NOW),
            1,
            None,
            "The sale ends after it starts",
            id="an empty sale",
        ),
    ],
)
def test_check_terms_refuses(
    terms: ProductTerms, price: int, compare: int | None, detail: str
) -> None:
    with pytest.raises(ProductTermsInvalid) as refused:
        check_terms(terms, price_minor=price, compare_price_minor=compare)

    assert str(refused.value) == detail


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        pytest.param(None, None, id="always"),
        pytest.param(NOW, None, id="from now on"),
        pytest.param(None, NOW + MOMENT, id="for one more moment"),
    ],
)
def test_check_on_sale_takes(starts_at: datetime | None, ends_at: datetime | None) -> None:
    check_on_sale(replace(PASS, sale_starts_at=starts_at, sale_ends_at=ends_at), now=NOW)


@pytest.mark.parametrize(
    ("terms", "error", "members"),
    [
        pytest.param(
            replace(PASS, is_active=False, sale_ends_at=NOW),
            ProductNotForSale,
            {"product": str(PASS.id)},
            id="switched off, before all else",
        ),
        pytest.param(
            replace(PASS, sale_starts_at=NOW + MOMENT),
            SaleNotStarted,
            {"product": str(PASS.id), "sale_starts_at": "2026-05-01T12:00:00.000001+00:00"},
            id="a moment early",
        ),
        pytest.param(
            replace(PASS, sale_ends_at=NOW), SaleOver, {"product": str(PASS.id)}, id="just over"
        ),
    ],
)
def test_check_on_sale_refuses(
    terms: ProductTerms, error: type[DomainError], members: dict[str, str]
) -> None:
    with pytest.raises(error) as refused:
        check_on_sale(terms, now=NOW)

    assert refused.value.members == members


def test_check_attendee_holds_a_ticket_to_its_category() -> None:
    for_kids = replace(PASS, attendee_category=KID)

    check_attendee(for_kids, KID)
    check_attendee(PASS, SPOUSE)
    with pytest.raises(TicketForOthers) as refused:
        check_attendee(for_kids, MAIN)

    assert refused.value.members == {"product": str(PASS.id), "attendee_category": "kid"}


def test_check_cart_takes_a_family() -> None:
    check_cart(
        [
            item(WHOLE),
            item(PASS, 2, attendee=BOB),
            item(WEEK, attendee=BOB),
            item(BED),
            item(SHIRT, 3),
        ],
        popup_is_open=True,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("items", "error"),
    [
        pytest.param([], OrderEmpty, id="nothing"),
        pytest.param([item(PASS)] * (MOST_LINES + 1), OrderTooLong, id="too many lines"),
        *(
            pytest.param([item(PASS, quantity)], QuantityOutOfRange, id=f"quantity {quantity!r}")
            for quantity in (0, -1, 1001, 10**30, True, cast("int", 1.0), cast("int", 1.5))
        ),
        pytest.param([item(replace(PASS, sale_ends_at=NOW))], SaleOver, id="no longer sold"),
        pytest.param(
            [item(replace(PASS, attendee_category=KID))], TicketForOthers, id="somebody else's"
        ),
        pytest.param([item(SHIRT, 4)], OverOrderLimit, id="over the limit"),
        pytest.param(
            [item(SHIRT, 2), item(SHIRT, 2, attendee=BOB)], OverOrderLimit, id="over it together"
        ),
        pytest.param([item(WHOLE), item(PASS)], ProductExclusive, id="an exclusive ticket and one"),
        pytest.param([item(WHOLE, 2)], ProductExclusive, id="an exclusive ticket twice"),
    ],
)
def test_check_cart_refuses(items: list[CartItem], error: type[DomainError]) -> None:
    with pytest.raises(error):
        check_cart(items, popup_is_open=True, now=NOW)


def test_check_cart_refuses_everything_at_a_closed_popup() -> None:
    with pytest.raises(PopupClosed):
        check_cart([], popup_is_open=False, now=NOW)


def test_over_order_limit_names_the_limit() -> None:
    with pytest.raises(OverOrderLimit) as refused:
        check_cart([item(SHIRT, 4)], popup_is_open=True, now=NOW)

    assert refused.value.members == {"product": str(SHIRT.id), "max_per_order": 3}


@pytest.mark.parametrize(
    ("items", "held", "is_refused"),
    [
        pytest.param([item(WHOLE)], [], False, id="alone"),
        pytest.param(
            [item(WHOLE), item(BED), item(SHIRT)], [], False, id="beside other categories"
        ),
        pytest.param(
            [item(WHOLE), item(PASS, attendee=BOB)], [], False, id="beside others' tickets"
        ),
        pytest.param([item(BED), item(BED, attendee=BOB)], [], False, id="once each"),
        pytest.param([item(WHOLE)], [(TICKET, False, ANN)], True, id="after a ticket"),
        pytest.param([item(PASS)], [(TICKET, True, ANN)], True, id="a ticket after it"),
        pytest.param([item(PASS)], [(TICKET, True, BOB)], False, id="a ticket after another's"),
        pytest.param([item(PASS)], [(TICKET, False, ANN)], False, id="nothing exclusive"),
        pytest.param(
            [item(SHIRT)], [(TICKET, True, ANN), (TICKET, True, ANN)], False, id="nobody's business"
        ),
    ],
)
def test_check_exclusive(
    items: list[CartItem], held: list[tuple[ProductCategory, bool, UUID]], is_refused: bool
) -> None:
    units = [HeldUnit(category=c, is_exclusive=x, attendee_id=a) for c, x, a in held]

    if not is_refused:
        check_exclusive(items, units)
        return
    with pytest.raises(ProductExclusive) as refused:
        check_exclusive(items, units)

    assert refused.value.members == {"attendee": str(ANN), "category": "ticket"}


TERMS = st.sampled_from(
    [
        PASS,
        WEEK,
        WHOLE,
        BED,
        SHIRT,
        replace(PASS, id=UUID(int=6), attendee_category=KID),
        replace(PASS, id=UUID(int=7), sale_ends_at=NOW),
    ]
)
ITEMS = st.lists(
    st.builds(
        CartItem,
        product=TERMS,
        attendee_id=st.sampled_from([ANN, BOB]),
        attendee_category=st.sampled_from(AttendeeCategory),
        quantity=st.integers(-1, 4),
    ),
    max_size=5,
)


def answer_to(items: list[CartItem]) -> tuple[type[DomainError], object] | None:
    try:
        check_cart(items, popup_is_open=True, now=NOW)
    except DomainError as refused:
        return type(refused), refused.members
    return None


@given(ITEMS.flatmap(lambda items: st.tuples(st.just(items), st.permutations(items))))
def test_the_order_of_a_cart_does_not_matter(pair: tuple[list[CartItem], list[CartItem]]) -> None:
    items, shuffled = pair

    assert answer_to(items) == answer_to(shuffled)


@given(ITEMS)
def test_a_cart_that_passes_keeps_every_rule(items: list[CartItem]) -> None:
    if answer_to(items) is not None:
        return

    tickets: Counter[UUID] = Counter()
    for one in items:
        assert one.quantity >= 1
        assert one.product.sale_ends_at is None
        assert one.product.attendee_category in {None, one.attendee_category}
        if one.product.category is TICKET:
            tickets[one.attendee_id] += one.quantity
    assert sum(one.quantity for one in items if one.product is SHIRT) <= 3
    assert all(tickets[one.attendee_id] == 1 for one in items if one.product is WHOLE)
