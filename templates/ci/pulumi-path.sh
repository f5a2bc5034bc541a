#!/usr/bin/env bash
# Prints the folder of a Pulumi CLI of the same version as the SDK in requirements.txt; downloads it if need be.
set -euo pipefail

dirname "$(.venv/bin/python -c 'from pulumi.automation import PulumiCommand; print(PulumiCommand.install().command)')"
