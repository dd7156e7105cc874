"""The statements about people: applications, attendees, and the door."""

from app.api.application.lifecycle import ApplicationStatus, ScholarshipStatus
from app.api.attendee.party import AttendeeCategory
from app.api.dashboard.figures import (
    IN_PERIOD,
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

_PEOPLE = {
    "listed": "listed",
    "accepted": "accepted",
    "holding": "holding",
    "arrived": "arrived",
}

_OUTCOMES = {"submitted": "submitted", "accepted": "accepted", "rejected": "rejected"}

_APPLIED = f"""apps AS MATERIALIZED (
    SELECT a.tenant_id, a.id, a.status, a.scholarship_status,
           {day_of("a.submitted_at")} AS submitted_on, {day_of("a.decided_at")} AS decided_on
    FROM popup JOIN app.applications a
      ON a.tenant_id = popup.tenant_id AND a.popup_id = popup.id),
  seen AS MATERIALIZED (
    SELECT DISTINCT c.ticket_id FROM popup JOIN app.check_ins c
      ON c.tenant_id = popup.tenant_id AND c.popup_id = popup.id),
  passes AS MATERIALIZED (
    SELECT t.attendee_id, bool_or(t.status = 'issued') AS is_holding,
           bool_or(seen.ticket_id IS NOT NULL) AS is_seen
    FROM popup JOIN app.tickets t
      ON t.tenant_id = popup.tenant_id AND t.popup_id = popup.id
    LEFT JOIN seen ON seen.ticket_id = t.id
    GROUP BY t.attendee_id),
  people AS MATERIALIZED (
    SELECT guest.category, guest.application_id, 1 AS listed,
           (apps.status = 'accepted')::int AS accepted,
           coalesce(passes.is_holding, false)::int AS holding,
           coalesce(passes.is_seen, false)::int AS arrived
    FROM apps JOIN app.attendees guest
      ON guest.tenant_id = apps.tenant_id AND guest.application_id = apps.id
    LEFT JOIN passes ON passes.attendee_id = guest.id),
  steps AS MATERIALIZED (
    SELECT apps.id,
           apps.submitted_on IS NOT NULL
             OR apps.status IN ('in_review', 'accepted', 'rejected') AS is_submitted,
           apps.status = 'accepted' AS is_accepted,
           EXISTS (SELECT FROM app.payments pay
                   WHERE pay.tenant_id = apps.tenant_id AND pay.application_id = apps.id
                     AND pay.status IN ('approved', 'partially_refunded')) AS is_paid,
           EXISTS (SELECT FROM people
                   WHERE people.application_id = apps.id AND people.arrived = 1) AS is_seen
    FROM apps),
  happened AS MATERIALIZED (
    SELECT submitted_on AS day, 1 AS submitted, 0 AS accepted, 0 AS rejected
    FROM apps WHERE submitted_on IS NOT NULL
    UNION ALL
    SELECT decided_on, 0, (status = 'accepted')::int, (status = 'rejected')::int
    FROM apps WHERE decided_on IS NOT NULL AND status IN ('accepted', 'rejected')),
  reach AS (SELECT min(day) AS first_on, max(day) AS last_on FROM happened)"""

_CONVERSION = """
    SELECT count(*) AS started,
           count(*) FILTER (WHERE is_submitted) AS submitted,
           count(*) FILTER (WHERE is_accepted) AS accepted,
           count(*) FILTER (WHERE is_accepted AND is_paid) AS bought,
           count(*) FILTER (WHERE is_accepted AND is_paid AND is_seen) AS arrived
    FROM steps"""

APPLICATIONS = answer(
    f"{POPUP}, {_APPLIED}, {PERIOD}",
    {
        "total": "(SELECT count(*) FROM apps)",
        "by_status": listed(
            "SELECT every.status, count(apps.id) AS applications"
            f" FROM {all_of(ApplicationStatus, 'status')} LEFT JOIN apps USING (status)"
            " GROUP BY every.place, every.status ORDER BY every.place"
        ),
        "by_scholarship": listed(
            "SELECT every.status, count(apps.id) AS applications"
            f" FROM {all_of(ScholarshipStatus, 'status')}"
            " LEFT JOIN apps ON apps.scholarship_status = every.status"
            " GROUP BY every.place, every.status ORDER BY every.place"
        ),
        "conversion": one(_CONVERSION),
        "attendees": one(f"SELECT {sums(_PEOPLE)} FROM people"),
        "attendees_by_category": listed(
            f"SELECT {sums(_PEOPLE)}, every.category"
            f" FROM {all_of(AttendeeCategory, 'category')} LEFT JOIN people USING (category)"
            " GROUP BY every.place, every.category ORDER BY every.place"
        ),
        "period": SHOWN_PERIOD,
        "outcomes": one(f"SELECT {sums(_OUTCOMES)} FROM happened, period WHERE day {IN_PERIOD}"),
        "days": listed(
            f"SELECT {sums(_OUTCOMES)}, day FROM dense LEFT JOIN happened USING (day)"
            " GROUP BY day ORDER BY day"
        ),
    },
)
"""A popup's applications and attendees."""

_DOOR = {"scans": "scans", "arrivals": "arrivals"}

CHECK_INS = answer(
    f"""{POPUP},
    ever AS MATERIALIZED (
      SELECT t.product_id, {day_of("c.scanned_at")} AS day, 1 AS scans,
             (row_number() OVER (PARTITION BY c.ticket_id ORDER BY c.scanned_at, c.scan_id)
               = 1)::int AS arrivals
      FROM popup JOIN app.check_ins c
        ON c.tenant_id = popup.tenant_id AND c.popup_id = popup.id
      JOIN app.tickets t ON t.tenant_id = c.tenant_id AND t.id = c.ticket_id),
    reach AS (SELECT min(day) AS first_on, max(day) AS last_on FROM ever),
    {PERIOD},
    seen AS MATERIALIZED (SELECT ever.* FROM ever, period WHERE day {IN_PERIOD}),
    issued AS MATERIALIZED (
      SELECT t.product_id, count(*) AS tickets FROM popup JOIN app.tickets t
        ON t.tenant_id = popup.tenant_id AND t.popup_id = popup.id
      WHERE t.status = 'issued' GROUP BY t.product_id)""",
    {
        "period": SHOWN_PERIOD,
        "totals": one(
            f"SELECT {sums(_DOOR)},"
            " (SELECT coalesce(sum(tickets), 0) FROM issued) AS issued FROM seen"
        ),
        "by_product": listed(
            f"SELECT {sums(_DOOR)}, pr.id AS product_id, pr.name,"
            " coalesce(issued.tickets, 0) AS issued"
            " FROM app.products pr LEFT JOIN seen ON seen.product_id = pr.id"
            " LEFT JOIN issued ON issued.product_id = pr.id"
            " WHERE pr.tenant_id = popup.tenant_id AND pr.popup_id = popup.id"
            " GROUP BY pr.id, pr.name, pr.position, issued.tickets ORDER BY pr.position, pr.id"
        ),
        "days": listed(
            f"SELECT {sums(_DOOR)}, day FROM dense LEFT JOIN seen USING (day)"
            " GROUP BY day ORDER BY day"
        ),
    },
)
"""What was seen at a popup's door."""
