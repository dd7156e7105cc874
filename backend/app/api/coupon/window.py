"""When a code can be used, and how a typed code is read."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.api.coupon.errors import CouponCodeInvalid, CouponTermsInvalid, CouponUnusable
from app.api.shared.money import WHOLE

_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{1,38})[A-Z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponTerms:
    """On what terms a code takes a percentage off.

    The window is half open: it starts with ``starts_at`` and ends before ``ends_at``.
    ``None`` sets no limit. ``uses`` are those spent or reserved.
    """

    percent: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_uses: int | None = None
    uses: int = 0
    is_active: bool = True


class CouponFault(StrEnum):
    """Why a code cannot be used: for staff alone."""

    SWITCHED_OFF = "switched_off"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    USED_UP = "used_up"


def normalise_code(typed: str) -> str:
    """Return a code as it is kept: capitals, without space around it.

    Letters beyond ASCII are refused, not folded: no two codes that look different are one.

    >>> normalise_code(" early-Bird ")
    'EARLY-BIRD'

    Raises:
        CouponCodeInvalid: no code looks like this.
    """
    text = typed.strip(" \t\r\n")
    if not text.isascii() or not _CODE.fullmatch(text.upper()):
        raise CouponCodeInvalid
    return text.upper()


def check_terms(terms: CouponTerms) -> None:
    """Refuse terms that contradict each other.

    Raises:
        CouponTermsInvalid: saying which.
    """
    if not 1 <= terms.percent <= WHOLE:
        raise CouponTermsInvalid("A coupon takes from 1 to 100 percent off")
    if terms.max_uses is not None and terms.max_uses < max(1, terms.uses):
        raise CouponTermsInvalid("A coupon allows at least one use, and those it has had")
    starts, ends = terms.starts_at, terms.ends_at
    if starts is not None and ends is not None and ends <= starts:
        raise CouponTermsInvalid("A coupon ends after it starts")


def find_fault(terms: CouponTerms, *, now: datetime) -> CouponFault | None:
    """Return why the code cannot be used at ``now``, or ``None`` when it can."""
    if not terms.is_active:
        return CouponFault.SWITCHED_OFF
    if terms.starts_at is not None and now < terms.starts_at:
        return CouponFault.NOT_YET
    if terms.ends_at is not None and now >= terms.ends_at:
        return CouponFault.EXPIRED
    if terms.max_uses is not None and terms.uses >= terms.max_uses:
        return CouponFault.USED_UP
    return None


def check_usable(terms: CouponTerms | None, *, now: datetime) -> None:
    """Refuse a code that a buyer cannot use; ``None`` stands for one that does not exist.

    Raises:
        CouponUnusable: the same for every reason.
    """
    if terms is None or find_fault(terms, now=now) is not None:
        raise CouponUnusable
