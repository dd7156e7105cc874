"""What the sandbox's page refuses."""

from app.core.errors import DomainError, NotFound


class SandboxCheckoutUnknown(NotFound):
    """There is no such page."""


class SandboxCheckoutOver(DomainError):
    """This cannot be done with a checkout as it stands."""
