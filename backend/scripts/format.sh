#!/usr/bin/env bash
# Put right what a machine can put right.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
ruff check --fix --show-fixes .
ruff format .
