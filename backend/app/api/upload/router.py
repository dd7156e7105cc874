"""Endpoints of uploads: the staff's, a file's lasting address, and the local folder's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, status
from starlette.responses import RedirectResponse, Response, StreamingResponse

from app.api.shared.dependencies import Requires, SettingsDep, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.upload.crud import upload_crud
from app.api.upload.dependencies import AddressSession, LocalStorageDep, StorageDep
from app.api.upload.schemas import (
    FileQuery,
    UploadCreate,
    UploadDownload,
    UploadPublic,
    UploadQuery,
    UploadRequest,
    UploadTicket,
)
from app.core.errors import Forbidden, NotFound, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import uploads
from app.services.storage import (
    ContentTypeMismatch,
    ContentTypeNotAllowed,
    FileUrlInvalid,
    SignedQuery,
    UploadTooLarge,
    content_disposition,
)

router = APIRouter(prefix="/uploads", tags=["uploads"])

READ = [Requires(Permission.UPLOADS_READ)]
WRITE = [Requires(Permission.UPLOADS_WRITE)]
ANYONE = [Requires(Permission.PUBLISHED_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)
BYTES = {"requestBody": {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}


@router.put(
    "/files/{key:path}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=ANYONE,
    responses=problems(NotFound, FileUrlInvalid, ContentTypeMismatch, UploadTooLarge),
    openapi_extra=BYTES,
)
async def put_file(
    key: str, request: Request, storage: LocalStorageDep, query: Annotated[FileQuery, Query()]
) -> None:
    """Send a file to the local folder, as the URL of its upload allows."""
    grant = storage.verify_put(key, SignedQuery(**query.model_dump()))
    await storage.save(grant, request.headers.get("content-type"), request.stream())


@router.get(
    "/files/{key:path}",
    response_class=Response,
    dependencies=ANYONE,
    responses=problems(NotFound, FileUrlInvalid),
)
async def get_file(
    key: str, storage: LocalStorageDep, query: Annotated[FileQuery, Query()]
) -> StreamingResponse:
    """Fetch a file from the local folder, as its URL allows."""
    grant = storage.verify_get(key, SignedQuery(**query.model_dump()))
    found = await storage.head(grant.key)
    if found is None:
        raise NotFound
    headers = {"Content-Length": str(found.size_bytes)}
    if grant.download_as is not None:
        headers["Content-Disposition"] = content_disposition(grant.download_as)
    return StreamingResponse(storage.stream(grant.key), 200, headers, found.content_type)


@router.get(
    "/public/{tenant_id}/{upload_id}",  # noqa: FAST003  # the session takes the tenant
    status_code=status.HTTP_307_TEMPORARY_REDIRECT,
    response_class=RedirectResponse,
    dependencies=ANYONE,
    responses=problems(NotFound, TenantUnknown),
)
async def show_file(
    upload_id: UUID, session: AddressSession, storage: StorageDep, settings: SettingsDep
) -> RedirectResponse:
    """Lead to a file that everybody may see: an image of a popup, an icon."""
    _, signed = await uploads.fetch(session, storage, settings, upload_id)
    seconds = settings.upload_url_minutes * 60 // 2  # so that what is kept still works
    headers = {"Cache-Control": f"public, max-age={seconds}"}
    return RedirectResponse(signed.url, headers=headers)


@router.get(
    "", response_model=ListModel[UploadPublic], dependencies=READ, responses=problems(*REFUSED)
)
async def list_uploads(session: TenantSession, query: Annotated[UploadQuery, Query()]) -> Rendered:
    """List the organisation's files."""
    return await upload_crud.find_json(session, query)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(ContentTypeNotAllowed, UploadTooLarge, *REFUSED),
)
async def create_upload(
    data: UploadCreate, session: TenantSession, storage: StorageDep, settings: SettingsDep
) -> UploadTicket:
    """Ask to upload a file; the answer says where to send its bytes."""
    upload, signed = await uploads.allow_upload(session, storage, settings, data)
    shown = UploadPublic.model_validate(upload).model_dump()
    return UploadTicket(**shown, upload=UploadRequest.model_validate(signed))


@router.get("/{upload_id}", dependencies=READ, responses=problems(NotFound, *REFUSED))
async def read_upload(
    upload_id: UUID, session: TenantSession, storage: StorageDep, settings: SettingsDep
) -> UploadDownload:
    """Read one upload, with a URL that fetches its file for a while."""
    upload, signed = await uploads.fetch(session, storage, settings, upload_id)
    shown = UploadPublic.model_validate(upload).model_dump()
    return UploadDownload(**shown, download_url=signed.url, download_expires_at=signed.expires_at)


@router.delete(
    "/{upload_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(NotFound, *REFUSED),
)
async def delete_upload(upload_id: UUID, session: TenantSession, settings: SettingsDep) -> None:
    """Delete a file. Its lasting address stops working at once."""
    await uploads.throw_away(session, settings, upload_id)
