"""Says what the requests of a command cost, and asks before many; for the commands that pay for requests."""

import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Annotated, Final

import typer

from bedrock_projects.aws.prices import COST_EXPLORER_REQUEST
from bedrock_projects.commands import options
from bedrock_projects.terminal import progress, show

_UNASKED: Final = 10
"""How many requests a report may take without a question."""
_READING: Final = "Reading costs from Cost Explorer"
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before more than 10 requests.")]


@dataclass
class SpendingQuestions:
    """Decides when to say what a report costs: before more than `_UNASKED` requests, and again at each doubling.

    `planned` is the least number of requests; further pages come on top.
    """

    planned: int
    _agreed: int = field(init=False)

    def __post_init__(self) -> None:
        self._agreed = 0 if self.planned > _UNASKED else _UNASKED

    def next(self, made: int) -> str | None:
        """The sentence before the next request, after `made` requests; None if they were agreed to.

        It is not given again for the same number of requests.
        """
        if made < self._agreed:
            return None
        self._agreed = 2 * max(made, self.planned)
        if made == 0:
            return f"This report takes at least {_priced(self.planned)}."
        return f"This report has taken {_priced(made)} and needs more."


class Spending:
    """Shows progress, says what the report costs when `SpendingQuestions` has a sentence, and asks in a terminal."""

    def __init__(self, planned: int, *, is_agreed: bool) -> None:
        self._questions = SpendingQuestions(planned)
        self._is_agreed = is_agreed
        self._progress = ExitStack()

    def __enter__(self) -> "Spending":
        if sentence := self._questions.next(0):
            self._ask(sentence)
        self._progress.enter_context(progress(_READING))
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.close()

    def before_request(self, made: int) -> None:
        """Asks before a request that was not agreed to; it may be called again for the same one."""
        if sentence := self._questions.next(made):
            self._progress.close()
            self._ask(sentence)
            self._progress.enter_context(progress(_READING))

    def _ask(self, sentence: str) -> None:
        if self._is_agreed:
            return
        show(sentence, err=True)
        if sys.stdin.isatty():
            options.ask("Continue?")


def _priced(requests: int) -> str:
    return f"{requests} Cost Explorer API requests (USD {requests * COST_EXPLORER_REQUEST:.2f})"
