"""Jobs that tidy the storage."""

from app.core.errors import NotFound
from app.jobs.catalogue import DeleteFile, ForgetUpload
from app.jobs.running import GiveUp, TenantJob
from app.services import uploads
from app.services.storage import StorageKey


async def delete_file(job: TenantJob[DeleteFile]) -> None:
    """Delete a file of the organisation whose upload was deleted."""
    try:
        key = StorageKey.parse(job.told.key)
    except NotFound as error:
        raise GiveUp("This is not the key of a file") from error
    if key.tenant_id != job.tenant_id:
        raise GiveUp("The file is another organisation's")
    await job.world.storage.delete(key)


async def forget_missing_upload(job: TenantJob[ForgetUpload]) -> None:
    """Forget an upload that was allowed and never made."""
    await uploads.forget_missing(job.session, job.world.storage, job.told.upload_id)
