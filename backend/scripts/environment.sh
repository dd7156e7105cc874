# Sourced by the other scripts: leaves a complete backend/.venv behind and us in backend/.
#
# It needs Python 3.11 or newer, git's checkout and a package index; never root. What it
# installs is in requirements.lock, each file with its hash. A second run installs nothing.

backend="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# Folders are meant where the caller stands, not where we go.
case "${VAR_DIR:-/}" in /*) ;; *) export VAR_DIR="$PWD/$VAR_DIR" ;; esac
case "${MAIL_FOLDER:-/}" in /*) ;; *) export MAIL_FOLDER="$PWD/$MAIL_FOLDER" ;; esac
cd "$backend"
venv="$backend/.venv"
tools="$backend/.tools"
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

find_python() {
    local candidate
    for candidate in python3.11 python3 python3.12 python3.13 python3.14 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    fail "Python 3.11 or newer is needed, and none is on the PATH."
}

# uv from the PATH, or one of our own: in a private environment where the machine can make
# one, else in a plain folder (Debian's Python comes without the venv module's pip).
find_uv() {
    local python="$1" candidate
    for candidate in "$(command -v uv || true)" "$tools/bin/uv"; do
        if [ -n "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    echo "Installing uv into $tools ..." >&2
    rm -rf "$tools"
    if "$python" -m venv "$tools" >/dev/null 2>&1; then
        "$tools/bin/python" -m pip install --quiet --disable-pip-version-check uv >&2 ||
            fail "uv could not be installed: is a package index reachable?"
    elif rm -rf "$tools" && "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --disable-pip-version-check --target "$tools" uv >&2 ||
            fail "uv could not be installed: is a package index reachable?"
    else
        rm -rf "$tools"
        fail "This Python has neither venv nor pip. Install one of them (Debian: python3-venv)," \
            "or uv itself, and start again."
    fi
    echo "$tools/bin/uv"
}

# uv reads neither pip's settings nor, unasked, the machine's certificates; a machine whose
# index is known to pip alone, or stands behind a proxy of its own, keeps working.
borrow_settings_of_pip() {
    local python="$1" index certificates
    index="${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || true)}"
    if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
        export UV_DEFAULT_INDEX="$index"
    fi
    certificates="${PIP_CERT:-$("$python" -m pip config get global.cert 2>/dev/null || true)}"
    if [ -n "$certificates" ] && [ -z "${SSL_CERT_FILE:-}" ]; then
        export SSL_CERT_FILE="$certificates"
    fi
    if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
        export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
    fi
}

is_current() {
    [ -x "$venv/bin/edgeos" ] && "$venv/bin/python" -c '' 2>/dev/null &&
        cmp -s requirements.lock "$venv/installed.lock" &&
        cmp -s pyproject.toml "$venv/installed.toml"
}

install() {
    local python uv
    python="$(find_python)"
    uv="$(find_uv "$python")"
    borrow_settings_of_pip "$python"
    if ! "$venv/bin/python" -c '' 2>/dev/null; then
        "$uv" venv --quiet --clear --python "$python" "$venv"
    fi
    echo "Installing what backend/requirements.lock lists ..." >&2
    "$uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r requirements.lock
    "$uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
    cp requirements.lock "$venv/installed.lock"
    cp pyproject.toml "$venv/installed.toml"
}

is_current || install
export PATH="$venv/bin:$PATH"
