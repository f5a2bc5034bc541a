"""What a run of the engine did, from its event log (`--event-log`): JSON lines, written while it runs.

https://www.pulumi.com/docs/iac/automation-api/ (the events are those of Pulumi's `apitype.EngineEvent`)
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bedrock_projects.fleet.archives import Share
from bedrock_projects.projects.archive_limit import announced_in
from bedrock_projects.projects.properties import managed_from
from bedrock_projects.stacks.state import PROJECT_TYPE

_TAGS_TYPE = "pulumi-python:dynamic/billing:CostAllocationTags"
_STACK_TYPE = "pulumi:pulumi:Stack"
_IDLE = ("same", "refresh", "read")
# What the engine writes into the state alone, with a step of kind `same`.
_OPTIONS = ("protect", "retainOnDelete")
_KINDS = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
# The parts of a replacement are steps too: `replace` is the whole of it.
_REMOVALS = ("delete", "replace")
_OF_THE_STATE = ("same", "refresh", "update", *_REMOVALS)
# What the engine and the SDK add to an error that they have shown already.
_ECHOES = (
    "update failed",
    "preview failed",
    "refresh failed",
    "destroy failed",
    "Resource monitor has terminated, shutting down",
    "an unhandled error occurred: program exited with non-zero exit code: 1",
)


@dataclass
class Steps:
    """What the engine did, or would do in a preview, so far.

    `changes` are counts by kind. `drift` is their sum in a refresh, without new statuses of cost allocation tags, which
    the next run sets. `archived`, `retired` and `owned` are projects: those that a deletion archives, those that a
    `status` in the entry archives, and all. `is_whole`: the engine has written its summary, the last of its results.
    `differs` is whether anything is not as the state has it, outputs of the stack included. `pending` are tag keys that
    Billing does not know yet.
    """

    changes: Counter[str] = field(default_factory=Counter)
    drift: int = 0
    archived: int = 0
    retired: int = 0
    owned: int = 0
    is_whole: bool = False
    differs: bool = False
    pending: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)

    @property
    def refused(self) -> Share | None:
        """What would be archived, if the preflight refused that number; nothing was planned then."""
        announced = next(filter(None, map(announced_in, self.errors)), None)
        return Share(*announced) if announced else None

    @property
    def share(self) -> Share:
        """What counts for the archive limit."""
        return self.refused or Share(self.archived, self.owned, self.retired)

    def take(self, event: Mapping[str, Any]) -> None:
        """Adds one event of the log."""
        self.is_whole |= "summaryEvent" in event
        if "resOutputsEvent" in event:
            self._step(event["resOutputsEvent"]["metadata"])
        diagnostic = event.get("diagnosticEvent")
        if diagnostic and diagnostic["severity"] == "error":
            text = diagnostic["message"].strip()
            if text not in (*self.errors, *_ECHOES, ""):
                self.errors.append(text)

    def _step(self, metadata: Mapping[str, Any]) -> None:
        op, kind = metadata["op"], metadata["type"]
        old, new = metadata.get("old") or {}, metadata.get("new") or {}
        if op == "same" and any(bool(old.get(option)) != bool(new.get(option)) for option in _OPTIONS):
            op = "update"
        if kind == _STACK_TYPE:
            self.differs |= op not in _IDLE or (old.get("outputs") or {}) != (new.get("outputs") or {})
            return
        self.differs |= op not in _IDLE
        if kind == _TAGS_TYPE and op != "delete":
            self.pending = tuple(sorted((new.get("outputs") or {}).get("pending") or ()))
        if op in _KINDS and (new or old).get("custom") and not kind.startswith("pulumi:"):
            self.drift += kind != _TAGS_TYPE
            change = _change_of_project(op, old, new) if kind == PROJECT_TYPE else _KINDS[op]
            self.changes[change] += 1
            self.retired += op == "update" and change == "archived"
        if kind == PROJECT_TYPE and op in _OF_THE_STATE:
            self.owned += 1
            self.archived += op in _REMOVALS and _end_of(old, new) == "archived"


def _change_of_project(op: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The word for a step; a `status` in the entry archives or releases by an update."""
    if op == "delete":
        return _end_of(old, new)
    status = (new.get("inputs") or {}).get("status", "active")
    is_retired = op == "update" and status != (old.get("inputs") or {}).get("status", "active")
    return str(status) if is_retired else _KINDS[op]


def _end_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What a deletion does with the project; one that an entry archived or released before has no project any more.

    `new` is what replaces it, empty if nothing does.
    """
    declared = managed_from(old.get("id", ""), old.get("outputs") or {}).declared
    if declared.status != "active":
        return "forgotten"
    is_released = declared.is_released or (new.get("inputs") or {}).get("on_remove") == "release"
    return "released" if is_released else "archived"


class EventLog:
    """A log that may still be written: each look takes what is new."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0
        self.steps = Steps()

    def look(self) -> Steps:
        """The steps so far; a line that is not whole yet is left for the next look."""
        for event in self._new_events():
            self.steps.take(event)
        return self.steps

    def _new_events(self) -> Iterator[Mapping[str, Any]]:
        if not self._file.exists():
            return
        with self._file.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        yield from map(json.loads, whole.splitlines())
