"""Who runs the platform."""

from uuid import UUID

from pydantic import ValidationError

from app.api.operator.crud import operator_crud
from app.api.operator.errors import LastOperator, OperatorUnknown
from app.api.operator.schemas import OperatorCreate
from app.core.errors import InvalidRequest
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.services.login_sessions import end_logins_of_operator


async def add(session: BoundSession, email: str) -> bool:
    """Make somebody an operator; return False where they were one already.

    Raises:
        InvalidRequest: that is not an e-mail address.
    """
    try:
        data = OperatorCreate(email=email)
    except ValidationError:
        raise InvalidRequest(f"{email!r} is not an e-mail address") from None
    if await operator_crud.by_email(session, data.email) is not None:
        return False
    await operator_crud.create(session, data)
    return True


async def remove(session: BoundSession, operator_id: UUID) -> None:
    """Let somebody run the platform no longer; their sessions end at once.

    Raises:
        OperatorUnknown: nobody of that id runs the platform.
        LastOperator: nobody would run it.
    """
    everybody = {operator.id: operator for operator in await operator_crud.locked(session)}
    operator = everybody.get(operator_id)
    if operator is None:
        raise OperatorUnknown
    if len(everybody) == 1:
        raise LastOperator
    operator.deleted_at = utc_now()
    await operator_crud.flush(session)
    await end_logins_of_operator(session, operator_id)
