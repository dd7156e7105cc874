"""Where the sandbox's page finds the desk: nowhere in production."""

from typing import Annotated

from fastapi import Depends

from app.api.sandbox.errors import SandboxCheckoutUnknown
from app.api.shared.dependencies import DatabaseDep, SettingsDep
from app.services.providers import Desk, takes_sandbox


async def get_played_desk(settings: SettingsDep, database: DatabaseDep) -> Desk:
    """Return the desk at which nothing is paid with money.

    Raises:
        SandboxCheckoutUnknown: where tickets are sold for money there is none.
    """
    if not takes_sandbox(settings):
        raise SandboxCheckoutUnknown
    return Desk(settings, database)


PlayedDesk = Annotated[Desk, Depends(get_played_desk)]
