"""Who stands at the door, as the rules and the log name them."""

from typing import Annotated

from fastapi import Depends

from app.api.shared.dependencies import CurrentPrincipal
from app.api.ticket.lifecycle import TicketActor
from app.core.security import utc_now
from app.services.checking_in import Door


async def current_door(principal: CurrentPrincipal) -> Door:
    """Return the door that the caller keeps, now."""
    actor = TicketActor.OPERATOR if principal.is_operator else TicketActor.STAFF
    return Door(actor, principal.actor, utc_now())


CurrentDoor = Annotated[Door, Depends(current_door)]
