"""A check, its questions, and what comes of them: plain values.

A check asks AWS for one behaviour. Each of its questions has a closed list of answers, so that a report holds no text
of AWS. One of them is expected, and is what the local AWS does without a switch; an answer in none of the lists is
OTHER, which differs.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Known = Literal["documented", "seen", "unknown"]
"""How the expected answer is known: the words of docs/service-notes.md."""

SettingValue = str | int | Sequence[str]
"""A value of a switch of the local AWS."""

OTHER = "other"
"""The answer that is in none of a question's lists."""


class Level(str, enum.Enum):
    """What a run sends; none includes another."""

    READ_ONLY = "read-only"
    CREATE = "create"
    PAID = "paid"
    FOLLOW_UP = "follow-up"


class Outcome(str, enum.Enum):
    """What came of a question, or of a check: from the worst to the best."""

    DIFFERS = "differs"
    REFUSED = "refused by policy"
    NOT_CHECKED = "not checked"
    HOLDS = "holds"


class Reason(str, enum.Enum):
    """Why a question has no answer."""

    NOTHING_TO_LOOK_AT = "nothing to look at"
    PERMISSION = "permission missing"
    NO_ANSWER = "no answer"
    REFUSED = "the request was refused"
    THROTTLED = "throttled"
    MODEL = "the model is not on this endpoint"
    NO_API_KEY = "no API key"
    ANOTHER_ACCOUNT = "API key of another account"
    TOO_MANY = "too many to read"
    STUCK = "a list does not go on"
    TOO_EARLY = "too early to tell"
    KEY_NOT_ACTIVE = "the tag key may not have been active"
    NO_EXPORT = "no data export given"
    NOT_SWITCHED_ON = "not switched on in this account"
    TOO_OLD = "too old"
    OTHER_USAGE = "other usage hides it"
    POLICY = "refused by policy"
    LEVEL_ENDED = "level ended before"


class Ending(str, enum.Enum):
    """Why a level ended before its last check."""

    POLICY = "a service control policy or a tag policy refused a request"
    CREDENTIALS = "the credentials expired, or were not accepted"
    NO_ENDPOINT = "the endpoint does not answer in this region"
    LOST_ANSWER = "a request that creates a project was not answered"
    INTERRUPTED = "it was interrupted"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing that a check finds out.

    `expected` are the answers that hold, `others` those that differ. `switch` names the setting of the local AWS and
    may be empty; `values` says which value of the setting makes it give an answer.
    """

    name: str
    expected: tuple[str, ...]
    others: tuple[str, ...]
    known: Known
    switch: str = ""
    values: Mapping[str, SettingValue] = field(default_factory=dict)

    @property
    def answers(self) -> tuple[str, ...]:
        """Every answer that a report may have."""
        return (*self.expected, *self.others, OTHER)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One behaviour of AWS.

    `settles` is what is known afterwards, as a short sentence. `sends` are its operations by `service:Operation`, with
    the most requests that it adds to those of the checks before it: what one has read, the next ones know. `rules` are
    ids of rules of the local AWS that it tries, `wait` how long it waits for AWS, in words.
    """

    name: str
    level: Level
    settles: str
    questions: tuple[Question, ...]
    sends: Mapping[str, int]
    source: str
    rules: tuple[str, ...] = ()
    wait: str = ""


@dataclass(frozen=True)
class Seen:
    """The answer to a question; of a refusal also its HTTP status and error code."""

    answer: str
    status: int | None = None
    code: str = ""


Answers = Mapping[str, Seen | Reason]
"""What a check found, by the name of the question; a question that is left out had nothing to look at."""


@dataclass(frozen=True)
class Result:
    """What came of one question."""

    check: str
    question: Question
    outcome: Outcome
    seen: Seen | None = None
    reason: Reason | None = None


class NotCheckedError(Exception):
    """The rest of a check cannot be decided; `code` is that of a refusal, if one is the reason."""

    def __init__(self, reason: Reason, code: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.code = code


class LevelEndedError(Exception):
    """No further request of this level is sent."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.value)
        self.ending = ending


def results_of(check: Check, answers: Answers, *, otherwise: Reason = Reason.NOTHING_TO_LOOK_AT) -> list[Result]:
    """A result for each question of the check, in its order; a question without an answer never holds."""
    return [_result(check, question, answers.get(question.name, otherwise)) for question in check.questions]


def _result(check: Check, question: Question, answer: Seen | Reason) -> Result:
    if isinstance(answer, Reason):
        outcome = Outcome.REFUSED if answer is Reason.POLICY else Outcome.NOT_CHECKED
        return Result(check.name, question, outcome, reason=answer)
    seen = answer if answer.answer in question.answers else Seen(OTHER, answer.status, answer.code)
    outcome = Outcome.HOLDS if seen.answer in question.expected else Outcome.DIFFERS
    return Result(check.name, question, outcome, seen=seen)


def outcome_of(results: Sequence[Result]) -> Outcome:
    """What came of a check: that of its worst question."""
    order = list(Outcome)
    return min((result.outcome for result in results), key=order.index)


def outcomes_of(results: Sequence[Result]) -> Mapping[str, Outcome]:
    """What came of each check, by name."""
    by_check: dict[str, list[Result]] = {}
    for result in results:
        by_check.setdefault(result.check, []).append(result)
    return {check: outcome_of(of_it) for check, of_it in by_check.items()}
