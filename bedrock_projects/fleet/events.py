"""What a run of the engine did, from its event log (`--event-log`): JSON lines, written while it runs.

https://www.pulumi.com/docs/iac/automation-api/ (the events are those of Pulumi's `apitype.EngineEvent`)
An `up` with a plan previews first. The update then writes the same file anew, from its beginning: `startEventLogger` in
Pulumi's pkg/backend/display/display.go opens it with O_TRUNC.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bedrock_projects.fleet.archives import Share
from bedrock_projects.json_reading import read_json
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.archive_limit import announced_in
from bedrock_projects.projects.properties import managed_from
from bedrock_projects.stacks.state import PROJECT_TYPE

_TAGS_TYPE = "pulumi-python:dynamic/billing:CostAllocationTags"
_STACK_TYPE = "pulumi:pulumi:Stack"
_IDLE = ("same", "refresh", "read")
# What the engine writes into the state alone, with a step of kind `same`.
_OPTIONS = ("protect", "retainOnDelete")
_KINDS = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
_PROVIDERS = "pulumi:providers:"
# The parts of a replacement are steps too: `replace` is the whole of it.
_REMOVALS = ("delete", "replace")
# A `status` in the entry: of a project that the state has, or of one that only its tag shows, after a lost state.
_RETIRING = ("update", "create")
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
    """What the engine did, or would do if it `is_preview`, so far; steps of the other kind are left out.

    `changes` are counts by kind. `drift` is their sum in a refresh, without new statuses of cost allocation tags, which
    the next run sets. `archived`, `retired` and `owned` are projects: those that a deletion archives, those that a
    `status` in the entry archives, and all. `differs` is whether anything is not as the state has it, outputs of the
    stack included. `pending` are tag keys that Billing does not know yet. `warnings` are those of the run as a whole:
    what preflight says.

    `seen` are the steps of all resources by the engine's word, and `counted` are those of its summary, the last of its
    results; None before it. `unreadable` lines are not what the engine writes, for example after a full disk.
    """

    is_preview: bool
    changes: Counter[str] = field(default_factory=Counter)
    drift: int = 0
    archived: int = 0
    retired: int = 0
    owned: int = 0
    differs: bool = False
    pending: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    counted: Mapping[str, int] | None = None
    unreadable: int = 0
    _replaced: Counter[str] = field(default_factory=Counter, repr=False)
    """By URN: the replacements whose old resource is not deleted yet."""

    @property
    def contradiction(self) -> str:
        """How the log contradicts itself, if it does: then it does not say all that was done."""
        if self.unreadable:
            lines = "1 line" if self.unreadable == 1 else f"{self.unreadable} lines"
            return f"the event log has {lines} that cannot be read"
        if self.counted is None or all(self.seen[op] == self.counted.get(op, 0) for op in _KINDS):
            return ""
        return f"the event log has {_counts(self.seen)}, but the engine counted {_counts(self.counted)}"

    @property
    def gap(self) -> str:
        """Why the log is not that of the whole run; empty if it is."""
        return "the Pulumi CLI wrote no complete event log" if self.counted is None else self.contradiction

    @property
    def refused(self) -> Share | None:
        """What would be archived, if the preflight refused that number; nothing was planned then."""
        announced = next(filter(None, map(announced_in, self.errors)), None)
        return Share(*announced) if announced else None

    @property
    def share(self) -> Share:
        """What counts for the archive limit."""
        return self.refused or Share(self.archived, self.owned, self.retired)

    def take(self, line: bytes) -> None:
        """Adds one line of the log."""
        try:
            event: Mapping[str, Any] = read_json(line)
        except ValueError:
            self.unreadable += 1
            return
        summary = event.get("summaryEvent")
        if summary and summary["isPreview"] == self.is_preview:
            self.counted = summary["resourceChanges"] or {}
        # After the step of a component there is no event, or there are several: it is counted before.
        if before := self._metadata_of(event.get("resourcePreEvent")):
            self._count(before, is_custom=False)
        if after := self._metadata_of(event.get("resOutputsEvent")):
            self._count(after, is_custom=True)
            self._step(after)
        if diagnostic := event.get("diagnosticEvent"):
            self._say(diagnostic)

    def _say(self, diagnostic: Mapping[str, Any]) -> None:
        text = diagnostic["message"].strip()
        if diagnostic["severity"] == "error" and text not in (*self.errors, *_ECHOES, ""):
            self.errors.append(text)
        if diagnostic["severity"] == "warning" and not diagnostic.get("urn") and text not in self.warnings:
            self.warnings.append(text)

    def _metadata_of(self, step: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """What the event of a step says of it; None if there is none, or if it is of the other kind."""
        return step["metadata"] if step and step.get("planning", False) == self.is_preview else None

    def _count(self, metadata: Mapping[str, Any], *, is_custom: bool) -> None:
        is_of_custom = bool((metadata.get("new") or metadata.get("old") or {}).get("custom"))
        if is_of_custom == is_custom and not _is_internal(metadata):
            self.seen[metadata["op"]] += 1

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
            self.retired += op in _RETIRING and change == "archived"
        if kind == PROJECT_TYPE and op in _OF_THE_STATE:
            self.owned += 1
            self.archived += op in _REMOVALS and _end_of(old, new) == "archived"
        if kind == PROJECT_TYPE and op == "replace":
            self._replaced[metadata["urn"]] += 1
        if kind == PROJECT_TYPE and op == "delete-replaced":
            if self._replaced[metadata["urn"]]:
                self._replaced[metadata["urn"]] -= 1
            else:
                # It is what a run left that ended between the two halves of a replacement.
                self.archived += _end_of(old, new) == "archived"


def _change_of_project(op: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The word for a step.

    A `status` in the entry archives or releases by an update. After a lost state, a create does: whether there is such
    a project is known once the resource has its id.
    """
    if op == "delete":
        return _end_of(old, new)
    status = (new.get("inputs") or {}).get("status", "active")
    is_retired = op in _RETIRING and status != (old.get("inputs") or {}).get("status", "active")
    return str(status) if is_retired and new.get("id") != NO_PROJECT_ID else _KINDS[op]


def _end_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What a deletion does with the project; one that an entry archived or released before has no project any more.

    `new` is what replaces it, empty if nothing does.
    """
    declared = managed_from(old.get("id", ""), old.get("outputs") or {}).declared
    if declared.status != "active":
        return "forgotten"
    is_released = declared.is_released or (new.get("inputs") or {}).get("on_remove") == "release"
    return "released" if is_released else "archived"


def _is_internal(metadata: Mapping[str, Any]) -> bool:
    """Whether the engine leaves the resource out of its counts: `IsDefaultProvider` of Pulumi's sdk/go."""
    name = metadata["urn"].split("::", 3)[-1]
    return str(metadata["type"]).startswith(_PROVIDERS) and name.startswith("default")


def _counts(steps: Mapping[str, int]) -> str:
    return ", ".join(f"{steps[op]} {op}" for op in _KINDS if steps.get(op)) or "no change"


class EventLog:
    """A log that may still be written, or written anew: each look takes what is new."""

    def __init__(self, file: Path, *, is_preview: bool) -> None:
        self.file = file
        self._last = b""
        self._end = 0
        self._steps = Steps(is_preview)

    def look(self) -> Steps:
        """The steps so far; a line that is not whole yet is left for the next look."""
        for line in self._new_lines():
            self._steps.take(line)
        return self._steps

    def _new_lines(self) -> Sequence[bytes]:
        """The lines behind the last one that was read, which is read again: if another one is there now, all lines."""
        if not self.file.exists():
            return ()
        with self.file.open("rb") as file:
            file.seek(self._end - len(self._last))
            content = file.read()
            if content.startswith(self._last):
                content = content[len(self._last) :]
            else:
                file.seek(0)
                content = file.read()
                self._last, self._end, self._steps = b"", 0, Steps(self._steps.is_preview)
        whole = content[: content.rfind(b"\n") + 1]
        lines = whole.splitlines(keepends=True)
        self._end += len(whole)
        if lines:
            self._last = lines[-1]
        return lines
