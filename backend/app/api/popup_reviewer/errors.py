"""What is refused about reviewers."""

from app.core.errors import DomainError, NotFound


class ReviewerTaken(DomainError):
    """This member of staff reviews the popup already."""


class ReviewerUnknown(NotFound):
    """There is no such member of staff, or no such reviewer."""
