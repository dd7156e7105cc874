"""Database operations on groups, their members and their invitations."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, func, literal_column
from sqlalchemy import select as select_columns
from sqlmodel import SQLModel, col, select

from app.api.allotment.models import Allotment
from app.api.group.errors import (
    GroupInUse,
    GroupSlugTaken,
    GroupUnknown,
    InvitationUnknown,
    LeaderUnknown,
    MemberElsewhere,
    MemberUnknown,
)
from app.api.group.models import Group, GroupInvitation, GroupMember
from app.api.group.schemas import (
    GroupCreate,
    GroupInvitationPublic,
    GroupMemberPublic,
    GroupPerson,
    GroupPublic,
    GroupUpdate,
    Invitee,
)
from app.api.human.models import Human
from app.api.shared.crud import BaseCRUD
from app.api.shared.rendering import nested, words_of
from app.core.tenant_db import BoundSession

_ALLOTMENTS = SQLModel.metadata.tables[f"app.{Allotment.__tablename__}"]
_HUMANS = SQLModel.metadata.tables[f"app.{Human.__tablename__}"]
_member = words_of(_HUMANS, "email", "first_name", "last_name", by="human_id")
"""What a search for a member looks in."""


def seats_taken(row: FromClause) -> ColumnElement[object]:
    """Return how many seats members and open invitations have."""
    counted = _ALLOTMENTS.alias()
    taken = select_columns(counted.c.taken).where(
        counted.c.tenant_id == row.c.tenant_id, counted.c.id == row.c.id
    )
    none: ColumnElement[int] = literal_column("0")
    return func.coalesce(taken.scalar_subquery(), none)


class GroupCRUD(BaseCRUD[Group, GroupCreate, GroupUpdate]):
    """Reads and writes groups."""

    constraint_errors: ClassVar = {
        "groups_tenant_id_popup_id_slug_key": GroupSlugTaken,
        "groups_tenant_id_leader_id_fkey": LeaderUnknown,
        "applications_tenant_id_popup_id_group_id_fkey": GroupInUse,
        "payments_tenant_id_popup_id_group_id_fkey": GroupInUse,
    }
    computed: ClassVar = {
        "leader": nested(GroupPerson, _HUMANS, lambda row, human: human.c.id == row.c.leader_id),
        "seats_taken": seats_taken,
    }
    searched: ClassVar = ("name", "slug")
    not_found: ClassVar = GroupUnknown

    async def locked(self, session: BoundSession, group_id: UUID) -> Group:
        """Return a group in which nobody else is seated until this transaction ends.

        Raises:
            GroupUnknown: there is none of that id in this tenant.
        """
        statement = select(Group).where(col(Group.id) == group_id)
        statement = statement.with_for_update(key_share=True)
        group = (await session.exec(statement)).one_or_none()
        if group is None:
            raise self.not_found
        return group

    async def taken(self, session: BoundSession, group_id: UUID) -> int:
        """Return how many of a group's seats are taken."""
        statement = select(Allotment.taken).where(col(Allotment.id) == group_id)
        return (await session.exec(statement)).one_or_none() or 0


class GroupMemberCRUD(BaseCRUD[GroupMember, Invitee, Invitee]):
    """Reads and writes members."""

    constraint_errors: ClassVar = {
        "group_members_tenant_id_popup_id_human_id_key": MemberElsewhere,
    }
    computed: ClassVar = {
        "human": nested(GroupPerson, _HUMANS, lambda row, human: human.c.id == row.c.human_id)
    }
    searched: ClassVar = (_member,)
    not_found: ClassVar = MemberUnknown


class GroupInvitationCRUD(BaseCRUD[GroupInvitation, Invitee, Invitee]):
    """Reads and writes invitations."""

    searched: ClassVar = ("email", "first_name", "last_name")
    not_found: ClassVar = InvitationUnknown


group_crud = GroupCRUD(Group, GroupPublic)
group_member_crud = GroupMemberCRUD(GroupMember, GroupMemberPublic)
group_invitation_crud = GroupInvitationCRUD(GroupInvitation, GroupInvitationPublic)
