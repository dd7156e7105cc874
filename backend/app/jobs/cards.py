"""Jobs about deposits that are held on cards."""

from app.jobs.catalogue import CardHoldId
from app.jobs.running import TenantJob
from app.services import holding
from app.services.payments.protocol import ProviderUnavailable
from app.services.providers import Desk


async def capture_card(job: TenantJob[CardHoldId]) -> None:
    """Take a deposit whose application was accepted; what nobody could be asked for failed."""
    desk = Desk(job.world.settings, job.world.database)
    try:
        await holding.capture(desk, job.session, job.told.hold_id)
    except ProviderUnavailable:
        if job.is_last_attempt:
            await holding.give_up(job.session, job.told.hold_id)
        raise


async def release_card(job: TenantJob[CardHoldId]) -> None:
    """Close a deposit's page, and let go what is held."""
    desk = Desk(job.world.settings, job.world.database)
    await holding.release(desk, job.session, job.told.hold_id)


async def expire_card_hold(job: TenantJob[CardHoldId]) -> None:
    """Let a deposit go whose page has lapsed; its provider is asked first how it stands.

    A provider that answers at no attempt does not keep it waiting for ever.
    """
    desk = Desk(job.world.settings, job.world.database)
    try:
        await holding.pull(desk, job.session, job.told.hold_id)
    except ProviderUnavailable:
        if not job.is_last_attempt:
            raise
    await holding.lapse(job.session, job.told.hold_id)
