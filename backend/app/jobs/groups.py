"""Jobs about groups."""

from app.core.security import utc_now
from app.jobs.catalogue import JoinGroups
from app.jobs.running import TenantJob
from app.services import invitations


async def join_groups(job: TenantJob[JoinGroups]) -> None:
    """Let somebody join the groups that have invited their address."""
    async with job.session() as session:
        await invitations.accept_all(
            session, utc_now(), job.world.settings.portal_url, job.told.human_id
        )
