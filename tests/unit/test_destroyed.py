"""What `pulumi stack export` prints is counted by what a destroy would archive."""

import json
from typing import Any

import pytest

from bedrock_projects.resources.destroyed import PROJECT_TYPE, count_to_archive

OUTPUTS = {"key": "a", "name": "A", "region": "us-west-2", "owner": "acme/dev/a", "owner_tag_key": "bedrock-project"}


def project(**more: Any) -> dict[str, Any]:
    own: dict[str, Any] = {key: more.pop(key) for key in ("id", "protect") if key in more}
    resource: dict[str, Any] = {"type": PROJECT_TYPE, "id": "proj_1", "outputs": {**OUTPUTS, **more}}
    return resource | own


@pytest.mark.parametrize(
    ("resource", "count"),
    [
        (project(), 1),
        (project(on_remove="archive", adopt_id="proj_1"), 1),
        (project(adopt_id="proj_1"), 0),
        (project(on_remove="release"), 0),
        (project(status="archived"), 0),
        (project(status="released"), 0),
        (project(protect=True), 0),
        (project(id="nothing"), 0),
        ({"type": "pulumi:pulumi:Stack"}, 0),
    ],
)
def test_a_destroy_archives_what_is_active_not_protected_and_not_released(resource: dict[str, Any], count: int) -> None:
    assert count_to_archive(json.dumps({"deployment": {"resources": [resource, project()]}})) == count + 1


@pytest.mark.parametrize("text", ["", "null", "{}", '{"deployment": null}', '{"deployment": {"resources": [null]}}'])
def test_what_is_no_state_is_not_counted(text: str) -> None:
    assert count_to_archive(text) is None
