"""Databases of every variant of the boundary, and two tenants that are alike in them."""

from collections.abc import Generator
from dataclasses import dataclass

import pytest

from tests.database import TestRun
from tests.isolation.boundary import ACME, GLOBEX, HERE, VARIANTS, Boundary, Servers, Variant
from tests.isolation.rows import Rows, plant


@dataclass(frozen=True)
class Planted:
    """A boundary with rows on both sides: two people's in each tenant, texts alike."""

    boundary: Boundary
    acme: Rows
    globex: Rows
    others_at_acme: Rows


@pytest.fixture(scope="session")
def servers(test_run: TestRun) -> Generator[Servers]:
    started = Servers(test_run)
    yield started
    started.stop()


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Every PostgreSQL this machine has, with and without the hardening."""
    found = request.param
    assert isinstance(found, Variant)
    if found.missing:
        pytest.skip(found.missing)
    return found


@pytest.fixture(scope="module")
def boundary(servers: Servers, variant: Variant) -> Generator[Boundary]:
    """A database of each variant; its tests undo what they do."""
    with servers.boundary(variant) as made:
        yield made


@pytest.fixture(scope="module")
def boundary_here(servers: Servers) -> Generator[Boundary]:
    """A database of the default server alone."""
    with servers.boundary(HERE) as made:
        yield made


@pytest.fixture(scope="module")
def planted(boundary_here: Boundary) -> Planted:
    """Two tenants with a row in every table, equal to the letter but for the tenant."""
    with boundary_here.platform(keep=True) as connection:
        return Planted(
            boundary_here,
            acme=plant(connection, ACME, word="alike"),
            globex=plant(connection, GLOBEX, word="alike"),
            others_at_acme=plant(connection, ACME, word="other", person=1),
        )
