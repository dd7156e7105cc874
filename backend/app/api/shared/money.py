"""Money: whole minor units of an ISO 4217 currency, rounded half up, split to the last unit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NewType

from app.api.shared.errors import AmountOutOfRange, CurrencyUnknown, PercentOutOfRange

MinorUnits = NewType("MinorUnits", int)
"""An amount in the smallest unit of its currency: cents for EUR, yen for JPY."""

NOTHING = MinorUnits(0)

LARGEST_AMOUNT = MinorUnits(10**15)
"""Below 2**53, so that a browser reads any amount of ours from JSON exactly."""

WHOLE = 100
"""Percent."""

CURRENCIES: Mapping[str, int] = {
    code: exponent
    for exponent, codes in {
        2: """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN
            BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
            GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
            LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
            NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE
            SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES
            WST XCD XCG YER ZAR ZMW ZWG
        """,
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
    }.items()
    for code in codes.split()
}
"""Currency code to decimals of its major unit.

List one of ISO 4217:2015, which SIX maintains, as it stood in early 2026 (compared with
pycountry 26.2), less the codes nobody is paid in: funds such as CLF and USN, metals, units
of account and test codes.
"""

_SYMBOLS: Mapping[str, str] = {"BRL": "R$", "EUR": "€", "GBP": "£", "JPY": "¥", "USD": "US$"}
"""Symbols taken for one currency wherever they are read; others are written by their code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writing:
    """How a language writes an amount; from Unicode's CLDR 48."""

    group: str
    point: str
    is_symbol_first: bool
    smallest_grouped: int = 4
    """Digits from which thousands are grouped."""


_WRITINGS: Mapping[str, _Writing] = {
    "de": _Writing(group=".", point=",", is_symbol_first=False),
    "en": _Writing(group=",", point=".", is_symbol_first=True),
    "es": _Writing(group=".", point=",", is_symbol_first=False, smallest_grouped=5),
    "fr": _Writing(group="\u202f", point=",", is_symbol_first=False),
    "it": _Writing(group=".", point=",", is_symbol_first=False, smallest_grouped=5),
    "pt": _Writing(group=".", point=",", is_symbol_first=True),
}

_DECIMAL = re.compile(r"(-?)([0-9]{1,16})(?:\.([0-9]{1,18}))?")


def minor_units(value: int) -> MinorUnits:
    """Return ``value`` as an amount, negative for what is owed.

    Raises:
        TypeError: ``value`` is not a plain whole number; a float or a boolean never is.
        AmountOutOfRange: it is larger than the platform handles, either way.
    """
    if type(value) is not int:
        raise TypeError(f"An amount is a whole number, not {type(value).__name__}")
    if abs(value) > LARGEST_AMOUNT:
        raise AmountOutOfRange
    return MinorUnits(value)


def add_up(amounts: Iterable[MinorUnits]) -> MinorUnits:
    """Return the sum; it, too, is within what the platform handles."""
    return minor_units(sum(map(minor_units, amounts)))


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest whole number, a half upwards.

    >>> half_up(5, 2), half_up(7, 3), half_up(-5, 2)
    (3, 2, -2)
    """
    return (2 * numerator + denominator) // (2 * denominator)


def percent_of(amount: MinorUnits, percent: int) -> MinorUnits:
    """Return ``percent`` percent of an amount, rounded half up to one minor unit.

    >>> percent_of(MinorUnits(1250), 2), percent_of(MinorUnits(1225), 2)
    (25, 25)

    Raises:
        PercentOutOfRange: ``percent`` is not within 0 to 100.
    """
    return MinorUnits(half_up(minor_units(amount) * whole_percent(percent), WHOLE))


def whole_percent(percent: int) -> int:
    """Return ``percent`` if it is one.

    Raises:
        TypeError: it is not a plain whole number.
        PercentOutOfRange: it is not within 0 to 100.
    """
    if type(percent) is not int:
        raise TypeError(f"A percentage is a whole number, not {type(percent).__name__}")
    if not 0 <= percent <= WHOLE:
        raise PercentOutOfRange(f"{percent} is not a percentage from 0 to 100")
    return percent


def apportion(exact: Sequence[int], per: int) -> list[MinorUnits]:
    """Round a sum of exact parts once, and split it so that the parts add up to it.

    ``exact`` are the parts in ``1/per`` of a minor unit, none negative. Their sum is
    rounded half up. Each part is rounded down; the units left over go one each to the
    parts with the largest remainders, the earlier one first when two are equal. So each
    part is its exact value rounded down or up, and never more than that.

    >>> apportion([16650, 16650, 16700], per=100)
    [167, 166, 167]
    >>> apportion([50, 0, 0], per=100)
    [1, 0, 0]
    """
    if any(part < 0 for part in exact):
        raise ValueError("No part is negative")
    parts = [part // per for part in exact]
    left_over = half_up(sum(exact), per) - sum(parts)
    by_remainder = sorted(range(len(exact)), key=lambda i: -(exact[i] % per))
    for i in by_remainder[:left_over]:
        parts[i] += 1
    return [minor_units(part) for part in parts]


def split(total: MinorUnits, weights: Sequence[int]) -> list[MinorUnits]:
    """Split ``total`` in proportion to ``weights``, by largest remainder.

    >>> split(MinorUnits(100), [1, 1, 1])
    [34, 33, 33]
    >>> split(MinorUnits(0), [0, 0])
    [0, 0]

    Raises:
        ValueError: something is negative, or there is something to split and no weight.
    """
    if total == 0 and not any(weights):
        return [NOTHING for _ in weights]
    if total < 0 or not any(weights):
        raise ValueError("Only what is not negative can be split, over some weight")
    return apportion([minor_units(total) * weight for weight in weights], per=sum(weights))


def exponent_of(currency: str) -> int:
    """Return the decimals of a currency: 2 for EUR, 0 for JPY, 3 for KWD.

    Raises:
        CurrencyUnknown: there is no such currency.
    """
    try:
        return CURRENCIES[currency]
    except KeyError:
        raise CurrencyUnknown(f"{currency[:10]!a} is not the code of a currency in use") from None


def decimal_text(amount: MinorUnits, currency: str) -> str:
    """Write an amount in major units with a decimal point, as providers and tables read it.

    >>> decimal_text(MinorUnits(-5), "EUR"), decimal_text(MinorUnits(1234), "JPY")
    ('-0.05', '1234')
    """
    sign, whole, decimals = _parts(amount, currency)
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def from_decimal_text(text: str, currency: str) -> MinorUnits:
    """Read an amount in major units; the inverse of ``decimal_text``.

    More decimals than the currency has are read only when they are zeros.

    >>> from_decimal_text("12.5", "EUR"), from_decimal_text("7.000", "JPY")
    (1250, 7)

    Raises:
        ValueError: this is not an amount of that currency; nothing is ever rounded away.
        CurrencyUnknown: there is no such currency.
    """
    exponent = exponent_of(currency)
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise ValueError("An amount is written with digits and a decimal point")
    sign, whole, decimals = found[1], found[2], found[3] or ""
    if decimals[exponent:].strip("0"):
        raise ValueError(f"{currency} has {exponent} decimals")
    return minor_units(int(f"{sign}{whole}{decimals[:exponent].ljust(exponent, '0')}"))


def format_money(amount: MinorUnits, currency: str, language: str) -> str:
    r"""Write an amount for a reader of ``language`` (a BCP 47 tag such as ``pt-BR``).

    Knows de, en, es, fr, it and pt; any other language reads English. Spaces do not break.

    >>> format_money(MinorUnits(123450), "EUR", "en"), format_money(MinorUnits(-5), "USD", "en")
    ('€1,234.50', '-$0.05')
    >>> format_money(MinorUnits(123456789), "EUR", "de-AT")
    '1.234.567,89\xa0€'
    >>> format_money(MinorUnits(5000), "KWD", "en"), format_money(MinorUnits(5000), "JPY", "fr")
    ('KWD\xa05.000', '5\u202f000\xa0¥')
    """
    tag = language.replace("_", "-").split("-")[0].lower()
    tag = tag if tag in _WRITINGS else "en"
    writing = _WRITINGS[tag]
    sign, whole, decimals = _parts(amount, currency)
    if len(whole) >= writing.smallest_grouped:
        whole = f"{int(whole):,}".replace(",", writing.group)
    number = f"{whole}{writing.point}{decimals}" if decimals else whole
    symbol = "$" if (tag, currency) == ("en", "USD") else _SYMBOLS.get(currency, currency)
    if not writing.is_symbol_first:
        return f"{sign}{number}\xa0{symbol}"
    gap = "" if tag == "en" and not symbol[-1].isalpha() else "\xa0"
    return f"{sign}{symbol}{gap}{number}"


def _parts(amount: MinorUnits, currency: str) -> tuple[str, str, str]:
    """Return sign, digits before the point and digits after it."""
    exponent = exponent_of(currency)
    sign = "-" if minor_units(amount) < 0 else ""
    digits = str(abs(amount)).rjust(exponent + 1, "0")
    return sign, digits[: len(digits) - exponent], digits[len(digits) - exponent :]
