"""The statements about money: revenue, and orders.

Revenue is counted from the lines of paid orders, which never change, and from the refunds
of these orders.
"""

from app.api.dashboard.figures import (
    IN_PERIOD,
    IS_SOLD,
    MONEY_BACK,
    PERIOD,
    POPUP,
    SHOWN_PERIOD,
    all_of,
    answer,
    day_of,
    listed,
    one,
    sums,
)
from app.api.payment.lifecycle import PaymentProvider, PaymentStatus
from app.api.payment.pricing import DiscountSource
from app.api.product.eligibility import ProductCategory

_SOLD = f"""sold AS MATERIALIZED (
    SELECT pay.tenant_id, pay.id, {day_of("pay.approved_at")} AS day, pay.total_minor,
           pay.returned_value_minor, pay.captured_minor, pay.credit_spent_minor
    FROM popup JOIN app.payments pay
      ON pay.tenant_id = popup.tenant_id AND pay.popup_id = popup.id
    WHERE {IS_SOLD}),
  given AS MATERIALIZED (
    SELECT {day_of("r.created_at")} AS day, r.credit_minor, {MONEY_BACK} AS amount_minor
    FROM popup, sold JOIN app.refunds r
      ON r.tenant_id = sold.tenant_id AND r.payment_id = sold.id
    WHERE r.status <> 'failed' OR r.credit_minor > 0),
  reach AS (
    SELECT min(day) AS first_on, max(day) AS last_on
    FROM (SELECT day FROM sold UNION ALL SELECT day FROM given) AS happened)"""

_LINES = f"""lines AS MATERIALIZED (
    SELECT sold.day, l.product_id, l.category, l.discount_source, l.quantity AS units,
           l.quantity * l.unit_price_minor AS gross, l.discount_minor AS discount,
           l.net_minor AS net, l.contribution_minor AS contribution
    FROM period, sold JOIN app.payment_lines l
      ON l.tenant_id = sold.tenant_id AND l.payment_id = sold.id
    WHERE sold.day {IN_PERIOD}),
  entries AS MATERIALIZED (
    SELECT day, 0 AS orders, units, gross, discount, net, contribution, 0::bigint AS exchanged,
           0::bigint AS captured, 0::bigint AS spent, 0::bigint AS issued,
           0::bigint AS money_back, 0::bigint AS credit_back
    FROM lines
    UNION ALL
    SELECT day, 1, 0, 0, 0, 0, 0, returned_value_minor, captured_minor, credit_spent_minor,
           greatest(returned_value_minor - total_minor, 0), 0, 0
    FROM sold, period WHERE day {IN_PERIOD}
    UNION ALL
    SELECT day, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, amount_minor, credit_minor
    FROM given, period WHERE day {IN_PERIOD})"""

_SALES = {
    "units": "units",
    "gross_minor": "gross",
    "discount_minor": "discount",
    "net_minor": "net",
    "contribution_minor": "contribution",
    "sold_minor": "net + contribution",
}

_REVENUE = {
    **_SALES,
    "orders": "orders",
    "exchanged_minor": "exchanged",
    "refunded_money_minor": "money_back",
    "refunded_credit_minor": "credit_back",
    "revenue_minor": "net + contribution - exchanged - money_back - credit_back",
    "captured_minor": "captured",
    "money_minor": "captured - money_back",
    "credit_spent_minor": "spent",
    "credit_issued_minor": "issued",
    "credit_minor": "spent - issued - credit_back",
}

_CREDIT_BALANCE = """(
    SELECT coalesce(sum(a.credit_minor), 0) FROM app.applications a
    WHERE a.tenant_id = popup.tenant_id AND a.popup_id = popup.id)"""

REVENUE = answer(
    f"{POPUP}, {_SOLD}, {PERIOD}, {_LINES}",
    {
        "currency": "popup.currency",
        "credit_balance_minor": _CREDIT_BALANCE,
        "period": SHOWN_PERIOD,
        "totals": one(f"SELECT {sums(_REVENUE)} FROM entries"),
        "by_product": listed(
            f"SELECT {sums(_SALES)}, pr.id AS product_id, pr.name, pr.category"
            " FROM app.products pr LEFT JOIN lines ON lines.product_id = pr.id"
            " WHERE pr.tenant_id = popup.tenant_id AND pr.popup_id = popup.id"
            " GROUP BY pr.id, pr.name, pr.category, pr.position ORDER BY pr.position, pr.id"
        ),
        "by_category": listed(
            f"SELECT {sums(_SALES)}, every.category"
            f" FROM {all_of(ProductCategory, 'category')} LEFT JOIN lines USING (category)"
            " GROUP BY every.place, every.category ORDER BY every.place"
        ),
        "by_discount": listed(
            "SELECT every.discount_source AS source, coalesce(sum(units), 0) AS units,"
            " coalesce(sum(discount), 0) AS discount_minor"
            f" FROM {all_of(DiscountSource, 'discount_source')}"
            " LEFT JOIN lines USING (discount_source)"
            " GROUP BY every.place, every.discount_source ORDER BY every.place"
        ),
        "days": listed(
            f"SELECT {sums(_REVENUE)}, day FROM dense LEFT JOIN entries USING (day)"
            " GROUP BY day ORDER BY day"
        ),
    },
)
"""A popup's revenue: what was sold, what went back, what is left."""

_ORDER_SUMS = {
    "orders": "1",
    "total_minor": "total_minor",
    "payable_minor": "payable_minor",
    "captured_minor": "captured_minor",
    "refunded_minor": "refunded_minor",
    "credit_spent_minor": "credit_spent_minor",
    "credit_returned_minor": "credit_returned_minor",
    "refund_due_orders": "is_refund_due::int",
    "refund_due_minor": "is_refund_due::int * captured_minor",
}

_NO_ORDERS = _ORDER_SUMS | {"orders": "(made.status IS NOT NULL)::int"}
"""The sums over an outer join, where a row may stand for no order."""

PAYMENTS = answer(
    f"""{POPUP},
    ever AS MATERIALIZED (
      SELECT pay.*, {day_of("pay.created_at")} AS day
      FROM popup JOIN app.payments pay
        ON pay.tenant_id = popup.tenant_id AND pay.popup_id = popup.id),
    reach AS (SELECT min(day) AS first_on, max(day) AS last_on FROM ever),
    {PERIOD},
    made AS MATERIALIZED (SELECT ever.* FROM ever, period WHERE day {IN_PERIOD})""",
    {
        "currency": "popup.currency",
        "period": SHOWN_PERIOD,
        "totals": one(f"SELECT {sums(_ORDER_SUMS)} FROM made"),
        "by_status": listed(
            f"SELECT {sums(_NO_ORDERS)}, every.status"
            f" FROM {all_of(PaymentStatus, 'status')} LEFT JOIN made USING (status)"
            " GROUP BY every.place, every.status ORDER BY every.place"
        ),
        "by_provider": listed(
            f"SELECT {sums(_NO_ORDERS)}, every.provider"
            f" FROM {all_of(PaymentProvider, 'provider')} LEFT JOIN made USING (provider)"
            " GROUP BY every.place, every.provider ORDER BY every.place"
        ),
        "days": listed(
            "SELECT day, count(made.id) AS orders, "
            + ", ".join(
                f"count(made.id) FILTER (WHERE status = '{status}') AS {status}"
                for status in PaymentStatus
            )
            + " FROM dense LEFT JOIN made USING (day) GROUP BY day ORDER BY day"
        ),
    },
)
"""A popup's orders: by status, by provider, by the day they were made."""
