"""The page of settings, variables and outputs has those of the program, and no others."""

import json
import re
from collections.abc import Iterable

import pytest
import yaml

from bedrock_projects.errors import SettingsError
from bedrock_projects.stacks.settings import read_settings
from tests.documents import ROOT, parsed
from tests.expected import Expected

PAGE = ROOT / "docs" / "settings.md"
SETTINGS = re.compile(r"(<!-- begin generated: settings -->\n).*(<!-- end generated: settings -->)", re.DOTALL)
VARIABLE = re.compile(r'"(BEDROCK_PROJECTS_[A-Z_]+)"')


def first_cells(heading: str) -> set[str]:
    """The code in the first column of the tables below a heading."""
    text = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [token for token in parsed(text) if token.type == "inline" and token.level == 4]
    return {part.content for row in rows for part in (row.children or ())[:1] if part.type == "code_inline"}


def table(settings: Iterable[tuple[str, dict[str, object]]]) -> str:
    rows = [
        f"| `{name}` | {about['type']} | {default(about['default'])} | {about['description']} |"
        for name, about in settings
    ]
    return "\n".join(["| setting | type | default | meaning |", "|---|---|---|---|", *rows, ""])


def default(value: object) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else ""


def test_the_page_has_the_settings_of_the_program(expected: Expected) -> None:
    settings = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    page = PAGE.read_text("utf-8")
    expected.check_file(PAGE, SETTINGS.sub(lambda marks: marks[1] + table(settings.items()) + marks[2], page))


def test_the_page_has_the_variables_of_the_package() -> None:
    sources = [
        path.read_text("utf-8") for folder in ("bedrock_projects", "tools") for path in (ROOT / folder).rglob("*.py")
    ]
    read = {name for source in sources for name in VARIABLE.findall(source)}
    assert {name for name in first_cells("Environment variables") if name.startswith("BEDROCK_PROJECTS_")} == read


def test_the_page_has_the_fields_of_the_outputs() -> None:
    """As the state of a stack holds them, whose outputs are frozen; and one that came later."""
    state = json.loads((ROOT / "tests" / "engine" / "states" / "0.1.json").read_text("utf-8"))
    [outputs] = [each["outputs"] for each in state["deployment"]["resources"] if each["type"] == "pulumi:pulumi:Stack"]
    fields = {name for project in outputs["projects"].values() for name in project} | {"endpoint"}
    assert first_cells("Outputs of a stack") == fields | outputs["cost_allocation_tags"].keys()


def test_a_stack_has_the_settings_that_pulumi_yaml_describes() -> None:
    settings = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    with pytest.raises(SettingsError) as refused:
        read_settings({"acme:?": "x"}, project="acme", stack="dev")
    assert str(refused.value).partition("known: ")[2].split(", ") == sorted(settings)
