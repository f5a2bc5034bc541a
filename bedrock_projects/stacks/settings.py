"""The settings of a stack (`Pulumi.<stack>.yaml`), read once and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.errors import SettingsError
from bedrock_projects.files import INVENTORY_FILE
from bedrock_projects.limits import REGION, ROLE_ARN
from bedrock_projects.model import Environment
from bedrock_projects.suggestions import did_you_mean

Scope = Literal["all", "projects", "billing"]
_SCOPES: tuple[Scope, ...] = ("all", "projects", "billing")
_AUTHS: tuple[Literal["sigv4", "bearer"], ...] = ("sigv4", "bearer")
OF_THE_STACK = (
    "set one that it has with `pulumi config set environment <name>`, or, if the stack is for Billing alone, "
    "`pulumi config set scope billing`"
)
"""What to do if the settings of a stack name an environment that is not there, its own name by default."""

_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack decides; unset text is None.

    `region` and `profile` are Pulumi's own `aws:region` and `aws:profile`. `role_arn` and `inventory_billing_role_arn`
    are the inventory's (`access`), and so is `scope` if the inventory has `billing` and the stack says `all`.
    Everything else is in the namespace of the Pulumi project and is described in Pulumi.yaml.
    """

    environment: str
    inventory: Path
    scope: Scope = "all"
    auth: Literal["sigv4", "bearer"] = "sigv4"
    preflight: bool = True
    region: str | None = None
    profile: str | None = None
    billing_role_arn: str | None = None
    billing_profile: str | None = None
    deactivate_on_destroy: bool = False
    role_arn: str | None = None
    inventory_billing_role_arn: str | None = None

    @property
    def credentials(self) -> Credentials:
        """The credentials for the projects; SettingsError if a Bedrock API key would have to assume a role."""
        return Credentials(profile=self.profile, auth=self.auth).assuming(self.role_arn)

    @property
    def billing_credentials(self) -> Credentials:
        """The credentials for the management account.

        No role assumes another one. The stack's own settings come first.
        """
        return Credentials(
            profile=self.billing_profile or self.profile, role_arn=self.billing_role_arn or self.default_billing_role
        )

    @property
    def default_billing_role(self) -> str | None:
        """The inventory's role for Billing; None if the stack has settings of its own for that."""
        return None if self.billing_role_arn or self.billing_profile else self.inventory_billing_role_arn


_KEYS = (
    "environment",
    "inventory",
    "scope",
    "auth",
    "preflight",
    "billingRoleArn",
    "billingProfile",
    "deactivateOnDestroy",
)
_OF_AWS = ("region", "profile")
_OF_CREDENTIALS = ("accessKey", "assumeRole", "assumeRoleWithWebIdentity", "assumeRoles", "secretKey", "token")
_ROLE = (
    "write `role_arn` in the environment of the inventory, or give it to `Project`; the role for Billing alone is "
    "`billingRoleArn`"
)
_KEYS_OF_A_USER = "set the variables of AWS, such as AWS_ACCESS_KEY_ID, or `aws:profile`"
_INSTEAD = {
    "assumeRole": _ROLE,
    "assumeRoles": _ROLE,
    "assumeRoleWithWebIdentity": _ROLE,
    "defaultTags": "write `defaults: {tags: …}` in the inventory",
    "ignoreTags": "write `ignore_tags` in the inventory",
    "allowedAccountIds": "write `account` in the environment of the inventory",
    "forbiddenAccountIds": "write `account` in the environment of the inventory",
    "endpoints": "set AWS_ENDPOINT_URL",
    "accessKey": _KEYS_OF_A_USER,
    "secretKey": _KEYS_OF_A_USER,
    "token": _KEYS_OF_A_USER,
}
"""What to do instead of a setting that Pulumi's AWS provider reads: the projects are managed without it."""


def read_settings(config: Mapping[str, str], *, project: str, stack: str) -> Settings:
    """Reads the configuration of a stack, `namespace:key` to text; an empty text counts as unset.

    Raises SettingsError for unknown keys and for those of `aws:` that have no effect here, which the Pulumi CLI accepts
    in silence, and for values out of range.
    """
    prefix = f"{project}:"
    own = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    of_aws = {key.removeprefix("aws:") for key in config if key.startswith("aws:")}
    unknown = [_unknown_key(prefix, key, stack) for key in sorted(own.keys() - set(_KEYS))]
    unknown += [_no_effect(key, stack) for key in sorted(of_aws - set(_OF_AWS))]
    if unknown:
        raise SettingsError(*unknown)

    region = config.get("aws:region", "").strip() or None
    violation = REGION.violation(region) if region else None
    if violation:
        raise SettingsError(f"Pulumi.{stack}.yaml: aws:region {violation}")

    def text(key: str) -> str | None:
        return own.get(key, "").strip() or None

    role = text("billingRoleArn")
    violation = ROLE_ARN.violation(role) if role else None
    if violation:
        raise SettingsError(f"Pulumi.{stack}.yaml: {prefix}billingRoleArn {violation}")

    return Settings(
        environment=text("environment") or stack,
        inventory=Path(text("inventory") or INVENTORY_FILE),
        scope=_one_of(prefix + "scope", text("scope") or "all", _SCOPES),
        auth=_one_of(prefix + "auth", text("auth") or "sigv4", _AUTHS),
        preflight=_flag(prefix + "preflight", text("preflight") or "true"),
        region=region,
        profile=config.get("aws:profile", "").strip() or None,
        billing_role_arn=role,
        billing_profile=text("billingProfile"),
        deactivate_on_destroy=_flag(prefix + "deactivateOnDestroy", text("deactivateOnDestroy") or "false"),
    )


def own_settings(config: Mapping[str, str], *, project: str) -> dict[str, str]:
    """The part of a configuration that is for `read_settings`, if the program has settings of its own too.

    A setting of `aws:` that changes whose credentials other resources have is part of it, so that it is refused.
    """
    known = {*(f"{project}:{key}" for key in _KEYS), *(f"aws:{key}" for key in (*_OF_AWS, *_OF_CREDENTIALS))}
    return {key: value for key, value in config.items() if key in known}


def check_region(settings: Settings, environment: Environment) -> None:
    """Raises SettingsError if the stack's `aws:region` contradicts the environment's region."""
    if settings.region and environment.region and settings.region != environment.region:
        raise SettingsError(
            f"aws:region of the stack is {settings.region}, but environment {environment.name!r} in "
            f"{settings.inventory} is in {environment.region}; run `pulumi config rm aws:region`, or correct the "
            "environment's region"
        )


def _unknown_key(prefix: str, key: str, stack: str) -> str:
    return f"Pulumi.{stack}.yaml: unknown setting {prefix}{key}; {did_you_mean(key, _KEYS)}"


def _no_effect(key: str, stack: str) -> str:
    remedy = _INSTEAD.get(key) or did_you_mean(key, _OF_AWS, otherwise="remove it")
    return f"Pulumi.{stack}.yaml: aws:{key} has no effect on projects, so it is refused; {remedy}"


def _one_of(key: str, value: str, allowed: tuple[_Word, ...]) -> _Word:
    for word in allowed:
        if word == value:
            return word
    raise SettingsError(f"{key} is {value!r}; it must be one of {', '.join(allowed)}")


def _flag(key: str, value: str) -> bool:
    return _one_of(key, value.lower(), ("true", "false")) == "true"
