"""What `doctor` makes of conformance reports in the folder of the inventory."""

import ast
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from bedrock_projects.conformance import report as reports
from bedrock_projects.conformance.both_answers import (
    ASSUMED,
    NOT_ASSUMED,
    TESTED_BY,
    TESTED_WITHOUT_SWITCH,
    contradicts,
)
from bedrock_projects.conformance.checks import OTHER, Answers, Level, Seen, results_of
from bedrock_projects.conformance.table import CHECKS
from bedrock_projects.doctor.conformance import MOST_DAYS, findings_of_reports
from bedrock_projects.findings import Finding
from tests.unit.command_line import run

TODAY = date(2026, 11, 29)
TESTS = Path(__file__).parents[1]
UNHANDLED = "get.made-up-id"
HANDLED = "list.pages-end"


def write_report(
    folder: Path,
    check: str,
    answers: Answers,
    *,
    name: str = "conformance-report.json",
    day: date = TODAY,
    is_aws: bool = True,
    level: Level = Level.READ_ONLY,
) -> None:
    results = results_of(next(one for one in CHECKS if one.name == check), answers)
    done = reports.LevelReport(level=level, results=results, ending=None, requests=1, seconds=1)
    header = reports.Header(region="us-west-2", day=day, versions={}, is_aws=is_aws)
    (folder / name).write_text(reports.as_json(reports.report_of(header, [done])))


def found(folder: Path) -> list[Finding]:
    return list(findings_of_reports(folder, today=TODAY))


def outcomes(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(finding.check, finding.outcome) for finding in findings]


def test_without_a_report_nothing_is_said(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_an_answer_that_contradicts_an_assumption_is_a_hint(tmp_path: Path) -> None:
    write_report(tmp_path, UNHANDLED, {"answer": Seen("403", 403, "access_denied"), "text": Seen("names the project")})
    (finding,) = found(tmp_path)
    assert (finding.check, finding.outcome) == ("conformance read-only", "hint")
    assert finding.result == (
        f"{tmp_path}/conformance-report.json: us-west-2, 2026-11-29: AWS did otherwise than this package assumes: "
        "get.made-up-id answer is 403 (403 access_denied), not 404"
    )
    assert finding.remedy.startswith(f"post {tmp_path}/conformance-report.json in an issue")


def test_an_answer_that_the_package_is_tested_with_is_none(tmp_path: Path) -> None:
    write_report(tmp_path, HANDLED, {"paging": Seen("same page again")})
    assert outcomes(found(tmp_path)) == [("conformance read-only", "ok")]
    write_report(tmp_path, HANDLED, {"paging": Seen("something else")})
    assert outcomes(found(tmp_path)) == [("conformance read-only", "hint")]


@pytest.mark.parametrize(("age", "outcome"), [(MOST_DAYS, "ok"), (MOST_DAYS + 1, "hint")])
def test_a_report_that_is_older_than_90_days_is_a_hint(tmp_path: Path, age: int, outcome: str) -> None:
    write_report(tmp_path, HANDLED, {"paging": Seen("pages")}, day=TODAY - timedelta(days=age))
    (finding,) = found(tmp_path)
    assert finding.outcome == outcome
    assert ("91 days old" in finding.result) is (outcome == "hint")


def test_the_newest_of_each_level_counts(tmp_path: Path) -> None:
    wrong: Answers = {"answer": Seen("403")}
    write_report(tmp_path, UNHANDLED, wrong, name="conformance-report-a.json", day=TODAY - timedelta(days=2))
    write_report(tmp_path, UNHANDLED, {"answer": Seen("404")}, day=TODAY - timedelta(days=1))
    write_report(tmp_path, UNHANDLED, wrong, name="conformance-report-local.json", is_aws=False)
    write_report(
        tmp_path,
        "archive.twice",
        {"native": Seen("refused")},
        name="conformance-report-create.json",
        level=Level.CREATE,
        day=TODAY - timedelta(days=9),
    )
    assert outcomes(found(tmp_path)) == [("conformance read-only", "ok"), ("conformance create", "hint")]


def test_a_report_of_another_endpoint_says_nothing_of_aws(tmp_path: Path) -> None:
    write_report(tmp_path, HANDLED, {"paging": Seen("pages")}, is_aws=False)
    (finding,) = found(tmp_path)
    assert (finding.outcome, finding.result.partition("json ")[2]) == (
        "hint",
        "is of another endpoint, so it says nothing of AWS",
    )


def test_a_file_that_is_not_a_report_is_a_hint_and_the_other_still_counts(tmp_path: Path) -> None:
    write_report(tmp_path, HANDLED, {"paging": Seen("pages")})
    (tmp_path / "conformance-report-2.json").write_text("{")
    assert outcomes(found(tmp_path)) == [("conformance", "hint"), ("conformance read-only", "ok")]


def test_doctor_reads_the_folder_of_the_inventory(tmp_path: Path) -> None:
    folder = tmp_path / "inventories"
    folder.mkdir()
    (folder / "projects.yaml").write_text("version: 1\ninventory: acme\nenvironments: {dev: {}}\nprojects: {}\n")
    write_report(folder, UNHANDLED, {"answer": Seen("403")})
    done = run("doctor", "--inventory", "inventories/projects.yaml", folder=tmp_path)
    (line,) = [line for line in done.out.splitlines() if "conformance read-only" in line]
    assert line.startswith("hint    conformance read-only  inventories/conformance-report.json: us-west-2, ")


def test_a_lag_that_no_code_depends_on_is_none(tmp_path: Path) -> None:
    late: Answers = {"get": Seen("within 15 s"), "list": Seen("not within 60 s")}
    write_report(tmp_path, "create.visible-after", late, level=Level.CREATE)
    assert outcomes(found(tmp_path)) == [("conformance create", "ok")]
    write_report(tmp_path, "create.visible-after", {"get": Seen("never")}, level=Level.CREATE)
    assert outcomes(found(tmp_path)) == [("conformance create", "hint")]


@pytest.mark.parametrize("switch", TESTED_BY)
def test_each_test_that_holds_both_answers_exists_and_is_about_the_switch(switch: str) -> None:
    assert switch in text_of_test(TESTED_BY[switch])


def text_of_test(name: str) -> str:
    """The source of a test; all of its module if the test takes what is above it."""
    (text,) = [text for path in TESTS.glob("*/test_*.py") if f"def {name}(" in (text := path.read_text("utf-8"))]
    (test,) = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == name]
    first = min([test.lineno, *(decorator.lineno for decorator in test.decorator_list)])
    return "\n".join(text.splitlines()[first - 1 : test.end_lineno])


@pytest.mark.parametrize("name", sorted(set(TESTED_WITHOUT_SWITCH.values())))
def test_each_test_without_a_switch_exists(name: str) -> None:
    assert text_of_test(name)


QUESTIONS = {(f"{check.name} {q.name}"): (check.name, q) for check in CHECKS for q in check.questions}


def test_an_expected_answer_contradicts_nothing_and_each_of_a_tested_switch_neither() -> None:
    for name, (check, question) in QUESTIONS.items():
        assert not any(contradicts(check, question, answer) for answer in question.expected)
        is_tested = question.switch in TESTED_BY or name in TESTED_WITHOUT_SWITCH or name in NOT_ASSUMED
        assert all(contradicts(check, question, answer) is not is_tested for answer in question.values), name
        assert contradicts(check, question, OTHER)


def test_each_switch_and_each_unknown_is_in_just_one_table() -> None:
    """So a new question says what becomes of the code if AWS answers otherwise."""
    tables = (TESTED_WITHOUT_SWITCH, NOT_ASSUMED, ASSUMED)
    for name, (_, question) in QUESTIONS.items():
        places = sum(name in table for table in tables) + (question.switch in TESTED_BY)
        assert places == 1 if question.switch or question.known == "unknown" else places <= 1, name
    assert {name for table in tables for name in table} <= QUESTIONS.keys()


def test_each_tested_switch_is_one_of_a_question() -> None:
    assert TESTED_BY.keys() <= {question.switch for _, question in QUESTIONS.values()}
