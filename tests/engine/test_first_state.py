"""States that an earlier version wrote: this version previews them as unchanged and refreshes them without a loss."""

import json
from pathlib import Path

import pytest

from tests.engine.conftest import DEV, Cloud, MakeStack
from tests.engine.first_state import STATES, settled, situation


@pytest.mark.parametrize("file", sorted(STATES.glob("*.json")), ids=lambda file: file.stem)
def test_a_state_of_an_earlier_version_is_unchanged(cloud: Cloud, make_stack: MakeStack, file: Path) -> None:
    made = situation(cloud)
    stack = settled(make_stack(""))
    stack.import_state(json.loads(file.read_text())).succeeded()
    assert {resource["id"] for resource in stack.resources().values()} == {*made, "cost-allocation-tags"}
    assert stack.preview("--expect-no-changes").succeeded().changes == {}
    assert stack.refresh().succeeded().changes == {}
    assert stack.up().succeeded().changes == {}
    assert cloud.changes() == []
    stack.destroy().succeeded()
    assert cloud.active(DEV) == []


def test_there_is_a_state_of_the_first_version() -> None:
    assert (STATES / "0.1.json").exists()
