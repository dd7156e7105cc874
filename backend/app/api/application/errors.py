"""What an application is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError, NotFound


class ApplicationMoveRefused(DomainError):
    """This cannot be done with an application in this state.

    The member ``allowed`` lists what the caller could do instead.
    """


class ApplicationUnknown(NotFound):
    """There is no such application.

    Also the answer for another human's, and another organisation's.
    """


class ApplicationExists(DomainError):
    """This person has applied to this popup already."""


class ApplicationNotDraft(DomainError):
    """Only a draft can be changed; what was submitted stays as it was submitted."""


class ScholarshipNotRequested(DomainError):
    """Nobody asked for a scholarship here."""


class NotReviewer(DomainError):
    """Only the reviewers of this popup vote on its applications."""

    status = HTTPStatus.FORBIDDEN


class VotesClosed(DomainError):
    """The application is not in review: there is nothing to vote on."""


class DepositNotHeld(DomainError):
    """This popup has a deposit held on the applicant's card before an application is submitted."""
