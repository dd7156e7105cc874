"""Database operations on uploads."""

from typing import ClassVar

from app.api.shared.crud import BaseCRUD
from app.api.upload.models import Upload
from app.api.upload.schemas import UploadCreate, UploadPublic


class UploadCRUD(BaseCRUD[Upload, UploadCreate, UploadCreate]):
    """Reads and writes uploads; one is never changed."""

    searched: ClassVar = ("key", "content_type")


upload_crud = UploadCRUD(Upload, UploadPublic)
