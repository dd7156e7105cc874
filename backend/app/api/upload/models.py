"""The table of uploads: which files an organisation has put into the storage."""

from sqlalchemy import BigInteger, CheckConstraint, Computed, UniqueConstraint
from sqlmodel import Field

from app.api.shared.models import TenantModel, Timestamped, text_enum
from app.api.upload.content import UploadKind


class Upload(TenantModel, Timestamped, table=True):
    """A file in the storage. Its key stands under its own tenant's prefix, and has its id.

    ``url`` is the address of a file that everybody may see: it never expires, and leads to
    the storage through a URL signed for the moment. ``created_by`` is named as in the audit
    log. That a row is there says that an upload was allowed; after a day, that it was made.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint(
            "starts_with(key, tenant_id::text || '/' || kind || '/' || id::text || '.')",
            name="key",
        ),
        CheckConstraint("size_bytes > 0", name="size"),
        CheckConstraint("is_public = (url IS NOT NULL)", name="url"),
        {"info": {"published": "is_public"}},
    )

    kind: UploadKind = Field(sa_type=text_enum(UploadKind, "kind"))
    key: str
    content_type: str
    size_bytes: int = Field(sa_type=BigInteger)
    url: str | None = None
    created_by: str
    is_public: bool = Field(
        default=None,
        sa_column_args=(Computed("kind = 'image' OR kind = 'icon'", persisted=True),),
    )
