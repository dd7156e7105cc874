"""Codes: made of random bytes, printed, typed, read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.ticket.code import ALPHABET, LENGTH, read_code, show_code, ticket_code
from app.api.ticket.errors import TicketCodeUnreadable

RANDOM = st.binary(min_size=16, max_size=16)


@pytest.mark.parametrize(
    ("random", "code"),
    [
        pytest.param(bytes(16), "0" * 26, id="nothing"),
        pytest.param(b"\xff" * 16, "7" + "Z" * 25, id="everything"),
        pytest.param(bytes(15) + b"\x1f", "0" * 25 + "Z", id="the last five bits"),
    ],
)
def test_ticket_code(random: bytes, code: str) -> None:
    assert ticket_code(random) == code


@pytest.mark.parametrize("size", [0, 15, 17])
def test_ticket_code_takes_sixteen_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        ticket_code(bytes(size))


@given(RANDOM)
def test_a_code_holds_every_bit(random: bytes) -> None:
    code = ticket_code(random)

    number = 0
    for character in code:
        number = number * 32 + ALPHABET.index(character)
    assert number.to_bytes(16, "big") == random
    assert len(code) == LENGTH
    assert not set(code) & set("ILOU")


@given(RANDOM, st.data())
def test_a_code_is_read_however_it_is_typed(random: bytes, data: st.DataObject) -> None:
    code = ticket_code(random)
    typed = "".join(
        data.draw(st.sampled_from({"0": "0oO", "1": "1iIlL"}.get(c, c + c.lower())))
        + data.draw(st.sampled_from(["", "", "-", " "]))
        for c in show_code(code).replace("-", "")
    )

    assert read_code(typed) == read_code(show_code(code)) == read_code(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="empty"),
        pytest.param("0" * 25, id="too short"),
        pytest.param("0" * 27, id="too long"),
        pytest.param("U" + "0" * 25, id="a letter no code has"),
        pytest.param("8" + "0" * 25, id="more than 128 bits"),
        pytest.param("0" * 25 + "\u0661", id="another script's digit"),
        pytest.param("0" * 25 + "\x00", id="NUL"),
        pytest.param("0" * 26 + " " * 200, id="endless"),
        pytest.param("https://example.com/t/" + "0" * 4, id="another QR code"),
    ],
)
def test_read_code_refuses(typed: str) -> None:
    with pytest.raises(TicketCodeUnreadable):
        read_code(typed)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_refused_or_a_code(typed: str) -> None:
    try:
        code = read_code(typed)
    except TicketCodeUnreadable:
        return

    assert read_code(code) == code
