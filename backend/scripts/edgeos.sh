#!/usr/bin/env bash
# Run one command of the platform: bash backend/scripts/edgeos.sh audit --json
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
exec edgeos "$@"
