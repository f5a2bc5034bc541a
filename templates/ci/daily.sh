#!/usr/bin/env bash
# daily.sh STACK: retries cost allocation tags that Billing did not know yet, and fails if AWS is not as the inventory
# says. The refresh writes what AWS has into the state: a preview with --refresh would not, and the next `pulumi up` would
# not see what it showed. If keys are pending, or were deactivated, the preview has one step that updates the tags
# resource and nothing else. Only then is the stack brought up.
set -euo pipefail
stack=$1
options=(--stack "$stack" --non-interactive --suppress-outputs)

pulumi refresh "${options[@]}" --yes --skip-preview
changes=$(pulumi preview "${options[@]}" --json | .venv/bin/python "${BASH_SOURCE%/*}/changes.py") || changes=unknown
case $changes in
  nothing) echo "$stack: AWS is as the inventory says" ;;
  tags) pulumi up "${options[@]}" --yes --skip-preview ;;
  *)
    pulumi preview "${options[@]}" --diff
    echo "$stack: AWS is not as the inventory says, see above. Deploy the stack to bring AWS back, or change the" \
      "inventory to keep what is there." >&2
    exit 1
    ;;
esac
