#!/usr/bin/env bash
# Run the whole platform for development: database, API and worker, all with reload.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
exec edgeos dev "$@"
