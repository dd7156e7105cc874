"""What votes amount to, by each strategy."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.api.approval_strategy.decision import (
    USUAL_WEIGHTS,
    Ballot,
    Decision,
    Outcome,
    Reviewer,
    Strategy,
    StrategyKind,
    Vote,
    check_strategy,
    decide,
)
from app.api.approval_strategy.errors import StrategyInvalid

ACCEPTED, REJECTED, UNDECIDED = Decision
AUTO, ANY, ALL, THRESHOLD, WEIGHTED = StrategyKind
VOTES = {"Y": Vote.STRONG_YES, "y": Vote.YES, "n": Vote.NO, "N": Vote.STRONG_NO}


def outcome(strategy: Strategy | None, votes: str, multipliers: tuple[int, ...] = ()) -> Outcome:
    """Decide on one letter for each reviewer: Y, y, n, N, or a dot for no vote."""
    times = (*multipliers, *[1] * len(votes))
    reviewers = [Reviewer(id=UUID(int=i), multiplier=times[i]) for i in range(len(votes))]
    ballots = [
        Ballot(reviewer_id=UUID(int=i), vote=VOTES[letter])
        for i, letter in enumerate(votes)
        if letter != "."
    ]
    return decide(strategy, ballots, reviewers)


@pytest.mark.parametrize(
    ("strategy", "votes", "decision", "why"),
    [
        pytest.param(
            None, "", ACCEPTED, "Applications are accepted without a vote", id="no strategy"
        ),
        pytest.param(
            Strategy(kind=AUTO),
            "n",
            ACCEPTED,
            "Applications are accepted without a vote",
            id="auto: a refusal is only an opinion",
        ),
        pytest.param(
            Strategy(kind=AUTO), "yN", REJECTED, "A reviewer vetoed it", id="auto: vetoed"
        ),
        pytest.param(Strategy(kind=ANY), "", UNDECIDED, "No reviewer is assigned", id="any: none"),
        pytest.param(Strategy(kind=ANY), "..", UNDECIDED, "Nobody has voted", id="any: no votes"),
        pytest.param(Strategy(kind=ANY), ".y", ACCEPTED, "A reviewer approved it", id="any: yes"),
        pytest.param(Strategy(kind=ANY), "n.", REJECTED, "A reviewer refused it", id="any: no"),
        pytest.param(Strategy(kind=ANY), "ny", ACCEPTED, "A reviewer approved it", id="any: both"),
        pytest.param(Strategy(kind=ANY), "NY", REJECTED, "A reviewer vetoed it", id="any: vetoed"),
        pytest.param(Strategy(kind=ALL), "", UNDECIDED, "No reviewer is assigned", id="all: none"),
        pytest.param(
            Strategy(kind=ALL), "y..", UNDECIDED, "Votes outstanding: 2", id="all: waiting"
        ),
        pytest.param(
            Strategy(kind=ALL), "yYy", ACCEPTED, "Every reviewer approved it", id="all: yes"
        ),
        pytest.param(Strategy(kind=ALL), "Y.n", REJECTED, "A reviewer refused it", id="all: no"),
        pytest.param(Strategy(kind=ALL), "..N", REJECTED, "A reviewer vetoed it", id="all: veto"),
        *(
            pytest.param(
                Strategy(kind=THRESHOLD, accept_at=2, reject_at=reject_at),
                votes,
                decision,
                why,
                id=f"threshold: {name}",
            )
            for reject_at, votes, decision, why, name in (
                (None, "y...", UNDECIDED, "1 of 2 approvals", "one of two"),
                (None, "y.Y.", ACCEPTED, "2 of 2 approvals", "two of two"),
                (None, "nnyy", ACCEPTED, "2 of 2 approvals", "refusals do not undo approvals"),
                (None, "yyN.", REJECTED, "A reviewer vetoed it", "a veto does"),
                (None, "nn..", UNDECIDED, "0 of 2 approvals", "still in reach"),
                (
                    None,
                    "nnn.",
                    REJECTED,
                    "0 of 2 approvals, and too few votes are left",
                    "out of reach",
                ),
                (
                    None,
                    "nyn",
                    REJECTED,
                    "1 of 2 approvals, and too few votes are left",
                    "all voted, and it fell short",
                ),
                (
                    None,
                    "ny",
                    REJECTED,
                    "1 of 2 approvals, and too few votes are left",
                    "just enough reviewers, and one refuses",
                ),
                (None, "y.", UNDECIDED, "1 of 2 approvals", "just enough, and one to come"),
                (1, "n...", REJECTED, "1 of 1 refusals", "refusals enough"),
                (2, "n...", UNDECIDED, "0 of 2 approvals", "too few refusals"),
                (
                    None,
                    "y",
                    UNDECIDED,
                    "Acceptance takes more reviewers than are assigned",
                    "one reviewer cannot be two",
                ),
                (None, "n", REJECTED, "Every reviewer refused it", "but can refuse"),
                (
                    None,
                    "",
                    UNDECIDED,
                    "Acceptance takes more reviewers than are assigned",
                    "nobody there",
                ),
            )
        ),
    ],
)
def test_decide_by_counting(
    strategy: Strategy | None, votes: str, decision: Decision, why: str
) -> None:
    assert outcome(strategy, votes) == Outcome(decision, why)


@pytest.mark.parametrize(
    ("accept_at", "reject_at", "votes", "multipliers", "decision", "why"),
    [
        pytest.param(3, -3, "..", (), UNDECIDED, "The score is 0 of 3", id="no votes"),
        pytest.param(3, -3, "Yy", (), ACCEPTED, "The score is 3: at least 3", id="reached"),
        pytest.param(3, -3, "y.", (3,), ACCEPTED, "The score is 3: at least 3", id="tripled"),
        pytest.param(3, -3, "n.", (3,), REJECTED, "The score is -3: at most -3", id="refused"),
        pytest.param(
            1, -1, "yn", (1, 2), REJECTED, "The score is -1: at most -1", id="the heavier wins"
        ),
        pytest.param(1, -1, "yn", (2, 1), ACCEPTED, "The score is 1: at least 1", id="either way"),
        pytest.param(
            1, None, "YN.", (), UNDECIDED, "The score is 0 of 1", id="a strong no is no veto"
        ),
        pytest.param(
            3,
            None,
            "nn.",
            (),
            REJECTED,
            "The score is -2, and 3 is out of reach",
            id="out of reach",
        ),
        pytest.param(
            3,
            None,
            "nn.",
            (1, 1, 3),
            UNDECIDED,
            "The score is -2 of 3",
            id="in a heavy one's reach",
        ),
        pytest.param(
            9,
            None,
            "Y.",
            (),
            UNDECIDED,
            "Acceptance takes more reviewers than are assigned",
            id="too few reviewers",
        ),
        pytest.param(9, None, "nn", (), REJECTED, "Every reviewer refused it", id="all refused"),
        pytest.param(4, None, "Y.", (), UNDECIDED, "The score is 2 of 4", id="just in reach"),
        pytest.param(
            4,
            None,
            "Yy",
            (),
            REJECTED,
            "The score is 3, and 4 is out of reach",
            id="just enough reviewers, and one is lukewarm",
        ),
    ],
)
def test_decide_by_weighing(
    accept_at: int,
    reject_at: int | None,
    votes: str,
    multipliers: tuple[int, ...],
    decision: Decision,
    why: str,
) -> None:
    strategy = Strategy(kind=WEIGHTED, accept_at=accept_at, reject_at=reject_at)

    assert outcome(strategy, votes, multipliers) == Outcome(decision, why)


def test_votes_of_those_no_longer_assigned_do_not_count() -> None:
    ballots = [Ballot(reviewer_id=UUID(int=9), vote=Vote.STRONG_NO)]
    reviewers = [Reviewer(id=UUID(int=1))]

    assert decide(Strategy(kind=ANY), ballots, reviewers).decision is UNDECIDED


def test_a_reviewer_votes_once_and_is_assigned_once() -> None:
    reviewer = Reviewer(id=UUID(int=1))
    ballot = Ballot(reviewer_id=reviewer.id, vote=Vote.YES)

    with pytest.raises(ValueError, match="votes once"):
        decide(None, [ballot, replace(ballot, vote=Vote.NO)], [reviewer])
    with pytest.raises(ValueError, match="assigned once"):
        decide(None, [ballot], [reviewer, replace(reviewer, multiplier=2)])


@pytest.mark.parametrize(
    "strategy",
    [
        *(pytest.param(Strategy(kind=kind), id=kind) for kind in StrategyKind),
        pytest.param(Strategy(kind=THRESHOLD, accept_at=3, reject_at=2), id="two lines"),
        pytest.param(Strategy(kind=WEIGHTED, accept_at=5, reject_at=-5), id="two scores"),
        pytest.param(
            Strategy(kind=WEIGHTED, weights=dict(zip(Vote, (100, 100, -1, -100), strict=True))),
            id="weights of one's own",
        ),
        pytest.param(
            Strategy(kind=WEIGHTED, weights=dict(zip(Vote, (2, 1, -100, -100), strict=True))),
            id="a strong no no stronger",
        ),
    ],
)
def test_check_strategy_takes(strategy: Strategy) -> None:
    check_strategy(strategy)


@pytest.mark.parametrize(
    ("strategy", "detail"),
    [
        pytest.param(
            Strategy(kind=ANY, accept_at=2),
            "Only threshold and weighted have lines to cross",
            id="a line for any",
        ),
        pytest.param(
            Strategy(kind=AUTO, reject_at=2),
            "Only threshold and weighted have lines to cross",
            id="a line for auto",
        ),
        pytest.param(
            Strategy(kind=THRESHOLD, accept_at=0),
            "Acceptance takes at least one approval, or a score above zero",
            id="accepted by nobody",
        ),
        pytest.param(
            Strategy(kind=WEIGHTED, reject_at=0), "A score that rejects is below zero", id="score"
        ),
        pytest.param(
            Strategy(kind=THRESHOLD, reject_at=0),
            "Rejection takes at least one refusal",
            id="rejected by nobody",
        ),
        *(
            pytest.param(
                Strategy(kind=WEIGHTED, weights=dict(zip(Vote, weights, strict=False))),
                "Approvals weigh more than zero, refusals less, strong ones no less",
                id=f"weights {weights}",
            )
            for weights in ((1, 2, -1, -2), (2, 0, -1, -2), (2, 1, 0, -2), (2, 1, -2, -1), (2, 1))
        ),
        pytest.param(
            Strategy(kind=WEIGHTED, weights={**USUAL_WEIGHTS, Vote.STRONG_NO: -101}),
            "A weight is at most 100",
            id="overweight",
        ),
    ],
)
def test_check_strategy_refuses(strategy: Strategy, detail: str) -> None:
    with pytest.raises(StrategyInvalid) as refused:
        check_strategy(strategy)

    assert str(refused.value) == detail
