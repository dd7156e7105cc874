"""What is refused about organisations."""

from app.core.errors import DomainError


class TenantSlugTaken(DomainError):
    """Another organisation has that slug, or had it."""
