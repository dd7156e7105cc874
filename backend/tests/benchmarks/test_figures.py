"""The arithmetic of `edgeos bench`: ratios within a round, their median, and the targets."""

import pytest

from benchmarks.bare import PgbenchFailed, rate_in
from benchmarks.figures import COMPARISONS, Comparison, percentile, results, table
from benchmarks.traffic import Operation

TOLD = """\
transaction type: multiple scripts
number of transactions actually processed: 5000
number of failed transactions: 0 (0.000%)
latency average = 0.8 ms
tps = 5123.456 (without initial connection time)
"""


def test_a_ratio_is_the_median_of_those_within_each_round() -> None:
    rounds = [
        {Operation.LIST: {"ours": 500.0, "usual": 100.0}},
        {Operation.LIST: {"ours": 60.0, "usual": 10.0}},  # a slow round counts no less
        {Operation.LIST: {"ours": 900.0, "usual": 100.0}},
    ]

    listed = results(rounds)[0]

    assert listed.ratios == (5.0, 6.0, 9.0)
    assert listed.ratio == 6.0
    assert listed.is_met is True


def test_what_nobody_measured_has_neither_ratio_nor_verdict() -> None:
    told = results([{Operation.LIST: {"ours": 500.0, "usual": 100.0}}])

    others = [(each.ratio, each.is_met) for each in told[1:]]
    assert others == [(None, None)] * (len(COMPARISONS) - 1)
    assert table(told).count("not measured") == len(COMPARISONS) - 1


def test_a_contender_that_answered_nothing_has_no_ratio() -> None:
    told = results([{Operation.LIST: {"ours": 500.0, "usual": 0.0}}])

    assert told[0].ratio is None


@pytest.mark.parametrize(
    ("at_least", "at_most", "ratio", "is_met", "said"),
    [
        (2.5, None, 2.5, True, "≥ 2.5"),
        (2.5, None, 2.4, False, "≥ 2.5"),
        (None, 1.1, 1.1, True, "≤ 1.1"),
        (None, 1.1, 1.2, False, "≤ 1.1"),
        (None, None, 9.0, None, ""),
    ],
)
def test_a_target_is_a_floor_a_ceiling_or_none(
    at_least: float | None, at_most: float | None, ratio: float, is_met: bool | None, said: str
) -> None:
    comparison = Comparison("x", Operation.LIST, "a", "b", at_least=at_least, at_most=at_most)

    assert comparison.is_met(ratio) is is_met
    assert comparison.target() == said


def test_the_targets_are_those_that_were_set() -> None:
    targets = {each.name: each.target() for each in COMPARISONS if each.target()}

    assert targets == {
        "list: this backend ÷ the usual recipe": "≥ 4.5",
        "point: this backend ÷ the usual recipe": "≥ 3.5",
        "insert: this backend ÷ the usual recipe": "≥ 2.5",
        "list: explicit WHERE ÷ signed context and RLS": "≤ 1.1",
        "point: explicit WHERE ÷ signed context and RLS": "≤ 1.3",
        "list: explicit WHERE in the same transaction ÷ RLS": "≤ 1.1",
        "point: explicit WHERE in the same transaction ÷ RLS": "≤ 1.3",
    }


def test_the_table_says_which_target_was_missed() -> None:
    rounds = [
        {
            Operation.LIST: {"ours": 500.0, "usual": 100.0},
            Operation.POINT: {"ours": 300.0, "usual": 100.0},
        }
    ]

    lines = table(results(rounds)).splitlines()

    assert [line for line in lines if "missed" in line] == [lines[2]]
    assert lines[2].startswith("point: this backend ÷ the usual recipe")


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (99, 4.0), (100, 4.0), (1, 1.0)])
def test_a_percentile_is_a_value_that_was_seen(percent: float, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == value


def test_nothing_has_a_percentile_of_zero() -> None:
    assert percentile([], 99) == 0.0


def test_pgbench_is_believed_when_every_transaction_succeeded() -> None:
    assert rate_in(TOLD, "", 0) == 5123.456


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (TOLD, 2),
        (TOLD.replace("failed transactions: 0", "failed transactions: 3"), 0),
        ("nothing", 0),
    ],
)
def test_pgbench_is_not_believed_otherwise(said: str, code: int) -> None:
    with pytest.raises(PgbenchFailed, match="pgbench: it broke"):
        rate_in(said, "it broke", code)
