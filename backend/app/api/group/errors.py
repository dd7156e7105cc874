"""What a group, or somebody who wants in, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError, NotFound


class GroupUnknown(NotFound):
    """There is no such group.

    Also the answer for one that somebody else leads, and for another organisation's.
    """


class MemberUnknown(NotFound):
    """There is no such member of this group."""


class InvitationUnknown(NotFound):
    """There is no such invitation of this group that is open."""


class LeaderUnknown(NotFound):
    """There is no such attendee to lead the group."""


class GroupSlugTaken(DomainError):
    """Another group of this popup has that slug."""


class GroupInUse(DomainError):
    """A group that somebody belongs to, was invited to or bought with is switched off instead."""


class GroupClosed(DomainError):
    """This group is switched off: nobody joins."""


class MemberElsewhere(DomainError):
    """This person is in a group of the popup already."""


class GroupFull(DomainError):
    """This group has not so many free seats. The member ``seats_left`` says how many."""


class SeatsBelowMembers(DomainError):
    """A group has at least as many seats as members. The member ``taken`` says how many."""


class SeatsOutOfRange(DomainError):
    """A group has from 1 to 100,000 seats, or no limit."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class BatchOutOfRange(DomainError):
    """A batch holds from 1 to 500 people."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
