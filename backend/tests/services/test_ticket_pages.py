"""Tickets as they are seen: every picture here is read by a decoder, every page drawn anew."""

import io
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fpdf import FPDF
from PIL import Image

from app.api.ticket.code import ticket_code
from app.services.ticket_pages import LONGEST_TEXT, TicketPage, days, qr_image, ticket_pdf
from tests.services.ticket_reading import codes_in, read_pdf

CODES = [ticket_code(bytes(16)), ticket_code(bytes(range(16))), ticket_code(b"\xff" * 16)]
QUIET, MODULES, PIXELS = 4, 25, 12
"""White around a code in modules, modules of a code of 26 letters, pixels of one."""


def page(**changes: object) -> TicketPage:
    return TicketPage.model_validate(
        {
            "organisation": "Acme",
            "popup_name": "Summer City",
            "location": "Lisbon",
            "starts_on": date(2100, 6, 1),
            "ends_on": date(2100, 6, 30),
            "attendee_name": "Ada",
            "product_name": "Week",
            "code": CODES[1],
            **changes,
        }
    )


@pytest.mark.parametrize("code", CODES)
def test_a_png_reads_as_its_code_with_white_around_it(code: str) -> None:
    with Image.open(io.BytesIO(qr_image(code, "png"))) as image:
        (found,) = zxingcpp.read_barcodes(image)
        grey = image.convert("L")
        size = image.width

    assert (found.text, found.ec_level) == (code, "Q")
    assert size == (MODULES + 2 * QUIET) * PIXELS
    inside = grey.point(lambda level: 255 - level).getbbox()
    assert inside == (QUIET * PIXELS, QUIET * PIXELS, size - QUIET * PIXELS, size - QUIET * PIXELS)


@pytest.mark.parametrize("code", CODES)
def test_an_svg_reads_as_its_code_on_any_ground(code: str) -> None:
    pdf = FPDF(unit="mm", format=(100, 100))
    pdf.add_page()
    pdf.set_fill_color(20)
    pdf.rect(0, 0, 100, 100, style="F")
    pdf.image(io.BytesIO(qr_image(code, "svg")), x=20, y=20, w=60, h=60)

    ((_, found),) = read_pdf(bytes(pdf.output()))

    assert found == [code]


def test_an_image_survives_a_thumb() -> None:
    with Image.open(io.BytesIO(qr_image(CODES[1], "png"))) as opened:
        image = opened.convert("L")
    middle = image.width // 2
    image.paste(255, (middle, middle, middle + 6 * PIXELS, middle + 5 * PIXELS))

    assert codes_in(image) == [CODES[1]]


def test_each_ticket_is_a_page_that_says_all_there_is_to_know() -> None:
    pages = [page(code=code, attendee_name=f"Ada {turn}") for turn, code in enumerate(CODES)]

    read = read_pdf(ticket_pdf(pages))

    assert [found for _, found in read] == [[code] for code in CODES]
    assert [text.splitlines() for text, _ in read][1] == [
        "Acme",
        "Summer City",
        "2100-06-01 \u2013 2100-06-30",
        "Lisbon",
        "00041-06105-0R3GG-28A1C-60T3G-F",
        "Ada 1",
        "Week",
        "2 / 3",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\u043e\u0432\u0438\u0447",
        "\u017baneta \u00c5ngstr\u00f6m",
        "Nguy\u1ec5n Th\u1ecb \u00c1nh",
        "\u0395\u03bb\u03ad\u03bd\u03b7",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u0645\u0631\u062d\u0628\u0627",
        "O\u2019Brien & <b>Sons</b> (\\x)",
    ],
)
def test_a_name_is_printed_as_it_is_written(name: str) -> None:
    ((text, found),) = read_pdf(ticket_pdf([page(attendee_name=name)]))

    assert name in text.splitlines()
    assert found == [CODES[1]]


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("\u6797 \u7f8e\u54b2", "\u25a1 \u25a1\u25a1"),
        ("Mia \U0001f469\u200d\U0001f467", "Mia \u25a1\u25a1"),
        ("a\u202eb\x07c", "abc"),
        ("e\u0301", "\u00e9"),
        ("\u0e44\u0e17\u0e22", "\u25a1\u25a1\u25a1"),
    ],
)
def test_what_no_font_has_is_a_box_and_what_nobody_sees_is_left_out(
    name: str, printed: str
) -> None:
    ((text, found),) = read_pdf(ticket_pdf([page(attendee_name=name)]))

    assert printed in text.splitlines()
    assert found == [CODES[1]]


def test_an_extra_font_prints_what_the_other_lacks(tmp_path: Path) -> None:
    font = a_font(tmp_path, "\u6797\u7f8e")

    ((text, found),) = read_pdf(ticket_pdf([page(attendee_name="\u6797\u7f8e\u54b2 Lin")], font))

    assert "\u6797\u7f8e\u25a1 Lin" in text.splitlines()
    assert found == [CODES[1]]


@pytest.mark.parametrize("letter", ["W", "\u0428", "\u6797", "w ", "i"])
def test_the_longest_names_leave_the_code_readable_and_stay_on_their_page(letter: str) -> None:
    long = letter * 200
    names = ("organisation", "popup_name", "location", "attendee_name", "product_name")

    read = read_pdf(ticket_pdf([page(**dict.fromkeys(names, long))] * 2))

    assert [found for _, found in read] == [[CODES[1]]] * 2
    lines = read[0][0].splitlines()
    assert lines[-1] == "1 / 2"
    assert sum(line.endswith("\u2026") for line in lines) == len(names)
    assert len(long) > LONGEST_TEXT


def test_nothing_is_drawn_below_the_foot_of_the_longest_page() -> None:
    names = ("organisation", "popup_name", "location", "attendee_name", "product_name")

    with pypdfium2.PdfDocument(ticket_pdf([page(**dict.fromkeys(names, "W" * 200))])) as document:
        text = document[0].get_textpage()
        foot = text.search("1 / 1").get_next()
        rest = [text.get_charbox(place)[1] for place in range(foot[0])]
        above = text.get_charbox(foot[0])[3]

    assert min(bottom for bottom in rest if bottom) > above


def test_days_of_one_day() -> None:
    assert days(date(2026, 6, 1), date(2026, 6, 1)) == "2026-06-01"


def a_font(folder: Path, letters: str) -> Path:
    """Make a font that draws these letters as squares."""
    names = [".notdef", *(f"uni{ord(letter):04X}" for letter in letters)]
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"uni{ord(letter):04X}" for letter in letters})
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    path = folder / "squares.ttf"
    builder.save(path)
    return path
