#!/usr/bin/env bash
# Locks the dependencies with hashes, for every supported Python: requirements.txt is what the program runs on
# (`pulumi install` reads it), requirements-dev.txt adds the tools, tools/mutation/requirements.txt is mutmut beside
# those. Run it after a change of pyproject.toml; needs uv.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --quiet "$@"; }
lock pyproject.toml --extra dev --output-file requirements-dev.txt
lock pyproject.toml --constraint requirements-dev.txt --output-file requirements.txt
lock tools/mutation/requirements.in --constraint requirements-dev.txt --output-file tools/mutation/requirements.txt
