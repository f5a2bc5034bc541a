"""`conformance --compare`: what two reports do not answer alike, and what is not a report."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.conformance import report as reports
from bedrock_projects.conformance.checks import Answers, Level, Outcome, Reason, Seen, results_of
from bedrock_projects.conformance.comparison import compare
from bedrock_projects.conformance.reading import ReadReport, parse_report
from bedrock_projects.conformance.table import checks_of
from bedrock_projects.errors import RefusedError, SettingsError
from tests.unit.command_line import run

FILE = "conformance-report.json"
CHECK = next(check for check in checks_of(Level.READ_ONLY) if check.name == "list.pages-end")
ARCHIVED = next(check for check in checks_of(Level.READ_ONLY) if check.name == "list.archived-default")


def report_text(answers: Mapping[str, Answers], *, region: str = "us-west-2", day: str = "2026-11-29") -> str:
    """A report of the level read-only with these answers, by check."""
    checks = [check for check in checks_of(Level.READ_ONLY) if check.name in answers]
    results = [result for check in checks for result in results_of(check, answers[check.name])]
    level = reports.LevelReport(level=Level.READ_ONLY, results=results, ending=None, requests=1, seconds=1)
    header = reports.Header(region=region, day=date.fromisoformat(day), versions={}, is_aws=True)
    return reports.as_json(reports.report_of(header, [level]))


def write_report(path: Path, answers: Mapping[str, Answers], **header: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(report_text(answers, **header))
    return path


def test_what_two_regions_answer_otherwise_is_shown_and_is_exit_code_10(tmp_path: Path) -> None:
    write_report(tmp_path / FILE, {CHECK.name: {"paging": Seen("pages"), "last-id": Seen("last item")}})
    other: Answers = {"paging": Seen("same page again"), "last-id": Reason.NOTHING_TO_LOOK_AT}
    write_report(tmp_path / "eu" / FILE, {CHECK.name: other}, region="eu-west-1", day="2026-11-28")
    done = run("conformance", "--compare", f"eu/{FILE}", folder=tmp_path)
    assert (done.code, done.err) == (10, "")
    assert done.out.splitlines() == [
        f"first: {FILE}, AWS, us-west-2, read-only of 2026-11-29",
        f"second: eu/{FILE}, AWS, eu-west-1, read-only of 2026-11-28",
        "differs    list.pages-end paging   pages / same page again",
        "one alone  list.pages-end last-id  last item / not answered",
        "0 the same, 1 differ, 1 answered by one report alone",
    ]


def test_the_same_answers_are_exit_code_0(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_report(tmp_path / folder / FILE, {CHECK.name: {"paging": Seen("pages")}})
    done = run("conformance", "--output", "a", "--compare", f"b/{FILE}", folder=tmp_path)
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 the same, 0 differ, 0 answered by one report alone")


def test_the_same_refusal_with_another_code_differs(tmp_path: Path) -> None:
    for folder, code in (("a", "not_found_error"), ("b", "ConflictException")):
        write_report(tmp_path / folder / FILE, {CHECK.name: {"paging": Seen("pages", 404, code)}})
    done = run("conformance", "--output", "a", "--compare", f"b/{FILE}", folder=tmp_path)
    assert (done.code, done.out.splitlines()[2]) == (
        10,
        "differs    list.pages-end paging  pages (404 not_found_error) / pages (404 ConflictException)",
    )


def test_reports_without_an_answer_in_common_are_refused(tmp_path: Path) -> None:
    write_report(tmp_path / FILE, {CHECK.name: {"paging": Seen("pages")}})
    write_report(tmp_path / "b.json", {ARCHIVED.name: {"archived": Seen("always")}})
    done = run("conformance", "--compare", "b.json", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err == (f"{FILE} and b.json answer no question in common; compare two reports of the same level\n")


def test_comparing_goes_with_the_folder_alone(tmp_path: Path) -> None:
    done = run("conformance", "--compare", "b.json", "--plan", folder=tmp_path)
    assert done.code == 2
    assert "--compare sends nothing; give it with --output alone" in done.err


NO_REPORTS: Mapping[str, tuple[str | None, str]] = {
    "missing": (None, "b.json: No such file or directory; give a conformance-report.json"),
    "no JSON": ("{", "b.json is not a conformance report; give a conformance-report.json"),
    "other JSON": ("[1]", "b.json is not a conformance report; give a conformance-report.json"),
    "a later format": ('{"format": 2}', "b.json has another format than 1; use the version that wrote it"),
    "half of it": ('{"format": 1, "region": "x"}', "b.json is not a conformance report; "),
    "levels of another shape": (
        '{"format": 1, "region": "x", "date": "2026-11-29", "service": "aws", "levels": [1]}',
        "b.json is not a conformance report; ",
    ),
}


@pytest.mark.parametrize(("text", "message"), NO_REPORTS.values(), ids=NO_REPORTS)
def test_what_is_not_a_report_is_one_sentence(tmp_path: Path, text: str | None, message: str) -> None:
    write_report(tmp_path / FILE, {CHECK.name: {"paging": Seen("pages")}})
    if text is not None:
        (tmp_path / "b.json").write_text(text)
    done = run("conformance", "--compare", "b.json", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(message)
    assert done.err.count("\n") == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(place=st.integers(0, 60), value=json_values)
def test_a_damaged_report_is_read_or_refused(place: int, value: Any) -> None:
    contents = json.loads(report_text({CHECK.name: {"paging": Seen("pages")}}))
    nodes = list(nodes_of(contents))
    node, key = nodes[place % len(nodes)]
    node[key] = value
    with suppress(SettingsError):
        assert isinstance(parse_report(json.dumps(contents), Path(FILE)), ReadReport)


def nodes_of(value: Any) -> Any:
    """Each mapping with each of its keys, whole tree."""
    if isinstance(value, dict):
        for key in value:
            yield value, key
            yield from nodes_of(value[key])


answers = st.dictionaries(
    st.sampled_from([question.name for question in CHECK.questions]),
    st.builds(Seen, st.sampled_from(["pages", "last item", "missing"]), st.sampled_from([None, 404]))
    | st.sampled_from(Reason),
)


@given(one=answers, other=answers)
def test_every_answered_question_is_counted_once_and_the_order_changes_nothing(one: Answers, other: Answers) -> None:
    first, second = (parse_report(report_text({CHECK.name: found}), Path(FILE)) for found in (one, other))
    answered = {key for report in (first, second) for key, found in report.found.items() if found.answer}
    both = {key for key in answered if first.found[key].answer and second.found[key].answer}
    if not both:
        with pytest.raises(RefusedError):
            compare(first, second)
        return
    compared = compare(first, second)
    assert compared.same + len(compared.differences) == len(answered)
    back = compare(second, first)
    assert (back.same, {d.key for d in back.differing}) == (compared.same, {d.key for d in compared.differing})
    assert compare(first, first).differences == ()


def test_an_answer_of_a_switch_names_its_setting() -> None:
    contents = json.loads(report_text({CHECK.name: {"paging": Seen("same page again"), "last-id": Seen("missing")}}))
    questions = contents["levels"]["read-only"]["checks"][CHECK.name]["questions"]
    assert questions["paging"]["switch"] == {"list_paging": "stuck"}
    assert questions["last-id"]["outcome"] == Outcome.DIFFERS.value
    assert "switch" not in questions["last-id"]
