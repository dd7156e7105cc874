"""Who runs the platform."""

from pydantic import TypeAdapter, ValidationError
from sqlmodel import col, select

from app.api.auth.models import Operator
from app.api.shared.types import Email
from app.core.errors import InvalidRequest
from app.core.tenant_db import BoundSession

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


async def add(session: BoundSession, email: str) -> bool:
    """Make somebody an operator; return False where they were one already.

    Raises:
        InvalidRequest: that is not an e-mail address.
    """
    try:
        address = _EMAIL.validate_python(email)
    except ValidationError:
        raise InvalidRequest(f"{email!r} is not an e-mail address") from None
    statement = select(Operator).where(
        Operator.email == address, col(Operator.deleted_at).is_(None)
    )
    if (await session.exec(statement)).first() is not None:
        return False
    session.add(Operator(email=address))
    await session.flush()
    return True
