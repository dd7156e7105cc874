"""Routes and keys that are allowed what most are not, each with its reason."""

from collections.abc import Mapping

_BEFORE_LOGIN = "who is calling is what it finds out, so no tenant can confine it yet"
_OPERATORS = "operators found and watch over organisations, of which they belong to none"

PLATFORM: Mapping[str, str] = {
    "request_user_code": _BEFORE_LOGIN,
    "verify_user_code": _BEFORE_LOGIN,
    "choose_membership": _BEFORE_LOGIN,
    "request_human_code": _BEFORE_LOGIN,
    "verify_human_code": _BEFORE_LOGIN,
    "refresh_tokens": "refresh tokens are kept where no tenant's role can read them",
    "logout": "login sessions are kept where no tenant's role can write them",
    "read_me": "an operator has an account too, and it belongs to no tenant",
    "read_branding_by_slug": "the slug is what says which tenant it is about",
    "validate_coupon": "no visitor's role reads coupons, and wrong codes are the platform's count",
    "read_group_page": "no visitor's role reads groups; the service answers about one by its link",
    "list_operators": _OPERATORS,
    "create_operator": _OPERATORS,
    "remove_operator": _OPERATORS,
    "list_tenants": _OPERATORS,
    "create_tenant": _OPERATORS,
    "read_tenant": _OPERATORS,
    "update_tenant": _OPERATORS,
    "delete_tenant": _OPERATORS,
}
"""Routes that use the platform's session (``SessionDep``), which no tenant confines."""

_OWN_APPLICATION = "a human applies for themselves; the service checks whose it is"
_OWN_PARTY = "a human brings companions; the service checks that the application is theirs"
_OWN_ORDER = "a human buys with their own application; the service checks whose it is"
_LED_GROUP = "a leader has their own group's people; the service checks who leads it"

STEPPED_UP: Mapping[str, str] = {
    "update_own_account": "a human changes the one row that is theirs, by the id in their token",
    "start_application": _OWN_APPLICATION,
    "update_own_application": _OWN_APPLICATION,
    "change_own_privacy": _OWN_APPLICATION,
    "submit_own_application": _OWN_APPLICATION,
    "withdraw_own_application": _OWN_APPLICATION,
    "resume_own_application": _OWN_APPLICATION,
    "add_own_companion": _OWN_PARTY,
    "update_own_attendee": _OWN_PARTY,
    "remove_own_companion": _OWN_PARTY,
    "list_directory": "those who come see each other; the statement leaves out what each hides",
    "preview_checkout": _OWN_ORDER,
    "preview_exchange": _OWN_ORDER,
    "cancel_own_payment": _OWN_ORDER,
    "print_own_ticket": "a ticket names its event, also an archived one; the service checks whose",
    "list_led_groups": _LED_GROUP,
    "list_led_group_members": _LED_GROUP,
    "add_led_group_member": _LED_GROUP,
    "add_led_group_members": _LED_GROUP,
    "remove_led_group_member": _LED_GROUP,
    "list_led_group_invitations": _LED_GROUP,
    "revoke_led_group_invitation": _LED_GROUP,
    "put_review": "a viewer may review; the service checks that they are this popup's reviewer",
}
"""Routes that use ``ServiceSession``: a named service acts with the tenant's rights."""

READ_WHILE_ANSWERING: Mapping[str, str] = {
    "export_attendees": "a list of any length is sent while it is read, in a read-only transaction",
    "export_applications": "the same, for applications with all their answers",
}
"""Routes that use ``ExportSession``, which lasts until the answer has left and only reads."""

OTHER_SESSIONS: Mapping[str, str] = {
    "get_address_session": "a file's lasting address names its tenant, as no header can",
}
"""Sessions opened elsewhere than in ``app/api/shared/dependencies.py``."""

_BETWEEN = "a provider is asked between transactions that a service opens, each stepping up"

WITHOUT_SESSION: Mapping[str, str] = {
    "check_liveness": "a process that answers is alive, whatever the database does",
    "create_payment": _BETWEEN,
    "create_exchange": _BETWEEN,
    "open_own_checkout": _BETWEEN,
    "look_up_payment": _BETWEEN,
    "open_card_hold": _BETWEEN,
    "receive_webhook": "verified outside any transaction, and then applied in one",
    "show_sandbox_checkout": "the unguessable address says all, as a provider's own page would",
    "act_on_sandbox_checkout": "the unguessable address says all, as a provider's own page would",
    "check_readiness": "asks for the schema's revision, which is no tenant's",
    "put_file": "the signed URL says all there is to know; the folder is no table",
    "get_file": "the signed URL says all there is to know; the folder is no table",
}
"""Routes whose request is no one transaction: they open none, or services open several."""

UNLIKE_LISTS: Mapping[str, str] = {
    "list_review_queue": "a queue has one order, oldest first, and holds what is one's own to do",
    "list_offered_providers": "one organisation's, at most one for each kind of provider",
    "read_application_snapshots": "one application's, of which there are as many as it had moves",
}
"""Operations that answer with several rows and take no ``ListQuery``."""

LEADERLESS: Mapping[str, str] = {
    "tenants_slug_key": "a slug is an organisation's address on the whole platform",
}
"""Keys and indexes of tenant tables that do not begin with the tenant."""

GENERIC: Mapping[str, str] = {
    "about:blank 404": "a path that no route has is answered before any route is asked",
    "about:blank 405": "a method that a path does not have reaches no route either",
    "about:blank 413": "the edge refuses a body before its route reads it",
    "about:blank 415": "a media type is refused before the route reads the body",
    "about:blank 500": "a bug has no route of its own; tests plant one to see it answered",
    "body-not-json": "every operation with a body takes JSON",
    "invalid-request": "every operation has a shape; OpenAPI's 422 says so for all of them",
    "unauthenticated": "a wrong token is refused wherever it is sent, open routes included",
    "forbidden": "roles are asked before the route, and a role may be unknown",
    "tenant-mismatch": "the token and X-Tenant-Id are compared before any route is asked",
    "tenant-unknown": "every tenant's transaction begins by asking whether the tenant is there",
    "unavailable": "the database can be away for any operation",
}
"""Problems that any operation may answer with, so that none need declare them."""
