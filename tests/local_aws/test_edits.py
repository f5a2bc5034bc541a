"""From the text of the inventory to the requests: what each edit and each change by hand sends, without the engine.

`tests/engine/test_projects.py` runs one of each on the real engine.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.inventory import load
from bedrock_projects.projects.changes import DeclaredProject, declare
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.run_ledger import RunLedger
from local_aws import LocalAws
from tests.engine.inventories import CHAT, SEARCH, inventory
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.unit.command_line import run
from tools.fault_matrix.stack import Stack

STACK = "organization/bedrock-projects/dev"
BOTH = inventory({"search": SEARCH, "chat": CHAT})
TAG = "bedrock-project"
SCRIPTED = 250


class Deployment:
    """A stack of the environment dev, as the program and the provider keep it."""

    def __init__(self, aws: LocalAws, file: Path) -> None:
        self.aws, self.file, self.stack = aws, file, Stack()

    def up(self, text: str) -> list[tuple[str, dict[str, Any]]]:
        """What a run of this inventory sends; fails the test if the run does not end well."""
        self.file.write_text(text, "utf-8")
        read = load(self.file)
        declared = [declare(project, read, region=None, stack=STACK) for project in read.in_environment("dev")]
        return self._sent(lambda lifecycle: self.stack.up(declared, lifecycle))

    def refresh(self) -> dict[str, DeclaredProject]:
        """What the state says of each entry that a refresh changed."""
        before = {key: managed.declared for key, managed in self.stack.held.items()}
        assert self._sent(self.stack.refresh) == []
        after = {key: managed.declared for key, managed in self.stack.held.items()}
        return {key: after[key] for key in after if after[key] != before[key]}

    def id_of(self, key: str) -> str:
        return self.stack.held[key].id

    def _sent(self, work: Callable[[ProjectLifecycle], list[Any]]) -> list[tuple[str, dict[str, Any]]]:
        self.aws.clear_requests()
        lifecycle = ProjectLifecycle(Credentials(), ledger=RunLedger(), warn=lambda _: None, sleep=lambda _: None)
        assert work(lifecycle) == []
        writes = ("CreateProject", "UpdateProject", "ArchiveProject")
        requests = [(r.operation.partition(":")[2], r.body or {}) for r in self.aws.requests("bedrock-mantle:*")]
        return [(operation, body) for operation, body in requests if operation in writes]


@pytest.fixture
def empty(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    for name, value in aws.environment(ACCOUNT, region=REGION).items():
        monkeypatch.setenv(name, value)
    return Deployment(aws, tmp_path / "projects.yaml")


@pytest.fixture
def deployed(empty: Deployment) -> Deployment:
    """The projects search and chat."""
    assert [operation for operation, _ in empty.up(BOTH)] == ["CreateProject", "CreateProject"]
    return empty


EDITS: dict[str, tuple[str, dict[str, Any]]] = {
    "a renamed project": ("{name: Find, tags: {Team: Search, CostCenter: CC-1}}", {"name": "Find-Dev"}),
    "one changed tag": ("{name: Search, tags: {Team: Search, CostCenter: CC-2}}", {"add_tags": {"CostCenter": "CC-2"}}),
    "one removed tag": ("{name: Search, tags: {Team: Search}}", {"remove_tag_keys": ["CostCenter"]}),
    "one changed and one removed tag": (
        "{name: Search, tags: {Team: Data}}",
        {"add_tags": {"Team": "Data"}, "remove_tag_keys": ["CostCenter"]},
    ),
    "data retention": (
        "{name: Search, data_retention: none, tags: {Team: Search, CostCenter: CC-1}}",
        {"data_retention": {"mode": "none"}},
    ),
}


@pytest.mark.parametrize(("body", "sent"), EDITS.values(), ids=EDITS)
def test_an_edit_is_one_request_with_just_what_differs_and_keeps_the_id(
    deployed: Deployment, body: str, sent: dict[str, Any]
) -> None:
    before, edited = deployed.id_of("search"), inventory({"search": body, "chat": CHAT})
    assert deployed.up(edited) == [("UpdateProject", sent)]
    assert deployed.id_of("search") == before
    assert deployed.up(edited) == []


def test_the_order_of_the_file_makes_no_difference(deployed: Deployment) -> None:
    shuffled = "{tags: {CostCenter: CC-1, Team: Search}, name: Search}"
    assert deployed.up(inventory({"chat": CHAT, "search": shuffled})) == []


DRIFTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "name": ({"name": "By hand"}, {"name": "Search-Dev"}),
    "a changed tag": ({"add_tags": {"Team": "By hand"}}, {"add_tags": {"Team": "Search"}}),
    "an added tag": ({"add_tags": {"extra": "1"}}, {"remove_tag_keys": ["extra"]}),
    "a removed tag": ({"remove_tag_keys": ["Team"]}, {"add_tags": {"Team": "Search"}}),
    "no ownership tag": ({"remove_tag_keys": [TAG]}, {"add_tags": {TAG: "acme/dev/search"}}),
}


@pytest.mark.parametrize(("by_hand", "repair"), DRIFTS.values(), ids=DRIFTS)
def test_a_change_by_hand_is_seen_by_refresh_and_put_right_by_up(
    deployed: Deployment, mantle: Mantle, by_hand: dict[str, Any], repair: dict[str, Any]
) -> None:
    assert mantle.call("POST", f"/{deployed.id_of('search')}", by_hand).status == 200
    assert set(deployed.refresh()) == {"search"}
    assert deployed.up(BOTH) == [("UpdateProject", repair)]
    assert deployed.refresh() == {}


def test_marks_of_other_tools_are_neither_seen_nor_removed(deployed: Deployment, mantle: Mantle) -> None:
    mark = {"add_tags": {"c7n:mark": "x"}}
    assert mantle.call("POST", f"/{deployed.id_of('search')}", mark).status == 200
    assert deployed.refresh() == {}
    assert deployed.up(BOTH) == []


def test_250_projects_made_by_a_script_are_adopted_without_a_create(empty: Deployment, mantle: Mantle) -> None:
    """Every tenth project is named out of line; each gets the ownership tag and nothing else."""
    names = [f"Service {n}" if n % 10 == 0 else f"Service{n}-Dev" for n in range(SCRIPTED)]
    tags = [{"Team": f"T{n % 3}", **({"Owner": f"o{n}@example.com"} if n % 4 else {})} for n in range(SCRIPTED)]
    with ThreadPoolExecutor(8) as pool:
        made = {
            answer["id"]: answer["name"]
            for answer in pool.map(lambda name, t: mantle.create(name, tags=t), names, tags)
        }
    options = ("--region", REGION, "--environment", "dev", "--into", empty.file.name)
    adopted = run("adopt", *options, folder=empty.file.parent)
    assert adopted.code == 0, adopted.err
    text = empty.file.read_text("utf-8")
    sent = empty.up(text)
    assert Counter(operation for operation, _ in sent) == {"UpdateProject": SCRIPTED}
    assert {tuple(body) for _, body in sent} == {("add_tags",)}
    assert {tuple(sorted(body["add_tags"])) for _, body in sent} == {(TAG, f"{TAG}-stack")}
    assert len({body["add_tags"][TAG] for _, body in sent}) == SCRIPTED
    assert empty.up(text) == []
    active = [project for project in empty.aws.projects(ACCOUNT) if project.active and project.id != "default"]
    assert {project.id: project.name for project in active} == made
