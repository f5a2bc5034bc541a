"""The first screen of the README was run: its inventory gives its plan."""

import re
from pathlib import Path

from tests.engine.conftest import Cloud, MakeStack

README = (Path(__file__).parents[2] / "README.md").read_text()


def block(language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert match
    return match[1]


def test_the_inventory_of_the_readme_gives_the_plan_of_the_readme(cloud: Cloud, make_stack: MakeStack) -> None:
    stack = make_stack(block("yaml"))
    stack.config["bedrock-projects:scope"] = "all"
    run = stack.preview().succeeded()
    _, summary, *steps = block("console").splitlines()
    assert run.notes == [summary]
    planned = {" ".join(line.split()) for line in run.stdout.splitlines() if line.startswith(" + ")}
    assert {" ".join(step.split()) for step in steps} <= planned
    assert {step.split()[2] for step in steps} == {
        step.name for step in run.steps if not step.type.startswith("pulumi:")
    }
