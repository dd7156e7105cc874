"""From rates to what is told: medians of the ratios within each round, and the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from benchmarks.traffic import Operation

Rates = Mapping[str, float]
"""Transactions per second of everybody who took part in one round, by name."""


class Bare(StrEnum):
    """The same SQL sent by pgbench."""

    SIGNED = "signed"
    """In a signed context, as a role that row-level security confines."""
    ENTERED = "entered"
    """In the same transaction, its role taken and its login asked for, but nothing confines it."""
    EXPLICIT = "explicit"
    """With the tenant in its WHERE alone, as a role that nothing confines."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rates of one operation whose ratio is told, and what it should be."""

    name: str
    operation: Operation
    above: str
    below: str
    at_least: float | None = None
    at_most: float | None = None

    def target(self) -> str:
        """Say what the ratio should be."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""

    def is_met(self, ratio: float) -> bool | None:
        """Tell whether a ratio is what it should be; None where nothing is asked of it."""
        if self.at_least is not None:
            return ratio >= self.at_least
        return ratio <= self.at_most if self.at_most is not None else None


def _usual(operation: Operation, at_least: float) -> Comparison:
    name = f"{operation}: this backend ÷ the usual recipe"
    return Comparison(name, operation, "ours", "usual", at_least=at_least)


def _context(operation: Operation, at_most: float | None = None) -> Comparison:
    name = f"{operation}: explicit WHERE ÷ signed context and RLS"
    return Comparison(name, operation, Bare.EXPLICIT, Bare.SIGNED, at_most=at_most)


def _policies(operation: Operation, at_most: float | None = None) -> Comparison:
    name = f"{operation}: explicit WHERE in the same transaction ÷ RLS"
    return Comparison(name, operation, Bare.ENTERED, Bare.SIGNED, at_most=at_most)


def _bare(operation: Operation) -> Comparison:
    name = f"{operation}: the same SQL in pgbench ÷ this backend"
    return Comparison(name, operation, Bare.SIGNED, "ours")


COMPARISONS = (
    _usual(Operation.LIST, 4.5),
    _usual(Operation.POINT, 3.5),
    _usual(Operation.INSERT, 2.5),
    _context(Operation.LIST, 1.1),
    _context(Operation.POINT, 1.3),
    _context(Operation.INSERT),
    _policies(Operation.LIST, 1.1),
    _policies(Operation.POINT, 1.3),
    _policies(Operation.INSERT),
    _bare(Operation.LIST),
    _bare(Operation.POINT),
    _bare(Operation.INSERT),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One comparison over all rounds. ``ratio`` is None when nobody measured it."""

    comparison: Comparison
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' ratios."""
        return median(self.ratios) if self.ratios else None

    @property
    def is_met(self) -> bool | None:
        """Whether the target was reached; None without target or ratio."""
        return None if self.ratio is None else self.comparison.is_met(self.ratio)

    def record(self) -> dict[str, object]:
        """Return the result for the file of raw figures."""
        return {
            "name": self.comparison.name,
            "operation": self.comparison.operation,
            "ratio": self.ratio,
            "ratios": list(self.ratios),
            "target": self.comparison.target() or None,
            "met": self.is_met,
        }


def results(rounds: Sequence[Mapping[Operation, Rates]]) -> list[Result]:
    """Compare within each round, so that what slows a whole round slows both sides of it."""
    return [
        Result(
            comparison,
            tuple(
                rates[comparison.above] / rates[comparison.below]
                for rates in (each.get(comparison.operation, {}) for each in rounds)
                if rates.get(comparison.above) and rates.get(comparison.below)
            ),
        )
        for comparison in COMPARISONS
    ]


def table(told: Sequence[Result]) -> str:
    """Return the results as lines of text; a missed target says so."""
    width = max(len(result.comparison.name) for result in told)
    lines = [f"{'':{width}}  median  lowest - highest  target"]
    for result in told:
        if result.ratio is None:
            lines.append(f"{result.comparison.name:{width}}  not measured")
            continue
        spread = f"{min(result.ratios):.2f} - {max(result.ratios):.2f}"
        missed = "  missed" if result.is_met is False else ""
        line = f"{result.comparison.name:{width}}  {result.ratio:6.2f}  {spread:^16}"
        lines.append(f"{line}  {result.comparison.target()}{missed}".rstrip())
    return "\n".join(lines)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that ``percent`` of the values do not exceed; 0 when there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = -(-len(ordered) * percent // 100)
    return ordered[max(int(place) - 1, 0)]
