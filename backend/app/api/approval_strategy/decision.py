"""What the reviewers' votes on an application amount to, by each strategy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from app.api.approval_strategy.errors import StrategyInvalid

LARGEST_WEIGHT = 100
LARGEST_MULTIPLIER = 100


class StrategyKind(StrEnum):
    """The ways of deciding. ``decide`` says how each accepts and how each rejects."""

    AUTO_ACCEPT = "auto_accept"
    ANY_REVIEWER = "any_reviewer"
    ALL_REVIEWERS = "all_reviewers"
    THRESHOLD = "threshold"
    WEIGHTED = "weighted"


class Vote(StrEnum):
    """What a reviewer says.

    Where votes are counted, a strong yes is a yes, and a strong no is a veto. Where they
    are weighed, each has its weight and nothing else.
    """

    STRONG_YES = "strong_yes"
    YES = "yes"
    NO = "no"
    STRONG_NO = "strong_no"


class Decision(StrEnum):
    """What the votes amount to."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDECIDED = "undecided"


YES = frozenset({Vote.STRONG_YES, Vote.YES})

USUAL_WEIGHTS: Mapping[Vote, int] = {
    Vote.STRONG_YES: 2,
    Vote.YES: 1,
    Vote.NO: -1,
    Vote.STRONG_NO: -2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How a popup decides.

    ``accept_at`` is a number of approvals (threshold) or a score (weighted). ``reject_at``
    is a number of refusals or a score at or below which an application is rejected even
    though votes are outstanding; ``None`` leaves it at the rejection that always holds:
    when acceptance can no longer be reached. ``weights`` are for weighted alone.
    """

    kind: StrategyKind
    accept_at: int = 1
    reject_at: int | None = None
    weights: Mapping[Vote, int] = field(default_factory=lambda: USUAL_WEIGHTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Somebody assigned to review; the multiplier counts where votes are weighed."""

    id: UUID
    multiplier: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One reviewer's vote on one application."""

    reviewer_id: UUID
    vote: Vote


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision, and why in a sentence."""

    decision: Decision
    why: str


def check_strategy(strategy: Strategy) -> None:
    """Refuse a strategy that could not decide as it should.

    Raises:
        StrategyInvalid: saying why.
    """
    weighted = strategy.kind is StrategyKind.WEIGHTED
    if strategy.kind not in {StrategyKind.THRESHOLD, StrategyKind.WEIGHTED}:
        if strategy.accept_at != 1 or strategy.reject_at is not None:
            raise StrategyInvalid("Only threshold and weighted have lines to cross")
    elif strategy.accept_at < 1:
        raise StrategyInvalid("Acceptance takes at least one approval, or a score above zero")
    if strategy.reject_at is not None:
        if weighted and strategy.reject_at >= 0:
            raise StrategyInvalid("A score that rejects is below zero")
        if not weighted and strategy.reject_at < 1:
            raise StrategyInvalid("Rejection takes at least one refusal")
    weights = [strategy.weights.get(vote, 0) for vote in Vote]
    strong_yes, yes, no, strong_no = weights
    if not strong_yes >= yes > 0 > no >= strong_no:
        raise StrategyInvalid("Approvals weigh more than zero, refusals less, strong ones no less")
    if max(map(abs, weights)) > LARGEST_WEIGHT:
        raise StrategyInvalid(f"A weight is at most {LARGEST_WEIGHT}")


def decide(
    strategy: Strategy | None, ballots: Sequence[Ballot], reviewers: Sequence[Reviewer]
) -> Outcome:
    """Say what the votes amount to; the same in whatever order they were cast.

    Only votes of the reviewers assigned now count. No strategy is auto-accept.

    * auto-accept: accepted without a vote.
    * any reviewer: accepted with the first approval; rejected when there are refusals and
      no approval.
    * all reviewers: accepted when every one approves, rejected with the first refusal.
    * threshold: accepted with ``accept_at`` approvals; rejected at ``reject_at`` refusals,
      and when too few votes are left for acceptance.
    * In all of these one strong no rejects, whatever else was voted.
    * weighted: the score is the sum of weight times multiplier; accepted from
      ``accept_at``, rejected from ``reject_at`` down, and when even strong approvals of all
      who have not voted would not reach acceptance.

    Where fewer reviewers are assigned than acceptance takes, votes wait for more of them;
    but what everybody has refused is rejected.

    >>> ann, bob = Reviewer(id=UUID(int=1)), Reviewer(id=UUID(int=2), multiplier=3)
    >>> ballots = [
    ...     Ballot(reviewer_id=ann.id, vote=Vote.STRONG_YES),
    ...     Ballot(reviewer_id=bob.id, vote=Vote.NO),
    ... ]
    >>> decide(Strategy(kind=StrategyKind.WEIGHTED, reject_at=-1), ballots, [ann, bob])
    Outcome(decision=<Decision.REJECTED: 'rejected'>, why='The score is -1: at most -1')

    Raises:
        ValueError: a reviewer has two votes, or is assigned twice.
    """
    tally = _Tally.of(ballots, reviewers)
    strategy = strategy or Strategy(kind=StrategyKind.AUTO_ACCEPT)
    if tally.is_vetoed and strategy.kind is not StrategyKind.WEIGHTED:
        return Outcome(Decision.REJECTED, "A reviewer vetoed it")
    return _DECIDE[strategy.kind](strategy, tally)


@dataclass(frozen=True, slots=True)
class _Tally:
    """The votes that count, each with its reviewer's multiplier, and the weight outstanding."""

    votes: tuple[tuple[Vote, int], ...]
    outstanding: tuple[int, ...]

    @classmethod
    def of(cls, ballots: Sequence[Ballot], reviewers: Sequence[Reviewer]) -> "_Tally":
        votes = {ballot.reviewer_id: ballot.vote for ballot in ballots}
        assigned = {reviewer.id: reviewer.multiplier for reviewer in reviewers}
        if len(votes) < len(ballots) or len(assigned) < len(reviewers):
            raise ValueError("A reviewer is assigned once and votes once")
        return cls(
            votes=tuple(
                (votes[id_], multiplier) for id_, multiplier in assigned.items() if id_ in votes
            ),
            outstanding=tuple(
                multiplier for id_, multiplier in assigned.items() if id_ not in votes
            ),
        )

    @property
    def approvals(self) -> int:
        return sum(vote in YES for vote, _ in self.votes)

    @property
    def refusals(self) -> int:
        return len(self.votes) - self.approvals

    @property
    def assigned(self) -> int:
        return len(self.votes) + len(self.outstanding)

    @property
    def is_vetoed(self) -> bool:
        return any(vote is Vote.STRONG_NO for vote, _ in self.votes)

    @property
    def is_refused_by_all(self) -> bool:
        return not self.outstanding and bool(self.votes) and not self.approvals

    def score(self, weights: Mapping[Vote, int]) -> int:
        return sum(weights[vote] * multiplier for vote, multiplier in self.votes)


_NO_REVIEWERS = Outcome(Decision.UNDECIDED, "No reviewer is assigned")
_REFUSED_BY_ALL = Outcome(Decision.REJECTED, "Every reviewer refused it")
_SHORT = Outcome(Decision.UNDECIDED, "Acceptance takes more reviewers than are assigned")


def _auto_accept(_: Strategy, __: _Tally) -> Outcome:
    return Outcome(Decision.ACCEPTED, "Applications are accepted without a vote")


def _any_reviewer(_: Strategy, tally: _Tally) -> Outcome:
    if tally.approvals:
        return Outcome(Decision.ACCEPTED, "A reviewer approved it")
    if tally.refusals:
        return Outcome(Decision.REJECTED, "A reviewer refused it")
    return Outcome(Decision.UNDECIDED, "Nobody has voted") if tally.outstanding else _NO_REVIEWERS


def _all_reviewers(_: Strategy, tally: _Tally) -> Outcome:
    if tally.refusals:
        return Outcome(Decision.REJECTED, "A reviewer refused it")
    if tally.outstanding:
        return Outcome(Decision.UNDECIDED, f"Votes outstanding: {len(tally.outstanding)}")
    return (
        Outcome(Decision.ACCEPTED, "Every reviewer approved it") if tally.votes else _NO_REVIEWERS
    )


def _threshold(strategy: Strategy, tally: _Tally) -> Outcome:
    needed = f"{tally.approvals} of {strategy.accept_at} approvals"
    if tally.approvals >= strategy.accept_at:
        return Outcome(Decision.ACCEPTED, needed)
    if strategy.reject_at is not None and tally.refusals >= strategy.reject_at:
        return Outcome(Decision.REJECTED, f"{tally.refusals} of {strategy.reject_at} refusals")
    if tally.is_refused_by_all:
        return _REFUSED_BY_ALL
    if tally.assigned < strategy.accept_at:
        return _SHORT
    if tally.approvals + len(tally.outstanding) < strategy.accept_at:
        return Outcome(Decision.REJECTED, f"{needed}, and too few votes are left")
    return Outcome(Decision.UNDECIDED, needed)


def _weighted(strategy: Strategy, tally: _Tally) -> Outcome:
    score = tally.score(strategy.weights)
    best = strategy.weights[Vote.STRONG_YES]
    in_reach = score + best * sum(tally.outstanding)
    if score >= strategy.accept_at:
        return Outcome(Decision.ACCEPTED, f"The score is {score}: at least {strategy.accept_at}")
    if strategy.reject_at is not None and score <= strategy.reject_at:
        return Outcome(Decision.REJECTED, f"The score is {score}: at most {strategy.reject_at}")
    if tally.is_refused_by_all:
        return _REFUSED_BY_ALL
    if best * (sum(m for _, m in tally.votes) + sum(tally.outstanding)) < strategy.accept_at:
        return _SHORT
    if in_reach < strategy.accept_at:
        return Outcome(
            Decision.REJECTED, f"The score is {score}, and {strategy.accept_at} is out of reach"
        )
    return Outcome(Decision.UNDECIDED, f"The score is {score} of {strategy.accept_at}")


_DECIDE: Mapping[StrategyKind, Callable[[Strategy, _Tally], Outcome]] = {
    StrategyKind.AUTO_ACCEPT: _auto_accept,
    StrategyKind.ANY_REVIEWER: _any_reviewer,
    StrategyKind.ALL_REVIEWERS: _all_reviewers,
    StrategyKind.THRESHOLD: _threshold,
    StrategyKind.WEIGHTED: _weighted,
}
