"""The statements about how things stand now: what is left, and all popups at a glance."""

from app.api.dashboard.figures import (
    IS_SOLD,
    MONEY_BACK,
    POPUP,
    answer,
    listed,
    one,
    sums,
)

# A hold that has lapsed is let go by whoever wants it next; until then it is free already.
_REMAINING = """
    a.capacity AS "limit", coalesce(a.held - lapsed.units, 0) AS held,
    coalesce(a.taken, 0) AS taken, a.capacity - a.held + lapsed.units - a.taken AS "left" """

_COUNTED = """
    LEFT JOIN app.allotments a ON a.tenant_id = thing.tenant_id AND a.id = thing.id
    LEFT JOIN LATERAL (
      SELECT coalesce(sum(h.quantity), 0) AS units FROM app.holds h
      WHERE h.tenant_id = a.tenant_id AND h.allotment_id = a.id AND h.state = 'held'
        AND h.expires_at <= now()) AS lapsed ON true
    WHERE thing.tenant_id = popup.tenant_id AND thing.popup_id = popup.id"""

STOCK = answer(
    POPUP,
    {
        "products": listed(
            f"SELECT {_REMAINING}, thing.id AS product_id, thing.name, thing.category,"
            " thing.is_active"
            f" FROM app.products thing {_COUNTED} ORDER BY thing.position, thing.id"
        ),
        "coupons": listed(
            f"SELECT {_REMAINING}, thing.id AS coupon_id, thing.code, thing.percent,"
            " thing.is_active, spent.orders, spent.discount_minor"
            f""" FROM app.coupons thing LEFT JOIN LATERAL (
              SELECT count(DISTINCT pay.id) AS orders,
                     coalesce(sum(l.discount_minor), 0) AS discount_minor
              FROM app.payments pay LEFT JOIN app.payment_lines l
                ON l.tenant_id = pay.tenant_id AND l.payment_id = pay.id
                  AND l.discount_source = 'coupon'
              WHERE pay.tenant_id = thing.tenant_id AND pay.coupon_id = thing.id
                AND pay.popup_id = thing.popup_id AND {IS_SOLD}) AS spent ON true
            {_COUNTED} ORDER BY thing.code"""
        ),
        "groups": listed(
            f"SELECT {_REMAINING}, thing.id AS group_id, thing.name, thing.is_active,"
            f""" (SELECT count(*) FROM app.group_members m
               WHERE m.tenant_id = thing.tenant_id AND m.group_id = thing.id) AS members,
              (SELECT count(*) FROM app.group_invitations i
               WHERE i.tenant_id = thing.tenant_id AND i.group_id = thing.id
                 AND i.status = 'open') AS open_invitations
            FROM app.groups thing {_COUNTED} ORDER BY thing.name, thing.id"""
        ),
    },
)
"""What is left of all that a popup has a limited number of."""

_HEADS = (
    "applications",
    "in_review",
    "accepted",
    "attendees",
    "orders",
    "tickets",
    "arrivals",
)
_TAKINGS = {
    "sold_minor": "sold",
    "exchanged_minor": "exchanged",
    "refunded_minor": "refunded",
    "revenue_minor": "sold - exchanged - refunded",
}
_FOUND = """found AS MATERIALIZED (
    SELECT p.id AS popup_id, p.name, p.status, p.starts_on, p.ends_on, p.currency,
           coalesce(apps.applications, 0) AS applications,
           coalesce(apps.in_review, 0) AS in_review, coalesce(apps.accepted, 0) AS accepted,
           coalesce(people.attendees, 0) AS attendees, coalesce(paid.orders, 0) AS orders,
           coalesce(passes.tickets, 0) AS tickets, coalesce(door.arrivals, 0) AS arrivals,
           coalesce(paid.sold, 0) AS sold, coalesce(paid.exchanged, 0) AS exchanged,
           coalesce(back.refunded, 0) AS refunded
    FROM app.popups p
    LEFT JOIN apps ON apps.popup_id = p.id LEFT JOIN people ON people.popup_id = p.id
    LEFT JOIN paid ON paid.popup_id = p.id LEFT JOIN back ON back.popup_id = p.id
    LEFT JOIN passes ON passes.popup_id = p.id LEFT JOIN door ON door.popup_id = p.id
    WHERE p.tenant_id = %(tenant)s)"""

_EVERYTHING = f"""
  apps AS (
    SELECT a.popup_id, count(*) AS applications,
           count(*) FILTER (WHERE a.status = 'in_review') AS in_review,
           count(*) FILTER (WHERE a.status = 'accepted') AS accepted
    FROM app.applications a WHERE a.tenant_id = %(tenant)s GROUP BY a.popup_id),
  people AS (
    SELECT a.popup_id, count(*) AS attendees FROM app.applications a
    JOIN app.attendees guest
      ON guest.tenant_id = a.tenant_id AND guest.application_id = a.id
    WHERE a.tenant_id = %(tenant)s AND a.status = 'accepted' GROUP BY a.popup_id),
  lines AS (
    SELECT l.payment_id, sum(l.net_minor + l.contribution_minor) AS sold
    FROM app.payment_lines l WHERE l.tenant_id = %(tenant)s GROUP BY l.payment_id),
  paid AS (
    SELECT pay.popup_id, count(*) AS orders, coalesce(sum(lines.sold), 0) AS sold,
           sum(pay.returned_value_minor) AS exchanged
    FROM app.payments pay LEFT JOIN lines ON lines.payment_id = pay.id
    WHERE pay.tenant_id = %(tenant)s AND {IS_SOLD} GROUP BY pay.popup_id),
  back AS (
    SELECT r.popup_id, sum({MONEY_BACK} + r.credit_minor) AS refunded
    FROM app.refunds r JOIN app.payments pay
      ON pay.tenant_id = r.tenant_id AND pay.id = r.payment_id
    WHERE r.tenant_id = %(tenant)s AND {IS_SOLD}
    GROUP BY r.popup_id),
  passes AS (
    SELECT t.popup_id, count(*) AS tickets FROM app.tickets t
    WHERE t.tenant_id = %(tenant)s AND t.status = 'issued' GROUP BY t.popup_id),
  door AS (
    SELECT c.popup_id, count(DISTINCT c.ticket_id) AS arrivals FROM app.check_ins c
    WHERE c.tenant_id = %(tenant)s GROUP BY c.popup_id)"""

OVERVIEW = answer(
    f"{_EVERYTHING}, {_FOUND}",
    {
        "popup_count": "(SELECT count(*) FROM found)",
        "totals": one(f"SELECT {sums({head: head for head in _HEADS})} FROM found"),
        "currencies": listed(
            f"SELECT {sums(_TAKINGS)}, currency, count(*) AS popups, sum(orders) AS orders"
            " FROM found GROUP BY currency ORDER BY currency"
        ),
        "popups": listed(
            f"SELECT {', '.join(_HEADS)},"
            f" {', '.join(f'{what} AS {name}' for name, what in _TAKINGS.items())},"
            " popup_id, name, status, starts_on, ends_on, currency FROM found"
            " ORDER BY starts_on DESC, popup_id DESC LIMIT %(limit)s OFFSET %(skip)s"
        ),
    },
    source="(SELECT 1) AS once",
)
"""All popups at a glance."""
