"""The requests of a level: few, slow, and none that the plan does not name."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from bedrock_projects.aws.observing import Answer
from bedrock_projects.conformance.checks import Ending, LevelEndedError, NotCheckedError, Reason, Seen
from bedrock_projects.errors import (
    AccessDeniedError,
    AmbiguousError,
    CredentialsError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)

SECONDS_BETWEEN: Final = 0.5
"""From an answer to the next request: so at most two arrive in a second, however long they travel."""

_POLICY_WORDS: Final = ("service control policy", "resource control policy", "tag policy", "tagpolicy")


class Sender(Protocol):
    """What `aws.observing.Observer` does."""

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        """The answer to `service:Operation`; raises ServiceError if none came."""


class Guest:
    """Sends what `most` names, each operation at most so often.

    A request that was sent before with the same parameters is not sent again: its answer, or its error, is given again.
    An operation that was denied once is denied for all parameters, so it is not sent again either,
    unless the check tolerates that: then it may be about the parameters.
    If it does not remember, as when AWS is changed between two reads, each request is sent.
    `key` sends with a Bedrock API key; None if there is none. `clock` and `sleep` are in seconds.
    """

    def __init__(
        self,
        sender: Sender,
        most: Mapping[str, int],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        key: Sender | None = None,
        remembers: bool = True,
    ) -> None:
        self._remembers = remembers
        self._sender = sender
        self._key = key
        self._most = most
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._known: dict[str, Answer | ServiceError] = {}
        self._denied: dict[str, Answer] = {}
        self.sent: Counter[str] = Counter()

    def wait(self, seconds: float) -> None:
        """Waits, for AWS to show what was written."""
        self._sleep(seconds)

    def ask_with_key(
        self, operation: str, *, tolerates: tuple[type[ServiceError], ...] = (), **parameters: Any
    ) -> Answer:
        """The same as `ask`, with the Bedrock API key instead of a signature."""
        return self._asked(self._key, operation, parameters, tolerates)

    def ask(self, operation: str, *, tolerates: tuple[type[ServiceError], ...] = (), **parameters: Any) -> Answer:
        """The answer, which may be a refusal.

        NotCheckedError: the permission is missing, or no answer came. LevelEndedError: no other request can do better.
        An error of a class in `tolerates` is answered as a refusal.
        """
        return self._asked(self._sender, operation, parameters, tolerates)

    def _asked(
        self,
        sender: Sender | None,
        operation: str,
        parameters: Mapping[str, Any],
        tolerates: tuple[type[ServiceError], ...],
    ) -> Answer:
        if sender is None:
            raise NotCheckedError(Reason.NO_API_KEY)
        answer = self._answer(sender, operation, parameters, tolerates)
        error = answer if isinstance(answer, ServiceError) else answer.refusal
        if error is not None:
            _judge(error, tolerates)
        return Answer(refusal=answer) if isinstance(answer, ServiceError) else answer

    def _answer(
        self,
        sender: Sender,
        operation: str,
        parameters: Mapping[str, Any],
        tolerates: tuple[type[ServiceError], ...],
    ) -> Answer | ServiceError:
        sent_as = f"{sender is self._key} {operation}"
        if sent_as in self._denied:
            return self._denied[sent_as]
        request = f"{sent_as} {sorted(parameters.items())!r}"
        if request not in self._known or not self._remembers:
            answer = self._known[request] = self._send(sender, operation, parameters)
            is_denied = isinstance(answer, Answer) and isinstance(answer.refusal, AccessDeniedError)
            if isinstance(answer, Answer) and is_denied and AccessDeniedError not in tolerates:
                self._denied[sent_as] = answer
        return self._known[request]

    def _send(self, sender: Sender, operation: str, parameters: Mapping[str, Any]) -> Answer | ServiceError:
        if operation not in self._most:
            raise ValueError(operation)  # a check sends what its row in the table does not name
        if self.sent[operation] == self._most[operation]:
            raise NotCheckedError(Reason.TOO_MANY)
        if (wait := self._next - self._clock()) > 0:
            self._sleep(wait)
        self.sent[operation] += 1
        try:
            return sender.send(operation, parameters)
        except ServiceError as error:
            return error
        finally:
            self._next = self._clock() + SECONDS_BETWEEN


def is_by_policy(error: ServiceError) -> bool:
    """Whether a policy of the organisation refused the request, and not a missing permission of the sender."""
    text = f"{error.code} {error.message}".lower()
    return any(words in text for words in _POLICY_WORDS)


def _judge(error: ServiceError, tolerated: tuple[type[ServiceError], ...]) -> None:
    """Raises what ends the check or the level; a refusal that says something of AWS passes."""
    if isinstance(error, AmbiguousError | UnreachableError):
        raise NotCheckedError(Reason.NO_ANSWER)
    if is_by_policy(error):
        raise LevelEndedError(Ending.POLICY)
    if isinstance(error, tolerated):
        return
    if isinstance(error, CredentialsError):
        raise LevelEndedError(Ending.CREDENTIALS)
    if isinstance(error, AccessDeniedError):
        raise NotCheckedError(Reason.PERMISSION, error.code)
    if isinstance(error, ThrottledError):
        raise NotCheckedError(Reason.THROTTLED, error.code)
    if not error.status:  # botocore's own: nothing was sent
        raise NotCheckedError(Reason.NO_ANSWER)


def decided(look: Callable[[], Seen | Reason]) -> Seen | Reason:
    """The answer to one question; why there is none, if another question of the check may still have one."""
    try:
        return look()
    except NotCheckedError as error:
        return error.reason


def seen(answer: str, of: Answer | None = None) -> Seen:
    """The answer to a question, with status and code if `of` is a refusal."""
    refusal = of.refusal if of else None
    return Seen(answer, refusal.status, refusal.code) if refusal else Seen(answer)
