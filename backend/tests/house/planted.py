"""``python -m tests.house.planted ROOT``: which contracts break on which planted imports.

A process of its own, since the tree it reads is another package ``app`` than the one the
tests have imported. Reads the plants from standard input and writes the verdicts, as JSON.
"""

import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

Plant = tuple[tuple[str, str], ...]
"""Files of ``app``, each with the line that is added to it."""


def verdict(root: Path, contract: str, plant: Plant) -> bool:
    """Tell whether a contract is kept although the plant stands in the tree."""
    before = {name: (root / name).read_text(encoding="utf-8") for name, _ in plant}
    for name, line in plant:
        (root / name).write_text(f"{before[name]}{line}\n", encoding="utf-8")
    try:
        return lint_imports(
            str(root / ".importlinter"),
            limit_to_contracts=(contract,),
            cache_dir=None,
            is_debug_mode=True,
            no_logo=True,
        )
    finally:
        for name, text in before.items():
            (root / name).write_text(text, encoding="utf-8")


def main() -> None:
    """Judge every plant."""
    root = Path(sys.argv[1])
    sys.path.insert(0, str(root))
    configure()
    with redirect_stdout(StringIO()):
        kept = [verdict(root, contract, plant) for contract, plant in json.load(sys.stdin)]
    json.dump(kept, sys.stdout)


if __name__ == "__main__":
    main()
