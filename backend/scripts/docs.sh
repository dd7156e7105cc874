#!/usr/bin/env bash
# Write the pages that are made from the code: errors.md, schema.md, openapi.json.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
exec python -m tests.house.generated
