"""What is refused about staff."""

from http import HTTPStatus

from app.core.errors import DomainError


class UserEmailTaken(DomainError):
    """Somebody on the staff has that e-mail address already."""


class LastAdmin(DomainError):
    """An organisation keeps at least one administrator."""


class RoleAboveOwn(DomainError):
    """Nobody gives a role above their own."""

    status = HTTPStatus.FORBIDDEN
