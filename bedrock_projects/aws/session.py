"""AWS sessions and clients: one session for each set of credentials of a process, shared by all of its clients.

A client made from a session of its own reads AWS's service models anew, which takes some 50 ms and 4 to 12 MB; from a
shared session it takes 3 ms.
"""

import functools
import threading
from pathlib import Path
from typing import Any, Literal

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.loaders import Loader, create_loader

from bedrock_projects.aws.credential_sources import CheckedSession
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.roles import STS, RoleSession, is_session_of
from bedrock_projects.errors import AccessDeniedError, ServiceError, SettingsError
from bedrock_projects.limits import REGION

_MODELS = Path(__file__).parent / "data"
BILLING_REGION = "us-east-1"
"""Where Cost Explorer has its endpoint, for projects in any region."""

USER_AGENT = "bedrock-projects"
"""What each request says that it is of, unless a client says more."""

_sessions: dict[Credentials, boto3.Session | ServiceError] = {}
"""By profile and role; an error if the role was refused, so that no other request of the process asks for it again."""
# Neither making a session nor making a client of one is safe on two threads. A role takes a client of its source.
_lock = threading.RLock()


def open_client(
    service: str,
    credentials: Credentials,
    *,
    region: str,
    config: Config,
    api_version: str | None = None,
) -> Any:
    """A client of the service in the region; raises CredentialsError, or ServiceError if a role cannot be assumed."""
    session = open_session(credentials, region=region)
    with _lock, translate_errors(f"setting up the client of {service} in {region}", credentials=str(credentials)):
        return session.client(  # type: ignore[call-overload]  # a service that the stubs of boto3 do not know
            service, region_name=region, config=config, api_version=api_version
        )


def open_session(credentials: Credentials, *, region: str = BILLING_REGION) -> boto3.Session:
    """The session of these credentials, which also knows the service models of ours.

    A role is assumed when its session is opened, by STS in the region, and again before it expires. Raises
    CredentialsError, or ServiceError if the role cannot be assumed. A Bedrock API key has no session of its own: it is
    put on each request of the Projects API.
    """
    key = Credentials(profile=credentials.profile, role_arn=credentials.role_arn)
    with _lock:
        if key not in _sessions:
            try:
                _sessions[key] = _assumed(key, key.role_arn, region=region) if key.role_arn else _of_source(key)
            except AccessDeniedError as refusal:
                _sessions[key] = refusal
        opened = _sessions[key]
        if isinstance(opened, ServiceError):
            raise opened.as_kind(type(opened))
        return opened


def _of_source(credentials: Credentials) -> boto3.Session:
    with translate_errors("reading the AWS credentials", credentials=str(credentials)):
        core = CheckedSession(profile=credentials.profile)
        core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
        return boto3.Session(botocore_session=core)


def _assumed(credentials: Credentials, role_arn: str, *, region: str) -> boto3.Session:
    """The session of the role; that of its source if these are credentials of this very role."""
    sts = open_client(STS, credentials.source, region=region, config=sts_config())
    core = RoleSession(credentials.source, role_arn, sts)
    try:
        core.assume()
    except AccessDeniedError:
        # A role may assume itself only if its trust policy says so.
        with translate_errors("asking STS whose the credentials are", credentials=str(credentials.source)):
            if is_session_of(sts.get_caller_identity()["Arn"], role_arn):
                return open_session(credentials.source)
        raise
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    return boto3.Session(botocore_session=core)


def configured_region(credentials: Credentials) -> str:
    """The region of the AWS configuration, for a command that only reads; SettingsError if there is none to use."""
    region = open_session(credentials.source).region_name
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
