"""Jobs about orders, and what providers have to be asked or told about them."""

from app.core.security import utc_now
from app.jobs.catalogue import CloseCheckout, ExpirePayment, SandboxReference, SendRefund
from app.jobs.running import TenantJob
from app.services import expiring, paying, sandbox_desk, sending_back
from app.services.payments.protocol import ProviderUnavailable
from app.services.providers import Desk


async def expire_payment(job: TenantJob[ExpirePayment]) -> None:
    """Let an order go that was not paid in time; its provider is asked first whether it was.

    A provider that answers at no attempt does not keep an order waiting for ever.
    """
    desk = Desk(job.world.settings, job.world.database)
    try:
        await paying.pull(desk, job.session, job.told.payment_id)
    except ProviderUnavailable:
        if not job.is_last_attempt:
            raise
    async with job.session() as session:
        await expiring.expire(session, utc_now(), desk.settings.portal_url, job.told.payment_id)


async def send_refund(job: TenantJob[SendRefund]) -> None:
    """Have a provider send money back; what could not be asked at all is kept as failed."""
    desk = Desk(job.world.settings, job.world.database)
    try:
        await sending_back.send(desk, job.session, job.told.refund_id)
    except ProviderUnavailable as error:
        if job.is_last_attempt:
            await sending_back.note_failure(job.session, job.told.refund_id, str(error))
        raise


async def close_checkout(job: TenantJob[CloseCheckout]) -> None:
    """Let nobody pay an order any more that was let go."""
    desk = Desk(job.world.settings, job.world.database)
    await paying.close(desk, job.session, job.told.payment_id)


async def settle_sandbox_checkout(job: TenantJob[SandboxReference]) -> None:
    """Let a transfer arrive that was under way at the sandbox."""
    desk = Desk(job.world.settings, job.world.database)
    await sandbox_desk.settle(desk, job.tenant_id, job.told.reference)


async def tell_sandbox_event(job: TenantJob[SandboxReference]) -> None:
    """Send the sandbox's notice of what happened last to a checkout."""
    desk = Desk(job.world.settings, job.world.database)
    await sandbox_desk.tell(desk, job.tenant_id, job.told.reference)
