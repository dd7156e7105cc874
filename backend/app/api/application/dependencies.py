"""Who does something with an application, as the rules name them."""

from typing import Annotated

from fastapi import Depends

from app.api.application.lifecycle import ApplicationActor
from app.api.shared.dependencies import CurrentPrincipal, SettingsDep
from app.api.shared.enums import CredentialType
from app.core.security import utc_now
from app.services.admission import Act

_ACTORS = {
    CredentialType.HUMAN: ApplicationActor.HUMAN,
    CredentialType.USER: ApplicationActor.STAFF,
    CredentialType.OPERATOR: ApplicationActor.OPERATOR,
}


async def current_act(principal: CurrentPrincipal, settings: SettingsDep) -> Act:
    """Return the caller's act, now."""
    actor = _ACTORS[principal.kind] if principal.kind else ApplicationActor.SYSTEM
    return Act(actor, utc_now(), settings.portal_url)


CurrentAct = Annotated[Act, Depends(current_act)]
