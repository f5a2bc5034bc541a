"""Resources of the cost controls have names that stay apart, and that Pulumi's AWS provider can make names of."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bedrock_projects.cost_controls.budgets import MonitorInputs, cost_control_inputs
from bedrock_projects.limits import MONITOR_RESOURCE
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.settings import Settings
from tests.unit.inventory_files import inventory

BILLING = Settings(environment="any", inventory=Path("projects.yaml"), scope="billing")


def monitors(of: Inventory) -> list[MonitorInputs]:
    return [monitor for alert in cost_control_inputs(BILLING, of).subscriptions for monitor in alert.monitors]


def by_team(teams: Sequence[str], alerts: str = "by-team: {tag_key: Team}") -> str:
    """A project for each of the teams, and alerts that tell one address."""
    entries = "\n".join(
        f'  p{number}: {{name: P{number}, tags: {{Team: "{team}"}}}}' for number, team in enumerate(teams)
    )
    told = alerts.replace("}", ", above: 5, notify: [a@example.com]}")
    return (
        "version: 1\ninventory: acme\nenvironments: {dev: {}}\ntag_keys: {Team: {}}\ndefaults: {environments: [dev]}\n"
        f"projects:\n{entries}\nanomaly_alerts:\n  {told}\n"
    )


CLASHING = {
    "a value that ends as a part does": by_team(["A"] * 11 + ["A.1"]),
    "an alert that is called as an environment": by_team(
        ["b.c", "c"], "dev: {tag_key: Team}\n  b: {tag_key: Team, environments: [dev]}"
    ),
    "values that differ after the last byte that fits": by_team(["a" * 255 + "b", "a" * 255 + "c"]),
    "values of many bytes": by_team(["検" * 255 + "索", "検" * 256]),
    "values that look like parts of a URN": by_team(["a::b", "a", "b"]),
}


@pytest.mark.parametrize("text", CLASHING.values(), ids=CLASHING)
def test_monitors_stay_apart_and_have_names_that_fit(tmp_path: Path, text: str) -> None:
    names = [monitor.resource for monitor in monitors(inventory(tmp_path, text))]
    assert len(set(names)) == len(names) > 1
    assert max(len(name.encode()) for name in names) <= MONITOR_RESOURCE


def test_a_monitor_is_another_one_only_where_it_watches_something_else(tmp_path: Path) -> None:
    teams = ["A", "A", "B"]
    before = monitors(inventory(tmp_path, by_team(teams)))
    after = monitors(inventory(tmp_path, by_team([*teams, "B"])))
    assert before[0] == after[0]
    assert before[1].resource != after[1].resource


def test_more_projects_than_a_monitor_takes_are_watched_by_several(tmp_path: Path) -> None:
    monitor_inputs = monitors(inventory(tmp_path, by_team(["A"] * 21)))
    assert [monitor.specification.count("acme/dev/p") for monitor in monitor_inputs] == [10, 10, 1]
