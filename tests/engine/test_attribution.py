"""From the file to the line in the report: what `make demo` shows, with the engine and the real clients."""

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from local_aws.cost_explorer.prices import PRICES
from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import inventory
from tests.unit.command_line import start
from tools.demo.applications import APPLICATIONS

TEAMS = {"customer-chatbot": "Care", "returns-assistant": "Care", "catalog-enrichment": "Catalogue"}
ENTRIES = {key: f"{{name: {key}, tags: {{Team: {team}}}}}" for key, team in TEAMS.items()}


def use(projects: dict[str, Any]) -> None:
    """One request of each application with its own client."""
    for key, (_, _, ask) in APPLICATIONS.items():
        assert ask(projects[key], f"local-key-{DEV}-us-west-2") > 0


def spent(cloud: Cloud, day: str) -> dict[str, Decimal]:
    """Project id to what its metered tokens of the day cost."""
    costs: Counter[str] = Counter()
    for meter in cloud.aws.meters():
        if datetime.fromtimestamp(meter["minute"] * 60, timezone.utc).date().isoformat() == day:
            price = PRICES[meter["model"]]
            tokens = (
                (meter["input_tokens"], price.of_token("input")),
                (meter["output_tokens"], price.of_token("output")),
            )
            costs[meter["project"]] += sum(count * unit_price for count, unit_price in tokens)
    return {project: Decimal(cost) for project, cost in costs.items()}


def report(stack: Stack, by: str, day: str) -> dict[str, Decimal]:
    """Value to total of each line, the unallocated one under an empty value."""
    words = ("costs", "--by", by, "--from", day, "--to", day, "--format", "json")
    done = start(*words, folder=stack.program, environment=stack.variables())
    assert (done.code, done.err) == (0, "")
    return {line["value"]: Decimal(line["total"]) for line in json.loads(done.out)["lines"]}


def test_each_request_is_in_the_line_of_its_project_and_team(cloud: Cloud, make_stack: MakeStack) -> None:
    yesterday = datetime.now(tz=timezone.utc).replace(hour=9) - timedelta(days=1)
    cloud.aws.set_clock((yesterday - timedelta(days=1)).isoformat(timespec="seconds"))
    stack = make_stack(inventory(ENTRIES))
    stack.config["bedrock-projects:scope"] = "all"
    stack.up().succeeded()
    projects = stack.outputs()["projects"]
    use(projects)
    cloud.aws.advance(days=1)
    assert stack.up().succeeded().changes == {"tags": "update"}

    use(projects)
    cloud.aws.set_clock((yesterday + timedelta(hours=12)).isoformat(timespec="seconds"))
    day = yesterday.date().isoformat()
    costs = {key: spent(cloud, day)[project["id"]] for key, project in projects.items()}
    assert all(costs.values())
    by_project = {f"acme/dev/{key}": cost for key, cost in costs.items()}
    by_team = {team: sum(costs[key] for key, of in TEAMS.items() if of == team) for team in TEAMS.values()}
    assert {value: cost for value, cost in report(stack, "project", day).items() if cost} == by_project
    assert {value: cost for value, cost in report(stack, "Team", day).items() if cost} == by_team
