"""Jobs that tidy the storage."""

from app.core.errors import NotFound
from app.jobs.catalogue import DeleteFile
from app.jobs.running import GiveUp, TenantJob
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
