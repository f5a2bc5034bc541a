"""A role that is assumed for a process: once, and again before its session expires.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, Final

from botocore.credentials import DeferredRefreshableCredentials

from bedrock_projects.arns import account_in, role_name
from bedrock_projects.aws.credential_sources import CheckedSession
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.errors import AccessDeniedError

STS: Final = "sts"
"""The service that gives the sessions, as botocore calls it."""

SECONDS: Final = 3600
"""How long a session lasts: the maximum if the source is the session of a role too.

botocore renews credentials in their last 15 minutes, so sessions of 15 minutes would be renewed by each request.
"""
_SESSION_NAME: Final = "bedrock-projects"
"""How CloudTrail names the sessions."""
_ADVICE: Final = (
    "the role must exist, and its trust policy must admit these credentials: `bedrock-projects iam roles` prints both"
)


def _utc_now() -> datetime:
    return datetime.now(tz=timezone.utc)


class RoleSession(CheckedSession):
    """botocore's session of a role; its credentials are renewed on whichever thread needs them, once for all threads.

    `sts` is a client with the credentials of the `source`. `now` has a time zone.
    """

    def __init__(self, source: Credentials, role_arn: str, sts: Any, *, now: Callable[[], datetime] = _utc_now) -> None:
        # With the profile of the source: that of the environment may not exist.
        super().__init__(profile=source.profile)
        self._source, self._role_arn = str(source), role_arn
        self._sts = sts
        self._credentials_of_role: Any = DeferredRefreshableCredentials(self._renew, "assume-role", time_fetcher=now)

    def get_credentials(self) -> Any:
        """The credentials of the role."""
        return self._credentials_of_role

    def assume(self) -> None:
        """Assumes the role now; raises ServiceError, AccessDeniedError if there is no such role too."""
        self._credentials_of_role.get_frozen_credentials()

    def _renew(self) -> dict[str, str]:
        role, source = self._role_arn, self._source
        action = f"role {role} in account {account_in(role)} cannot be assumed by {source}"
        try:
            with translate_errors(action, credentials=source):
                answer = self._sts.assume_role(RoleArn=role, RoleSessionName=_SESSION_NAME, DurationSeconds=SECONDS)[
                    "Credentials"
                ]
        except AccessDeniedError as error:
            raise error.with_hint(_ADVICE) from None
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }


def is_session_of(caller: str, role_arn: str) -> bool:
    """Whether a caller's ARN is that of a session of the role; it has the role's name without its path."""
    kind, _, rest = caller.rpartition(":")[2].partition("/")
    is_session, name = kind == "assumed-role", rest.partition("/")[0]
    return is_session and name == role_name(role_arn) and account_in(caller) == account_in(role_arn)
