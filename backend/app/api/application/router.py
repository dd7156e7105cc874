"""Endpoints of applications: a human's own, and the staff's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from fastapi.responses import StreamingResponse

from app.api.application.crud import application_crud, own_application_crud
from app.api.application.dependencies import CurrentAct
from app.api.application.errors import (
    ApplicationExists,
    ApplicationMoveRefused,
    ApplicationNotDraft,
    ApplicationUnknown,
    DepositNotHeld,
    ScholarshipNotRequested,
)
from app.api.application.lifecycle import ApplicationEvent
from app.api.application.models import Application, ApplicationSnapshot
from app.api.application.schemas import (
    ApplicationDraft,
    ApplicationExport,
    ApplicationOnBehalf,
    ApplicationPublic,
    ApplicationQuery,
    ApplicationSelf,
    ApplicationStart,
    CountsQuery,
    OwnApplicationQuery,
    PrivacyChange,
    ScholarshipDecision,
    SnapshotPublic,
    StatusCounts,
)
from app.api.form_field.errors import AnswersInvalid
from app.api.human.dependencies import OwnId
from app.api.popup.errors import PopupArchived, PopupClosed, PopupUnknown
from app.api.shared.dependencies import ExportSession, Requires, ServiceSession, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import CSV, CSV_TYPE, ListModel, Rendered
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import admission, applying, exporting

router = APIRouter(prefix="/applications", tags=["applications"])

OWN = [Requires(Permission.APPLICATIONS_OWN)]
READ = [Requires(Permission.APPLICATIONS_READ)]
WRITE = [Requires(Permission.APPLICATIONS_WRITE)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.get(
    "/mine",
    response_model=ListModel[ApplicationSelf],
    dependencies=OWN,
    responses=problems(*REFUSED),
)
async def list_own_applications(
    session: TenantSession, query: Annotated[OwnApplicationQuery, Query()]
) -> Rendered:
    """List one's own applications."""
    return await own_application_crud.find_json(session, query)


@router.post(
    "/mine",
    response_model=ApplicationSelf,
    status_code=status.HTTP_201_CREATED,
    dependencies=OWN,
    responses=problems(PopupUnknown, PopupClosed, ApplicationExists, AnswersInvalid, *REFUSED),
)
async def start_application(
    data: ApplicationStart, session: ServiceSession, human_id: OwnId, act: CurrentAct
) -> Application:
    """Start an application to a popup, as a draft."""
    return await applying.apply(session, act, human_id, data)


@router.get(
    "/mine/{application_id}",
    response_model=ApplicationSelf,
    dependencies=OWN,
    responses=problems(ApplicationUnknown, *REFUSED),
)
async def read_own_application(application_id: UUID, session: TenantSession) -> Rendered:
    """Read one's own application."""
    return await own_application_crud.get_json(session, application_id)


@router.patch(
    "/mine/{application_id}",
    response_model=ApplicationSelf,
    dependencies=OWN,
    responses=problems(ApplicationUnknown, ApplicationNotDraft, AnswersInvalid, *REFUSED),
)
async def update_own_application(
    application_id: UUID, data: ApplicationDraft, session: ServiceSession, human_id: OwnId
) -> Application:
    """Change one's own draft."""
    return await applying.change_draft(session, human_id, application_id, data)


@router.patch(
    "/mine/{application_id}/privacy",
    response_model=ApplicationSelf,
    dependencies=OWN,
    responses=problems(ApplicationUnknown, *REFUSED),
)
async def change_own_privacy(
    application_id: UUID, data: PrivacyChange, session: ServiceSession, human_id: OwnId
) -> Application:
    """Hide parts of one's profile from other attendees, or show them, whatever the status."""
    return await applying.change_privacy(session, human_id, application_id, data)


@router.post(
    "/mine/{application_id}/submit",
    response_model=ApplicationSelf,
    dependencies=OWN,
    responses=problems(
        ApplicationUnknown,
        PopupClosed,
        DepositNotHeld,
        AnswersInvalid,
        ApplicationMoveRefused,
        *REFUSED,
    ),
)
async def submit_own_application(
    application_id: UUID, session: ServiceSession, human_id: OwnId, act: CurrentAct
) -> Application:
    """Submit one's own application: it is judged, or accepted at once."""
    event = ApplicationEvent.SUBMIT
    return await applying.own_event(session, act, human_id, application_id, event)


@router.post(
    "/mine/{application_id}/withdraw",
    response_model=ApplicationSelf,
    dependencies=OWN,
    responses=problems(ApplicationUnknown, ApplicationMoveRefused, *REFUSED),
)
async def withdraw_own_application(
    application_id: UUID, session: ServiceSession, human_id: OwnId, act: CurrentAct
) -> Application:
    """Withdraw one's own application, unless something was bought with it."""
    event = ApplicationEvent.WITHDRAW
    return await applying.own_event(session, act, human_id, application_id, event)


@router.post(
    "/mine/{application_id}/resume",
    response_model=ApplicationSelf,
    dependencies=OWN,
    responses=problems(ApplicationUnknown, ApplicationMoveRefused, *REFUSED),
)
async def resume_own_application(
    application_id: UUID, session: ServiceSession, human_id: OwnId, act: CurrentAct
) -> Application:
    """Take up again an application one has withdrawn; it is a draft."""
    event = ApplicationEvent.RESUME
    return await applying.own_event(session, act, human_id, application_id, event)


@router.get(
    "",
    response_model=ListModel[ApplicationPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_applications(
    session: TenantSession, query: Annotated[ApplicationQuery, Query()]
) -> Rendered:
    """List applications; ``search`` looks in the applicant's name and address."""
    return await application_crud.find_json(session, query)


@router.get("/counts", dependencies=READ, responses=problems(*REFUSED))
async def count_applications(
    session: TenantSession, query: Annotated[CountsQuery, Query()]
) -> StatusCounts:
    """Count a popup's applications by where they stand."""
    return await application_crud.counts(session, query.popup_id)


@router.post(
    "",
    response_model=ApplicationSelf,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(PopupUnknown, PopupArchived, ApplicationExists, AnswersInvalid, *REFUSED),
)
async def create_application(
    data: ApplicationOnBehalf, session: TenantSession, act: CurrentAct
) -> Application:
    """Make an application for somebody."""
    return await applying.apply_on_behalf(session, act, data)


@router.get(
    "/export.csv",
    response_class=StreamingResponse,
    dependencies=READ,
    responses={**problems(PopupUnknown, *REFUSED), **CSV},
)
async def export_applications(
    session: ExportSession, asked: Annotated[ApplicationExport, Query()]
) -> StreamingResponse:
    """Export a popup's applications as CSV, a column for each question, sent while it is read."""
    export = await exporting.applications(session, asked.popup_id, asked.query)
    return StreamingResponse(export.pieces, media_type=CSV_TYPE, headers=export.headers)


@router.get(
    "/{application_id}",
    response_model=ApplicationPublic,
    dependencies=READ,
    responses=problems(ApplicationUnknown, *REFUSED),
)
async def read_application(application_id: UUID, session: TenantSession) -> Rendered:
    """Read one application."""
    return await application_crud.get_json(session, application_id)


@router.get(
    "/{application_id}/snapshots",
    response_model=list[SnapshotPublic],
    dependencies=READ,
    responses=problems(ApplicationUnknown, *REFUSED),
)
async def read_application_snapshots(
    application_id: UUID, session: TenantSession
) -> list[ApplicationSnapshot]:
    """Read what an application was, whenever something happened to it."""
    await application_crud.get(session, application_id)
    return await application_crud.snapshots(session, application_id)


async def _decide(
    session: TenantSession, act: CurrentAct, application_id: UUID, event: ApplicationEvent
) -> Application:
    case = await admission.case_of(session, application_id)
    return await admission.happen(session, act, case, event)


@router.post(
    "/{application_id}/accept",
    response_model=ApplicationSelf,
    dependencies=WRITE,
    responses=problems(ApplicationUnknown, ApplicationMoveRefused, *REFUSED),
)
async def accept_application(
    application_id: UUID, session: TenantSession, act: CurrentAct
) -> Application:
    """Accept an application in review, whatever the votes."""
    return await _decide(session, act, application_id, ApplicationEvent.ACCEPT)


@router.post(
    "/{application_id}/reject",
    response_model=ApplicationSelf,
    dependencies=WRITE,
    responses=problems(ApplicationUnknown, ApplicationMoveRefused, *REFUSED),
)
async def reject_application(
    application_id: UUID, session: TenantSession, act: CurrentAct
) -> Application:
    """Reject an application, or take back an acceptance nothing hangs on."""
    return await _decide(session, act, application_id, ApplicationEvent.REJECT)


@router.post(
    "/{application_id}/reopen",
    response_model=ApplicationSelf,
    dependencies=WRITE,
    responses=problems(ApplicationUnknown, ApplicationMoveRefused, *REFUSED),
)
async def reopen_application(
    application_id: UUID, session: TenantSession, act: CurrentAct
) -> Application:
    """Put a rejected application back into review; its votes are set aside."""
    return await _decide(session, act, application_id, ApplicationEvent.REOPEN)


@router.put(
    "/{application_id}/scholarship",
    response_model=ApplicationSelf,
    dependencies=WRITE,
    responses=problems(ApplicationUnknown, ScholarshipNotRequested, *REFUSED),
)
async def decide_scholarship(
    application_id: UUID, data: ScholarshipDecision, session: TenantSession, act: CurrentAct
) -> Application:
    """Grant a scholarship as a discount, or refuse it."""
    return await applying.decide_scholarship(session, act, application_id, data.percent)
