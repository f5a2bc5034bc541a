"""The JSON Schema flags what the reader flags, where JSON Schema can say it, and the generated files are fresh."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError, best_match

from bedrock_projects.inventory import load
from bedrock_projects.inventory.json_schema import included_schema, inventory_schema
from tools.inventory_document import main

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "inventories"
UNSAYABLE = {
    "one thing refers to another": {
        "alias-is-a-key",
        "alias-of-an-environment-is-a-name",
        "alias-of-two-environments",
        "alias-twice",
        "anomaly-alert-by-a-misspelt-tag-key",
        "anomaly-alert-by-a-tag-key-that-is-not-activated",
        "anomaly-alert-daily-to-a-topic",
        "anomaly-alert-immediate-by-mail",
        "budget-alert-of-the-forecast-of-a-day",
        "budget-for-a-former-tag-value-of-nobody",
        "budget-for-a-misspelt-project",
        "budget-for-a-misspelt-tag-key",
        "budget-for-a-misspelt-tag-value",
        "budget-for-a-tag-key-that-is-not-activated",
        "budget-for-a-tag-value-of-nobody",
        "budget-for-the-ownership-tag",
        "budget-in-a-misspelt-environment",
        "budget-in-a-misspelt-environment-of-an-override",
        "chargeback-adjusted-twice-by-one-name",
        "chargeback-by-a-misspelt-tag-key",
        "chargeback-by-a-tag-key-that-is-not-activated",
        "chargeback-by-the-ownership-tag",
        "chargeback-journal-against-the-pattern",
        "chargeback-journal-by-a-misspelt-tag-key",
        "chargeback-journal-without-central-cost-center",
        "chargeback-of-a-previous-key",
        "chargeback-of-a-project-twice",
        "chargeback-of-projects-with-errors",
        "chargeback-to-a-former-value",
        "chargeback-to-a-misspelt-value",
        "chargeback-to-a-source",
        "chargeback-with-keys-of-other-methods",
        "chargeback-with-shares-that-are-not-100",
        "chargeback-without-central-as-written",
        "chargeback-without-central-by-default",
        "chargeback-without-central-for-its-journal",
        "chargeback-without-central-in-a-month-without-base",
        "chargeback-without-shares-or-weights",
        "chargeback-without-tag-keys",
        "environment-group-in-other-places",
        "export-created-of-focus",
        "export-created-without-bucket-and-region",
        "export-that-exists-with-settings-of-a-new-one",
        "export-that-is-not-created-and-nowhere",
        "exports-in-one-place",
        "exports-of-one-bucket",
        "id-in-two-environments",
        "include-with-environments-that-are-not-there",
        "id-twice",
        "ignored-key-is-managed",
        "misspelt-environment",
        "misspelt-environment-in-defaults",
        "misspelt-environment-of-an-override",
        "misspelt-tag-key",
        "misspelt-tag-value",
        "moved-within-a-region",
        "name-twice",
        "name-twice-in-one-account",
        "ownership-tag-given",
        "ownership-tag-in-taxonomy",
        "pattern-not-matched",
        "previous-owner-is-a-key-of-the-environment",
        "previous-owner-is-declared",
        "previous-owner-is-the-present-one",
        "previous-owner-twice",
        "publish-in-a-misspelt-environment",
        "publish-misspelt-project",
        "publish-role-of-another-account",
        "publish-role-twice-under-two-paths",
        "publish-roles-of-two-accounts",
        "renamed-value-against-the-pattern",
        "renamed-value-in-a-circle",
        "renamed-value-still-listed",
        "renamed-value-to-a-former-value",
        "renamed-value-to-an-unlisted-value",
        "renamed-value-to-itself",
        "renamed-value-twice",
        "required-tag-missing",
        "role-of-the-defaults",
        "stack-tag-given",
        "stack-tag-in-taxonomy",
        "tag-key-outside-of-taxonomy",
        "tags-without-taxonomy",
    },
    "it shows after merging only": {
        "anomaly-alert-by-a-tag-key-of-nobody-in-an-environment",
        "anomaly-alert-subscribers-too-many",
        "budget-alert-twice",
        "budget-alerts-too-many",
        "budget-for-a-tag-value-of-nobody-in-an-environment",
        "budget-name-too-long",
        "cost-controls-of-a-group-without-projects",
        "environment-group-with-one-problem-everywhere",
        "budget-subscribers-too-many",
        "budget-topics-too-many",
        "budget-without-subscriber",
        "budget-without-subscriber-of-an-alert",
        "id-beside-move-from",
        "id-beside-move-from-endpoint",
        "moved-to-a-region-and-an-endpoint",
        "moved-within-an-endpoint",
        "name-too-long-for-bedrock-runtime",
        "name-too-long-with-format",
        "name-twice-at-an-endpoint",
        "names-look-the-same",
        "no-environment",
        "publish-prefix-of-two-environments",
        "publish-prefix-of-two-environments-in-a-region",
        "publish-project-of-another-environment",
        "tag-key-like-the-ownership-tag",
        "tag-keys-of-a-project-differ-in-case",
        "tag-keys-of-a-project-look-alike",
        "tag-that-bedrock-runtime-refuses",
        "too-many-tags",
    },
    "it is about other files": {
        "include-beyond-its-environments",
        "include-beyond-its-grant",
        "include-of-a-list",
        "include-of-an-empty-file",
        "include-of-itself",
        "include-of-no-file",
        "include-twice",
        "include-with-a-wrong-grant",
        "include-with-an-entry-twice",
        "include-with-cost-controls",
        "include-with-more-than-projects",
        "once-for-environments-of-an-included-file",
        "role-of-the-defaults-of-an-included-file",
    },
    "the editor's parser sees it, or nobody": {
        "alias-bomb",
        "direction-of-text-changed",
        "entry-twice",
        "environment-twice",
        "half-a-character",
        "key-twice-among-own-keys",
        "key-twice-at-the-top",
        "nested-too-deep-in-blocks",
        "tag-key-twice",
        "utf-16",
    },
    "a calendar is not a pattern": {
        "renamed-value-on-a-day-outside-of-the-calendar",
    },
    "regular expressions differ": {
        "hidden-character-beyond-65535",
        "line-break-in-tag",  # `$` matches before a last line break in Python, not in an editor
        "pattern-ambiguous",
        "pattern-malformed",
        "symbol-outside-of-tags",  # classes of characters of any script have no common notation
    },
}


class Core(yaml.SafeLoader):
    """Reads as an editor does: YAML 1.2's core schema, and merge keys."""


def _core() -> Iterator[tuple[str, str, str]]:
    yield "null", r"~|null|Null|NULL|", "~nN"
    yield "bool", "true|True|TRUE|false|False|FALSE", "tTfF"
    yield "int", "[-+]?[0-9]+", "-+0123456789"
    yield "float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"
    yield "merge", "<<", "<"


Core.yaml_implicit_resolvers = {}
for _name, _pattern, _first in _core():
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), [*_first, ""])
Core.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))


def files(kind: str) -> list[Path]:
    files = sorted((FOLDER / kind).glob("*.yaml"))
    assert files
    return files


def flaws(path: Path, content: dict[str, Any]) -> list[ValidationError]:
    """What an editor flags; a file that its parser refuses is one flaw."""
    try:
        document = yaml.load(path.read_bytes(), Loader=Core)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        return [ValidationError(str(error))]
    return list(Draft7Validator(content).iter_errors(document))


@pytest.mark.parametrize("generated", [inventory_schema, included_schema])
def test_a_schema_keeps_to_the_rules_for_schemas(generated: Any) -> None:
    Draft7Validator.check_schema(generated())


def test_the_generated_files_are_fresh(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert (main(["--check"]), capsys.readouterr().out) == (0, "")


def test_a_stale_file_is_named_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    page = "Before.\n<!-- begin generated: fields -->\nstale table\n<!-- end generated: fields -->\n"
    page += "<!-- begin generated: limits -->\n<!-- end generated: limits -->\nAfter.\n"
    (tmp_path / "docs" / "inventory.md").write_text(page)
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0
    written = (tmp_path / "docs" / "inventory.md").read_text()
    assert written.startswith("Before.\n")
    assert written.endswith("After.\n")
    assert "stale table" not in written


@pytest.mark.parametrize("path", [*files("valid"), ROOT / "projects.yaml"], ids=lambda path: path.stem)
def test_the_schema_takes_what_the_reader_takes(path: Path) -> None:
    assert flaws(path, inventory_schema()) == []


@pytest.mark.parametrize("path", files("valid/teams"), ids=lambda path: path.stem)
def test_the_schema_of_included_files_takes_what_the_reader_takes(path: Path) -> None:
    assert flaws(path, included_schema()) == []


def test_the_schema_of_included_files_takes_no_inventory() -> None:
    assert flaws(FOLDER / "invalid" / "teams" / "inventory.yaml", included_schema())


def test_the_schema_flags_what_the_reader_refuses_where_it_can() -> None:
    schema, defects = inventory_schema(), files("invalid")
    flagged = {path.stem for path in defects if flaws(path, schema)}
    assert {path.stem for path in defects} - flagged == set().union(*UNSAYABLE.values())


def test_every_unsayable_defect_is_one_of_the_fixtures() -> None:
    assert set().union(*UNSAYABLE.values()) <= {path.stem for path in files("invalid")}


@pytest.mark.parametrize(
    ("defect", "place"),
    [
        ("misspelt-key-of-an-entry", ["projects", "search"]),
        ("account-malformed", ["environments", "dev", "account"]),
        ("id-malformed", ["projects", "search", "environments", "dev", "id"]),
        ("flag-in-other-words", ["projects", "search", "protect"]),
        ("values-and-pattern", ["tag_keys", "Team"]),
        ("tag-without-value", ["projects", "search", "tags", "CostCenter"]),
    ],
)
def test_the_schema_flags_a_defect_at_its_place(defect: str, place: list[str]) -> None:
    flaw = best_match(flaws(FOLDER / "invalid" / f"{defect}.yaml", inventory_schema()))
    assert flaw is not None
    assert list(flaw.absolute_path) == place


def unused(schema: Mapping[str, Any], values: Sequence[Any], path: str = "") -> Iterator[str]:
    """The keys that a schema describes and none of the values has, by their paths."""
    for alternative in schema.get("anyOf", ()):
        yield from unused(alternative, values, path)
    mappings = [value for value in values if isinstance(value, dict)]
    known = schema.get("properties", {})
    for key, below in known.items():
        given = [mapping[key] for mapping in mappings if key in mapping]
        yield from unused(below, given, f"{path}.{key}") if given else [f"{path}.{key}"]
    others = [value for mapping in mappings for key, value in mapping.items() if key not in known]
    items = [item for value in values if isinstance(value, list) for item in value]
    for place, below, given in ((".*", schema.get("additionalProperties"), others), ("[]", schema.get("items"), items)):
        if isinstance(below, dict) and given:
            yield from unused(below, given, f"{path}{place}")


def test_every_field_of_a_schema_is_in_an_inventory_that_the_tests_read_and_dump() -> None:
    given = [yaml.safe_load(path.read_text("utf-8-sig")) for path in files("valid")]
    assert [*unused(inventory_schema(), given)] == []
    assert {".projects", ".budgets"} <= {*unused(inventory_schema(), [{}])}


def test_every_field_of_a_schema_is_described() -> None:
    def undescribed(node: Any, path: str) -> Iterator[str]:
        for key, value in node.get("properties", {}).items():
            if not value.get("description"):
                yield f"{path}.{key}"
            yield from undescribed(value, f"{path}.{key}")
        for inner in (node.get("additionalProperties"), node.get("items"), *node.get("anyOf", [])):
            if isinstance(inner, dict):
                yield from undescribed(inner, path)

    assert list(undescribed(inventory_schema(), "")) == []


def test_the_examples_in_the_documentation_run_as_printed(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "inventory.md").read_text("utf-8")
    examples = re.findall(r"```yaml\n# (\S+\.yaml)\n(.*?)```", page, re.DOTALL)
    assert examples
    for name, text in examples:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert load(tmp_path / "projects.yaml").warnings == ()


def test_the_first_line_of_the_inventory_names_its_schema() -> None:
    first = (ROOT / "projects.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./schemas/projects.schema.json"
    assert json.loads((ROOT / "schemas" / "projects.schema.json").read_text("utf-8")) == inventory_schema()


def test_the_check_that_make_runs_ends_as_it_says() -> None:
    command = [sys.executable, "-m", "tools.inventory_document", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
