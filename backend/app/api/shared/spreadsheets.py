"""Rows as CSV (RFC 4180, UTF-8) that a spreadsheet opens without running anything in it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_STARTS_A_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""OWASP's list, and the full-width forms that some spreadsheets read alike."""


def harmless(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula.

    Blanks before it do not help it through. A plain number is no formula, whatever its sign.

    >>> harmless("=1+1"), harmless(" @SUM(A1)"), harmless("-12.5"), harmless("a=b")
    ("'=1+1", "' @SUM(A1)", '-12.5', 'a=b')
    """
    first = text[:1] if text[:1] in "\t\r\n" else text.lstrip(" ")[:1]
    if first and first in _STARTS_A_FORMULA and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows, None as an empty cell; what needs quotes gets them.

    >>> csv_lines([["a", None, "b, c"]]).decode().rstrip()
    'a,,"b, c"'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(["" if cell is None else harmless(str(cell)) for cell in row])
    return text.getvalue().encode()
