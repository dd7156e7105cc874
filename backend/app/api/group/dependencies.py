"""On whose word people join and leave a group, as the rules name them."""

from typing import Annotated

from fastapi import Depends

from app.api.application.lifecycle import ApplicationActor
from app.api.shared.dependencies import SettingsDep
from app.core.security import utc_now
from app.services.admission import Act


async def leaders_act(settings: SettingsDep) -> Act:
    """Return the act of a leader, now; staff act in the leader's place."""
    return Act(ApplicationActor.LEADER, utc_now(), settings.portal_url)


LeadersAct = Annotated[Act, Depends(leaders_act)]
