"""``python -m benchmarks <plan as JSON>``: figures go to a file, their ratios are printed."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from app.core.embedded import EmbeddedServerRefused
from benchmarks.bare import Pgbench, PgbenchFailed, find_pgbench
from benchmarks.contenders import RunFailed
from benchmarks.figures import Result, results, table
from benchmarks.load import WrongAnswer
from benchmarks.machine import facts
from benchmarks.plan import Plan
from benchmarks.rounds import Round, run_rounds
from benchmarks.world import world


def main() -> int:
    """Run what the plan says; whatever the ratios are, the exit code is 0."""
    plan = Plan.read(sys.argv[1])
    try:
        _run(plan)
    except (RunFailed, PgbenchFailed, WrongAnswer, EmbeddedServerRefused) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def _run(plan: Plan) -> None:
    print(f"Making {plan.tenants} organisations of {plan.products} products ...", flush=True)
    with world(plan) as here:
        program = find_pgbench(here)
        if program is None:
            print("There is no pgbench on this machine: its part is left out.", flush=True)
        began, machine = datetime.now(UTC), facts(here)
        measured = run_rounds(plan, here, Pgbench(program, plan, here) if program else None)
    told = results([each.rates() for each in measured])
    _keep(plan, began, machine, measured, told)
    print(table(told))
    print(f"On {machine['processors']} processors ({machine['processor']}), shared by everybody")
    print(f"who takes part; PostgreSQL {machine['postgres']}. Raw figures: {plan.output_path}")


def _keep(
    plan: Plan,
    began: datetime,
    machine: dict[str, object],
    measured: Sequence[Round],
    told: Sequence[Result],
) -> None:
    document = {
        "began_at": began.isoformat(),
        "plan": asdict(plan),
        "machine": machine,
        "rounds": [each.record() for each in measured],
        "results": [result.record() for result in told],
    }
    plan.output_path.parent.mkdir(parents=True, exist_ok=True)
    plan.output_path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
