"""AWS sessions: which credentials are used, and a name for them that a message can carry."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from bedrock_projects.aws.errors import translate_errors

BEARER_VARIABLE = "AWS_BEARER_TOKEN_BEDROCK"
"""Where a Bedrock API key is read from, as AWS's own SDKs do."""

_MODELS = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Credentials:
    """Where the credentials of a run come from.

    `profile` is a profile's name, or None for the usual AWS chain. `auth` is `sigv4`, or `bearer` for a Bedrock API
    key, which only the Projects API takes.
    """

    profile: str | None = None
    auth: str = "sigv4"

    def __str__(self) -> str:
        if self.auth == "bearer":
            return f"the API key in {BEARER_VARIABLE}"
        if self.profile:
            return f"profile {self.profile}"
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
            if os.environ.get(variable):
                return f"environment variable {variable}"
        return "the default AWS credential chain"

    def session(self) -> boto3.Session:
        """A session that also knows the service model of `bedrock-mantle`; raises CredentialsError."""
        whose = replace(self, auth="sigv4")  # an API key has nothing to do with a profile that is not there
        with translate_errors("reading the AWS credentials", credentials=str(whose)):
            core = botocore.session.Session(profile=self.profile)
            core.get_component("data_loader").search_paths.append(str(_MODELS))
            return boto3.Session(botocore_session=core)


def client_config(
    *, attempts: int, connections: int = 32, signed: bool = True, retries: Literal["standard", "adaptive"] = "standard"
) -> Config:
    """The settings that every client of ours has; `attempts` counts the first one, `connections` can be open at once.

    Of `retries`, botocore's `adaptive` also slows all threads of a client down after a 429, to what the service takes.

    The time-outs bound a run with the service down: no single attempt takes longer than half a minute.
    """
    return Config(
        retries={"mode": retries, "total_max_attempts": attempts},
        max_pool_connections=connections,
        connect_timeout=5,
        read_timeout=25,
        user_agent_extra="bedrock-projects",
        signature_version=None if signed else UNSIGNED,
    )


def bearer_token(environment: Mapping[str, str]) -> str | None:
    """The API key that the environment holds; an empty variable counts as unset."""
    return environment.get(BEARER_VARIABLE, "").strip() or None
