"""How each list of the API is made long: its rows are copied in the database, many at once.

A new list gets one line in ``LISTS``. What is copied is a row that its makers made (see
``makers.py``), so a copy is as good a row as the first; triggers are left out, since they are
about one row at a time and are tested where they belong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

COPIES = 199
"""With the row that is copied, as many as the largest page holds."""

ODD = (COPIES + 1) // 2
"""The copies with an odd number."""


@dataclass(frozen=True)
class Copied:
    """Rows of a table, copied with changes: SQL for the ``n``-th copy of the row ``t``.

    ``row`` is the placeholder of the row, or of another that ``where`` leads from.
    """

    table: str
    row: str
    changes: Mapping[str, str] = field(default_factory=dict)
    where: str = "t.id = %(id)s"


@dataclass(frozen=True)
class Sown:
    """What is copied for a list, and a filter that so many of the copies match."""

    copied: tuple[Copied, ...]
    narrowed: Mapping[str, str]
    matching: int


NEW_EMAIL = "'copy' || n || '@example.com'"
NEW_SLUG = "'copy-' || n"
NEEDLE = "CASE WHEN mod(n, 2) = 1 THEN 'Needle' ELSE 'Straw' END"
IS_EVEN = "mod(n, 2) = 0"
IS_ODD = "mod(n, 2) = 1"


def nth(column: str) -> str:
    """Return the SQL of the id that the ``n``-th copy of another row has."""
    return f"pg_temp.nth(t.{column}, n)"


def odd(column: str, value: str) -> str:
    """Return the SQL of a value that every other copy has."""
    return f"CASE WHEN mod(n, 2) = 1 THEN '{value}' ELSE t.{column} END"


def half(table: str, row: str, narrowed: Mapping[str, str], **changes: str) -> Sown:
    """Return what copies one row so that every other copy matches a filter."""
    return Sown((Copied(table, row, changes),), narrowed, ODD)


_SEARCH = {"search": "Needle"}
_INACTIVE = {"is_active": "false"}
_OF_POPUP = "t.popup_id = %(id)s"
_OF_MEMBER = "t.id IN (SELECT human_id FROM app.group_members WHERE id = %(id)s)"
_OF_APPLICANT = "t.id IN (SELECT human_id FROM app.applications WHERE id = %(id)s)"
_APPLICANTS_THERE = "t.id IN (SELECT human_id FROM app.applications WHERE popup_id = %(id)s)"
_PERSON = {"email": NEW_EMAIL, "first_name": NEEDLE}


def _members(row: str) -> Sown:
    people = Copied("humans", row, _PERSON, _OF_MEMBER)
    return Sown((people, Copied("group_members", row, {"human_id": nth("human_id")})), _SEARCH, ODD)


def _invitations(row: str) -> Sown:
    return half("group_invitations", row, _SEARCH, email=NEW_EMAIL, first_name=NEEDLE)


def _applications(row: str, narrowed: Mapping[str, str], matching: int, **changes: str) -> Sown:
    people = Copied("humans", row, _PERSON, _OF_APPLICANT)
    theirs = Copied("applications", row, {"human_id": nth("human_id"), **changes})
    return Sown((people, theirs), narrowed, matching)


def _payments() -> Sown:
    orders = Copied("payments", "payment_id", {"status": odd("status", "cancelled")})
    lines = Copied(
        "payment_lines", "payment_id", {"payment_id": nth("payment_id")}, "t.payment_id = %(id)s"
    )
    return Sown((orders, lines), {"status": "cancelled"}, ODD)


def _deposits(narrowed: Mapping[str, str], matching: int) -> Sown:
    changes = {
        "status": "CASE WHEN mod(n, 2) = 1 THEN 'failed' ELSE 'released' END",
        "provider_reference": "'copy' || n",
    }
    return Sown((Copied("card_holds", "hold_id", changes),), narrowed, matching)


def _tickets() -> Sown:
    changes = {
        "unit": "n + 1",
        "code": "overlay(t.code placing lpad(n::text, 12, '0') from 1)",
        "status": odd("status", "voided"),
    }
    return half("tickets", "ticket_id", {"status": "voided"}, **changes)


def _scans(narrowed: Mapping[str, str], matching: int) -> Sown:
    changes = {"scan_id": nth("scan_id"), "scanned_at": odd("scanned_at", "2001-01-01T00:00:00Z")}
    seen = Copied("check_ins", "check_in_ticket_id", changes, "t.ticket_id = %(id)s")
    return Sown((seen,), narrowed, matching)


_ATTENDEES = half("attendees", "companion_attendee_id", _SEARCH, name=NEEDLE)

LISTS: Mapping[str, Sown | str] = {
    "list_operators": half("operators", "operator_id", _SEARCH, email=NEW_EMAIL, name=NEEDLE),
    "list_tenants": half(
        "tenants",
        "tenant_id",
        {"status": "suspended"},
        slug=NEW_SLUG,
        status=odd("status", "suspended"),
    ),
    "list_users": half("users", "user_id", _SEARCH, email=NEW_EMAIL, name=NEEDLE),
    "list_humans": half(
        "humans", "human_id", {"is_red_flagged": "true"}, email=NEW_EMAIL, is_red_flagged=IS_ODD
    ),
    "list_audit_log": Sown(
        (
            Copied(
                "audit_log",
                "user_id",
                {"actor": odd("actor", "user:needle")},
                "t.row_id = %(id)s",
            ),
        ),
        {"actor": "user:needle"},
        ODD,
    ),
    "list_published_popups": half(
        "popups",
        "popup_id",
        {"status": "ended"},
        slug="t.slug || '-' || n",
        status=odd("status", "ended"),
    ),
    "list_popups": half(
        "popups",
        "popup_id",
        {"status": "ended"},
        slug="t.slug || '-' || n",
        status=odd("status", "ended"),
    ),
    "list_offers": half(
        "products",
        "product_id",
        {"category": "merch"},
        slug=NEW_SLUG,
        category=odd("category", "merch"),
    ),
    "list_products": half("products", "product_id", _INACTIVE, slug=NEW_SLUG, is_active=IS_EVEN),
    "list_coupons": half("coupons", "coupon_id", _INACTIVE, code="'COPY' || n", is_active=IS_EVEN),
    "list_form_fields": half(
        "form_fields", "field_id", {"required": "true"}, key="'copy_' || n", required=IS_ODD
    ),
    "list_uploads": half(
        "uploads",
        "upload_id",
        {"content_type": "image/webp"},
        key=f"replace(t.key, t.id::text, {nth('id')}::text)",
        content_type=odd("content_type", "image/webp"),
    ),
    "list_led_groups": half("groups", "led_group_id", _INACTIVE, slug=NEW_SLUG, is_active=IS_EVEN),
    "list_led_group_members": _members("led_member_id"),
    "list_led_group_invitations": _invitations("led_invitation_id"),
    "list_groups": half("groups", "group_id", _INACTIVE, slug=NEW_SLUG, is_active=IS_EVEN),
    "list_group_members": _members("member_id"),
    "list_group_invitations": _invitations("invitation_id"),
    "list_review_queue": _applications("submitted_application_id", {}, COPIES),
    "list_own_applications": Sown(
        (
            Copied("popups", "popup_id", {"slug": "t.slug || '-' || n"}),
            Copied("applications", "application_id", {"popup_id": nth("popup_id")}),
        ),
        {"popup_id": "$popup_id"},
        0,
    ),
    "list_applications": _applications(
        "application_id",
        {"scholarship_status": "requested"},
        ODD,
        scholarship_status=odd("scholarship_status", "requested"),
    ),
    "list_popup_reviewers": Sown(
        (
            Copied("users", "user_id", {"email": NEW_EMAIL}),
            Copied("popup_reviewers", "reviewer_id", {"user_id": nth("user_id")}),
        ),
        {"user_id": "$user_id"},
        0,
    ),
    "list_own_attendees": _ATTENDEES,
    "list_attendees": _ATTENDEES,
    "list_directory": Sown(
        (
            Copied("humans", "attended_popup_id", _PERSON, _APPLICANTS_THERE),
            Copied("applications", "attended_popup_id", {"human_id": nth("human_id")}, _OF_POPUP),
            Copied(
                "attendees",
                "attended_popup_id",
                {
                    "human_id": nth("human_id"),
                    "owner_id": nth("owner_id"),
                    "application_id": nth("application_id"),
                    "name": NEEDLE,
                },
                _OF_POPUP,
            ),
        ),
        _SEARCH,
        ODD,
    ),
    "list_payments": _payments(),
    "list_own_payments": _payments(),
    "list_card_holds": _deposits({"status": "failed"}, ODD),
    "list_own_card_holds": _deposits({"application_id": "$deposit_application_id"}, COPIES),
    "list_webhook_events": half(
        "webhook_events",
        "webhook_event_id",
        {"outcome": "refused"},
        event_id="t.event_id || n",
        outcome=odd("outcome", "refused"),
    ),
    "list_provider_accounts": "An organisation has one account at each of a handful of providers",
    "list_own_tickets": _tickets(),
    "list_tickets": _tickets(),
    "list_check_ins": _scans({"scanned_at_until": "2001-02-01T00:00:00Z"}, ODD),
    "list_ticket_check_ins": _scans({"search": "nobody of this name"}, 0),
}
"""Every list by the id of its operation; a text says why one is never long."""

_NTH = """
CREATE FUNCTION pg_temp.nth(id uuid, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT overlay(id::text placing lpad(n::text, 12, '0') from 25)::uuid $$
"""
"""The ``n``-th copy's id, by the first one's: so copies can name copies."""

_COLUMNS = """
SELECT attname FROM pg_attribute
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


def copy(owner: psycopg.Connection, copied: Copied, source: str, *, first: int) -> int:
    """Copy a row, the numbers of the copies starting with ``first``; return how many there are."""
    table = sql.Identifier("app", copied.table)
    columns = [name for (name,) in owner.execute(_COLUMNS, [f"app.{copied.table}"])]
    changes = {"id": nth("id"), **copied.changes}
    values = [
        sql.SQL(changes[name]) if name in changes else sql.SQL("t.{}").format(sql.Identifier(name))
        for name in columns
    ]
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} t, generate_series({}, {}) n WHERE")
    made = owner.execute(
        sql.SQL(" ").join(
            [
                statement.format(
                    table,
                    sql.SQL(", ").join(map(sql.Identifier, columns)),
                    sql.SQL(", ").join(values),
                    table,
                    sql.Literal(first),
                    sql.Literal(first + COPIES - 1),
                ),
                sql.SQL(copied.where),
            ]
        ),
        {"id": source},
    )
    return made.rowcount


def prepare(owner: psycopg.Connection) -> None:
    """Let a connection copy rows: as a replica does, without triggers."""
    owner.execute("SET session_replication_role = replica")
    owner.execute(_NTH)
