#!/usr/bin/env bash
# Locks the dependencies with hashes, for every supported Python. Run it after a change of pyproject.toml, in the
# environment of `make venv`: that has uv.
#
#   requirements.txt         what the program runs on; `pulumi install` reads it
#   requirements-dev.txt     the same with the tools
#   requirements-oldest.txt  the oldest versions that pyproject.toml accepts: for `make test-oldest`
#   bedrock_projects/template/uv.txt  uv, for the pipeline of a repository that uses it
#   tools/*/requirements.txt mutmut, installed with the tools; what builds and checks a release, installed apart from them
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --quiet "$@"; }
lock pyproject.toml --extra dev --output-file requirements-dev.txt
lock pyproject.toml --constraint requirements-dev.txt --output-file requirements.txt
lock pyproject.toml --extra aws --extra html --resolution lowest-direct --output-file requirements-oldest.txt
lock - --no-annotate --constraint requirements-dev.txt --output-file bedrock_projects/template/uv.txt <<< uv
lock tools/mutation/requirements.in --constraint requirements-dev.txt --output-file tools/mutation/requirements.txt
lock tools/release/requirements.in --output-file tools/release/requirements.txt
