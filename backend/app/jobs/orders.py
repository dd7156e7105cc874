"""Jobs about orders."""

from app.core.security import utc_now
from app.jobs.catalogue import ExpirePayment
from app.jobs.running import TenantJob
from app.services import expiring


async def expire_payment(job: TenantJob[ExpirePayment]) -> None:
    """Let an order go that was not paid in time."""
    async with job.session() as session:
        await expiring.expire(
            session, utc_now(), job.world.settings.portal_url, job.told.payment_id
        )
