"""Amounts: what is one, how it is rounded, split and written."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.shared.errors import AmountOutOfRange, CurrencyUnknown, PercentOutOfRange
from app.api.shared.money import (
    CURRENCIES,
    LARGEST_AMOUNT,
    MinorUnits,
    add_up,
    apportion,
    decimal_text,
    exponent_of,
    format_money,
    from_decimal_text,
    half_up,
    minor_units,
    percent_of,
    split,
    whole_percent,
)

AMOUNTS = st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT).map(MinorUnits)
PRICES = st.integers(0, 10**9).map(MinorUnits)


@pytest.mark.parametrize("value", [0, 1, -1, LARGEST_AMOUNT, -LARGEST_AMOUNT])
def test_minor_units_takes_whole_numbers(value: int) -> None:
    assert minor_units(value) == value


@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_minor_units_takes_nothing_else(value: int) -> None:
    with pytest.raises(TypeError, match="An amount is a whole number"):
        minor_units(value)


@pytest.mark.parametrize("value", [LARGEST_AMOUNT + 1, -LARGEST_AMOUNT - 1])
def test_minor_units_refuses_what_a_browser_could_not_read(value: int) -> None:
    with pytest.raises(AmountOutOfRange):
        minor_units(value)


def test_add_up_refuses_a_sum_out_of_range() -> None:
    assert add_up([MinorUnits(1), MinorUnits(-3)]) == -2
    with pytest.raises(AmountOutOfRange):
        add_up([LARGEST_AMOUNT, MinorUnits(1)])


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        pytest.param(0, 3, 0, id="nothing"),
        pytest.param(1, 2, 1, id="a half goes up"),
        pytest.param(-1, 2, 0, id="a negative half goes up"),
        pytest.param(-3, 2, -1, id="also from further down"),
        pytest.param(149, 100, 1, id="less than a half goes down"),
        pytest.param(10**30 + 1, 2, (10**30) // 2 + 1, id="beyond what a float carries"),
    ],
)
def test_half_up(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@given(st.integers(), st.integers(1, 10**6))
def test_half_up_is_never_further_than_a_half(numerator: int, denominator: int) -> None:
    error = half_up(numerator, denominator) - Fraction(numerator, denominator)

    assert Fraction(-1, 2) < error <= Fraction(1, 2)


@pytest.mark.parametrize("percent", [-1, 101])
def test_percent_of_refuses_what_is_no_percentage(percent: int) -> None:
    with pytest.raises(PercentOutOfRange):
        percent_of(MinorUnits(100), percent)


@pytest.mark.parametrize("percent", [5.0, True, "5"])
def test_whole_percent_takes_whole_numbers_only(percent: int) -> None:
    with pytest.raises(TypeError, match="A percentage is a whole number"):
        whole_percent(percent)


@given(PRICES, st.integers(0, 100))
def test_percent_of_stays_between_nothing_and_all(price: MinorUnits, percent: int) -> None:
    share = percent_of(price, percent)

    assert 0 <= share <= price
    assert percent_of(price, 0) == 0
    assert percent_of(price, 100) == price


@given(st.lists(st.integers(0, 10**12), max_size=12), st.integers(1, 10**4))
def test_apportion_adds_up_to_the_rounded_sum(exact: list[int], per: int) -> None:
    parts = apportion(exact, per)

    assert sum(parts) == half_up(sum(exact), per)
    assert all(one // per <= part <= -(-one // per) for one, part in zip(exact, parts, strict=True))


def test_apportion_refuses_a_negative_part() -> None:
    with pytest.raises(ValueError, match="No part is negative"):
        apportion([1, -1], per=2)


@given(PRICES, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_split_gives_every_unit_away_in_proportion(total: MinorUnits, weights: list[int]) -> None:
    parts = split(total, weights)

    assert sum(parts) == total
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
    assert all(
        abs(part - Fraction(total * weight, sum(weights))) < 1
        for part, weight in zip(parts, weights, strict=True)
    )


@pytest.mark.parametrize("weights", [[], [0, 0], [1, 0], [1, 2]])
def test_split_of_nothing_gives_everybody_nothing(weights: list[int]) -> None:
    assert split(MinorUnits(0), weights) == [0 for _ in weights]


@pytest.mark.parametrize(
    ("total", "weights"),
    [
        pytest.param(-1, [1], id="a debt"),
        pytest.param(1, [], id="over nobody"),
        pytest.param(1, [0, 0], id="over no weight"),
        pytest.param(1, [2, -1], id="a negative weight"),
    ],
)
def test_split_refuses(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="negative"):
        split(MinorUnits(total), weights)


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("EUR", 2), ("USD", 2), ("JPY", 0), ("CLP", 0), ("UGX", 0), ("KWD", 3), ("TND", 3)],
)
def test_exponent_of(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


def test_currencies_are_told_once_each() -> None:
    assert len(CURRENCIES) == 155
    assert set(CURRENCIES.values()) == {0, 2, 3}
    assert all(len(code) == 3 and code.isupper() and code.isascii() for code in CURRENCIES)


@pytest.mark.parametrize("code", ["eur", "EURO", "XXX", "XAU", "", "E\x00R"])
def test_exponent_of_refuses_other_codes(code: str) -> None:
    with pytest.raises(CurrencyUnknown):
        exponent_of(code)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        pytest.param(0, "EUR", "0.00", id="nothing"),
        pytest.param(5, "EUR", "0.05", id="cents alone"),
        pytest.param(-123456, "EUR", "-1234.56", id="a debt"),
        pytest.param(1, "KWD", "0.001", id="three decimals"),
        pytest.param(0, "JPY", "0", id="no decimals"),
        pytest.param(LARGEST_AMOUNT, "USD", "10000000000000.00", id="largest"),
    ],
)
def test_decimal_text(amount: int, currency: str, text: str) -> None:
    assert decimal_text(MinorUnits(amount), currency) == text


@given(AMOUNTS, st.sampled_from(sorted(CURRENCIES)))
def test_decimal_text_is_read_back(amount: MinorUnits, currency: str) -> None:
    assert from_decimal_text(decimal_text(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        pytest.param("12.345", "EUR", id="more decimals than the currency has"),
        pytest.param("0.5", "JPY", id="half a yen"),
        pytest.param("1e3", "EUR", id="exponent"),
        pytest.param("1,000", "EUR", id="grouped"),
        pytest.param("", "EUR", id="empty"),
        pytest.param(".5", "EUR", id="no integer part"),
        pytest.param("\u0661", "EUR", id="another script's digit"),
        pytest.param("1\n", "EUR", id="line end"),
        pytest.param("NaN", "EUR", id="no number"),
    ],
)
def test_from_decimal_text_refuses_rather_than_rounds(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"decimal"):
        from_decimal_text(text, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        # What the Intl.NumberFormat of ICU 78 (CLDR 48) writes.
        pytest.param(123456750, "EUR", "en", "€1,234,567.50", id="English euros"),
        pytest.param(-123450, "USD", "en", "-$1,234.50", id="English dollars"),
        pytest.param(1234568, "JPY", "en", "¥1,234,568", id="English yen"),
        pytest.param(123450, "BRL", "en", "R$1,234.50", id="English reais"),
        pytest.param(123450, "ARS", "en-GB", "ARS\xa01,234.50", id="English pesos"),
        pytest.param(123456750, "EUR", "es", "1.234.567,50\xa0€", id="Spanish euros"),
        pytest.param(-123450, "EUR", "es_ES", "-1234,50\xa0€", id="Spanish groups from five"),
        pytest.param(1234500, "USD", "es", "12.345,00\xa0US$", id="Spanish dollars"),
        pytest.param(-123450, "BRL", "pt-BR", "-R$\xa01.234,50", id="Portuguese reais"),
        pytest.param(123450, "EUR", "FR", "1\u202f234,50\xa0€", id="French euros"),
        pytest.param(1234500, "KWD", "de", "1.234,500\xa0KWD", id="German dinars"),
        pytest.param(123450, "GBP", "it", "1234,50\xa0£", id="Italian pounds"),
        pytest.param(7, "EUR", "xx", "€0.07", id="an unknown language reads English"),
        pytest.param(7, "EUR", "", "€0.07", id="no language reads English"),
    ],
)
def test_format_money(amount: int, currency: str, language: str, text: str) -> None:
    assert format_money(MinorUnits(amount), currency, language) == text


@given(AMOUNTS, st.sampled_from(sorted(CURRENCIES)), st.text(max_size=8))
def test_format_money_loses_no_digit(amount: MinorUnits, currency: str, language: str) -> None:
    text = format_money(amount, currency, language)

    digits = "".join(character for character in text if character in "0123456789")
    assert int(digits) == abs(amount)
    assert text.startswith("-") == (amount < 0)
