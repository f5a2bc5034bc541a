#!/usr/bin/env bash
# Sets up what the other scripts use: the virtual environment that Pulumi.yaml names, with what requirements.txt pins.
set -euo pipefail

python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
