"""What reports of `bedrock-projects conformance` in the folder of the inventory say of this package's assumptions."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from bedrock_projects.conformance.both_answers import contradicts
from bedrock_projects.conformance.checks import Outcome
from bedrock_projects.conformance.reading import ReadReport, read_report
from bedrock_projects.conformance.report import NAME
from bedrock_projects.conformance.table import CHECKS
from bedrock_projects.errors import SettingsError
from bedrock_projects.findings import Finding

MOST_DAYS: Final = 90
"""How old a report may be: AWS changes."""

_AGAIN: Final = "run `bedrock-projects conformance` again"
_QUESTIONS: Final = {(check.name, question.name): question for check in CHECKS for question in check.questions}


def findings_of_reports(folder: Path, *, today: date) -> Iterator[Finding]:
    """A finding for the newest report of each level, and for each file that is none; nothing without a report."""
    reports: list[ReadReport] = []
    for path in sorted(folder.glob(f"{NAME}*.json")):
        try:
            reports.append(read_report(path))
        except SettingsError as error:
            yield Finding("conformance", "hint", str(error), "run `bedrock-projects conformance` again, or remove it")
    of_aws = [report for report in reports if report.is_aws]
    for level in dict.fromkeys(level for report in of_aws for level in report.days):
        newest = max((report for report in of_aws if level in report.days), key=lambda report: report.days[level])
        yield _finding(level, newest, today)
    if reports and not of_aws:
        result = f"{reports[-1].path} is of another endpoint, so it says nothing of AWS"
        yield Finding("conformance", "hint", result, "run `bedrock-projects conformance` without AWS_ENDPOINT_URL")


def _finding(level: str, report: ReadReport, today: date) -> Finding:
    day = report.days[level]
    check, seen = f"conformance {level}", f"{report.path}: {report.region}, {day}"
    if wrong := list(_contradictions(level, report)):
        remedy = f"post {report.path} in an issue of this package: what it does there may be wrong"
        return Finding(
            check, "hint", f"{seen}: AWS did otherwise than this package assumes: {'; '.join(wrong)}", remedy
        )
    if (age := (today - day).days) > MOST_DAYS:
        return Finding(check, "hint", f"{seen}: {age} days old, and AWS may have changed", _AGAIN)
    return Finding(check, "ok", f"{seen}: no answer contradicts this package")


def _contradictions(level: str, report: ReadReport) -> Iterable[str]:
    """Judged by the checks of this version: an older report may have others."""
    for (of, check, name), found in report.found.items():
        question = _QUESTIONS.get((check, name))
        if of == level and question and found.outcome is Outcome.DIFFERS and contradicts(check, question, found.answer):
            yield f"{check} {name} is {found}, not {' or '.join(question.expected)}"
