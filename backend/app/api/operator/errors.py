"""What is refused about operators."""

from app.core.errors import DomainError, NotFound


class OperatorUnknown(NotFound):
    """There is no such operator."""


class OperatorEmailTaken(DomainError):
    """Somebody with that e-mail address runs the platform already."""


class LastOperator(DomainError):
    """The platform keeps at least one operator."""
