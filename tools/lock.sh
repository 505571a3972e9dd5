#!/usr/bin/env bash
# Compiles the lock files: versions and hashes for Linux and Python 3.11 onwards, no registry's address.
# uv comes from a throw-away environment, since nothing else needs it. `tools/lock.sh --upgrade` takes newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch"
"$scratch/bin/pip" --disable-pip-version-check --quiet install uv

compile() {
  "$scratch/bin/uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --custom-compile-command "make lock" "$@"
}
compile "$@" --group build -o requirements.lock
compile "$@" --group dev -c requirements.lock -o requirements-dev.lock
