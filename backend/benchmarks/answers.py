"""Whether both contenders answer alike, and whether what they wrote is there."""

import psycopg

from benchmarks.contenders import Served
from benchmarks.load import WrongAnswer
from benchmarks.plan import PAGE
from benchmarks.traffic import PATH
from benchmarks.world import World


def check_that_they_agree(ours: Served, usual: Served, here: World) -> None:
    """Compare a page and a row of one organisation, member by member.

    Raises:
        WrongAnswer: they differ, or hold another organisation's rows.
    """
    tenant = here.read_from[0]
    page = f"{PATH}?limit={PAGE}"
    listed, expected = ours.get(page, tenant), usual.get(page, tenant)
    if listed != expected:
        raise WrongAnswer(f"The lists differ: {listed} and {expected}")
    for product_id in tenant.product_ids[:3]:
        path = f"{PATH}/{product_id}"
        read, expected = ours.get(path, tenant), usual.get(path, tenant)
        if read != expected or not isinstance(read, dict) or read["id"] != str(product_id):
            raise WrongAnswer(f"{path} differs: {read} and {expected}")


def count_written(here: World) -> int:
    """Return how many products there are in the organisations that are written to."""
    with psycopg.connect(here.settings.admin_dsn) as admin:
        row = admin.execute(
            "SELECT count(*) FROM app.products WHERE tenant_id = ANY(%s)",
            [[tenant.id for tenant in here.written_to]],
        ).fetchone()
    return int(row[0]) if row else 0


def check_what_was_written(*, created: int, written: int) -> None:
    """Compare the rows there are with the answers there were.

    Raises:
        WrongAnswer: a row is missing, or there are more than were asked for.
    """
    if created != written:
        raise WrongAnswer(f"{created} products were answered for, {written} are there")
