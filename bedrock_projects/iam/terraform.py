"""Roles as a Terraform module, for one account each time it is used.

https://developer.hashicorp.com/terraform/language/syntax/configuration
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bedrock_projects.iam.policies import policy_of
from bedrock_projects.iam.roles import Hub, Pipeline, Role, Trust

ACCOUNT: Final = "${data.aws_caller_identity.current.account_id}"
"""The place of the account's number in ARNs."""

_PARTITION: Final = "${data.aws_partition.current.partition}"
_NAME: Final = re.compile(r"[A-Za-z_][\w-]*")
_PROVIDER: Final = "aws_iam_openid_connect_provider"


class _Expression(str):
    """An expression of Terraform, which is written as it is; any other string is put in quotes."""

    __slots__ = ()


def module_of(roles: Sequence[Role], trust: Trust, *, description: str) -> str:
    """The module's one file, as `terraform fmt` writes it."""
    blocks = [f"# {description}", _REQUIREMENTS, 'data "aws_caller_identity" "current" {}']
    if isinstance(trust, Pipeline):
        blocks += ['data "aws_partition" "current" {}', *_provider(trust)]
        mapped = {
            role.purposes[0]: {account: list(jobs) for account, jobs in (role.subjects or {}).items()}
            for role in roles
            if role.shared_subjects is None
        }
        if mapped:
            blocks.append(_block("locals", {"jobs": mapped}))
    for role in roles:
        blocks += _role(role, trust)
    return "\n\n".join(blocks) + "\n"


_REQUIREMENTS: Final = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}"""


def _provider(trust: Pipeline) -> Iterator[str]:
    yield _block(
        'variable "create_identity_provider"',
        {
            "description": f"false if the account has an identity provider for {trust.host} already",
            "type": _Expression("bool"),
            "default": True,
        },
    )
    yield _block(
        f'resource "{_PROVIDER}" "pipeline"',
        {
            "count": _Expression("var.create_identity_provider ? 1 : 0"),
            "url": trust.url,
            "client_id_list": [trust.audience],
        },
    )


def _role(role: Role, trust: Trust) -> Iterator[str]:
    label = role.purposes[0]
    waits = {} if isinstance(trust, Hub) else {"depends_on": [_Expression(f"{_PROVIDER}.pipeline")]}
    yield _block(
        f'resource "aws_iam_role" "{label}"',
        {
            "name": role.name,
            "path": role.path,
            "description": f"bedrock-projects: {' and '.join(role.purposes)}",
            "assume_role_policy": _json_of(_trust_policy(role, trust)),
            **waits,
        },
    )
    for name, policy in role.policies.items():
        yield _block(
            f'resource "aws_iam_role_policy" "{label}_{name}"',
            {"name": name, "role": _Expression(f"aws_iam_role.{label}.name"), "policy": _json_of(policy)},
        )
    yield _block(f'output "{label}_role_arn"', {"value": _Expression(f"aws_iam_role.{label}.arn")})


def _trust_policy(role: Role, trust: Trust) -> dict[str, Any]:
    if isinstance(trust, Hub):
        statement = {"Effect": "Allow", "Principal": {"AWS": list(role.hub_role_arns)}, "Action": "sts:AssumeRole"}
        return policy_of([statement])
    shared = role.shared_subjects
    local = _Expression(f"local.jobs.{role.purposes[0]}[data.aws_caller_identity.current.account_id]")
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:{_PARTITION}:iam::{ACCOUNT}:oidc-provider/{trust.host}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{trust.host}:aud": trust.audience},
            "StringLike": {f"{trust.host}:sub": list(shared) if shared else local},
        },
    }
    return policy_of([statement, *_deployer(role)])


def _deployer(role: Role) -> list[dict[str, Any]]:
    """Statements that admit the role for deploying; empty if the role does not."""
    deploy_role = {"AWS": _Expression("aws_iam_role.deploy.arn")}
    statement = {"Effect": "Allow", "Principal": deploy_role, "Action": "sts:AssumeRole"}
    return [statement] if role.admits_deploy_role else []


def _json_of(policy: Mapping[str, Any]) -> _Expression:
    return _Expression(f"jsonencode({_value(policy, '  ')})")


def _block(head: str, arguments: Mapping[str, Any]) -> str:
    return f"{head} {_value(arguments, '')}"


def _value(value: Any, indent: str) -> str:
    """A value in Terraform's language; what is in a mapping or list is indented by two more spaces."""
    inner = indent + "  "
    if isinstance(value, _Expression):
        return value
    if isinstance(value, Mapping):
        return "\n".join(["{", *_arguments(value, inner), f"{indent}}}"])
    if isinstance(value, list):
        parts = [f"{inner}{_value(part, inner)}," for part in value]
        return "\n".join(["[", *parts, f"{indent}]"])
    return json.dumps(value)


def _arguments(arguments: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Lines `name = value`; neighbours of one line each have their signs of equality below each other."""
    written = [(_name(name), _value(value, indent)) for name, value in arguments.items()]
    group: list[tuple[str, str]] = []
    for name, value in written:
        group.append((name, value))
        if "\n" in value:
            yield from _aligned(group, indent)
            group = []
    yield from _aligned(group, indent)


def _aligned(group: Sequence[tuple[str, str]], indent: str) -> Iterator[str]:
    single = [name for name, value in group if "\n" not in value]
    width = max(map(len, single), default=0)
    for name, value in group:
        yield f"{indent}{name if chr(10) in value else name.ljust(width)} = {value}"


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) else json.dumps(name)
