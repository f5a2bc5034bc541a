#!/usr/bin/env bash
# touched.sh REVISION: the environments that the change since the revision touches, as a JSON list. All of them where
# the program, its dependencies or a stack's settings changed, or where the revision has no inventory.
set -euo pipefail
base=$1
inventory=${INVENTORY:-projects.yaml}
program=(Pulumi.yaml 'Pulumi.*.yaml' __main__.py components bedrock_projects requirements.txt)

since=()
if [[ $(git cat-file --batch-check --follow-symlinks <<<"$base:./$inventory") == *" blob "* ]] &&
  git diff --quiet "$base" HEAD -- "${program[@]}"; then
  since=(--changed-since "$base")
fi
# bash before 4.4, as on macOS, takes an empty array for unset
.venv/bin/python -m bedrock_projects environments --format json --inventory "$inventory" ${since[@]+"${since[@]}"}
