"""The page with the fault matrix is of the matrix that the command tries, and an eighth of it holds here and now."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from local_aws import LocalAws
from tools.fault_matrix.experiment import ACCOUNT, Outcome, attempt
from tools.fault_matrix.faults import OPERATIONS, SCENARIOS, FaultCase, fault_cases
from tools.fault_matrix.table import markdown

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
# As many as let every rule strike at least once, where a run has a second list: more projects have a second page.
PROJECTS = 20
LISTED_TWICE = ("new", "state lost")


def name_of(case: FaultCase) -> str:
    return f"{case.endpoint}, {case.scenario.name}, {case.operation}: {case.fault}"


def page(text: str) -> Iterator[tuple[str, str]]:
    """Name of each row, and what it says came of it."""
    scenario = ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"## ([^:]+): .* \((bedrock-\w+)\)", line):
            scenario = f"{heading[2]}, {heading[1].lower()}"
        elif row := re.fullmatch(r"\| ([\w ]+) \| (.+?) \| (?:\d+|each) \| \d+ \| (.*) \|", line):
            yield f"{scenario}, {row[1]}: {row[2]}", row[3]


def test_the_page_has_each_row_of_the_matrix_and_nothing_bad_in_any() -> None:
    assert dict(page(PAGE.read_text())) == {name_of(case): "0 | 0 | 0 | yes" for case in fault_cases(100)}


def test_the_page_is_written_with_each_row_of_the_matrix() -> None:
    good = Outcome(struck=1, reported=0, duplicates=0, lost=0, wrongly_archived=0, differing=0)
    text = markdown([(case, good) for case in fault_cases(100)], projects=100)
    assert dict(page(text)) == dict(page(PAGE.read_text()))


@pytest.mark.parametrize("endpoint", OPERATIONS, ids=str)
def test_every_operation_is_struck_in_some_scenario(endpoint: Endpoint) -> None:
    asked = {operation for scenario in SCENARIOS for operation in scenario.asks[endpoint]}
    assert asked == set(OPERATIONS[endpoint])


def some() -> list[FaultCase]:
    """Every seventh, and of the endpoint whose API is boto3's own every thirteenth."""
    every = [case for case in fault_cases(PROJECTS) if case.operation != "list" or case.scenario.name in LISTED_TWICE]
    of = {endpoint: [case for case in every if case.endpoint is endpoint] for endpoint in OPERATIONS}
    return [*of[MANTLE][::7], *of[RUNTIME][::13]]


@pytest.mark.parametrize("case", some(), ids=name_of)
def test_a_second_run_makes_good_what_faults_did_to_the_first(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch, case: FaultCase
) -> None:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    outcome = attempt(aws, case, projects=PROJECTS)
    assert outcome.struck
    assert outcome.good, outcome
