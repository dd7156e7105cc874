#!/usr/bin/env bash
# Write requirements.lock anew from pyproject.toml; arguments go to uv (--upgrade-package x).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$PATH:$PWD/.tools/bin"
# The header would otherwise repeat the command with this machine's paths and hosts.
exec uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev \
    --no-emit-index-url --custom-compile-command "bash backend/scripts/lock.sh" \
    --output-file requirements.lock pyproject.toml "$@"
