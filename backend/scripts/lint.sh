#!/usr/bin/env bash
# Every check that needs no database. All of them run; the names of those that failed come last.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

checks=(
    "ruff check ."
    "ruff format --check ."
    "mypy"
    "ty check"
    "lint-imports"
    "python -m tests.house"
)

failed=()
for check in "${checks[@]}"; do
    echo "== $check"
    $check || failed+=("$check")
done
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
