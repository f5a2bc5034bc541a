"""AWS sessions and clients: one session for each set of credentials of a process, shared by all of its clients.

A client made from a session of its own reads AWS's service models anew, which takes some 50 ms and 4 to 12 MB; from a
shared session it takes 3 ms.
"""

import functools
import threading
from pathlib import Path
from typing import Any, Literal

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.loaders import Loader, create_loader

from bedrock_projects.aws.credential_sources import CheckedSession
from bedrock_projects.aws.credentials import BillingCredentials, Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import REGION

_MODELS = Path(__file__).parent / "data"
BILLING_REGION = "us-east-1"
"""Where Cost Explorer has its endpoint, for projects in any region."""

USER_AGENT = "bedrock-projects"
"""What each request says that it is of, unless a client says more."""

_sessions: dict[str | None, boto3.Session] = {}
# Neither making a session nor making a client of one is safe on two threads.
_lock = threading.Lock()


def open_client(
    service: str,
    credentials: Credentials | BillingCredentials,
    *,
    region: str,
    config: Config,
    api_version: str | None = None,
) -> Any:
    """A client of the service in the region; raises CredentialsError, or ServiceError where a role is refused."""
    session = _assumed(credentials) if isinstance(credentials, BillingCredentials) else open_session(credentials)
    with _lock, translate_errors(f"setting up the client of {service} in {region}", credentials=str(credentials)):
        return session.client(  # type: ignore[call-overload]  # a service that the stubs of boto3 do not know
            service, region_name=region, config=config, api_version=api_version
        )


def open_session(credentials: Credentials) -> boto3.Session:
    """The session of these credentials, which also knows the service models of ours.

    Raises CredentialsError. A Bedrock API key has no session of its own: it is put on each request of the Projects API.
    """
    profile = credentials.profile
    with _lock:
        if profile not in _sessions:
            with translate_errors("reading the AWS credentials", credentials=str(Credentials(profile=profile))):
                core = CheckedSession(profile=profile)
                core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
                _sessions[profile] = boto3.Session(botocore_session=core)
        return _sessions[profile]


def configured_region(credentials: Credentials) -> str:
    """The region of the AWS configuration, for a command that only reads; SettingsError if there is none to use."""
    region = open_session(credentials).region_name
    if region is None:
        raise SettingsError("no region is set; give `--region`, or set AWS_DEFAULT_REGION (AWS_REGION is not used)")
    violation = REGION.violation(region)
    if violation:
        raise SettingsError(f"the region of the AWS configuration: {violation}; give `--region`, or correct it")
    return region


@functools.cache
def _loader(data_path: str | None) -> Loader:
    """What reads AWS's service models, and ours, once for all sessions of a process."""
    loader = create_loader(data_path)
    loader.search_paths.append(str(_MODELS))
    return loader


def forget_sessions() -> None:
    """Lets the next client read the environment anew, as a new process would."""
    with _lock:
        _sessions.clear()


def _assumed(credentials: BillingCredentials) -> boto3.Session:
    """A session of the role, if there is one; it ends after an hour, so each client has its own."""
    if credentials.role_arn is None:
        return open_session(credentials.source)
    sts = open_client("sts", credentials.source, region=BILLING_REGION, config=sts_config())
    with translate_errors(f"assuming role {credentials.role_arn} for Billing", credentials=str(credentials.source)):
        answer = sts.assume_role(RoleArn=credentials.role_arn, RoleSessionName="bedrock-projects")["Credentials"]
    # With the profile of the source: that of the environment may not exist.
    return boto3.Session(
        botocore_session=botocore.session.Session(profile=credentials.profile),
        aws_access_key_id=answer["AccessKeyId"],
        aws_secret_access_key=answer["SecretAccessKey"],
        aws_session_token=answer["SessionToken"],
    )


def sts_config() -> Config:
    """The settings of a client of STS, which answers at once: it takes less than a minute in the worst case."""
    return client_config(attempts=3, read_timeout=10)


def client_config(
    *,
    attempts: int,
    connections: int = 32,
    signed: bool = True,
    retries: Literal["standard", "adaptive"] = "standard",
    read_timeout: int = 25,
    user_agent: str = USER_AGENT,
) -> Config:
    """The settings that every client of ours has; `attempts` counts the first one, `connections` can be open at once.

    Of `retries`, botocore's `adaptive` also slows all threads of a client down after a 429, to what the service takes.

    The time-outs bound a run with the service down: no single attempt takes longer than half a minute.
    """
    return Config(
        retries={"mode": retries, "total_max_attempts": attempts},
        max_pool_connections=connections,
        connect_timeout=5,
        read_timeout=read_timeout,
        user_agent_extra=user_agent,
        # boto3 would take a Bedrock API key that is in the environment in place of the signature, in silence.
        signature_version="v4" if signed else UNSIGNED,
    )
