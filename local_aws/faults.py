"""Faults: rules by which requests are delayed, refused, lost, or answered wrongly.

A rule looks at each request whose operation (and account) match, counts it, and decides by its counters. The first
request that a rule sees is number 1.
"""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal[
    "latency",  # answers `seconds` later
    "throttled",  # 429, `ce` LimitExceededException; with the retry headers if `retry_after` is given
    "server_error",  # 500, or another `status`; nothing was done
    "unavailable",  # 503; nothing was done
    "reset_before",  # the connection breaks, nothing was done
    "reset_after",  # the connection breaks, everything was done
    "cut_off",  # half of the answer, everything was done
    "not_json",  # HTML with status 200, or `status`; everything was done
    "ignored",  # a write is answered with 200, and nothing was done; a create is answered with an empty object
    "partly_done",  # a write is answered with 200, and all was done but the field `left_out`
    "conflict",  # a native write is answered with ConflictException; nothing was done
    "conflict_after",  # the same; everything was done
    "denied",  # the permission `action` (a pattern) is missing; `explicit`: denied by a service control policy
    "expired_credentials",  # "The security token included in the request is expired"
    "ignore_paging",  # a list answers everything at once
    "request_changed",  # the next page of a question of `ce` is answered with RequestChangedException from then on
    "list_lag",  # a list does not show what is younger than `seconds` by the local clock
]
_PARAMETERS: dict[str, set[str]] = {
    "latency": {"seconds"},
    "throttled": {"retry_after"},
    "server_error": {"status"},
    "not_json": {"status"},
    "denied": {"action", "status", "explicit"},
    "expired_credentials": {"status"},
    "list_lag": {"seconds"},
    "partly_done": {"left_out"},
}
_OPTIONS = ("seconds", "retry_after", "status", "action", "left_out")
_REQUIRED = {"latency": "seconds", "denied": "action", "list_lag": "seconds", "partly_done": "left_out"}


class Fault(BaseModel):
    """One rule. Conditions hold together: `after` skips the first requests, `nth` picks one, `every` each k-th."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    operation: str = "*"  # pattern over `service:Operation`, such as `bedrock-mantle:*Project`
    account: str | None = None
    after: Annotated[int, Field(ge=0)] = 0
    nth: Annotated[int | None, Field(ge=1)] = None
    every: Annotated[int | None, Field(ge=1)] = None
    count: Annotated[int | None, Field(ge=1)] = None  # fires at most so often
    probability: Annotated[float | None, Field(gt=0, le=1)] = None
    seed: int = 0

    seconds: Annotated[float | None, Field(gt=0)] = None
    retry_after: Annotated[float | None, Field(ge=0)] = None
    status: Annotated[int | None, Field(ge=200, le=599)] = None
    action: str | None = None
    explicit: bool = False
    left_out: Literal["name", "tags", "added_tags", "removed_tags", "data_retention"] | None = None

    def concerns_action(self, action: str) -> bool:
        """Whether this is the fault of a missing permission for the action."""
        return self.action is not None and fnmatchcase(action, self.action)

    @model_validator(mode="after")
    def _parameters_fit_the_kind(self) -> "Fault":
        given = {name for name in _OPTIONS if getattr(self, name) is not None}
        given |= {"explicit"} if self.explicit else set()
        allowed = _PARAMETERS.get(self.kind, set())
        if given - allowed:
            raise ValueError(f"{self.kind} takes no {', '.join(sorted(given - allowed))}")
        if _REQUIRED.get(self.kind, self.kind) not in given | {self.kind}:
            raise ValueError(f"{self.kind} needs {_REQUIRED[self.kind]}")
        return self


@dataclass
class _Armed:
    fault: Fault
    seen: int = 0
    fired: int = 0
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.fault.seed)  # noqa: S311  repeatable faults, no secrets

    def fires(self) -> bool:
        self.seen += 1
        rule = self.fault
        number = self.seen - rule.after
        fires = (
            number > 0
            and (rule.nth is None or number == rule.nth)
            and (rule.every is None or number % rule.every == 0)
            and (rule.count is None or self.fired < rule.count)
            and (rule.probability is None or self.chance.random() < rule.probability)
        )
        self.fired += fires
        return fires


class FaultRules:
    """The rules in force, with their counters."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def replace(self, faults: list[Fault]) -> None:
        """Puts these rules in the place of all before; counters start anew."""
        self._armed = [_Armed(fault) for fault in faults]

    def report(self) -> list[dict[str, object]]:
        """Each rule, with how many requests it `seen` and how often it `fired`."""
        return [
            {"rule": armed.fault.model_dump(exclude_defaults=True), "seen": armed.seen, "fired": armed.fired}
            for armed in self._armed
        ]

    def fire(self, operation: str, *, account: str, actions: list[str]) -> dict[str, Fault]:
        """The faults that strike this request, by kind; of one kind the first rule that fires."""
        struck: dict[str, Fault] = {}
        for armed in self._armed:
            if _concerns(armed.fault, operation, account, actions) and armed.fires():
                struck.setdefault(armed.fault.kind, armed.fault)
        return struck


def _concerns(fault: Fault, operation: str, account: str, actions: list[str]) -> bool:
    if fault.account not in (None, account) or not fnmatchcase(operation, fault.operation):
        return False
    return fault.action is None or any(fault.concerns_action(action) for action in actions)
