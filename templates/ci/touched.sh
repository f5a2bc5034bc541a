#!/usr/bin/env bash
# touched.sh REVISION: the environments that the change since the revision touches, as a JSON list. All of them if the
# program or its dependencies changed, or if the revision has no inventory. The settings of a stack touch the environment
# of its name.
set -euo pipefail
export PYTHONUTF8=1
base=$1
inventory=${INVENTORY:-projects.yaml}
program=(Pulumi.yaml __main__.py components bedrock_projects requirements.txt)

environments() {
  .venv/bin/python -m bedrock_projects environments --inventory "$inventory" "$@"
}

# Links in the revision are followed, as the command does.
before=$(git cat-file --batch-check --follow-symlinks <<<"$base:./$inventory")
if [[ $before != *" blob "* ]] || ! git diff --quiet "$base" HEAD -- "${program[@]}"; then
  environments --format json
  exit
fi
# Where Pulumi keeps the settings: `stackConfigDir`, or a string as `config`, as it was called before.
folder=$(.venv/bin/python -c '
import yaml
project = yaml.safe_load(open("Pulumi.yaml", encoding="utf-8-sig"))
config = project.get("config")
print(project.get("stackConfigDir") or (config if isinstance(config, str) else "."))')
files=$(git diff --name-only --no-renames "$base" HEAD -- ":(glob)${folder%/}/Pulumi.*.yaml")
stacks=$(sed -E 's|^(.*/)?Pulumi\.(.*)\.yaml$|\2|' <<<"$files")
all=$(environments)
touched=$(environments --changed-since "$base")
{
  echo "$touched"
  grep --fixed-strings --line-regexp "$stacks" <<<"$all" || true # none of the stacks is an environment
} | .venv/bin/python -c 'import json, sys; print(json.dumps(sorted(set(sys.stdin.read().split()))))'
