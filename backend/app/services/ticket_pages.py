"""Draws tickets: the QR image of a code, and pages to print. Pure, and work for a thread."""

import io
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import segno
from fpdf import FPDF, XPos, YPos
from fpdf.fonts import TTFFont
from pydantic import BaseModel

from app.api.ticket.code import show_code

_FONTS = Path(__file__).resolve().parents[1] / "fonts"
_PLAIN, _BOLD = _FONTS / "DejaVuSans.ttf", _FONTS / "DejaVuSans-Bold.ttf"

QUIET_MODULES = 4
"""White around a QR code, in modules: what ISO/IEC 18004 asks for."""

PNG_PIXELS = 12
"""Pixels to a module: sharp on a phone's screen and on paper."""

LONGEST_TEXT = 90
"""Characters of a name that are printed; a page has room for as many of the widest."""

_PAGE = (148.0, 210.0)
"""A5, in millimetres: two to a sheet of A4."""

_MARGIN = 14.0
_QR = 68.0
_INVISIBLE = "Cc", "Cf", "Cs", "Mn", "Me"
_JOINERS = "\u200c\u200d"
_MISSING = "\u25a1"
"""What stands for a letter that no font has."""


class TicketPage(BaseModel):
    """What is printed on one ticket."""

    organisation: str
    popup_name: str
    location: str
    starts_on: date
    ends_on: date
    attendee_name: str
    product_name: str
    code: str


def qr_image(code: str, kind: Literal["png", "svg"]) -> bytes:
    """Return the QR image of a code.

    It holds the code's characters and nothing else, so that any scanner's reading can be
    told as it is. A quarter of it may be dirty, folded or behind a thumb (level Q).
    """
    image = segno.make_qr(code, error="q", mode="alphanumeric", boost_error=False)
    file = io.BytesIO()
    if kind == "png":
        image.save(file, kind="png", scale=PNG_PIXELS, border=QUIET_MODULES)
    else:
        # Black on white whatever is behind it: a transparent one is unreadable on dark pages.
        image.save(file, kind="svg", border=QUIET_MODULES, light="white", omitsize=True)
    return file.getvalue()


def ticket_pdf(pages: Sequence[TicketPage], extra_font: Path | None = None) -> bytes:
    """Return a PDF with a page for each ticket.

    ``extra_font`` is for letters that DejaVu Sans lacks; those that no font has are drawn
    as boxes, and the QR image admits all the same.
    """
    pdf = FPDF(unit="mm", format=_PAGE)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(_MARGIN)
    pdf.set_title("Tickets" if len(pages) > 1 else "Ticket")
    pdf.add_font("plain", fname=_PLAIN)
    pdf.add_font("plain", style="B", fname=_BOLD)
    # Joins Arabic letters and sets right-to-left names the right way round.
    pdf.set_text_shaping(use_shaping_engine=True)
    if extra_font is not None:
        pdf.add_font("extra", fname=extra_font)
        pdf.set_fallback_fonts(["extra"], exact_match=False)
    letters = _letters(pdf)
    for number, page in enumerate(pages, start=1):
        _draw(pdf, page, f"{number} / {len(pages)}", letters)
    return bytes(pdf.output())


def _draw(pdf: FPDF, page: TicketPage, number: str, letters: frozenset[int]) -> None:
    pdf.add_page()
    _line(pdf, _printable(page.organisation, letters), 9, grey=110)
    pdf.ln(1)
    _line(pdf, _printable(page.popup_name, letters), 19, bold=True)
    pdf.ln(1.5)
    _line(pdf, days(page.starts_on, page.ends_on), 11)
    if page.location:
        _line(pdf, _printable(page.location, letters), 11)
    pdf.ln(2)
    left = (_PAGE[0] - _QR) / 2
    pdf.image(io.BytesIO(qr_image(page.code, "png")), x=left, w=_QR, h=_QR)
    _line(pdf, show_code(page.code), 10, centred=True)
    pdf.ln(5)
    _line(pdf, _printable(page.attendee_name, letters), 17, bold=True, centred=True)
    pdf.ln(1)
    _line(pdf, _printable(page.product_name, letters), 12, centred=True)
    pdf.set_y(_PAGE[1] - _MARGIN)
    _line(pdf, number, 8, grey=110, centred=True)


def _line(
    pdf: FPDF,
    text: str,
    size: float,
    *,
    bold: bool = False,
    grey: int = 0,
    centred: bool = False,
) -> None:
    """Write a line; a longer text gets smaller letters, and as many lines as it takes."""
    shrunk = size if len(text) <= 40 else max(9.0, size * 0.6)  # noqa: PLR2004  # what fits one line
    points = min(size, shrunk)
    pdf.set_font("plain", style="B" if bold else "", size=points)
    pdf.set_text_color(grey)
    pdf.multi_cell(
        0,
        points * 0.48,  # millimetres between lines: a third more than the letters are high
        text,
        align="C" if centred else "L",
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
    )


def days(first: date, last: date) -> str:
    """Write from when to when an event goes on, the same for whoever reads it.

    >>> days(date(2026, 6, 1), date(2026, 6, 30)), days(date(2026, 6, 1), date(2026, 6, 1))
    ('2026-06-01 \u2013 2026-06-30', '2026-06-01')
    """
    return first.isoformat() if first == last else f"{first.isoformat()} \u2013 {last.isoformat()}"


def _printable(text: str, letters: frozenset[int]) -> str:
    """Return a text as it can be drawn: no controls, boxes for what no font has."""
    shown = "".join(
        character
        if ord(character) in letters or character in _JOINERS
        else ""
        if unicodedata.category(character) in _INVISIBLE
        else _MISSING
        for character in unicodedata.normalize("NFC", text)
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs"} or character in _JOINERS
    )
    return shown if len(shown) <= LONGEST_TEXT else f"{shown[: LONGEST_TEXT - 1]}\u2026"


def _letters(pdf: FPDF) -> frozenset[int]:
    """Return the characters that can be drawn, whether as a name or as a heading."""
    known = {name: font.cmap for name, font in pdf.fonts.items() if isinstance(font, TTFFont)}
    drawn = known["plain"].keys() & known["plainB"].keys()
    return frozenset(drawn | known.get("extra", {}).keys())
