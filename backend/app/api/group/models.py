"""The tables of groups, their members and their invitations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, UniqueConstraint
from sqlmodel import Field

from app.api.group.seats import InvitationStatus
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum


class Group(TenantModel, Timestamped, table=True):
    """People who apply to one popup together: a leader, seats and a discount.

    The seats are an allotment of the same id, which the database counts.
    """

    __tablename__ = "groups"
    __table_args__ = (
        tenant_reference("popup_id", to="popups", ondelete="CASCADE"),
        tenant_reference("leader_id", to="humans"),
        UniqueConstraint("tenant_id", "popup_id", "slug"),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        Index(None, "tenant_id", "leader_id"),
        CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name="slug"),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount"),
        CheckConstraint("seats BETWEEN 0 AND 100000", name="seats"),
        {"info": {"human": "leader_id"}},
    )

    popup_id: UUID
    leader_id: UUID | None = None
    name: str
    slug: str
    seats: int | None = None
    discount_percent: int = 0
    welcome_text: str = ""
    is_active: bool = True


class GroupMember(TenantModel, table=True):
    """One human's place in a group; a human is in one group of a popup at most."""

    __tablename__ = "group_members"
    __table_args__ = (
        tenant_reference(
            "popup_id", "group_id", to="groups", key=("popup_id", "id"), ondelete="CASCADE"
        ),
        tenant_reference("human_id", to="humans"),
        UniqueConstraint("tenant_id", "popup_id", "human_id"),
        Index(None, "tenant_id", "group_id"),
        Index(None, "tenant_id", "human_id"),
        {"info": {"human": "human_id"}},
    )

    popup_id: UUID
    group_id: UUID
    human_id: UUID
    joined_at: datetime = Field(sa_type=DateTime(timezone=True))


class GroupInvitation(TenantModel, table=True):
    """An address that joins the group when its human signs up; it holds a seat meanwhile."""

    __tablename__ = "group_invitations"
    __table_args__ = (
        tenant_reference(
            "popup_id", "group_id", to="groups", key=("popup_id", "id"), ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "group_id", "email"),
        Index(None, "tenant_id", "email"),
        Index(None, "tenant_id", "popup_id", "group_id"),
    )

    popup_id: UUID
    group_id: UUID
    email: str
    first_name: str = ""
    last_name: str = ""
    status: InvitationStatus = Field(
        default=InvitationStatus.OPEN, sa_type=text_enum(InvitationStatus, "status")
    )
    invited_at: datetime = Field(sa_type=DateTime(timezone=True))
    closed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
