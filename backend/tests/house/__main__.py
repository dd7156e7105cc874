"""``python -m tests.house``: the rules of the house that need no database."""

import sys

from tests.house.checking import findings


def main() -> int:
    """Print what breaks a rule, one line each; the number of lines decides the outcome."""
    found = findings()
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
