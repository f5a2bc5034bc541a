"""Credentials from where botocore looks for them: each error is one message, and no source is waited for.

A profile may name a program, a role, a sign-in or the file of a token; a variable may name a container's endpoint.
botocore passes on what these raise, when a client is made or in the middle of a request, and waits for all of them.
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

import concurrent.futures
import contextvars
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import botocore.session
from botocore import exceptions as aws

from bedrock_projects.aws.errors import sentence, translated
from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    ClockError,
    CredentialSourceError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)

SECONDS: Final = 50.0
"""How long a source may take: a program may wait for a person who signs in."""

_LONGEST_TEXT = 300
# What botocore's providers raise, of all that a program, a file or an endpoint hands them.
_RAISED = (
    aws.BotoCoreError,
    aws.ClientError,
    aws.HTTPClientError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class CheckedSession(botocore.session.Session):
    """botocore's session, whose credentials raise CredentialSourceError, or another ServiceError if AWS was asked.

    `profile` None takes what the environment says. If a source was late once, nothing waits for it again.
    """

    def __init__(self, *, profile: str | None, seconds: float = SECONDS) -> None:
        super().__init__(profile=profile)
        self._given_profile = profile
        self._seconds = seconds
        self._late: CredentialSourceError | None = None
        self._checked: _CheckedCredentials | None = None

    def get_credentials(self) -> Any:
        """The credentials of the first source that has some; None if none has."""
        if self._checked is None:
            chain = self.ask("", lambda: self.get_component("credential_provider"))
            for provider in chain.providers:
                loaded = self.ask(provider.METHOD, provider.load)
                if loaded is not None:
                    self._checked = _CheckedCredentials(loaded, session=self)
                    break
        return self._checked

    def ask(self, method: str, question: Callable[[], Any]) -> Any:
        """The answer of a source, by botocore's name of it; raises ServiceError.

        The source runs on a thread of its own, which is left behind if it does not end.
        """
        if self._late:
            raise self._late
        answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
        context = contextvars.copy_context()

        def run() -> None:
            try:
                answer.set_result(context.run(question))
            except _RAISED as error:
                answer.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        concurrent.futures.wait([answer], timeout=self._seconds)
        if not answer.done():
            self._late = self.source(method).late(self._seconds)
            raise self._late
        try:
            return answer.result()
        except _RAISED as error:
            raise self.source(method).failure(error) from None

    def source(self, method: str) -> "Source":
        """The source that botocore calls by this name."""
        return source_of(method, profile=self.profile, is_given=self._given_profile is not None, environment=os.environ)


class _CheckedCredentials:
    """What botocore takes for credentials: each renewal is asked of the source like the first ones."""

    def __init__(self, loaded: Any, *, session: CheckedSession) -> None:
        self._loaded = loaded
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loaded, name)

    def get_frozen_credentials(self) -> Any:
        """The credentials as they are now, all of one moment."""
        method, read = self._loaded.method, self._loaded.get_frozen_credentials
        is_to_be_renewed = getattr(self._loaded, "refresh_needed", bool)
        frozen = self._session.ask(method, read) if is_to_be_renewed() else read()
        if not all(isinstance(part, str) and part for part in (frozen.access_key, frozen.secret_key)):
            raise self._session.source(method).failure(TypeError())
        return frozen

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """One of them, asked for later."""
        return lambda: getattr(self.get_frozen_credentials(), name)


@dataclass(frozen=True)
class Source:
    """One place where credentials come from: its name in a sentence, and what to do by what went wrong there.

    The remedy under "" is for a source without one of its own.
    """

    name: str
    remedies: Mapping[str, str]

    @property
    def _action(self) -> str:
        return f"reading the AWS credentials from {self.name}"

    def late(self, seconds: float) -> CredentialSourceError:
        """The error of a source that did not answer in time."""
        return CredentialSourceError(f"no answer within {seconds:g} seconds; {self.remedies['']}", action=self._action)

    def failure(self, error: Exception) -> ServiceError:
        """The error of ours for what the source raised."""
        if isinstance(error, aws.ClientError):
            return self._refusal(translated(error, self._action, self.name), error)
        if isinstance(error, aws.ConnectionError | aws.HTTPClientError):
            return UnreachableError(sentence(error), action=self._action)
        return CredentialSourceError(f"{_reason(error)}; {self._remedy(_kind(error))}", action=self._action)

    def _refusal(self, answered: ServiceError, error: aws.ClientError) -> ServiceError:
        """AWS was asked for the credentials, and refused."""
        if isinstance(answered, ClockError | ThrottledError):
            return answered
        if isinstance(answered, AmbiguousError):
            return answered.as_kind(UnreachableError)  # the request itself was never sent
        text = error.response["Error"].get("Message") or "the service gave no reason"
        return CredentialSourceError(
            f"{text.rstrip('.')}; {self._remedy(_kind_of_refusal(answered, text))}",
            action=self._action,
            code=answered.code,
            status=answered.status,
            request_id=answered.request_id,
        )

    def _remedy(self, kind: str) -> str:
        return self.remedies.get(kind) or self.remedies[""]


_SETTINGS: Final = Source(
    "the AWS settings of {profile}", {"": "correct {profile}, or the variables that begin with AWS_"}
)
_SOURCES: Final[Mapping[str, Source]] = {
    "env": Source(
        "the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
        {"": "set them anew, or unset all of them and AWS_CREDENTIAL_EXPIRATION"},
    ),
    "assume-role": Source(
        "`role_arn` of {profile}",
        {
            "": "correct {profile}, or sign in again with what its `source_profile` or `credential_source` names",
            "denied": "the trust policy of the role must admit the source's identity, which needs sts:AssumeRole on it",
            "no terminal": "use a profile without `mfa_serial`, with credentials that were made with the code",
        },
    ),
    "assume-role-with-web-identity": Source(
        "{token_file}",
        {
            "": "correct {token_file} and its role, or unset both",
            "file": "{token_file} must name a file that can be read; unset it if nothing here writes such a file",
            "audience": "take a token for the audience that the IAM identity provider lists, mostly sts.amazonaws.com",
            "issuer": "the account of the role needs an IAM identity provider for the issuer of the token",
            "expired": "take a new token; each job of a CI gets its own",
            "denied": "the trust policy of the role must admit the `sub` and `aud` of the token",
        },
    ),
    "sso": Source(
        "{profile}",
        {
            "": "run `aws sso login{option}`",
            "settings": "correct {profile}",
            "refused": "`sso_account_id` and `sso_role_name` of {profile} must name a role that is yours",
        },
    ),
    "login": Source("{profile}", {"": "run `aws login{option}`", "package": "install it, or use another profile"}),
    "custom-process": Source(
        "`credential_process` of {profile}",
        {
            "": "run that program by hand: it must end by itself and print credentials as JSON, "
            "https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html"
        },
    ),
    "container-role": Source(
        "{endpoint}", {"": "correct {endpoint} and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, or unset both"}
    ),
    "iam-role": Source(
        "the instance metadata service", {"": "give the instance a role, or set AWS_EC2_METADATA_DISABLED=true"}
    ),
    "ec2-credentials-file": Source("AWS_CREDENTIAL_FILE", {"": "unset it, or name a file that can be read"}),
}
"""By botocore's name of each; the words in braces are filled in by `source_of`."""


def source_of(method: str, *, profile: str | None, is_given: bool, environment: Mapping[str, str]) -> Source:
    """The source that botocore calls `method`; `is_given` says that the profile is not one of the environment's."""
    variables = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
    variable = "" if is_given else next((name for name in variables if environment.get(name)), "")
    who = f"profile {profile or 'default'}" + (f" ({variable})" if variable else "")
    web_identity = "AWS_WEB_IDENTITY_TOKEN_FILE"
    endpoints = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
    words = {
        "profile": who,
        "option": f" --profile {profile}" if profile else "",
        "token_file": web_identity
        if environment.get(web_identity) and not is_given
        else f"`web_identity_token_file` of {who}",
        "endpoint": next((name for name in endpoints if environment.get(name)), ""),
    }
    template = _SOURCES.get(method, _SETTINGS)
    return Source(
        template.name.format(**words), {kind: remedy.format(**words) for kind, remedy in template.remedies.items()}
    )


def _kind(error: Exception) -> str:
    """What went wrong, as the remedies call it."""
    if isinstance(error, aws.InvalidConfigError | aws.PartialCredentialsError):
        return "settings"
    if isinstance(error, aws.MissingDependencyException):
        return "package"
    if isinstance(error, EOFError):
        return "no terminal"
    return "file" if isinstance(error, OSError) else ""


def _kind_of_refusal(answered: ServiceError, text: str) -> str:
    """The same of a refusal by AWS."""
    if isinstance(answered, AccessDeniedError):
        return "denied"
    if answered.code.startswith("ExpiredToken"):
        return "expired"
    if "audience" in text.lower():
        return "audience"
    return "issuer" if answered.code == "InvalidIdentityToken" else "refused"


def _reason(error: Exception) -> str:
    """What the source did wrong, without a word of the credentials that it may have printed."""
    if isinstance(error, aws.CredentialRetrievalError):
        text = sentence(error).partition(": ")[2]  # after the name of the source
        return text[:_LONGEST_TEXT] or "it failed without a message"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "its answer is not JSON"
    if isinstance(error, EOFError):
        return "it asks for an MFA code, and there is no terminal to type it in"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, AttributeError | LookupError | TypeError):
        return "its answer is not credentials"
    return sentence(error)
