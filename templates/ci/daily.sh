#!/usr/bin/env bash
# daily.sh STACK: retries cost allocation tags that Billing did not know yet, and fails where AWS is not as the inventory
# says. While keys are pending, a preview shows one step of the tags resource and nothing else; then, and only then, the
# stack is brought up.
set -euo pipefail
stack=$1

if ! preview=$(pulumi preview --stack "$stack" --refresh --json --non-interactive); then
  # Of a whole preview only what a person is to read; what is no preview, as it is.
  errors=$(.venv/bin/python -c '
import json, sys
print("\n".join(each["message"] for each in json.load(sys.stdin)["diagnostics"] if each["severity"] == "error"))' \
    <<<"$preview" 2>/dev/null) || errors=$preview
  printf '%s\n' "$errors" >&2
  exit 1
fi
found=$(.venv/bin/python -c '
import json, sys
idle = {"same", "refresh", "read"}
steps = {(step["op"], step["urn"].split("::")[2].split("$")[-1]) for step in json.load(sys.stdin)["steps"]}
steps = {step for step in steps if step[0] not in idle}
tags = {("update", "pulumi-python:dynamic/billing:CostAllocationTags")}
print("nothing" if not steps else "pending" if steps == tags else "drift")' <<<"$preview")
case $found in
  nothing) echo "$stack: AWS is as the inventory says" ;;
  pending) pulumi up --stack "$stack" --yes --skip-preview --non-interactive ;;
  drift)
    pulumi preview --stack "$stack" --refresh --diff --non-interactive
    echo "$stack: AWS is not as the inventory says, see above. Deploy the stack to bring AWS back," \
      "or change the inventory to keep what is there." >&2
    exit 1
    ;;
esac
