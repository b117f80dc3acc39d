#!/bin/sh
# Make .venv and install one hash-locked list into it: PY=python3.12 deploy/environment.sh requirements.txt
set -eu

if [ -z "${PY:-}" ]; then
    echo "Tenon needs Python 3.11 or newer, and none was found in PATH." >&2
    echo "Install one, or name it: make PY=/path/to/python3.12" >&2
    exit 1
fi
if ! "$PY" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Tenon needs Python 3.11 or newer; $PY is $("$PY" --version 2>&1)." >&2
    exit 1
fi

echo "Preparing the Python environment with $("$PY" --version) (first time: about a minute) ..."
install="-m pip --disable-pip-version-check install --quiet --require-hashes -r $1"
if [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then
    .venv/bin/python $install
elif "$PY" -c 'import ensurepip' 2>/dev/null; then
    "$PY" -m venv .venv
    .venv/bin/python $install
elif "$PY" -m pip --version >/dev/null 2>&1; then
    # Debian keeps ensurepip in a package of its own; pip can install into an environment from outside.
    "$PY" -m venv --without-pip .venv
    "$PY" -m pip --python .venv/bin/python ${install#-m pip }
else
    echo "$PY has neither ensurepip nor pip. On Debian or Ubuntu: apt-get install python3-venv" >&2
    exit 1
fi
