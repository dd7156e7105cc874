#!/usr/bin/env bash
# Run the tests with coverage; arguments go to pytest, paths are those inside backend/.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

# Starting a process per core costs seconds: worth it for the whole suite, not for one file.
parallel=(-n auto)
for argument in "$@"; do
    case "$argument" in
        -n* | --numprocesses* | --pdb | --trace | tests | tests/* | *.py | *.py::*) parallel=() ;;
    esac
done
if [ "$#" -gt 0 ]; then
    exec pytest --cov --cov-report=term:skip-covered ${parallel[@]+"${parallel[@]}"} "$@"
fi
# Everything runs: it fails as well where it did not go everywhere it has to go.
pytest --cov --cov-report=term:skip-covered "${parallel[@]}"
python -m tests.house.covered
