"""The pieces of SQL that the dashboard's statements are made of; nothing a caller sent.

A statement first gathers what happened and on which day of the popup's time zone, cuts that
to the period, and adds it up several ways: so the parts of an answer add up to its totals
whatever the data.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

MOST_DAYS = 1_098
"""Days of a period: as long as the longest popup."""


def listed(select: str) -> str:
    """Render the rows of a select as an array, in its order."""
    rows = "coalesce(array_to_json(array_agg(row_to_json(item))), '[]'::json)"
    return f"(SELECT {rows} FROM ({select}) AS item)"


def one(select: str) -> str:
    """Render the one row of a select as an object."""
    return f"(SELECT row_to_json(item) FROM ({select}) AS item)"


def answer(ctes: str, members: Mapping[str, str], source: str = "popup") -> str:
    """Compose a statement whose one row is the answer, and which has none without a popup."""
    columns = ", ".join(f"{expression} AS {name}" for name, expression in members.items())
    rows = f"SELECT {columns} FROM {source}"
    return f"WITH {ctes} SELECT row_to_json(answer)::text FROM ({rows}) AS answer"


def all_of(values: Iterable[StrEnum], name: str) -> str:
    """Return a table of every value of an enumeration in order, so that none is left out."""
    rows = ", ".join(f"({place}, '{value}')" for place, value in enumerate(values))
    return f"(VALUES {rows}) AS every(place, {name})"


def sums(columns: Mapping[str, str]) -> str:
    """Add up each column under its name; nothing adds up to zero."""
    return ", ".join(f"coalesce(sum({what}), 0) AS {name}" for name, what in columns.items())


def day_of(instant: str) -> str:
    """Return the day of an instant in the popup's time zone."""
    return f"({instant} AT TIME ZONE popup.timezone)::date"


POPUP = """popup AS (
    SELECT p.tenant_id, p.id, p.timezone, p.currency FROM app.popups p
    WHERE p.tenant_id = %(tenant)s AND p.id = %(popup)s)"""

# An end that was not named is where something first or last happened: "reach" says where.
# least() and greatest() leave nulls out, and nothing is generated up to a null.
PERIOD = f"""period AS (
    SELECT coalesce(%(from_on)s::date,
               greatest(least(first_on, coalesce(%(to_on)s::date, last_on)),
                        coalesce(%(to_on)s::date, last_on) - {MOST_DAYS - 1})) AS from_on,
           coalesce(%(to_on)s::date,
               least(greatest(last_on, %(from_on)s::date),
                     %(from_on)s::date + {MOST_DAYS - 1})) AS to_on
    FROM reach),
  dense AS (
    SELECT period.from_on + n AS day
    FROM period, generate_series(0, period.to_on - period.from_on) AS n)"""

SHOWN_PERIOD = one("SELECT from_on, to_on FROM period")

IN_PERIOD = "BETWEEN period.from_on AND period.to_on"

# Paid at some time: money for an order that was let go is no sale, even if it went back.
IS_SOLD = (
    "pay.approved_at IS NOT NULL AND pay.status IN ('approved', 'partially_refunded', 'refunded')"
)

# Money whose sending failed is still ours; the store credit beside it was given at once.
MONEY_BACK = "CASE WHEN r.status = 'failed' THEN 0 ELSE r.amount_minor END"
