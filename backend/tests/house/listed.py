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
    "list_tenants": _OPERATORS,
    "create_tenant": _OPERATORS,
    "read_tenant": _OPERATORS,
    "update_tenant": _OPERATORS,
    "delete_tenant": _OPERATORS,
}
"""Routes that use the platform's session (``SessionDep``), which no tenant confines."""

STEPPED_UP: Mapping[str, str] = {
    "update_own_account": "a human changes the one row that is theirs, by the id in their token",
}
"""Routes that use ``ServiceSession``: a named service acts with the tenant's rights."""

OTHER_SESSIONS: Mapping[str, str] = {
    "get_address_session": "a file's lasting address names its tenant, as no header can",
}
"""Sessions opened elsewhere than in ``app/api/shared/dependencies.py``."""

WITHOUT_SESSION: Mapping[str, str] = {
    "check_liveness": "a process that answers is alive, whatever the database does",
    "check_readiness": "asks for the schema's revision, which is no tenant's",
    "put_file": "the signed URL says all there is to know; the folder is no table",
    "get_file": "the signed URL says all there is to know; the folder is no table",
}
"""Routes that open no session."""

LEADERLESS: Mapping[str, str] = {
    "tenants_slug_key": "a slug is an organisation's address on the whole platform",
}
"""Keys and indexes of tenant tables that do not begin with the tenant."""
