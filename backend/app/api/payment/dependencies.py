"""Who does something with an order, as the rules name them, and once only."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Header, Request

from app.api.payment.lifecycle import PaymentActor
from app.api.shared.dependencies import CurrentPrincipal, DatabaseDep, SettingsDep
from app.api.shared.enums import CredentialType
from app.core.security import utc_now
from app.services.idempotency import OneTime
from app.services.orders import Act
from app.services.providers import Desk, takes_sandbox

_ACTORS = {
    CredentialType.HUMAN: PaymentActor.BUYER,
    CredentialType.USER: PaymentActor.STAFF,
    CredentialType.OPERATOR: PaymentActor.OPERATOR,
}


async def current_deed(principal: CurrentPrincipal, settings: SettingsDep) -> Act:
    """Return the caller's act, now; what they order is held for ``CHECKOUT_MINUTES``."""
    actor = _ACTORS[principal.kind] if principal.kind else PaymentActor.SYSTEM
    now = utc_now()
    deadline = now + timedelta(minutes=settings.checkout_minutes)
    return Act(actor, now, deadline, settings.portal_url, takes_sandbox(settings))


CurrentDeed = Annotated[Act, Depends(current_deed)]


async def one_time(
    request: Request,
    principal: CurrentPrincipal,
    idempotency_key: Annotated[
        str,
        Header(
            min_length=1,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="The caller's own name for this request: sent again, it has one effect.",
        ),
    ],
) -> OneTime:
    """Return the request's key; it is the caller's own, and stands for this path alone."""
    return OneTime(principal.actor, idempotency_key, request.method, request.url.path)


CurrentOneTime = Annotated[OneTime, Depends(one_time)]


async def get_desk(settings: SettingsDep, database: DatabaseDep) -> Desk:
    """Return where providers are dealt with, between transactions."""
    return Desk(settings, database)


CurrentDesk = Annotated[Desk, Depends(get_desk)]
