"""What is tried: how a stack begins, what its file wants then, and which requests are struck meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local_aws import Fault

OPERATIONS = {
    "create": "CreateProject",
    "list": "ListProjects",
    "get": "GetProject",
    "update": "UpdateProject",
    "archive": "ArchiveProject",
}
_EVERY = 20
# A run has no more than a few lists: one of preflight, one of the provider.
_EVERY_LIST = 2
_HALF_WAY = {"list": 1}

_STRIKES: dict[str, dict[str, Any]] = {
    "answered 0.2 s later": {"kind": "latency", "seconds": 0.2},
    "429": {"kind": "throttled"},
    "429 with `Retry-After`": {"kind": "throttled", "retry_after": 1},
    "500": {"kind": "server_error"},
    "503": {"kind": "unavailable"},
    "connection broken before the work": {"kind": "reset_before"},
    "connection broken after the work": {"kind": "reset_after"},
    "answer cut off": {"kind": "cut_off"},
    "answer is not JSON": {"kind": "not_json"},
}
_LIST_STRIKES: dict[str, dict[str, Any]] = {
    "list ignores paging": {"kind": "ignore_paging"},
    "list lags a minute behind": {"kind": "list_lag", "seconds": 60},
}
# What a write may answer with 200 and not do; the last two of those that write a project's fields.
_WRITE_STRIKES: dict[str, dict[str, Any]] = {
    "answered 200, nothing done": {"kind": "ignored"},
    "answered 200, all done but the tags": {"kind": "partly_done", "left_out": "tags"},
    "answered 200, all done but the name": {"kind": "partly_done", "left_out": "name"},
}
_STRIKES_OF = {
    "list": _LIST_STRIKES,
    "create": _WRITE_STRIKES,
    "update": _WRITE_STRIKES,
    "archive": {says: strike for says, strike in _WRITE_STRIKES.items() if strike["kind"] == "ignored"},
}


@dataclass(frozen=True)
class Scenario:
    """`asks` are the operations that a run makes use of; `refreshed`: runs refresh first."""

    name: str
    says: str
    asks: tuple[str, ...]
    refreshed: bool = False
    hides_tags: bool = False


SCENARIOS = (
    Scenario("new", "no project exists yet", ("list", "create")),
    Scenario("retag", "each project gets another tag and name, after a refresh", ("get", "list", "update"), True),
    Scenario("archive", "all entries are removed from the file", ("list", "get", "archive")),
    Scenario("adopt", "each entry names a project that was created by hand", ("list", "get", "update")),
    Scenario(
        "state lost",
        "the projects exist, the state is empty, and lists show no tags",
        ("list", "get"),
        hides_tags=True,
    ),
)


@dataclass(frozen=True)
class FaultCase:
    """One row of the matrix."""

    scenario: Scenario
    operation: str
    fault: str
    rules: tuple[Fault, ...]


def fault_cases(projects: int) -> Iterator[FaultCase]:
    """The whole matrix, in the order of the table, for so many projects each."""
    for scenario in SCENARIOS:
        for operation in scenario.asks:
            for fault, rules in _faults(operation, projects):
                yield FaultCase(scenario, operation, fault, tuple(rules))


def _faults(operation: str, projects: int) -> Iterator[tuple[str, list[Fault]]]:
    name = f"bedrock-mantle:{OPERATIONS[operation]}"
    every = _EVERY_LIST if operation == "list" else _EVERY
    for says, strike in (_STRIKES | _STRIKES_OF.get(operation, {})).items():
        every_nth = 1 if strike["kind"] in ("ignore_paging", "list_lag") else every
        yield says, [Fault.model_validate({**strike, "operation": name, "every": every_nth})]
    if operation == "create":
        lost = Fault(kind="reset_after", operation=name, every=every)
        lag = Fault(kind="list_lag", operation="bedrock-mantle:ListProjects", seconds=5)
        yield "connection broken after the work, and lists lag 5 s behind", [lost, lag]
    yield "permission missing", [Fault(kind="denied", operation=name, action=name)]
    half = _HALF_WAY.get(operation, projects // 2)
    yield "credentials expire half way", [Fault(kind="expired_credentials", operation=name, after=half)]
