"""The table of providers' keys: encrypted, and the platform's alone."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.api.payment.models import PaymentProvider
from app.api.shared.models import Timestamped, text_enum
from app.api.shared.types import new_id


class ProviderSecret(Timestamped, SQLModel, table=True):
    """The keys of one organisation at one provider, sealed by ``core.encryption``.

    No tenant role reads it: the worker and the checkout open it through the platform.
    """

    __tablename__ = "provider_secrets"
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider"),
        {"info": {"global": "secrets are out of reach of every tenant role"}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(sa_column_args=(ForeignKey("tenants.id", ondelete="CASCADE"),))
    provider: PaymentProvider = Field(sa_type=text_enum(PaymentProvider, "provider"))
    sealed: str
