"""How the provider process speaks to the user."""

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.printing import for_terminal
from bedrock_projects.resources.sdk import log_warning

_Method = TypeVar("_Method", bound=Callable[..., Any])


def one_message(method: _Method) -> _Method:
    """Lets the SDK, which reports a whole traceback, report an expected error as its one line."""

    @functools.wraps(method)
    def wrapper(*args: Any) -> Any:
        try:
            return method(*args)
        except BedrockProjectsError as error:
            sys.tracebacklimit = 0
            error.args = (for_terminal(*error.lines),)
            type(error).__module__ = "builtins"  # else the report begins with the module's name
            raise error from None  # what led to it would be reported too

    return wrapper  # type: ignore[return-value]  # the same signature, which ParamSpec cannot say of a method


def notify_user(line: str) -> None:
    """Shows a warning on the resource that the engine asks about; on stderr if the engine does not listen.

    `pulumi.log` does not work in this process.
    """
    shown = for_terminal(line)
    if not log_warning(shown):
        sys.stderr.write(shown + "\n")
        sys.stderr.flush()


@functools.cache
def notify_user_once(line: str) -> None:
    """Shows one line once in a process, which both providers share."""
    notify_user(line)
