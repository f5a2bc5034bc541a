"""Reads a report that was written before, perhaps by another version or by somebody else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bedrock_projects.conformance.checks import Outcome
from bedrock_projects.conformance.report import FORMAT
from bedrock_projects.errors import SettingsError
from bedrock_projects.json_reading import read_json

QuestionKey = tuple[str, str, str]
"""Level, check and question, by their names."""


@dataclass(frozen=True)
class Found:
    """The answer to a question; empty if there is none. `code` and `status` are those of a refusal."""

    outcome: Outcome
    answer: str = ""
    status: int | None = None
    code: str = ""

    def __str__(self) -> str:
        refusal = " ".join(str(part) for part in (self.status, self.code) if part)
        return f"{self.answer} ({refusal})" if refusal else self.answer


@dataclass(frozen=True, kw_only=True)
class ReadReport:
    """A report of a file. `days` has the day of each level by name, `is_aws` is False if another endpoint was asked.

    `contents` is the whole of it, as JSON has it.
    """

    path: Path
    region: str
    is_aws: bool
    days: Mapping[str, date]
    found: Mapping[QuestionKey, Found]
    contents: Mapping[str, Any]


def read_report(path: Path) -> ReadReport:
    """The report of a file; SettingsError if it cannot be read, or is none of this format."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; give a conformance-report.json") from None
    except UnicodeDecodeError:
        text = ""
    return parse_report(text, path)


def parse_report(text: str, path: Path) -> ReadReport:
    """The report in the text of that file; SettingsError if it is none of this format."""
    try:
        contents = read_json(text)
        if contents["format"] != FORMAT:
            raise SettingsError(f"{path} has another format than {FORMAT}; use the version that wrote it")
        return ReadReport(
            path=path,
            region=str(contents["region"]),
            is_aws=contents["service"] == "aws",
            days={name: date.fromisoformat(level["date"]) for name, level in contents["levels"].items()},
            found=dict(_found(contents)),
            contents=contents,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SettingsError(f"{path} is not a conformance report; give a conformance-report.json") from None


def _found(contents: Mapping[str, Any]) -> Iterator[tuple[QuestionKey, Found]]:
    for level, run in contents["levels"].items():
        for check, shown in run["checks"].items():
            for name, question in shown["questions"].items():
                answer, code, status = question.get("answer", ""), question.get("code", ""), question.get("status")
                status = status if isinstance(status, int) else None
                yield (level, check, name), Found(Outcome(question["outcome"]), str(answer), status, str(code))
