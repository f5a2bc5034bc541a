"""Roles as a CloudFormation template, for a StackSet or a stack in each account.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from collections.abc import Sequence
from typing import Any, Final

from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.policies import policy_of
from bedrock_projects.iam.roles import Hub, Pipeline, Role, Trust

ACCOUNT: Final = "${AWS::AccountId}"
"""The place of the account's number in ARNs."""
MOST_BYTES: Final = 51_200
"""Of a template that is not in a bucket."""

_MOST_ACCOUNTS: Final = 200
"""In a mapping: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
_PROVIDER: Final = "IdentityProvider"
_PARAMETER: Final = "CreateIdentityProvider"
_CONDITION: Final = "CreatesIdentityProvider"
_MAPPING: Final = "Jobs"


def template_of(roles: Sequence[Role], trust: Trust, *, description: str) -> dict[str, Any]:
    """The template; it needs the capability CAPABILITY_NAMED_IAM."""
    template: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": description}
    resources: dict[str, Any] = {}
    if isinstance(trust, Pipeline):
        template["Parameters"] = {
            _PARAMETER: {
                "Type": "String",
                "AllowedValues": ["true", "false"],
                "Default": "true",
                "Description": f"false if the account has an identity provider for {trust.host} already.",
            }
        }
        template["Conditions"] = {_CONDITION: {"Fn::Equals": [{"Ref": _PARAMETER}, "true"]}}
        if mapped := _mapped(roles):
            if len(mapped) > _MOST_ACCOUNTS:
                raise SettingsError(
                    f"a template names the jobs of at most {_MOST_ACCOUNTS} accounts, and here are {len(mapped)}; "
                    "choose fewer with `--environment`, and make several templates"
                )
            template["Mappings"] = {_MAPPING: mapped}
        resources[_PROVIDER] = {
            "Type": "AWS::IAM::OIDCProvider",
            "Condition": _CONDITION,
            "Properties": {"Url": trust.url, "ClientIdList": [trust.audience]},
        }
    resources |= {_resource_name(role): _role(role, trust) for role in roles}
    return {**template, "Resources": resources}


def _resource_name(role: Role) -> str:
    return f"{role.purposes[0].capitalize()}Role"


def _mapped(roles: Sequence[Role]) -> dict[str, dict[str, list[str]]]:
    """The jobs of each account, of roles whose jobs are not the same in all."""
    mapped: dict[str, dict[str, list[str]]] = {}
    for role in roles:
        for account, subjects in (role.subjects or {}).items() if role.shared_subjects is None else ():
            mapped.setdefault(account, {})[_resource_name(role)] = list(subjects)
    return mapped


def _role(role: Role, trust: Trust) -> dict[str, Any]:
    properties = {
        "RoleName": role.name,
        "Path": role.path,
        "Description": f"bedrock-projects: {' and '.join(role.purposes)}",
        "AssumeRolePolicyDocument": _trust_policy(role, trust),
        "Policies": [
            {"PolicyName": name, "PolicyDocument": _substituted(policy)} for name, policy in role.policies.items()
        ],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _trust_policy(role: Role, trust: Trust) -> dict[str, Any]:
    if isinstance(trust, Hub):
        statement = {"Effect": "Allow", "Principal": {"AWS": list(role.hub_role_arns)}, "Action": "sts:AssumeRole"}
        return policy_of([statement])
    existing = f"arn:${{AWS::Partition}}:iam::{ACCOUNT}:oidc-provider/{trust.host}"
    shared = role.shared_subjects
    jobs = list(shared) if shared else {"Fn::FindInMap": [_MAPPING, {"Ref": "AWS::AccountId"}, _resource_name(role)]}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": {"Fn::If": [_CONDITION, {"Ref": _PROVIDER}, {"Fn::Sub": existing}]}},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{trust.host}:aud": trust.audience},
            "StringLike": {f"{trust.host}:sub": jobs},
        },
    }
    return policy_of([statement, *_deployer(role)])


def _deployer(role: Role) -> list[dict[str, Any]]:
    """Statements that admit the role for deploying; empty if the role does not."""
    deploy_role = {"Fn::GetAtt": ["DeployRole", "Arn"]}
    statement = {"Effect": "Allow", "Principal": {"AWS": deploy_role}, "Action": "sts:AssumeRole"}
    return [statement] if role.admits_deploy_role else []


def _substituted(value: Any) -> Any:
    """The value with each string that has the account's number in it marked as one to fill in."""
    if isinstance(value, dict):
        return {key: _substituted(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_substituted(part) for part in value]
    return {"Fn::Sub": value} if isinstance(value, str) and ACCOUNT in value else value
