"""The rounds of a run: everybody measured in turn, the order changing from round to round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.answers import check_that_they_agree, check_what_was_written, count_written
from benchmarks.bare import Pgbench
from benchmarks.contenders import Contender, Served, served
from benchmarks.figures import Bare, Rates, percentile
from benchmarks.load import Outcome
from benchmarks.plan import Plan
from benchmarks.traffic import Operation
from benchmarks.world import World


@dataclass(slots=True)
class Turn:
    """One operation of one round: what was seen of everybody, in the order they came."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    bare: dict[str, float] = field(default_factory=dict)

    def rates(self) -> Rates:
        """Return everybody's answers or transactions per second."""
        return {
            **{name: seen.answers / seen.seconds for name, seen in self.outcomes.items()},
            **self.bare,
        }

    def record(self) -> dict[str, object]:
        """Return the raw figures, in the order they were measured."""
        answers = {
            name: {
                "per_second": round(seen.answers / seen.seconds, 1),
                "answers": seen.answers,
                "seconds": seen.seconds,
                "compared": seen.looks,
                "median_milliseconds": round(percentile(seen.milliseconds, 50), 3),
                "p99_milliseconds": round(percentile(seen.milliseconds, 99), 3),
            }
            for name, seen in self.outcomes.items()
        }
        bare = {name: {"per_second": round(rate, 1)} for name, rate in self.bare.items()}
        return {**answers, **bare}


@dataclass(slots=True)
class Round:
    """One round: every operation, one after the other."""

    turns: dict[Operation, Turn] = field(default_factory=dict)

    def rates(self) -> Mapping[Operation, Rates]:
        """Return everybody's rates, by operation."""
        return {operation: turn.rates() for operation, turn in self.turns.items()}

    def record(self) -> dict[str, object]:
        """Return the raw figures, by operation."""
        return {str(operation): turn.record() for operation, turn in self.turns.items()}


def run_rounds(plan: Plan, here: World, pgbench: Pgbench | None) -> list[Round]:
    """Measure everybody in every round, after seeing that all of them answer alike.

    Raises:
        WrongAnswer: somebody's answers are not what they should be.
        RunFailed: a process ended that should not have.
        PgbenchFailed: pgbench lost transactions.
    """
    with served(Contender.OURS, here) as ours, served(Contender.USUAL, here) as usual:
        for server in (ours, usual):
            server.wait_until_it_answers(here)
        check_that_they_agree(ours, usual, here)
        if pgbench is not None:
            pgbench.check_that_they_agree()
        rounds = []
        for number in range(plan.rounds):
            print(f"Round {number + 1} of {plan.rounds} ...", flush=True)
            order = (ours, usual) if number % 2 == 0 else (usual, ours)
            ways = tuple(Bare) if number % 2 == 0 else tuple(reversed(Bare))
            turns = {each: _turn(each, order, plan, here) for each in Operation}
            if pgbench is not None:
                for operation, turn in turns.items():
                    turn.bare = {str(way): pgbench.measure(operation, way) for way in ways}
            rounds.append(Round(turns))
    return rounds


def _turn(operation: Operation, order: Sequence[Served], plan: Plan, here: World) -> Turn:
    turn = Turn()
    for server in order:
        before = count_written(here)
        seen = turn.outcomes[str(server.contender)] = server.measure(operation, plan, here)
        created = seen.all_answers if operation is Operation.INSERT else 0
        check_what_was_written(created=created, written=count_written(here) - before)
    return turn
