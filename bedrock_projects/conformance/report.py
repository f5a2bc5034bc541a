"""The report that may be posted: values from closed lists alone, and no text of AWS or of the user.

Each value goes through a function of this module that lets nothing else pass. Numbers are ranges, so that a report does
not say how much an account has.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bedrock_projects.conformance.checks import (
    Ending,
    Level,
    Outcome,
    Reason,
    Result,
    Seen,
    outcome_of,
    results_of,
)
from bedrock_projects.conformance.table import CHECKS
from bedrock_projects.limits import AWS_REGIONS
from bedrock_projects.printing import for_json

FORMAT: Final = 1
NAME: Final = "conformance-report"
"""The name of both files, without their endings."""

CODES: Final = (
    "AccessDeniedException",
    "ConflictException",
    "InternalServerException",
    "InvalidParameterException",
    "InvalidRequestException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "TooManyTagsException",
    "UnrecognizedClientException",
    "ValidationException",
    "access_denied",
    "conflict_error",
    "invalid_api_key",
    "invalid_request_error",
    "limit_exceeded",
    "not_found_error",
    "permission_error",
    "rate_limit_error",
    "validation_error",
)
"""The error codes that a report may have; any other is OTHER_CODE."""

OTHER_CODE: Final = "other"
_VERSION: Final = re.compile(r"\d{1,4}(?:\.\d{1,4}){0,3}(?:(?:a|b|rc|\.dev|\.post)\d{1,4})?")
_STATUSES: Final = range(100, 600)
_COUNTS: Final = ((0, "0"), (10, "1-10"), (30, "11-30"), (100, "31-100"), (300, "101-300"), (1000, "301-1,000"))
_RANGES: Final = (*(words for _, words in _COUNTS), "over 1,000")
_LEVELS: Final = tuple(level.value for level in Level)
_NONE: Final[Mapping[str, Any]] = {}
_SECONDS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True, kw_only=True)
class LevelReport:
    """A level as the report has it."""

    level: Level
    results: Sequence[Result]
    ending: Ending | None
    requests: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Header:
    """Where, when and with what was asked; `is_aws` is False if the requests went to another endpoint."""

    region: str
    day: date
    versions: Mapping[str, str]
    is_aws: bool


def report_of(
    header: Header, levels: Iterable[LevelReport], *, kept: Mapping[str, Mapping[str, Any]] = _NONE
) -> dict[str, Any]:
    """The report as JSON has it; `kept` are the levels of an earlier one, which stay unless they were run again."""
    found = {**kept, **{level.level.value: _level(header, level) for level in levels}}
    by_level = {name: found[name] for name in _LEVELS if name in found}
    return {**place_of(header), "date": max(level["date"] for level in by_level.values()), "levels": by_level}


def kept_levels(contents: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The levels of an earlier report, built anew from the same closed lists: a file may have been changed.

    KeyError, TypeError, ValueError or AttributeError if it cannot be read as a report.
    """
    return {name: _kept(Level(name), level) for name, level in contents["levels"].items() if name in _LEVELS}


def place_of(header: Header) -> dict[str, Any]:
    """What reports must have in common to be one."""
    return {
        "format": FORMAT,
        "service": "aws" if header.is_aws else "another endpoint",
        "region": header.region if header.region in AWS_REGIONS else "other",
    }


def _kept(level: Level, shown: Mapping[str, Any]) -> dict[str, Any]:
    known = {check.name: check for check in CHECKS if check.level is level}
    checks = {name: contents["questions"] for name, contents in shown["checks"].items() if name in known}
    results = [
        result
        for name, questions in checks.items()
        for result in results_of(known[name], {key: _found(one) for key, one in questions.items()})
    ]
    ended, requests, seconds = shown.get("ended"), shown.get("requests"), shown.get("seconds")
    return {
        "date": date.fromisoformat(shown["date"]).isoformat(),
        "versions": _versions(shown["versions"]),
        "ended": Ending(ended).value if ended else None,
        "requests": requests if requests in _RANGES else OTHER_CODE,
        "seconds": seconds if seconds in _SECONDS else _SECONDS[-1],
        "checks": _checks(level, results),
    }


def _found(question: Mapping[str, Any]) -> Seen | Reason:
    if "answer" not in question:
        return Reason(question["reason"])
    status, code = question.get("status"), question.get("code", "")
    return Seen(str(question["answer"]), status if isinstance(status, int) else None, str(code))


def _versions(given: Mapping[str, str]) -> dict[str, str]:
    return {name: _version(str(given.get(name, ""))) for name in ("bedrock-projects", "boto3", "python")}


def _level(header: Header, level: LevelReport) -> dict[str, Any]:
    return {
        "date": header.day.isoformat(),
        "versions": _versions(header.versions),
        "ended": level.ending.value if level.ending else None,
        "requests": count_range(level.requests),
        "seconds": rounded_seconds(level.seconds),
        "checks": _checks(level.level, level.results),
    }


def _checks(level: Level, results: Sequence[Result]) -> dict[str, Any]:
    names = [check.name for check in CHECKS if check.level is level]
    by_check = {name: [result for result in results if result.check == name] for name in names}
    return {
        name: {"outcome": outcome_of(results).value, "questions": {r.question.name: _question(r) for r in results}}
        for name, results in by_check.items()
        if results
    }


def _question(result: Result) -> dict[str, Any]:
    """Answer and expectation are of the question's own lists: `results_of` lets no other answer through.

    `switch` has the setting that makes the local AWS give this answer, for `python -m local_aws --like`.
    """
    shown: dict[str, Any] = {"outcome": result.outcome.value, "expected": list(result.question.expected)}
    if result.reason:
        shown["reason"] = result.reason.value
    if result.seen:
        shown["answer"] = result.seen.answer
        if result.seen.status in _STATUSES:
            shown["status"] = result.seen.status
        if result.seen.code:
            shown["code"] = result.seen.code if result.seen.code in CODES else OTHER_CODE
        if result.seen.answer in result.question.values:
            shown["switch"] = {result.question.switch: result.question.values[result.seen.answer]}
    return shown


def count_range(count: int) -> str:
    """The range that a number is in."""
    return next((words for most, words in _COUNTS if count <= most), _RANGES[-1])


def rounded_seconds(seconds: float) -> int:
    """The duration, rounded up to one of few values; the largest is an hour."""
    return next((most for most in _SECONDS if seconds <= most), _SECONDS[-1])


def _version(text: str) -> str:
    return text if _VERSION.fullmatch(text) else "unknown"


def as_json(report: Mapping[str, Any]) -> str:
    """The file that programs read."""
    return for_json(report) + "\n"


def as_markdown(report: Mapping[str, Any]) -> str:
    """The same for people: what differs first."""
    lines = [
        "# Conformance report",
        "",
        f"Service: {report['service']}, region {report['region']}",
    ]
    for level, contents in report["levels"].items():
        versions = ", ".join(f"{name} {version}" for name, version in contents["versions"].items())
        counts = f"requests {contents['requests']}; at most {contents['seconds']} s."
        lines += ["", f"## Level {level}", "", f"{contents['date']}, with {versions}; {counts}"]
        if contents["ended"]:
            lines += ["", f"Ended early: {contents['ended']}."]
        lines += [
            "",
            "| check | question | outcome | answer | expected | status | code |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [row for outcome in Outcome for row in _rows(contents["checks"], outcome)]
    return "\n".join(lines) + "\n"


def _rows(checks: Mapping[str, Any], outcome: Outcome) -> Iterable[str]:
    for check, contents in checks.items():
        for name, question in contents["questions"].items():
            if question["outcome"] == outcome.value:
                answer = question.get("answer") or f"({question['reason']})"
                cells = (check, name, outcome.value, answer, " or ".join(question["expected"]))
                yield f"| {' | '.join(cells)} | {question.get('status', '')} | {question.get('code', '')} |"
