"""The endpoint of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.audit.crud import audit_log
from app.api.audit.schemas import AuditEntryPublic, AuditQuery
from app.api.shared.dependencies import Requires, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems

router = APIRouter(prefix="/audit-log", tags=["audit"])

READ = [Requires(Permission.AUDIT_READ)]


@router.get("", dependencies=READ, responses=problems(Unauthenticated, Forbidden))
async def list_audit_log(
    session: TenantSession, query: Annotated[AuditQuery, Query()]
) -> ListModel[AuditEntryPublic]:
    """List who changed what of the organisation's, the newest first."""
    return await audit_log.find(session, query)
