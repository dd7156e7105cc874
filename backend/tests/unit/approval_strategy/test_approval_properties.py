"""What holds of every strategy, whatever is voted."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.api.approval_strategy.decision import (
    Ballot,
    Decision,
    Outcome,
    Reviewer,
    Strategy,
    StrategyKind,
    Vote,
    decide,
)

ACCEPTED, REJECTED, UNDECIDED = Decision
AUTO, ANY, ALL, THRESHOLD, WEIGHTED = StrategyKind
VOTES = {"Y": Vote.STRONG_YES, "y": Vote.YES, "n": Vote.NO, "N": Vote.STRONG_NO}
TOO_FEW = "Acceptance takes more reviewers than are assigned"


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


WEIGHTS = st.tuples(
    st.integers(1, 5), st.integers(0, 5), st.integers(-5, -1), st.integers(-5, 0)
).map(
    lambda w: {
        Vote.STRONG_YES: w[0] + w[1],
        Vote.YES: w[0],
        Vote.NO: w[2],
        Vote.STRONG_NO: w[2] + w[3],
    }
)
STRATEGIES = (
    st.none()
    | st.sampled_from([AUTO, ANY, ALL]).map(lambda kind: Strategy(kind=kind))
    | st.builds(
        Strategy,
        kind=st.just(THRESHOLD),
        accept_at=st.integers(1, 5),
        reject_at=st.none() | st.integers(1, 5),
    )
    | st.builds(
        Strategy,
        kind=st.just(WEIGHTED),
        accept_at=st.integers(1, 20),
        reject_at=st.none() | st.integers(-20, -1),
        weights=WEIGHTS,
    )
)
PANELS = st.lists(st.tuples(st.integers(1, 5), st.none() | st.sampled_from(Vote)), max_size=6).map(
    lambda panel: (
        [
            Ballot(reviewer_id=UUID(int=i), vote=vote)
            for i, (_, vote) in enumerate(panel)
            if vote is not None
        ],
        [Reviewer(id=UUID(int=i), multiplier=times) for i, (times, _) in enumerate(panel)],
    )
)
Panel = tuple[list[Ballot], list[Reviewer]]


@given(STRATEGIES, PANELS, st.data())
def test_the_order_of_votes_and_reviewers_does_not_matter(
    strategy: Strategy | None, panel: Panel, data: st.DataObject
) -> None:
    ballots, reviewers = panel

    shuffled = decide(
        strategy, data.draw(st.permutations(ballots)), data.draw(st.permutations(reviewers))
    )

    assert shuffled == decide(strategy, ballots, reviewers)


@given(STRATEGIES, PANELS, st.sampled_from([Vote.YES, Vote.STRONG_YES]), st.data())
def test_adding_a_yes_never_turns_accepted_into_anything_else(
    strategy: Strategy | None, panel: Panel, vote: Vote, data: st.DataObject
) -> None:
    ballots, reviewers = panel
    voted = {ballot.reviewer_id for ballot in ballots}
    silent = [reviewer.id for reviewer in reviewers if reviewer.id not in voted]
    newcomer = Reviewer(id=UUID(int=99), multiplier=data.draw(st.integers(1, 5)))
    yes = Ballot(reviewer_id=data.draw(st.sampled_from([*silent, newcomer.id])), vote=vote)
    before = decide(strategy, ballots, reviewers).decision

    panel_after = reviewers if yes.reviewer_id in silent else [*reviewers, newcomer]
    after = decide(strategy, [*ballots, yes], panel_after).decision

    assert before is not ACCEPTED or after is ACCEPTED


RANK = {REJECTED: 0, UNDECIDED: 1, ACCEPTED: 2}
KINDNESS = [Vote.STRONG_NO, Vote.NO, Vote.YES, Vote.STRONG_YES]


@given(STRATEGIES, PANELS, st.data())
def test_a_kinder_vote_never_makes_the_outcome_worse(
    strategy: Strategy | None, panel: Panel, data: st.DataObject
) -> None:
    ballots, reviewers = panel
    ballots = ballots or [Ballot(reviewer_id=UUID(int=99), vote=Vote.NO)]
    i = data.draw(st.integers(0, len(ballots) - 1))
    kinder = data.draw(st.sampled_from(KINDNESS[KINDNESS.index(ballots[i].vote) :]))

    after = decide(
        strategy, [*ballots[:i], replace(ballots[i], vote=kinder), *ballots[i + 1 :]], reviewers
    )

    assert RANK[after.decision] >= RANK[decide(strategy, ballots, reviewers).decision]


@given(STRATEGIES, st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_every_strategy_can_reject_and_accept(
    strategy: Strategy | None, multipliers: list[int]
) -> None:
    times = tuple(multipliers)

    worst = outcome(strategy, "N" * len(times), times)
    best = outcome(strategy, "Y" * len(times), times)

    assert worst.decision is REJECTED
    assert best.decision is ACCEPTED or best.why == TOO_FEW


@given(STRATEGIES, st.text("YynN", min_size=1, max_size=6), st.data())
def test_when_all_have_voted_it_is_decided_if_it_could_be(
    strategy: Strategy | None, votes: str, data: st.DataObject
) -> None:
    times = data.draw(st.tuples(*[st.integers(1, 5)] * len(votes)))

    result = outcome(strategy, votes, times)

    assert result.decision is not UNDECIDED or result.why == TOO_FEW


@given(st.integers(2, 100))
def test_a_multiplier_truly_multiplies(multiplier: int) -> None:
    strategy = Strategy(kind=WEIGHTED, accept_at=multiplier, reject_at=-multiplier)

    assert outcome(strategy, "y..", (multiplier,)).decision is ACCEPTED
    assert outcome(strategy, "y..", (multiplier - 1, 100)).decision is UNDECIDED
    assert outcome(strategy, "n..", (multiplier,)).decision is REJECTED
    assert outcome(strategy, "n..", (multiplier - 1, 100)).decision is UNDECIDED
