"""Reads tickets as a person and a scanner would: the text of a page, and the codes it shows."""

import pypdfium2
import zxingcpp
from PIL.Image import Image


def codes_in(image: Image) -> list[str]:
    """Return what a scanner reads in a picture."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


def read_pdf(pdf: bytes) -> list[tuple[str, list[str]]]:
    """Draw each page and return its text, and what a scanner reads in the drawing."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [
            (page.get_textpage().get_text_range(), codes_in(page.render(scale=2).to_pil()))
            for page in document
        ]
