"""What AWS would refuse in the middle of a run is refused by the reader, and the limits are those of the services."""

import json
import re
from pathlib import Path

import pytest
from botocore.session import Session

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.cost_controls.publishing import publication_inputs
from bedrock_projects.errors import InventoryError
from bedrock_projects.iam.applications import inference_policy
from bedrock_projects.limits import (
    INLINE_POLICY_NAME,
    MONITORS_PER_ACCOUNT,
    POLICIES_PER_ROLE,
    RUNTIME_POLICIES_PER_ROLE,
    SUBSCRIBER,
    SUBSCRIPTIONS_PER_ACCOUNT,
)
from bedrock_projects.stacks.settings import Settings
from tests.unit.inventory_files import inventory

ROLE = "arn:aws:iam::111111111111:role/chat"


def projects(count: int, sections: str, *, dev: str = "{}") -> str:
    entries = "\n".join(f"  p{number:04}: {{name: P{number}}}" for number in range(count))
    return (
        f"version: 1\ninventory: acme\nenvironments: {{dev: {dev}}}\ndefaults: {{environments: [dev]}}\n"
        f"projects:\n{entries}\n{sections}\n"
    )


def watching_each(alerts: int) -> str:
    told = "{tag_key: bedrock-project, above: 5, notify: [a@example.com]}"
    return "anomaly_alerts:\n" + "\n".join(f"  a{number}: {told}" for number in range(alerts))


def used_by_one(count: int) -> str:
    return "publish:\n  inference:\n" + "\n".join(f'    p{number:04}: ["{ROLE}"]' for number in range(count))


QUOTAS = {
    "monitors": (
        projects(MONITORS_PER_ACCOUNT // 2, watching_each(2)),
        projects(MONITORS_PER_ACCOUNT // 2 + 1, watching_each(2)),
        (
            "anomaly_alerts: needs 502 monitors (one per tag value and ten projects), but AWS allows 500 per account; "
            "choose a tag key with fewer values, or fewer environments"
        ),
    ),
    "subscriptions": (
        projects(1, watching_each(SUBSCRIPTIONS_PER_ACCOUNT)),
        projects(1, watching_each(SUBSCRIPTIONS_PER_ACCOUNT + 1)),
        (
            "anomaly_alerts: needs 101 subscriptions (one per alert and environment), but AWS allows 100 per account; "
            "remove 1"
        ),
    ),
    "policies": (
        projects(POLICIES_PER_ROLE, used_by_one(POLICIES_PER_ROLE)),
        projects(POLICIES_PER_ROLE + 1, used_by_one(POLICIES_PER_ROLE + 1)),
        (
            f"publish: {ROLE!r} may use 41 projects, with one policy each, but a role holds about 40; "
            "split them among several roles"
        ),
    ),
    "policies of a role for the other endpoint": (
        projects(RUNTIME_POLICIES_PER_ROLE, used_by_one(RUNTIME_POLICIES_PER_ROLE), dev="{endpoint: bedrock-runtime}"),
        projects(
            RUNTIME_POLICIES_PER_ROLE + 1, used_by_one(RUNTIME_POLICIES_PER_ROLE + 1), dev="{endpoint: bedrock-runtime}"
        ),
        (
            f"publish: {ROLE!r} may use 21 projects, with one policy each, but a role holds about 20 for "
            "bedrock-runtime; split them among several roles"
        ),
    ),
}


@pytest.mark.parametrize(("fits", "exceeds", "message"), QUOTAS.values(), ids=QUOTAS)
def test_what_no_account_holds_is_refused_with_its_number(
    tmp_path: Path, fits: str, exceeds: str, message: str
) -> None:
    inventory(tmp_path, fits)
    with pytest.raises(InventoryError) as refused:
        inventory(tmp_path, exceeds)
    [problem] = refused.value.problems
    assert f"{problem.path}: {problem.message}" == message


@pytest.mark.parametrize(
    ("endpoint", "most", "length"), [(MANTLE, POLICIES_PER_ROLE, 30), (RUNTIME, RUNTIME_POLICIES_PER_ROLE, 20)]
)
def test_as_many_policies_as_are_allowed_fit_a_role(endpoint: Endpoint, most: int, length: int) -> None:
    arn = endpoint.project_arns("ap-southeast-2", "1" * 12).replace("*", f"proj_{'x' * length}")
    size = len(re.sub(r"\s", "", json.dumps(inference_policy(arn, endpoint))))
    assert most * size <= 10_240


SUBSCRIBERS = [
    "a@b.co",
    "finance+bedrock@example.com",
    "o'hara_{x}|~@sub.example.co.uk",
    f"{'a' * 290}@example.com",
    "arn:aws:sns:us-east-1:999999999999:spikes",
    "arn:aws-us-gov:sns:us-gov-west-1:999999999999:spikes_2",
    "a@b.c",
    "a b@example.com",
    "suché@example.com",
    "a/b@example.com",
    "a@example",
    f"{'a' * 291}@example.com",
]


@pytest.mark.parametrize("text", SUBSCRIBERS)
def test_a_subscriber_is_one_for_both_services(text: str) -> None:
    model = Session().get_service_model("ce").shape_for("SubscriberAddress").metadata
    taken = re.search(model["pattern"], text) is not None and model["min"] <= len(text) <= model["max"]
    assert (SUBSCRIBER.violation(text) is None) == taken


@pytest.mark.parametrize(
    ("dev", "section", "account"),
    [
        ("{}", f'inference: {{p0000: ["{ROLE}"]}}', "111111111111"),
        ('{account: "111111111111"}', f'inference: {{p0000: ["{ROLE}"]}}', "111111111111"),
        ('{account: "222222222222"}', "parameters: /acme", "222222222222"),
        ("{}", "parameters: /acme", None),
    ],
)
def test_policies_are_put_on_roles_of_the_account_that_their_arns_name(
    tmp_path: Path, dev: str, section: str, account: str | None
) -> None:
    read = inventory(tmp_path, projects(1, f"publish: {{{section}}}", dev=dev))
    assert publication_inputs(Settings(environment="dev", inventory=Path("projects.yaml")), read).account == account


def test_the_name_of_an_inline_policy_has_the_length_of_the_services_model() -> None:
    assert Session().get_service_model("iam").shape_for("policyNameType").metadata["max"] == INLINE_POLICY_NAME
