"""What is tried: how a stack begins, what its file wants then, and which requests are struck meanwhile."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, RUNTIME, Endpoint
from local_aws import Fault

_OF_PROJECTS = {
    "create": "CreateProject",
    "list": "ListProjects",
    "get": "GetProject",
    "update": "UpdateProject",
    "archive": "ArchiveProject",
}
OPERATIONS: Mapping[Endpoint, Mapping[str, str]] = {
    MANTLE: _OF_PROJECTS,
    RUNTIME: _OF_PROJECTS | {"read tags": "ListTagsForResource", "tag": "TagResource", "untag": "UntagResource"},
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
_IGNORED = {says: strike for says, strike in _WRITE_STRIKES.items() if strike["kind"] == "ignored"}
_LATE_LIST = {says: strike for says, strike in _LIST_STRIKES.items() if strike["kind"] == "list_lag"}
_CONFLICTS: dict[str, dict[str, Any]] = {
    "conflict, nothing done": {"kind": "conflict"},
    "conflict, everything done": {"kind": "conflict_after"},
}
_STRIKES_OF: Mapping[Endpoint, Mapping[str, Mapping[str, dict[str, Any]]]] = {
    MANTLE: {"list": _LIST_STRIKES, "create": _WRITE_STRIKES, "update": _WRITE_STRIKES, "archive": _IGNORED},
    RUNTIME: {
        "list": _LATE_LIST,
        "create": _WRITE_STRIKES | _CONFLICTS,
        "update": _IGNORED | _CONFLICTS,
        "archive": _IGNORED | _CONFLICTS,
        "tag": _IGNORED,
        "untag": _IGNORED,
    },
}


@dataclass(frozen=True, eq=False)
class Scenario:
    """`asks` are the operations that a run makes use of at each endpoint; `refreshed`: runs refresh first."""

    name: str
    says: str
    asks: Mapping[Endpoint, tuple[str, ...]]
    refreshed: bool = False
    hides_tags: bool = False


SCENARIOS = (
    Scenario(
        "new",
        "no project exists yet",
        {MANTLE: ("list", "create"), RUNTIME: ("list", "create", "read tags")},
    ),
    Scenario(
        "retag",
        "each project gets another tag and name, after a refresh",
        {MANTLE: ("get", "list", "update"), RUNTIME: ("get", "list", "read tags", "tag", "untag", "update")},
        refreshed=True,
    ),
    Scenario(
        "archive",
        "all entries are removed from the file",
        {MANTLE: ("list", "get", "archive"), RUNTIME: ("list", "get", "read tags", "archive")},
    ),
    Scenario(
        "adopt",
        "each entry names a project that was created by hand",
        {MANTLE: ("list", "get", "update"), RUNTIME: ("list", "get", "read tags", "tag", "untag", "update")},
    ),
    Scenario(
        "state lost",
        "the projects exist, the state is empty, and lists show no tags",
        {MANTLE: ("list", "get"), RUNTIME: ("list", "read tags")},
        hides_tags=True,
    ),
)


@dataclass(frozen=True, eq=False)
class FaultCase:
    """One row of the matrix."""

    endpoint: Endpoint
    scenario: Scenario
    operation: str
    fault: str
    rules: tuple[Fault, ...]


def fault_cases(projects: int) -> Iterator[FaultCase]:
    """The whole matrix, in the order of the table, for so many projects each."""
    for endpoint in ENDPOINTS.values():
        for scenario in SCENARIOS:
            for operation in scenario.asks[endpoint]:
                for fault, rules in _faults(endpoint, operation, projects):
                    yield FaultCase(endpoint, scenario, operation, fault, tuple(rules))


def _faults(endpoint: Endpoint, operation: str, projects: int) -> Iterator[tuple[str, list[Fault]]]:
    name = endpoint.action(OPERATIONS[endpoint][operation])
    every = _EVERY_LIST if operation == "list" else _EVERY
    for says, strike in (_STRIKES | dict(_STRIKES_OF[endpoint].get(operation, {}))).items():
        every_nth = 1 if strike["kind"] in ("ignore_paging", "list_lag") else every
        yield says, [Fault.model_validate({**strike, "operation": name, "every": every_nth})]
    if operation == "create":
        lost = Fault(kind="reset_after", operation=name, every=every)
        lag = Fault(kind="list_lag", operation=endpoint.action("ListProjects"), seconds=5)
        yield "connection broken after the work, and lists lag 5 s behind", [lost, lag]
    yield "permission missing", [Fault(kind="denied", operation=name, action=name)]
    half = _HALF_WAY.get(operation, projects // 2)
    yield "credentials expire half way", [Fault(kind="expired_credentials", operation=name, after=half)]
