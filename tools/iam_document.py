"""Keeps docs/iam.md in step with the declared permissions.

python -m tools.iam_document --write    # writes the generated parts below the current folder
python -m tools.iam_document --check    # exit status 1 where they are stale

The policies are for one account and region, the guard is that of the inventory in the current folder.
"""

import json
import sys
from pathlib import Path

from bedrock_projects import inventory
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.conformance.checks import Level
from bedrock_projects.conformance.policy import policy_of
from bedrock_projects.conformance.table import most_requests
from bedrock_projects.iam.applications import application_policy
from bedrock_projects.iam.exports import CREATING, creating_policy, reading_policy
from bedrock_projects.iam.permissions import OPERATIONS, PolicyName
from bedrock_projects.iam.policies import Place, Policy, allow, guard
from bedrock_projects.model import Export, ExportCreation, created_location
from tools.generated_parts import write_or_check

_DOCUMENT = Path("docs/iam.md")
_ACCOUNT, _REGION = "111111111111", "us-west-2"
_PROJECT = RUNTIME.project_arns(_REGION, _ACCOUNT).replace("*", "proj_5ht6vmk4cnu6yfmc345k")
_PIPELINE = "arn:aws:iam::*:role/bedrock-projects-deploy"
_EXPORT = Export(
    name="bedrock",
    table="cur2",
    location=created_location("acme-bedrock-costs", "bedrock"),
    creation=ExportCreation(bucket="acme-bedrock-costs", region=_REGION),
)
_BILLING_ROLE = "arn:aws:iam::999999999999:role/bedrock-projects-billing"


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks the document; the exit status."""
    return write_or_check(_DOCUMENT, _parts, module="tools.iam_document", arguments=arguments)


def _parts() -> dict[str, str]:
    return {
        "deploy": _part("deploy", MANTLE, billing_role=_BILLING_ROLE),
        "deploy on bedrock-runtime": _part("deploy", RUNTIME),
        "review": _part("review", MANTLE),
        "review on bedrock-runtime": _part("review", RUNTIME),
        "billing": _part("billing"),
        "costs": _part("costs"),
        "read an export": _block(reading_policy(_EXPORT)),
        "create an export": _export_part(),
        "application": _block(application_policy({RUNTIME: [_PROJECT]}, deny_default=True)),
        **{f"conformance {level.value}": _conformance(level) for level in Level},
        "guard": _block(guard([_PIPELINE], inventory.load(Path("projects.yaml")))),
    }


def _part(name: PolicyName, *endpoints: Endpoint, billing_role: str | None = None) -> str:
    """A row for each action of each call, and the policy for projects of these endpoints."""
    place = Place(account=_ACCOUNT, regions={endpoint: [_REGION] for endpoint in endpoints})
    policy = allow(name, place, billing_role=billing_role)
    rows = [
        f"| `{call}` | `{need.action}` | {need.on} | {need.when} | {_source(need.source)} |"
        for call, operation in OPERATIONS.items()
        if name in operation.policies and operation.endpoint in (None, *endpoints)
        for need in operation.needs
    ]
    head = ["| the call | requires | on | when | source |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, "", _block(policy)])


def _export_part() -> str:
    """A row for each action of each resource of an export, and the policy."""
    rows = [
        f"| `{resource}` | `{need.action}` | {need.on} | {need.when} | {_source(need.source)} |"
        for resource, needs in CREATING.items()
        for need in needs
    ]
    head = ["| the resource | requires | on | when | source |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, "", _block(creating_policy(_EXPORT))])


def _conformance(level: Level) -> str:
    """The same of a level of `conformance`, at both endpoints."""
    rows = [
        f"| `{call}` | `{need.action}` | {need.on} | {_source(need.source)} |"
        for call in most_requests(level)
        for need in OPERATIONS[call].needs
    ]
    head = ["| the call | requires | on | source |", "|---|---|---|---|"]
    place = Place(account=_ACCOUNT, regions={endpoint: [_REGION] for endpoint in (MANTLE, RUNTIME)})
    return "\n".join([*head, *rows, "", _block(policy_of(level, place))])


def _block(policy: Policy) -> str:
    return f"```json\n{json.dumps(policy, indent=2)}\n```"


def _source(source: str) -> str:
    return f"[AWS]({source})" if source.startswith("https://") else source


if __name__ == "__main__":
    sys.exit(main())
