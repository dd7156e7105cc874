"""Scanners of the story tell their log in the evening of each day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from app.api.popup.calendar import day_at
from app.api.ticket.lifecycle import TicketActor
from app.api.ticket.schemas import MOST_SCANS, CheckInBatch, ScanTold
from app.services import checking_in
from app.services.checking_in import Door
from app.services.demo.history import History
from app.services.demo.stage import Stage


async def tell_scans(history: History, stage: Stage) -> int:
    """Replay what was seen at a popup's door, day by day; return how many scans stand."""
    recorded = 0
    zone = stage.plan.zone
    for _, seen in groupby(sorted(stage.scans), key=lambda scan: day_at(scan[0], zone)):
        of_day = list(seen)
        for start in range(0, len(of_day), MOST_SCANS):
            recorded += await _tell(history, stage, of_day[start : start + MOST_SCANS])
    return recorded


async def _tell(history: History, stage: Stage, scans: Sequence[tuple[datetime, str, UUID]]) -> int:
    told = [ScanTold(scan_id=id_, code=code, scanned_at=at) for at, code, id_ in scans]
    history.now = min(scans[-1][0] + timedelta(minutes=5), history.until)
    door = Door(TicketActor.STAFF, f"user:{stage.staff_id}", history.now)
    batch = CheckInBatch(popup_id=stage.popup_id, scans=told)
    return (await checking_in.replay(history.session, door, batch)).recorded
