#!/bin/sh
# Resolve every dependency for Python 3.11 to 3.13 on any platform, with hashes.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/pip install --quiet uv
.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command scripts/lock.sh pyproject.toml -o requirements.lock
.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command scripts/lock.sh --all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock
