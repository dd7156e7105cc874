"""A ticket's secret code: 128 random bits that a person can read out and type."""

from app.api.ticket.errors import TicketCodeUnreadable

RANDOM_BYTES = 16
"""Nobody guesses one code of 2**128 by asking at a door, or at an interface, ever."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, which are misread or spell things."""

LENGTH = 26
"""Characters that hold 128 bits, five each; the first holds three."""

_GROUP = 5
_MISREAD = str.maketrans("OIL", "011", " -\t\r\n")


def ticket_code(random: bytes) -> str:
    """Return the code that sixteen bytes from a cryptographic source make.

    >>> ticket_code(bytes(range(16)))
    '00041061050R3GG28A1C60T3GF'

    Raises:
        ValueError: there are more or fewer than sixteen bytes.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"A code is made of {RANDOM_BYTES} bytes")
    number = int.from_bytes(random, "big")
    shifts = range(5 * (LENGTH - 1), -1, -5)
    return "".join(ALPHABET[number >> shift & 31] for shift in shifts)


def show_code(code: str) -> str:
    """Return a code in groups, as it is printed under the QR image.

    >>> show_code("00041061050R3GG28A1C60T3GF")
    '00041-06105-0R3GG-28A1C-60T3G-F'
    """
    return "-".join(code[i : i + _GROUP] for i in range(0, len(code), _GROUP))


def read_code(typed: str) -> str:
    """Return the code that somebody typed or scanned, as it is kept.

    Case, spaces and hyphens do not matter; O is read as 0, and I and L as 1.

    >>> read_code("ooo4l-o6io5 0r3gg-28a1c-60t3g-F")
    '00041061050R3GG28A1C60T3GF'

    Raises:
        TicketCodeUnreadable: no code looks like this, whatever was meant.
    """
    if len(typed) > 4 * LENGTH or not typed.isascii():
        raise TicketCodeUnreadable
    code = typed.upper().translate(_MISREAD)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or code[0] > "7":
        raise TicketCodeUnreadable
    return code
