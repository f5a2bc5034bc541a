"""Builds the policies for what uses projects: inference on them, and on the models that the requests name.

On `bedrock-runtime`, a request needs the same actions on its target and on its project:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bedrock_projects.arns import account_in
from bedrock_projects.aws.endpoints import ENDPOINTS, RUNTIME, Endpoint
from bedrock_projects.iam.policies import Policy, model_arns, policy_of
from bedrock_projects.limits import UNMANAGED_ID

_TARGETS = "InferenceOnModels"


def inference_policy(project_arn: str, endpoint: Endpoint) -> Policy:
    """The policy for one project of the endpoint; `project_arn` is its ARN."""
    return policy_of([*_allowed(endpoint, "InferenceOnThisProject", [project_arn])])


def application_policy(projects: Mapping[Endpoint, Sequence[str]], *, deny_default: bool = False) -> Policy:
    """The policy for an application: inference on its projects, whose ARNs are given by endpoint.

    `deny_default` denies requests without a project on both endpoints, in all regions of the accounts that the ARNs
    have, also if another policy of the application allows them.
    """
    statements = [
        statement
        for endpoint, arns in projects.items()
        for statement in _allowed(endpoint, _sid("InferenceOnProjects", endpoint), sorted(arns))
    ]
    if deny_default:
        every = [arn for arns in projects.values() for arn in arns]
        statements += [_denied_without_project(endpoint, every) for endpoint in ENDPOINTS.values()]
    return policy_of(statements)


def _allowed(endpoint: Endpoint, sid: str, arns: Sequence[str]) -> Iterator[dict[str, Any]]:
    actions = list(endpoint.inference_actions)
    if endpoint is RUNTIME:
        yield {"Sid": _TARGETS, "Effect": "Allow", "Action": actions, "Resource": model_arns(arns, _accounts(arns))}
    yield {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(arns)}


def _denied_without_project(endpoint: Endpoint, arns: Sequence[str]) -> dict[str, Any]:
    """A request that names no project is one for the project `default`, which an account has in each region."""
    service = f"arn:{_partition(arns)}:{endpoint.arn_service}"
    return {
        "Sid": _sid("NoInferenceWithoutProject", endpoint),
        "Effect": "Deny",
        "Action": list(endpoint.inference_actions),
        "Resource": [f"{service}:*:{account}:project/{UNMANAGED_ID}" for account in _accounts(arns)],
    }


def _partition(arns: Sequence[str]) -> str:
    return arns[0].split(":")[1]


def _accounts(arns: Sequence[str]) -> list[str]:
    return sorted({account_in(arn) or "*" for arn in arns})


def _sid(name: str, endpoint: Endpoint) -> str:
    return name.replace("Project", "RuntimeProject") if endpoint is RUNTIME else name
