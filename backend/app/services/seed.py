"""What a new installation needs before anybody can log in."""

from app.core.config import Settings
from app.core.tenant_db import BoundSession
from app.services import operators


async def seed(session: BoundSession, settings: Settings) -> list[str]:
    """Make the first operator; return what was made, in sentences. Repeatable."""
    if await operators.add(session, settings.superadmin):
        return [f"Made {settings.superadmin} an operator."]
    return []
