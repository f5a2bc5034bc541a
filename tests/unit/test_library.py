"""The library `bedrock_projects.pulumi`: what it exports, its types, and the input that it refuses."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pulumi
import pytest

import bedrock_projects.pulumi as library
import components
from bedrock_projects.errors import SettingsError
from bedrock_projects.inventory import load
from bedrock_projects.projects.changes import UNKNOWN
from bedrock_projects.projects.properties import declared_from, violations
from bedrock_projects.pulumi.project import check_identity
from bedrock_projects.stacks.settings import own_settings
from tests.documents import codes
from tests.unit.declared import FILE, declare_by
from tests.unit.inventory_files import FOLDER

PROGRAM, _ = (code.text for code in codes("docs/library.md") if code.language == "python")
USES_ALL = """
from bedrock_projects.pulumi import CostControls, Project, PublishedProjects, deploy

single = Project(
    "one",
    name="One",
    region="us-west-2",
    tags={"Team": "a", "Other": projects.projects["x"].id},
    role_arn=projects.projects["x"].arn,
)
CostControls("cost-controls", inventory="projects.yaml", tags=tags)
PublishedProjects("published-projects", projects=projects)
pulumi.export("single", single.id)
deploy()
"""
GOOD = {"key": "a", "name": "A", "region": "us-west-2", "owner": "x/y/a", "owner_tag_key": "bedrock-project"}
REFUSED = {
    "a name": ({"name": " A"}, ("name", "begins or ends with white space")),
    "a region": ({"region": "mars"}, ("region", "is not a valid region")),
    "a tag key": ({"tags": {"aws:Team": "a"}}, ("tags", "which AWS reserves")),
    "a tag value": ({"tags": {"Team": "a" * 257}}, ("tags", "at most 256")),
    "a tag key that is empty": ({"tags": {"": "a"}}, ("tags", "is empty; write a tag key")),
    "the ownership tag": (
        {"tags": {"bedrock-project": "x"}},
        ("tags", "'bedrock-project' is the ownership tag, which is set automatically; remove it"),
    ),
    "an ownership tag of another key": (
        {"owner_tag_key": "owner", "tags": {"owner": "x"}},
        ("tags", "'owner' is the ownership tag, which is set automatically; remove it"),
    ),
    "the tag of the stack": (
        {"tags": {"bedrock-project-stack": "x"}},
        ("tags", "'bedrock-project-stack' is the tag of the managing stack, which is set automatically; remove it"),
    ),
    "a pattern of ignored tags": ({"ignore_tags": ["c7n:["]}, ("ignore_tags", "is not a valid pattern of tag keys")),
    "an ignored tag of its own": (
        {"tags": {"Team": "a", "Stage": "b"}, "ignore_tags": ["c7n:*", "Te?m"]},
        ("ignore_tags", "matches Team, which this resource manages; write a narrower pattern"),
    ),
    "its ownership tag ignored": (
        {"ignore_tags": ["bedrock-*"]},
        ("ignore_tags", "matches bedrock-project, bedrock-project-stack, which"),
    ),
    "a tag outside ASCII on bedrock-runtime": (
        {"endpoint": "bedrock-runtime", "tags": {"Team": "Käse"}},
        ("tags", "contains 'ä'"),
    ),
    "a tag key outside ASCII on bedrock-runtime": (
        {"endpoint": "bedrock-runtime", "tags": {"Käse": "Team"}},
        ("tags", "contains 'ä'"),
    ),
    "a name too long for bedrock-runtime": (
        {"endpoint": "bedrock-runtime", "name": "S" * 128},
        ("name", "may have at most 127"),
    ),
    "an endpoint": ({"endpoint": "bedrock"}, ("endpoint", "did you mean 'bedrock-mantle'")),
    "too many tags": ({"tags": {f"key-{number}": "a" for number in range(49)}}, ("tags", "has 51 tags")),
    "a retention mode": ({"data_retention": "forever"}, ("data_retention", "'forever' is unknown; known: ")),
    "a role": ({"role_arn": "deploy"}, ("role_arn", "'deploy' is not ")),
    "an id": ({"adopt_id": "default"}, ("adopt_id", "default")),
    "what removing does": ({"on_remove": "keep"}, ("on_remove", "'keep' is unknown")),
}


def test_everything_that_is_exported_is_documented() -> None:
    assert sorted(library.__all__) == library.__all__
    assert [name for name in library.__all__ if not getattr(library, name).__doc__] == []
    assert components.__all__ == library.__all__, "this repository's program may take the same"


def test_a_typed_program_passes_a_strict_type_checker(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(PROGRAM + USES_ALL, "utf-8")
    checker = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "__main__.py"]
    done = subprocess.run(checker, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "Success: no issues found in 1 source file\n"


def test_a_program_has_one_set_of_projects() -> None:
    """The number that a user confirms is that of one set; two programs of a process have one each."""

    def program() -> None:
        library.ProjectSet("a", inventory=FILE, preflight=False)
        with pytest.raises(pulumi.RunError, match="ProjectSet 'b': the program has ProjectSet 'a' already, "):
            library.ProjectSet("b", inventory=FILE, preflight=False)

    for _ in range(2):
        assert declare_by(program).names("BedrockProjects") == ["a"]


@pytest.mark.parametrize("is_set_first", [True, False])
@pytest.mark.parametrize("owner", ["acme/prod/one", "acme-retail/prod/one"])
def test_a_single_project_that_looks_like_one_of_the_set_is_refused(owner: str, is_set_first: bool) -> None:
    """Preflight would announce that its entry was removed, and that it is archived."""
    renamed = load(FILE).model_copy(update={"previous_name": "acme"})
    steps: list[Callable[[], object]] = [
        lambda: library.ProjectSet("a", inventory=renamed, preflight=False),
        lambda: library.Project("one", name="One", region="us-west-2", owner=owner),
    ]

    def program() -> None:
        first, second = steps if is_set_first else reversed(steps)
        first()
        with pytest.raises(pulumi.RunError, match=rf"^Project 'one': its owner '{owner}' looks like that of an entry"):
            second()

    declare_by(program)


@pytest.mark.parametrize(
    "declares",
    [
        lambda: library.Project("one", name="One", region="us-west-2"),
        lambda: library.CostAllocationTags("tags", keys=["Team"], after=None),
        lambda: library.ProjectSet("a", inventory=FILE),
    ],
    ids=["Project", "CostAllocationTags", "ProjectSet"],
)
def test_a_setting_of_credentials_that_it_would_not_use_is_refused_by_each_component(
    declares: Callable[[], object],
) -> None:
    def program() -> None:
        with pytest.raises(pulumi.RunError, match="aws:assumeRole has no effect"):
            declares()

    assert declare_by(program, **{"aws:assumeRole": "{}"}).declared == {}


@pytest.mark.parametrize(
    ("owner", "expected"), [(None, "bedrock-projects/prod/one"), ("acme/prod/search", "acme/prod/search")]
)
def test_the_owner_of_a_single_project_is_the_one_given_or_that_of_its_resource(
    owner: str | None, expected: str
) -> None:
    """With the one given, a project keeps its owner if its resource is renamed or moves to another stack."""

    def program() -> None:
        library.Project("one", name="One", region="us-west-2", owner=owner)

    assert declare_by(program).inputs("Project", "one")["owner"] == expected


@pytest.mark.parametrize(("given", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_aws_would_refuse_is_refused_with_the_name_of_the_input(
    given: Mapping[str, object], expected: tuple[str, str]
) -> None:
    [(name, problem)] = violations(declared_from({**GOOD, **given}))
    assert (name, expected[1] in problem) == (expected[0], True), problem


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tags": {"Käse": "Käse"}, "name": "S" * 128},
        {"name": UNKNOWN},
        {"tags": UNKNOWN},
        {"tags": {"Team": UNKNOWN}},
        {"name": " A", "status": "archived"},
    ],
)
def test_what_is_not_known_yet_or_no_longer_sent_passes(given: Mapping[str, object]) -> None:
    assert [*violations(declared_from({**GOOD, **given}))] == []


@pytest.mark.parametrize("file", sorted((FOLDER / "valid").glob("*.yaml")), ids=lambda file: file.stem)
def test_what_the_reader_of_an_inventory_takes_passes(file: Path) -> None:
    contents = load(file)
    for entry in contents.projects:
        values = {name: value for name, value in vars(entry).items() if name in {"name", "data_retention", "on_remove"}}
        tags = {
            "tags": dict(entry.tags),
            "ignore_tags": list(contents.ignore_tags),
            "region": entry.region or "us-west-2",
            "adopt_id": entry.adopt_id,
        }
        assert [*violations(declared_from({**GOOD, **values, **tags}))] == []


@pytest.mark.parametrize(
    ("name", "owner", "words"),
    [
        ("chat bot", "shop/dev/chat", "resource name 'chat bot' is not a valid"),
        ("chat", "my.shop/dev/chat", "give `owner`"),
    ],
)
def test_an_identity_that_no_tag_can_hold_ends_the_program(name: str, owner: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        check_identity(name, owner)


def test_the_settings_of_a_program_of_ones_own_are_its_own() -> None:
    config = {"shop:scope": "all", "shop:colour": "green", "aws:region": "us-west-2", "aws:defaultTags": "{}"}
    refused = {"aws:assumeRole": "{}"}
    assert own_settings({**config, **refused, "other:auth": "x"}, project="shop") == {
        "shop:scope": "all",
        "aws:region": "us-west-2",
        **refused,
    }
