"""States that an earlier version wrote: this version previews them as unchanged and refreshes them without a loss."""

import json
from pathlib import Path

import pytest

from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.inventories import CHAT, SEARCH, inventory

STATES = sorted((Path(__file__).parent / "states").glob("*.json"))
KEYS = ["CostCenter", "Team", "bedrock-project"]
SEED = 7


@pytest.mark.parametrize("file", STATES, ids=lambda file: file.stem)
def test_a_state_of_an_earlier_version_is_unchanged(cloud: Cloud, make_stack: MakeStack, file: Path) -> None:
    cloud.aws.reset(seed=SEED)
    cloud.aws.tag_keys(DEV, KEYS, status="Active")
    made = [
        cloud.create(
            DEV, "Search-Dev", tags={"Team": "Search", "CostCenter": "CC-1", "bedrock-project": "acme/dev/search"}
        ),
        cloud.create(DEV, "Chat-Dev", tags={"Team": "Care", "bedrock-project": "acme/dev/chat"}),
    ]
    stack = make_stack(inventory({"search": SEARCH, "chat": CHAT}))
    stack.config["bedrock-projects:scope"] = "all"
    stack.import_state(json.loads(file.read_text())).succeeded()
    assert {each["id"] for each in stack.resources().values()} == {*made, "cost-allocation-tags"}
    assert stack.preview("--expect-no-changes").succeeded().changes == {}
    assert stack.refresh().succeeded().changes == {}
    assert stack.up().succeeded().changes == {}
    assert cloud.changes() == []
    stack.destroy().succeeded()
    assert cloud.active(DEV) == []


def test_there_is_a_state_of_the_first_version() -> None:
    assert "0.1" in {file.stem for file in STATES}
