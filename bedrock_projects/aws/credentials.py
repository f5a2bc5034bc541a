"""Which credentials are used, and a name for them that a message can carry: plain values, without boto3.

The session that they stand for is in `session`; a setting can be read and a policy printed without it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bedrock_projects.errors import SettingsError

BEARER_VARIABLE = "AWS_BEARER_TOKEN_BEDROCK"
"""Where a Bedrock API key is read from, as AWS's own SDKs do."""


@dataclass(frozen=True)
class Credentials:
    """Where the credentials of a run come from.

    `profile` is a profile's name, or None for the usual AWS chain. `auth` is `sigv4`, or `bearer` for a Bedrock API
    key, which only the Projects API takes. `role_arn` is a role to assume with the credentials of the profile or chain.
    """

    profile: str | None = None
    auth: str = "sigv4"
    role_arn: str | None = None

    @property
    def source(self) -> "Credentials":
        """The credentials that assume the role, or that are used as they are."""
        return replace(self, role_arn=None)

    def assuming(self, role_arn: str | None) -> "Credentials":
        """These credentials with that role, if it is one; SettingsError for an API key, which cannot assume a role."""
        if role_arn is not None and self.auth == "bearer":
            raise SettingsError(
                f"`auth: bearer` is set, but the role {role_arn} is to be assumed, which no API key can; use "
                "`auth: sigv4`, or leave out `role_arn` in this environment"
            )
        return replace(self, role_arn=role_arn)

    def __str__(self) -> str:
        if self.role_arn:
            return f"role {self.role_arn} from {self.source}"
        if self.auth == "bearer":
            return f"the API key in {BEARER_VARIABLE}"
        if self.profile:
            return f"profile {self.profile}"
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
            if os.environ.get(variable):
                return f"environment variable {variable}"
        return "the default AWS credential chain"


def missing_files(environment: Mapping[str, str]) -> str:
    """A sentence about the variables that name a file of credentials or settings that does not exist; may be empty.

    botocore takes such a file for an empty one.
    """
    names = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    missing = [name for name in names if environment.get(name) and not Path(environment[name]).expanduser().is_file()]
    return "; ".join(f"{name} names {environment[name]}, which is not a file" for name in missing)


def account_mismatch(
    credentials: Credentials | str, account: str, *, expected: str | None, of: str, source: str = ""
) -> str | None:
    """What is wrong if the credentials' `account` is not the one in which something is; None if it is, or may be any.

    `of` names the thing in a sentence, `source` where `expected` was read if that is not obvious.
    """
    if expected in (None, account):
        return None
    return f"{of} is in account {expected}{source}, but the credentials ({credentials}) are for account {account}"


def bearer_token(environment: Mapping[str, str]) -> str | None:
    """The API key that the environment holds; an empty variable counts as unset."""
    return environment.get(BEARER_VARIABLE, "").strip() or None
