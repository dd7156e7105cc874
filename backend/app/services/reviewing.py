"""How a popup decides on applications: its strategy and its reviewers."""

from uuid import UUID

from sqlmodel import col, select

from app.api.approval_strategy.decision import (
    Reviewer,
    Strategy,
    StrategyKind,
    Vote,
    check_strategy,
)
from app.api.approval_strategy.models import ApprovalStrategy
from app.api.approval_strategy.schemas import ApprovalStrategyPut
from app.api.popup.crud import popup_crud
from app.api.popup_reviewer.models import PopupReviewer
from app.core.errors import NotFound
from app.core.tenant_db import BoundSession


async def put_strategy(
    session: BoundSession, popup_id: UUID, data: ApprovalStrategyPut
) -> ApprovalStrategy:
    """Let a popup decide so from now on. Votes that were cast stay, and are counted anew.

    Raises:
        PopupUnknown: there is no such popup.
        StrategyInvalid: it could not decide as it should.
    """
    strategy = data.strategy()
    check_strategy(strategy)
    await popup_crud.locked(session, popup_id)
    row = await _row(session, popup_id) or ApprovalStrategy(popup_id=popup_id, kind=data.kind)
    row.kind = strategy.kind
    row.accept_at = strategy.accept_at
    row.reject_at = strategy.reject_at
    is_weighted = strategy.kind is StrategyKind.WEIGHTED
    row.weights = (
        {str(v): weight for v, weight in strategy.weights.items()} if is_weighted else None
    )
    session.add(row)
    await session.flush()
    return row


async def read_strategy(session: BoundSession, popup_id: UUID) -> ApprovalStrategy:
    """Return a popup's strategy.

    Raises:
        NotFound: it has none, and accepts everybody.
    """
    row = await _row(session, popup_id)
    if row is None:
        raise NotFound
    return row


async def drop_strategy(session: BoundSession, popup_id: UUID) -> None:
    """Let a popup accept everybody who submits from now on.

    Raises:
        NotFound: it has no strategy.
    """
    await session.delete(await read_strategy(session, popup_id))
    await session.flush()


async def strategy_of(session: BoundSession, popup_id: UUID) -> Strategy | None:
    """Return how a popup decides, as the rules take it; None accepts everybody."""
    row = await _row(session, popup_id)
    if row is None:
        return None
    if row.weights is None:
        return Strategy(kind=row.kind, accept_at=row.accept_at, reject_at=row.reject_at)
    return Strategy(
        kind=row.kind,
        accept_at=row.accept_at,
        reject_at=row.reject_at,
        weights={Vote(vote): weight for vote, weight in row.weights.items()},
    )


async def reviewers_of(session: BoundSession, popup_id: UUID) -> list[Reviewer]:
    """Return who votes on a popup's applications."""
    statement = (
        select(PopupReviewer)
        .where(col(PopupReviewer.popup_id) == popup_id)
        .order_by(col(PopupReviewer.id))
    )
    rows = (await session.exec(statement)).all()
    return [Reviewer(id=row.user_id, multiplier=row.multiplier) for row in rows]


async def _row(session: BoundSession, popup_id: UUID) -> ApprovalStrategy | None:
    statement = select(ApprovalStrategy).where(col(ApprovalStrategy.popup_id) == popup_id)
    return (await session.exec(statement)).one_or_none()
