"""Roles of the inventory on the real engine: who assumes which, and which one a refresh and a destroy assume."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.engine.conftest import DEV, PAYER, Cloud
from tests.engine.harness import Stack

HUB = "333333333333"
ROLE = "arn:aws:iam::{account}:role/"
INVENTORY = """\
version: 1
inventory: acme
environments:
  dev: {account: "111111111111", region: us-west-2, name_format: "{name}-Dev", protect: false}
billing: {account: "999999999999", role_arn: "arn:aws:iam::{account}:role/billing"}
tag_keys: {Team: {}}
defaults:
  environments: [dev]
  role_arn: "arn:aws:iam::{account}:role/ROLE"
  preview_role_arn: "arn:aws:iam::{account}:role/look"
projects:
  search: {name: Search, tags: {Team: Search}}
  chat: {name: Chat, tags: {Team: Care}}
"""


@pytest.fixture
def hub(cloud: Cloud, tmp_path: Path, secrets: str) -> Callable[[str], Stack]:
    """Stacks without settings, with credentials of an account that has no projects."""

    def make(name: str) -> Stack:
        stack = Stack(tmp_path / name, cloud.url, name=name, environment=cloud.credentials(HUB), vault=secrets)
        stack.write_inventory(INVENTORY.replace("ROLE", "deploy"))
        return stack

    return make


def assumed(cloud: Cloud) -> Counter[str]:
    """How often each role was assumed, by its account and name, all with the hub's credentials."""
    requests = cloud.aws.requests("sts:AssumeRole")
    assert {request.account for request in requests} <= {HUB}
    arns = [parse_qs(str(request.body))["RoleArn"][0] for request in requests]
    return Counter(f"{arn.split(':')[4]} {arn.rpartition('/')[2]}" for arn in arns)


def accounts(cloud: Cloud) -> set[str]:
    """Whose projects were asked for or changed."""
    return {request.account for request in cloud.aws.requests("bedrock-mantle:*")}


def test_a_run_assumes_the_role_of_the_inventory_and_a_refresh_and_a_destroy_that_of_the_state(
    cloud: Cloud, hub: Callable[[str], Stack]
) -> None:
    stack = hub("dev")
    cloud.role(DEV, "look")
    stack.preview().succeeded()
    assert assumed(cloud) == {f"{DEV} look": 1}

    message = stack.up().one_error()
    assert message.startswith(
        f"role arn:aws:iam::{DEV}:role/deploy in account {DEV} cannot be assumed by environment variable "
        "AWS_ACCESS_KEY_ID: User: "
    )
    assert "`bedrock-projects iam roles` prints both" in message

    cloud.role(DEV, "deploy")
    cloud.forget_requests()
    stack.up().succeeded()
    assert len(cloud.active(DEV)) == 2
    assert assumed(cloud) == {f"{DEV} deploy": 2}, "once by the program, once by the provider"
    assert accounts(cloud) == {DEV}

    stack.config["bedrock-projects:environment"] = "billing"
    assert "has projects in its state (chat, search)" in stack.preview().one_error()
    del stack.config["bedrock-projects:environment"]

    cloud.role(DEV, "newer")
    stack.write_inventory(INVENTORY.replace("ROLE", "newer"))
    cloud.forget_requests()
    assert stack.up().succeeded().changes == {"search": "update", "chat": "update"}
    assert cloud.changes() == [], "a role is nothing that AWS keeps"
    assert assumed(cloud) == {f"{DEV} newer": 2}

    stack.write_inventory(INVENTORY.replace("ROLE", "third"))
    cloud.forget_requests()
    assert stack.refresh().succeeded().changes == {}
    assert assumed(cloud) == {f"{DEV} newer": 1}, "the file says another one, the state has this one"

    cloud.forget_requests()
    stack.destroy().succeeded()
    assert (assumed(cloud), accounts(cloud), cloud.active(DEV)) == ({f"{DEV} newer": 1}, {DEV}, [])


def test_the_stack_of_billing_needs_no_settings_and_its_role_is_in_the_state(
    cloud: Cloud, hub: Callable[[str], Stack]
) -> None:
    stack = hub("billing")
    cloud.role(PAYER, "billing")
    cloud.aws.tag_keys(PAYER, ["Team", "bedrock-project"])
    stack.up().succeeded()
    assert stack.outputs().keys() == {"cost_allocation_tags"}
    assert stack.outputs()["cost_allocation_tags"]["active"] == ["Team", "bedrock-project"]
    assert assumed(cloud) == {f"{PAYER} billing": 1}

    stack.write_inventory(INVENTORY.replace("role/billing", "role/other"))
    cloud.forget_requests()
    assert stack.refresh().succeeded().changes == {}
    assert assumed(cloud) == {f"{PAYER} billing": 1}
    assert {request.account for request in cloud.aws.requests("ce:*")} == {PAYER}
