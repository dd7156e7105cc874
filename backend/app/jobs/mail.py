"""Jobs that send mail."""

from app.jobs.catalogue import SendLoginCode, SendMail
from app.jobs.running import GiveUp, PlatformJob, TenantJob
from app.services.email import login_codes, outbox
from app.services.email.mailers import MailRejected


async def send_mail(job: TenantJob[SendMail]) -> None:
    """Send one mail of the organisation's outbox, and note when it fails."""
    message_id = job.told.message_id
    try:
        await outbox.send_queued_mail(job.session, job.world.mailer, job.world.settings, message_id)
    except Exception as error:
        is_final = job.is_last_attempt or isinstance(error, MailRejected)
        async with job.session() as session:
            await outbox.note_failure(session, message_id, error, is_final=is_final)
        if is_final:
            raise GiveUp("The mail was not sent") from error
        raise


async def send_login_code(job: PlatformJob[SendLoginCode]) -> None:
    """Send a login code, if its address may log in."""
    try:
        await login_codes.send_login_code(
            job.session, job.world.mailer, job.world.settings, job.told.code_id
        )
    except MailRejected as error:
        raise GiveUp("The login code was not sent") from error
