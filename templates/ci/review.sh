#!/usr/bin/env bash
# review.sh REVISION: what the change since the revision does in AWS, as the text of a comment. Fails only where the
# review could not be made; the comment says why.
set -euo pipefail
export PYTHONUTF8=1
base=$1
inventory=${INVENTORY:-projects.yaml}
longest=60000 # GitHub takes 65,536 characters

status=0
# Only a revision that is here and has no inventory is one to compare nothing with; links count, as in the review.
if ! git rev-parse --verify --quiet "$base^{commit}" >/dev/null ||
  [[ $(git cat-file --batch-check --follow-symlinks <<<"$base:./$inventory") != *" missing" ]]; then
  text=$(.venv/bin/python -m bedrock_projects review "$base" --inventory "$inventory" --format markdown 2>&1) || status=$?
else
  text="This is the first \`$inventory\`: there is nothing to compare it with, so all of its projects are new."
fi
case $status in
  0 | 10 | 20) failed=0 ;; # nothing, changes, changes that cannot be undone: all of them are for the reviewer to judge
  *) failed=1 text="The review could not be made:"$'\n\n~~~~text\n'"$text"$'\n~~~~' ;;
esac
# bash counts characters or bytes, by the locale
text=$(.venv/bin/python -c '
import sys
text, longest = sys.stdin.read().rstrip("\n"), int(sys.argv[1])
more = "\n\n… and more: run `python -m bedrock_projects review` for the rest."
print(text if len(text) <= longest else text[:longest] + more)' "$longest" <<<"$text")
# The first line is what the comment is found by.
printf '%s\n## Bedrock projects: what this change does in AWS\n\n%s\n' '<!-- bedrock-projects review -->' "$text"
exit "$failed"
