"""`python -m local_aws --like FILE`: a local AWS that answers as a report says, and what is not a report."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import local_aws
from bedrock_projects.conformance import report as reports
from bedrock_projects.conformance.checks import Level, Seen, results_of
from bedrock_projects.conformance.reading import parse_report
from bedrock_projects.conformance.table import CHECKS, checks_of
from local_aws.__main__ import main
from local_aws.like import read_likeness, settings_of
from local_aws.settings import Settings
from tests.local_aws import conforming
from tests.local_aws.mantle import Mantle
from tests.local_aws.test_process import banner, start

HEADER = reports.Header(region="us-west-2", day=date(2026, 11, 29), versions={}, is_aws=True)
SWITCHES = {"list_paging": "stuck", "project_stores": "one", "omit_fields": ["arn", "created_at"]}
ANSWERS = {
    f"{check.name} {question.name}: {answer}": (check, question, answer)
    for check in CHECKS
    for question in check.questions
    for answer in question.values
}


def write_report(path: Path, levels: Sequence[reports.LevelReport]) -> Path:
    path.write_text(reports.as_json(reports.report_of(HEADER, levels)))
    return path


def level_of(results: Any, level: Level = Level.READ_ONLY) -> reports.LevelReport:
    return reports.LevelReport(level=level, results=results, ending=None, requests=1, seconds=1.0)


@pytest.mark.parametrize("name", ANSWERS)
def test_each_answer_of_a_switch_sets_it(tmp_path: Path, name: str) -> None:
    check, question, answer = ANSWERS[name]
    results = results_of(check, {question.name: Seen(answer)})
    likeness = read_likeness([write_report(tmp_path / "r.json", [level_of(results, check.level)])])
    expected = Settings.model_validate({question.switch: question.values[answer]})
    assert (settings_of(likeness), likeness.without_switch) == (expected, ())


def test_a_local_aws_that_is_like_a_report_gives_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with local_aws.running() as aws:
        aws.settings(**SWITCHES)
        first = _report_of(aws, monkeypatch)
    path = write_report(tmp_path / "conformance-report.json", [first])
    with start("--port", "0", "--like", str(path)) as child:
        url = banner(child)[0].removeprefix("local AWS on ")
        aws = local_aws.LocalAws(url)
        second = _report_of(aws, monkeypatch)
        aws.reset()
        assert aws.settings()["list_paging"] == "stuck"
        assert Mantle(url).listed() == ["default"]
    texts = [reports.as_json(reports.report_of(HEADER, [level])) for level in (first, second)]
    found = [parse_report(text, path).found for text in texts]
    assert found[0] == found[1]
    assert sum(one.outcome.value == "differs" for one in found[0].values()) == 5


def _report_of(aws: local_aws.LocalAws, environment: pytest.MonkeyPatch) -> reports.LevelReport:
    conforming.furnish(aws)
    with environment.context() as patch:
        conforming.use_account(aws, patch)
        return level_of(conforming.read_only(aws, conforming.observer()).run.results)


def test_several_reports_add_up(tmp_path: Path) -> None:
    check = next(check for check in checks_of(Level.READ_ONLY) if check.name == "get.default")
    files = [
        write_report(tmp_path / f"{name}.json", [level_of(results_of(check, {name: Seen("missing")}))])
        for name in ("arn", "created-at")
    ]
    assert read_likeness(files).switches == {"omit_fields": ["arn", "created_at"]}


def with_question(**question: Any) -> str:
    return json.dumps({"format": 1, "levels": {"read-only": {"checks": {"a.b": {"questions": {"c": question}}}}}})


REFUSED: Mapping[str, tuple[Sequence[str | None], str]] = {
    "missing": ((None,), "0.json: No such file or directory; give a conformance-report.json"),
    "no JSON": (("report",), "0.json is not a conformance report; give a conformance-report.json"),
    "other JSON": (("[]",), "0.json is not a conformance report; give a conformance-report.json"),
    "a later format": (('{"format": 2}',), "0.json has another format than 1; use the version that wrote it"),
    "no levels": (('{"format": 1}',), "0.json is not a conformance report; give a conformance-report.json"),
    "an unknown switch": (
        (with_question(outcome="differs", switch={"weather": "fine"}),),
        "the report has switches that this local AWS does not have: weather",
    ),
    "an unknown value": (
        (with_question(outcome="differs", switch={"list_paging": "fine"}),),
        "the report has switches that this local AWS does not have: list_paging",
    ),
    "two that contradict": (
        tuple(with_question(outcome="differs", switch={"list_paging": value}) for value in ("stuck", "ignored")),
        "1.json: list_paging would be stuck and ignored; give one report of a level",
    ),
}


@pytest.mark.parametrize(("texts", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_a_report_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    texts: Sequence[str | None],
    message: str,
) -> None:
    paths = [tmp_path / f"{number}.json" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        if text is not None:
            path.write_text(text)
    monkeypatch.setattr("sys.argv", ["local_aws", "--port", "0", *(f"--like={path}" for path in paths)])
    assert main() == 1
    assert capsys.readouterr() == ("", f"{message}\n".replace(paths[-1].name, str(paths[-1])))


def test_what_no_switch_gives_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(with_question(outcome="differs", answer="other"))
    with start("--port", "0", "--like", str(path)) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "not imitated, since no switch gives this answer: a.b c\n"
        assert banner(child)[0].startswith("local AWS on ")
