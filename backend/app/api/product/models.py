"""The table of products: what a popup sells."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, DateTime, Index, UniqueConstraint
from sqlmodel import Field

from app.api.attendee.party import AttendeeCategory
from app.api.product.eligibility import ProductCategory, TicketDuration
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum


class Product(TenantModel, Timestamped, table=True):
    """Something a popup sells, at one price in the popup's currency.

    ``currency`` and ``popup_is_published`` are the popup's. The foreign keys hold them to
    it: the one follows when the popup is published, the other keeps the popup from changing
    its currency under prices that were set in it. A product stays with its popup.
    """

    __tablename__ = "products"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "popup_is_published",
            to="popups",
            key=("id", "is_published"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        tenant_reference(
            "popup_id", "currency", to="popups", key=("id", "currency"), ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "popup_id", "slug"),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        Index(None, "tenant_id", "popup_id", "position"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name="slug"),
        CheckConstraint("price_minor BETWEEN 0 AND 1000000000000", name="price"),
        CheckConstraint(
            "compare_price_minor BETWEEN price_minor AND 1000000000000", name="compare_price"
        ),
        CheckConstraint(
            "category = 'ticket' OR (attendee_category IS NULL AND duration IS NULL)",
            name="ticket_terms",
        ),
        CheckConstraint("sale_ends_at > sale_starts_at", name="sale_window"),
        CheckConstraint("capacity BETWEEN 0 AND 1000000", name="capacity"),
        CheckConstraint("max_per_order BETWEEN 1 AND 1000", name="max_per_order"),
        CheckConstraint("position BETWEEN 0 AND 10000", name="position"),
        {"info": {"published": "is_published"}},
    )

    popup_id: UUID
    popup_is_published: bool
    name: str
    slug: str
    description: str = ""
    category: ProductCategory = Field(sa_type=text_enum(ProductCategory, "category"))
    attendee_category: AttendeeCategory | None = Field(
        default=None, sa_type=text_enum(AttendeeCategory, "attendee_category")
    )
    duration: TicketDuration | None = Field(
        default=None, sa_type=text_enum(TicketDuration, "duration")
    )
    price_minor: int = Field(sa_type=BigInteger)
    compare_price_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str
    sale_starts_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    sale_ends_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    capacity: int | None = None
    max_per_order: int | None = None
    is_exclusive: bool = False
    is_discountable: bool = True
    is_active: bool = True
    position: int = 0
    image_url: str | None = None
    is_published: bool = Field(
        default=None, sa_column_args=(Computed("is_active AND popup_is_published", persisted=True),)
    )
