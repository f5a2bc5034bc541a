"""The package of Pulumi's AWS provider: only cost controls, created data exports and published ids need it."""

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any

import pulumi

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.cost_controls import NEEDED_BY
from bedrock_projects.errors import SettingsError

_PACKAGE = "pulumi_aws"
_BILLING_REGION = "us-east-1"
"""Where Budgets, Cost Explorer and Data Exports have their endpoints, in any region of the projects."""


def require_aws_package() -> None:
    """Raises SettingsError if the package is not installed; does not import it."""
    if importlib.util.find_spec(_PACKAGE) is None:
        raise SettingsError(
            f"{NEEDED_BY} need Pulumi's AWS provider: where the package is pinned, write "
            "`bedrock-projects[aws]`, then run `bedrock-projects upgrade` and `pulumi install`; "
            "or remove these sections from the inventory"
        )


def aws_package() -> Any:
    """The package, imported when it is first asked for; untyped, since a type checker takes minutes to read it all."""
    return importlib.import_module(_PACKAGE)


def payer_provider(parent: pulumi.Resource, credentials: Credentials) -> Any:
    """The provider of the management account, a child of the component `parent`."""
    return aws_package().Provider(
        "payer",
        region=_BILLING_REGION,
        profile=credentials.profile,
        assume_roles=assume_roles(credentials),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def assume_roles(credentials: Credentials) -> Any:
    """The input of a provider that names the role of the credentials; None if they have none."""
    if credentials.role_arn is None:
        return None
    # Not a dict: a provider's nested inputs are sent as JSON, whose keys the SDK translates in this class only.
    return [aws_package().ProviderAssumeRoleArgs(role_arn=credentials.role_arn, session_name="bedrock-projects")]


def child_options(
    parent: pulumi.Resource, provider: Any, *, former: Sequence[str] = (), ignored: Sequence[str] = ()
) -> pulumi.ResourceOptions:
    """The options of a resource of that package; `former` are names that it had, `ignored` inputs that never change it.

    What is replaced has another name, role or region in AWS. Asked by nobody, the provider would delete the old one
    first, and it would be missed in between.
    """
    return pulumi.ResourceOptions(
        parent=parent,
        provider=provider,
        aliases=[pulumi.Alias(name=name) for name in former],
        ignore_changes=list(ignored),
        delete_before_replace=False,
    )


def with_former(opts: pulumi.ResourceOptions | None, *, name: str, type_: str) -> pulumi.ResourceOptions:
    """The options of a component that was called otherwise: states of earlier versions refer to that name and type."""
    former = pulumi.Alias(name=name, type_=f"bedrock-projects:components:{type_}")
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=[former]))
