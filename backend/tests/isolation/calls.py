"""Every operation of the API: whom it serves, and a request it accepts.

A new operation gets one line in ``CALLS``: its audience, and what a right request says
besides its path. ``"$popup_id"`` stands for a row (see ``makers.py``), and a path's
parameter for the row of its own name. The matrix of callers, the foreign ids, the bad
input and the fuzzing all come from this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.isolation.arena import Caller


class Audience(StrEnum):
    """Whom an operation serves."""

    ANYONE = "anyone"
    VISITORS = "whoever names an organisation"
    MEMBERS = "whoever is logged in"
    HUMANS = "humans"
    STAFF = "staff, to read"
    ADMINS = "staff who may write"
    OPERATORS = "operators"


_STAFF = {Caller.ADMIN, Caller.VIEWER, Caller.OPERATOR}
_MEMBERS = {*_STAFF, Caller.HUMAN, Caller.OPERATOR_AT_LARGE}
_VISITORS = {*_STAFF, Caller.HUMAN, Caller.VISITOR}

SERVED: Mapping[Audience, frozenset[Caller]] = {
    Audience.ANYONE: frozenset({*_MEMBERS, Caller.VISITOR, Caller.STRANGER}),
    Audience.VISITORS: frozenset(_VISITORS),
    Audience.MEMBERS: frozenset(_MEMBERS),
    Audience.HUMANS: frozenset({Caller.HUMAN}),
    Audience.STAFF: frozenset(_STAFF),
    Audience.ADMINS: frozenset(_STAFF - {Caller.VIEWER}),
    Audience.OPERATORS: frozenset({Caller.OPERATOR, Caller.OPERATOR_AT_LARGE}),
}


def refusal(audience: Audience, caller: Caller) -> tuple[int, str] | None:
    """Return how a caller is refused, or None where they are served."""
    if caller in _ALWAYS_REFUSED:
        return _ALWAYS_REFUSED[caller]
    if caller in SERVED[audience]:
        return None
    is_nobody = caller in {Caller.VISITOR, Caller.STRANGER}
    is_about_one = audience in {Audience.VISITORS, Audience.STAFF, Audience.ADMINS}
    if is_about_one and (caller is Caller.OPERATOR_AT_LARGE or audience is Audience.VISITORS):
        return 422, "invalid-request"
    return (401, "unauthenticated") if is_nobody else (403, "forbidden")


_ALWAYS_REFUSED: Mapping[Caller, tuple[int, str]] = {
    Caller.EXPIRED: (401, "unauthenticated"),
    Caller.FORGED: (401, "unauthenticated"),
    Caller.MISMATCHED: (403, "tenant-mismatch"),
}


@dataclass(frozen=True)
class Call:
    """A request that its audience may send.

    ``path`` says which row a path's parameter names where it is not the one of its own
    name; ``rows`` what has to exist for a list to show; ``answer`` is the refusal a right
    request gets where nothing better can be arranged here; ``is_timed`` that an answer
    names the moment it was given; ``exceptions`` who of the audience is refused, and how.
    """

    audience: Audience
    body: Mapping[str, object] | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    answer: tuple[int, str] | None = None
    ends_session: bool = False
    is_timed: bool = False
    exceptions: Mapping[Caller, tuple[int, str]] = field(default_factory=dict)


_ANYONE = Audience.ANYONE
_V, _M, _H = Audience.VISITORS, Audience.MEMBERS, Audience.HUMANS
_S, _A, _O = Audience.STAFF, Audience.ADMINS, Audience.OPERATORS

_WRONG_CODE = (401, "login-code-invalid")
_POPUP = {"name": "City", "slug": "$unique", "starts_on": "2100-06-01", "ends_on": "2100-06-30"}
_PRODUCT = {"name": "Week", "slug": "$unique", "category": "ticket", "price_minor": 100}
_UPLOAD = {"kind": "image", "content_type": "image/png", "size_bytes": 7}

LOGGING_IN: Mapping[str, Call] = {
    "check_liveness": Call(_ANYONE),
    "check_readiness": Call(_ANYONE),
    "request_user_code": Call(_ANYONE, {"email": "$email"}),
    "verify_user_code": Call(_ANYONE, {"email": "$email", "code": "123456"}, answer=_WRONG_CODE),
    "choose_membership": Call(
        _ANYONE,
        {"choice_token": "not.a.token.at.all.really", "tenant_id": None},
        answer=(401, "choice-invalid"),
    ),
    "request_human_code": Call(_V, {"email": "$email"}),
    "verify_human_code": Call(_V, {"email": "$email", "code": "123456"}, answer=_WRONG_CODE),
    "refresh_tokens": Call(
        _ANYONE,
        {"refresh_token": "not-a-token-of-ours-at-all"},
        answer=(401, "refresh-token-invalid"),
    ),
    "logout": Call(_M, ends_session=True),
    "read_me": Call(_M),
}

PLATFORM: Mapping[str, Call] = {
    "list_operators": Call(_O, rows=("operator_id",)),
    "create_operator": Call(_O, {"email": "$email"}),
    "remove_operator": Call(_O),
    "list_tenants": Call(_O, query={"search": "New"}, rows=("tenant_id",)),
    "create_tenant": Call(_O, {"name": "New", "slug": "$unique"}),
    "read_tenant": Call(_O),
    "update_tenant": Call(_O, {"name": "Renamed"}),
    "delete_tenant": Call(_O),
}

PEOPLE: Mapping[str, Call] = {
    "read_branding": Call(_V),
    "read_branding_by_slug": Call(_ANYONE, path={"slug": "$tenant_slug"}),
    "read_current_tenant": Call(_S),
    "update_current_tenant": Call(_A, {"sender_name": "Acme"}),
    "list_users": Call(_S, rows=("user_id",)),
    "invite_user": Call(_A, {"email": "$email"}),
    "read_user": Call(_S),
    "update_user": Call(_A, {"name": "Renamed"}),
    "dismiss_user": Call(_A),
    "read_own_account": Call(_H),
    "update_own_account": Call(_H, {"residence": "Turin"}),
    "list_humans": Call(_S, rows=("human_id",)),
    "create_human": Call(_A, {"email": "$email"}),
    "read_human": Call(_S),
    "update_human": Call(_A, {"residence": "Turin"}),
    "close_account": Call(_A),
    "list_audit_log": Call(_S, query={"row_id": "$user_id"}, rows=("user_id",)),
}

EVENTS: Mapping[str, Call] = {
    "list_published_popups": Call(_V, query={"search": "$popup_slug"}, rows=("popup_id",)),
    "read_published_popup": Call(_V, path={"slug": "$popup_slug"}),
    "list_popups": Call(_S, query={"search": "$popup_slug"}, rows=("popup_id",)),
    "create_popup": Call(_A, _POPUP),
    "read_popup": Call(_S),
    "update_popup": Call(_A, {"tagline": "Come"}),
    "delete_popup": Call(_A, path={"popup_id": "$draft_popup_id"}),
    "list_offers": Call(_V, path={"slug": "$popup_slug"}, rows=("product_id",)),
    "list_products": Call(_S, query={"popup_id": "$popup_id"}, rows=("product_id",)),
    "create_product": Call(_A, {**_PRODUCT, "popup_id": "$popup_id"}),
    "read_product": Call(_S),
    "update_product": Call(_A, {"name": "Renamed"}),
    "delete_product": Call(_A),
    "read_published_form": Call(_V, path={"slug": "$popup_slug"}),
    "list_form_fields": Call(_S, query={"popup_id": "$popup_id"}, rows=("field_id",)),
    "create_form_field": Call(
        _A, {"popup_id": "$popup_id", "key": "$unique", "label": "Diet?", "type": "text"}
    ),
    "read_form": Call(_S, query={"popup_id": "$popup_id"}),
    "order_form_fields": Call(_A, {"popup_id": "$popup_id", "field_ids": ["$field_id"]}),
    "read_form_field": Call(_S),
    "update_form_field": Call(_A, {"label": "Renamed"}),
    "delete_form_field": Call(_A),
    "put_file": Call(_ANYONE, path={"key": "no/such/key"}, answer=(403, "file-url-invalid")),
    "get_file": Call(_ANYONE, path={"key": "no/such/key"}, answer=(403, "file-url-invalid")),
    "show_file": Call(_ANYONE, path={"tenant_id": "$own_tenant_id"}, is_timed=True),
    "list_uploads": Call(_S, rows=("upload_id",)),
    "create_upload": Call(_A, _UPLOAD),
    "read_upload": Call(_S, is_timed=True),
    "delete_upload": Call(_A),
}

_COUPON = {"popup_id": "$popup_id", "code": "$unique", "percent": 50}

DISCOUNTS: Mapping[str, Call] = {
    "validate_coupon": Call(_V, {"popup_id": "$popup_id", "code": "$coupon_code"}),
    "list_coupons": Call(_S, query={"popup_id": "$popup_id"}, rows=("coupon_id",)),
    "create_coupon": Call(_A, _COUPON),
    "read_coupon": Call(_S),
    "update_coupon": Call(_A, {"percent": 40}),
    "delete_coupon": Call(_A),
}

_GROUP = {"popup_id": "$popup_id", "leader_id": "$human_id", "name": "Us", "slug": "$unique"}
_INVITEES = {"people": [{"email": "$email"}]}
_MEMBER = {"group_id": "$member_group_id"}
_INVITED = {"group_id": "$invitation_group_id"}
_LED = {"group_id": "$led_group_id"}
_LED_MEMBER = {"group_id": "$led_member_group_id", "member_id": "$led_member_id"}
_LED_INVITED = {"group_id": "$led_invitation_group_id", "invitation_id": "$led_invitation_id"}

GROUPS: Mapping[str, Call] = {
    "read_group_page": Call(_V, path={"slug": "$popup_slug", "group_slug": "$group_slug"}),
    "list_led_groups": Call(_H, rows=("led_group_id",)),
    "list_led_group_members": Call(
        _H, path={"group_id": "$led_member_group_id"}, rows=("led_member_id",)
    ),
    "add_led_group_member": Call(_H, {"email": "$email"}, path=_LED),
    "add_led_group_members": Call(_H, _INVITEES, path=_LED),
    "remove_led_group_member": Call(_H, path=_LED_MEMBER),
    "list_led_group_invitations": Call(
        _H, path={"group_id": "$led_invitation_group_id"}, rows=("led_invitation_id",)
    ),
    "revoke_led_group_invitation": Call(_H, path=_LED_INVITED),
    "list_groups": Call(_S, query={"popup_id": "$popup_id"}, rows=("group_id",)),
    "create_group": Call(_A, _GROUP),
    "read_group": Call(_S),
    "update_group": Call(_A, {"name": "All of us", "leader_id": "$human_id"}),
    "delete_group": Call(_A),
    "list_group_members": Call(_S, path=_MEMBER, rows=("member_id",)),
    "add_group_member": Call(_A, {"email": "$email"}),
    "add_group_members": Call(_A, _INVITEES),
    "remove_group_member": Call(_A, path=_MEMBER),
    "list_group_invitations": Call(_S, path=_INVITED, rows=("invitation_id",)),
    "revoke_group_invitation": Call(_A, path=_INVITED),
}

_SUBMITTED = {"application_id": "$submitted_application_id"}

APPLYING: Mapping[str, Call] = {
    "list_own_applications": Call(_H, rows=("application_id",)),
    "start_application": Call(_H, {"popup_id": "$popup_id"}),
    "read_own_application": Call(_H),
    "update_own_application": Call(_H, {"answers": {"first_name": "Ada"}}),
    "change_own_privacy": Call(_H, {"hidden_fields": ["last_name"]}),
    "submit_own_application": Call(_H),
    "withdraw_own_application": Call(_H, path=_SUBMITTED),
    "resume_own_application": Call(_H, path={"application_id": "$withdrawn_application_id"}),
    "list_applications": Call(_S, query={"popup_id": "$popup_id"}, rows=("application_id",)),
    "count_applications": Call(_S, query={"popup_id": "$popup_id"}),
    "create_application": Call(_A, {"popup_id": "$popup_id", "email": "$email"}),
    "read_application": Call(_S),
    "read_application_snapshots": Call(_S, path=_SUBMITTED),
    "accept_application": Call(_A, path=_SUBMITTED),
    "reject_application": Call(_A, path=_SUBMITTED),
    "reopen_application": Call(_A, path={"application_id": "$rejected_application_id"}),
    "decide_scholarship": Call(
        _A, {"percent": 50}, path={"application_id": "$scholarship_application_id"}
    ),
    "list_review_queue": Call(_S),
    "read_reviews": Call(_S, path=_SUBMITTED),
    "put_review": Call(
        _S,
        {"vote": "yes"},
        path=_SUBMITTED,
        exceptions={Caller.OPERATOR: (403, "not-reviewer")},  # nobody assigned them
    ),
    "read_approval_strategy": Call(_S, path={"popup_id": "$strategy_popup_id"}),
    "put_approval_strategy": Call(_A, {"kind": "any_reviewer"}),
    "delete_approval_strategy": Call(_A, path={"popup_id": "$strategy_popup_id"}),
    "list_popup_reviewers": Call(_S, query={"popup_id": "$popup_id"}, rows=("reviewer_id",)),
    "assign_popup_reviewer": Call(_A, {"popup_id": "$popup_id", "user_id": "$user_id"}),
    "update_popup_reviewer": Call(_A, {"multiplier": 2}),
    "dismiss_popup_reviewer": Call(_A),
}

_CART = {
    "application_id": "$accepted_application_id",
    "lines": [{"product_id": "$product_id", "attendee_id": "$attendee_id"}],
}
_SWAP = {"application_id": "$accepted_application_id", "ticket_ids": ["$ticket_id"]}
_ONCE = {"Idempotency-Key": "$unique"}
_PAID = {"payment_id": "$approved_payment_id"}

BUYING: Mapping[str, Call] = {
    "preview_checkout": Call(_H, _CART),
    "create_payment": Call(_H, _CART, headers=_ONCE),
    "preview_exchange": Call(_H, _SWAP),
    "create_exchange": Call(_H, _SWAP, headers=_ONCE),
    "list_own_payments": Call(_H, rows=("payment_id",)),
    "read_own_payment": Call(_H),
    "cancel_own_payment": Call(_H),
    "list_payments": Call(_S, query={"popup_id": "$popup_id"}, rows=("payment_id",)),
    "read_payment": Call(_S),
    "approve_payment": Call(_A),
    "reject_payment": Call(_A),
    "cancel_payment": Call(_A),
    "refund_payment": Call(_A, {"kind": "whole", "reason": "Rain"}, path=_PAID, headers=_ONCE),
}

_SCAN = {"popup_id": "$popup_id", "code": "$ticket_code", "scan_id": "$scan_id"}
_SCAN_TOLD = {"scan_id": "$scan_id", "code": "0" * 26, "scanned_at": "$moment"}

ADMITTING: Mapping[str, Call] = {
    "check_in": Call(_A, _SCAN, is_timed=True),
    "replay_check_ins": Call(_A, {"popup_id": "$popup_id", "scans": [_SCAN_TOLD]}),
    "list_check_ins": Call(_S, query={"popup_id": "$popup_id"}, rows=("check_in_ticket_id",)),
    "count_check_ins": Call(_S, query={"popup_id": "$popup_id"}),
    "list_own_tickets": Call(_H, rows=("ticket_id",)),
    "read_own_ticket": Call(_H),
    "list_tickets": Call(_S, query={"popup_id": "$popup_id"}, rows=("ticket_id",)),
    "read_ticket": Call(_S),
    "list_ticket_check_ins": Call(_S, path={"ticket_id": "$check_in_ticket_id"}),
    "show_own_qr_png": Call(_H),
    "show_own_qr_svg": Call(_H),
    "print_own_ticket": Call(_H, is_timed=True),
    "show_qr_png": Call(_A),
    "show_qr_svg": Call(_A),
    "void_ticket": Call(_A),
}

_KID = {"category": "kid", "name": "Bo"}
_PARTY = {"application_id": "$family_application_id"}
_COMPANION = {**_PARTY, "attendee_id": "$companion_attendee_id"}

ATTENDING: Mapping[str, Call] = {
    "list_own_attendees": Call(_H, path=_PARTY, rows=("companion_attendee_id",)),
    "add_own_companion": Call(_H, _KID, path=_PARTY),
    "update_own_attendee": Call(_H, {"name": "Bea"}, path=_COMPANION),
    "remove_own_companion": Call(_H, path=_COMPANION),
    "list_directory": Call(_H, path={"popup_id": "$attended_popup_id"}),
    "list_attendees": Call(
        _S, query={"application_id": "$family_application_id"}, rows=("companion_attendee_id",)
    ),
    "export_attendees": Call(
        _S, query={"popup_id": "$family_popup_id"}, rows=("companion_attendee_id",)
    ),
    "export_applications": Call(
        _S, query={"popup_id": "$family_popup_id"}, rows=("family_application_id",)
    ),
    "create_attendee": Call(_A, {**_KID, **_PARTY}),
    "read_attendee": Call(_S, path={"attendee_id": "$companion_attendee_id"}),
    "update_attendee": Call(_A, {"name": "Bea"}, path={"attendee_id": "$companion_attendee_id"}),
    "remove_attendee": Call(_A, path={"attendee_id": "$companion_attendee_id"}),
}

DASHBOARD: Mapping[str, Call] = {
    "read_overview": Call(_S, rows=("popup_id",)),
    "read_application_figures": Call(_S),
    "read_payment_figures": Call(_S),
    "read_revenue_figures": Call(_S),
    "read_stock_figures": Call(_S, rows=("product_id",)),
    "read_check_in_figures": Call(_S),
    "read_mail_kinds": Call(_S),
    "preview_mail": Call(_S, query={"kind": "payment_confirmed", "popup_id": "$popup_id"}),
    "show_mail": Call(_S, query={"kind": "payment_confirmed", "popup_id": "$popup_id"}),
}

_SANDBOX = {"provider": "sandbox"}
_OWN_PROVIDER = {"provider": "$provider"}
_HOSTED = {"payment_id": "$hosted_payment_id"}
_AT_SANDBOX = {"tenant_id": "$own_tenant_id", "reference": "no-such-page"}
_NO_PAGE = (404, "sandbox-checkout-unknown")

PAYING: Mapping[str, Call] = {
    "list_offered_providers": Call(_V),
    "list_provider_accounts": Call(_S, rows=("provider_account_id",)),
    "read_provider_account": Call(_S, path=_OWN_PROVIDER),
    "put_provider_account": Call(_A, {"is_active": False}, path=_SANDBOX),
    "delete_provider_account": Call(_A, path={"provider": "$unused_provider"}),
    "open_own_checkout": Call(_H, path=_HOSTED),
    "look_up_payment": Call(_A, path=_HOSTED),
    "open_card_hold": Call(
        _H, {}, path={"application_id": "$deposit_application_id"}, headers=_ONCE
    ),
    "list_own_card_holds": Call(_H, rows=("hold_id",)),
    "list_card_holds": Call(
        _S, query={"application_id": "$deposit_application_id"}, rows=("hold_id",)
    ),
    "read_card_hold": Call(_S),
    "retry_refund": Call(
        _A, path={"payment_id": "$hosted_payment_id", "refund_id": "$failed_refund_id"}
    ),
    "receive_webhook": Call(
        _ANYONE,
        path={"tenant_id": "$own_tenant_id", "provider": "$provider"},
        answer=(400, "webhook-not-genuine"),
    ),
    "list_webhook_events": Call(
        _S, query={"payment_id": "$hosted_payment_id"}, rows=("webhook_event_id",)
    ),
    "show_sandbox_checkout": Call(_ANYONE, path=_AT_SANDBOX, answer=_NO_PAGE),
    "act_on_sandbox_checkout": Call(
        _ANYONE, path={**_AT_SANDBOX, "action": "pay"}, answer=_NO_PAGE
    ),
}

CALLS: Mapping[str, Call] = {
    **LOGGING_IN,
    **PLATFORM,
    **PEOPLE,
    **EVENTS,
    **DISCOUNTS,
    **GROUPS,
    **APPLYING,
    **BUYING,
    **ADMITTING,
    **ATTENDING,
    **DASHBOARD,
    **PAYING,
}
"""Every operation by its id in the OpenAPI document."""
