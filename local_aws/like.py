"""The settings that make the local AWS answer as a service did that `bedrock-projects conformance` looked at.

Its report names, for each answer that a switch gives, the switch and its value; the rest of a report does not count.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from local_aws.settings import Settings

_FORMAT: Final = 1
_ADVICE: Final = "give a conformance-report.json"


class NotAReportError(Exception):
    """A file is not a report, or two answers need two values of one switch; the text says which."""


@dataclass(frozen=True)
class Likeness:
    """The switches that reports set, and the questions whose answer differs though no switch gives it."""

    switches: Mapping[str, Any]
    without_switch: tuple[str, ...]


def read_likeness(files: Iterable[Path]) -> Likeness:
    """NotAReportError if one of them cannot be read, or they contradict each other."""
    switches: dict[str, Any] = {}
    without: list[str] = []
    for path in files:
        for name, question in _questions(path):
            switch = question.get("switch") or {}
            if not switch and question["outcome"] == "differs":
                without.append(name)
            for key, value in switch.items():
                switches[key] = _joined(switches.get(key, value), value, key, path)
    return Likeness(switches, tuple(without))


def settings_of(likeness: Likeness) -> Settings:
    """NotAReportError for a switch or a value that the local AWS does not have."""
    try:
        return Settings.model_validate(likeness.switches)
    except ValidationError as error:
        names = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors()}))
        raise NotAReportError(f"the report has switches that this local AWS does not have: {names}") from None


def _joined(before: Any, value: Any, switch: str, path: Path) -> Any:
    """Lists are added up, since each answer may need an item of its own."""
    if isinstance(before, list) and isinstance(value, list):
        return [*before, *(item for item in value if item not in before)]
    if before != value:
        raise NotAReportError(f"{path}: {switch} would be {before} and {value}; give one report of a level")
    return value


def _questions(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each question by its check and its name."""
    try:
        report = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise NotAReportError(f"{path}: {error.strerror}; {_ADVICE}") from None
    except ValueError:
        raise NotAReportError(f"{path} is not a conformance report; {_ADVICE}") from None
    try:
        if report["format"] != _FORMAT:
            raise NotAReportError(f"{path} has another format than {_FORMAT}; use the version that wrote it")
        questions = [
            (f"{check} {name}", {"outcome": question["outcome"], "switch": dict(question.get("switch") or {})})
            for level in report["levels"].values()
            for check, shown in level["checks"].items()
            for name, question in shown["questions"].items()
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NotAReportError(f"{path} is not a conformance report; {_ADVICE}") from None
    yield from questions
