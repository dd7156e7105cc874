"""What is sent and read of approval strategies."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.approval_strategy.decision import (
    LARGEST_WEIGHT,
    USUAL_WEIGHTS,
    Strategy,
    StrategyKind,
    Vote,
)
from app.api.shared.types import Input, Instant, Output

Weight = Annotated[int, Field(ge=-LARGEST_WEIGHT, le=LARGEST_WEIGHT, strict=True)]


class Weights(Input):
    """What each vote weighs under the weighted strategy."""

    strong_yes: Weight = USUAL_WEIGHTS[Vote.STRONG_YES]
    yes: Weight = USUAL_WEIGHTS[Vote.YES]
    no: Weight = USUAL_WEIGHTS[Vote.NO]
    strong_no: Weight = USUAL_WEIGHTS[Vote.STRONG_NO]


class ApprovalStrategyPut(Input):
    """How a popup decides from now on; it replaces what was there."""

    kind: StrategyKind
    accept_at: Annotated[int, Field(ge=1, le=100_000, strict=True)] = 1
    reject_at: Annotated[int, Field(ge=-100_000, le=100_000, strict=True)] | None = None
    weights: Weights | None = None

    def strategy(self) -> Strategy:
        """Return it as the rules take it."""
        if self.kind is not StrategyKind.WEIGHTED:
            return Strategy(kind=self.kind, accept_at=self.accept_at, reject_at=self.reject_at)
        weighed = (self.weights or Weights()).model_dump()
        return Strategy(
            kind=self.kind,
            accept_at=self.accept_at,
            reject_at=self.reject_at,
            weights={Vote(vote): weight for vote, weight in weighed.items()},
        )


class ApprovalStrategyPublic(Output):
    """How a popup decides on its applications."""

    id: UUID
    popup_id: UUID
    kind: StrategyKind
    accept_at: int
    reject_at: int | None
    weights: dict[str, int] | None
    created_at: Instant
    updated_at: Instant
