#!/usr/bin/env bash
# Locks the dependencies with hashes, for every supported Python. Run it after a change of pyproject.toml, in the
# environment of `make venv`: that has uv.
#
#   requirements.txt         what the program runs on; `pulumi install` reads it
#   requirements-dev.txt     the same with the tools
#   requirements-oldest.txt  the oldest versions that pyproject.toml accepts: for `make test-oldest`
#   templates/pulumi/dependencies.txt     requirements.txt, for a team's repository
#   bedrock_projects/template/extras/*.txt  what an extra of the package needs in addition
#   bedrock_projects/template/uv.txt  uv, for the pipeline of a repository that uses it
#   tools/*/requirements.txt mutmut, installed with the tools; what builds and checks a release, installed apart from them
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --quiet "$@"; }
lock pyproject.toml --extra dev --output-file requirements-dev.txt
lock pyproject.toml --constraint requirements-dev.txt --output-file requirements.txt
# A team does not have the files that the comments name.
{
  echo '# What bedrock-projects needs. `bedrock-projects upgrade` writes this file: put packages of your own elsewhere.'
  sed -e '/^    #   -c requirements-dev.txt$/d' -e 's/ (pyproject.toml)$//' requirements.txt
} > templates/pulumi/dependencies.txt
mapfile -t needed < <(sed -nE 's/^([^ =]+)==.*/--no-emit-package=\1/p' requirements.txt | sort -u)
extras=(aws exports html xlsx)
for extra in "${extras[@]}"; do
  lock pyproject.toml --no-annotate --extra "$extra" --constraint requirements-dev.txt "${needed[@]}" \
    --output-file "bedrock_projects/template/extras/$extra.txt"
done
lock pyproject.toml "${extras[@]/#/--extra=}" --resolution lowest-direct --output-file requirements-oldest.txt
lock - --no-annotate --constraint requirements-dev.txt --output-file bedrock_projects/template/uv.txt <<< uv
lock tools/mutation/requirements.in --constraint requirements-dev.txt --output-file tools/mutation/requirements.txt
lock tools/release/requirements.in --output-file tools/release/requirements.txt
