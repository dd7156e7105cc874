"""What is refused about attendee accounts."""

from app.core.errors import DomainError


class HumanEmailTaken(DomainError):
    """Another account of this organisation has that e-mail address."""
