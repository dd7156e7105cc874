"""The rules of the house that no general linter knows, one family per file."""

from tests.house.rules import (
    blocking,
    chance,
    edges,
    escapes,
    placement,
    sizes,
    tenants,
    transactions,
    wording,
)

RULES = (
    transactions.RULE,
    tenants.BY_HAND,
    tenants.JOINED,
    tenants.SETTINGS,
    blocking.RULE,
    edges.CATCHES,
    edges.READS,
    chance.RULE,
    wording.RULE,
    escapes.IGNORES,
    escapes.ANY,
    placement.LATE,
    placement.PLACES,
    placement.GATEWAYS,
    placement.PURE,
    sizes.FILES,
    sizes.FUNCTIONS,
)
"""Every rule, in the order findings are easiest to read."""
