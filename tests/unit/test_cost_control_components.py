"""What the components ask the AWS provider for, exactly, seen by Pulumi's mocks."""

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.errors import SettingsError
from bedrock_projects.pulumi.aws_package import require_aws_package
from tests.unit.declared import ARN, FILE, declare
from tests.unit.inventory_files import FOLDER

ROLE = "arn:aws:iam::999999999999:role/billing"
OWN = "bedrock-projects:"


def ours(environment: str | None, key: str) -> dict[str, str]:
    place = {f"{OWN}environment": environment} if environment else {}
    return {f"{OWN}inventory": "acme-retail", f"{OWN}key": key, **place}


def test_a_budget_is_what_aws_wants() -> None:
    recorded = declare(scope="billing")
    assert recorded.inputs("Budget", "search") == {
        "name": "acme-retail.search",
        "budgetType": "COST",
        "limitAmount": "500",
        "limitUnit": "USD",
        "timeUnit": "MONTHLY",
        "costFilters": [
            {
                "name": "TagKeyValue",
                "values": [
                    "user:Team$Search",
                    "user:bedrock-project$acme-retail/dev/search",
                    "user:bedrock-project$acme-retail/prod/search",
                ],
            }
        ],
        "costTypes": {"includeCredit": False, "includeRefund": False},
        "notifications": [
            {
                "notificationType": "ACTUAL",
                "comparisonOperator": "GREATER_THAN",
                "threshold": 80.0,
                "thresholdType": "PERCENTAGE",
                "subscriberEmailAddresses": ["search@example.com"],
            },
            {
                "notificationType": "FORECASTED",
                "comparisonOperator": "GREATER_THAN",
                "threshold": 100.0,
                "thresholdType": "PERCENTAGE",
                "subscriberEmailAddresses": ["search@example.com"],
            },
        ],
        "tags": ours(None, "search"),
    }
    assert recorded.names("Budget") == ["cost-center", "dev.each", "prod.each", "prod.shop", "search"]


def test_an_anomaly_alert_is_what_aws_wants() -> None:
    recorded = declare()
    search, shop = recorded.names("AnomalyMonitor")
    assert shop.startswith("prod.each-project/acme-retail/prod/shop.")
    monitor = recorded.inputs("AnomalyMonitor", shop)
    assert json.loads(monitor.pop("monitorSpecification")) == {
        "Tags": {"Key": "bedrock-project", "Values": ["acme-retail/prod/shop"]}
    }
    assert monitor == {"monitorType": "CUSTOM", "tags": ours("prod", "each-project")}
    assert recorded.inputs("AnomalySubscription", "prod.each-project") == {
        "name": "acme-retail.prod.each-project",
        "frequency": "IMMEDIATE",
        "monitorArnLists": [f"arn:{search}", f"arn:{shop}"],
        "thresholdExpression": {
            "dimension": {
                "key": "ANOMALY_TOTAL_IMPACT_PERCENTAGE",
                "matchOptions": ["GREATER_THAN_OR_EQUAL"],
                "values": ["100"],
            }
        },
        "subscribers": [{"type": "SNS", "address": "arn:aws:sns:us-east-1:999999999999:spikes"}],
        "tags": ours("prod", "each-project"),
    }


VALUES = {
    "shop": ("project-id", "proj_shop", "The id of the Bedrock project shop"),
    "shop.base-url": ("base-url", "https://shop.example.com/v1", "The base URL of the Bedrock project shop"),
    "shop.region": ("region", "us-west-2", "The region of the Bedrock project shop"),
}


@pytest.mark.parametrize(("resource", "expected"), VALUES.items(), ids=VALUES)
def test_a_parameter_holds_a_value_of_its_project(resource: str, expected: tuple[str, str, str]) -> None:
    recorded = declare()
    assert recorded.names("Parameter") == sorted({*VALUES, *(name.replace("shop", "search") for name in VALUES)})
    last, value, description = expected
    assert recorded.inputs("Parameter", resource) == {
        "name": f"/acme.prod/shop/{last}",
        "type": "String",
        "insecureValue": value,
        "description": description,
        "region": "us-west-2",
        "tags": ours("prod", "shop"),
    }


def test_a_policy_allows_inference_on_the_one_arn() -> None:
    recorded = declare()
    assert recorded.names("RolePolicy") == ["shop.shop", "shop.shop-batch"]
    policy = recorded.inputs("RolePolicy", "shop.shop-batch")
    assert json.loads(policy.pop("policy")) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "InferenceOnThisProject",
                "Effect": "Allow",
                "Action": ["bedrock-mantle:CreateInference"],
                "Resource": [ARN.format("shop")],
            }
        ],
    }
    assert policy == {"name": "acme-retail.prod.shop", "role": "shop-batch"}


PAYERS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "the credentials of the stack": ({}, {"region": "us-east-1"}),
    "the profile of the stack": ({"aws:profile": "ci"}, {"region": "us-east-1", "profile": "ci"}),
    "a profile for Billing": (
        {"aws:profile": "ci", "billingProfile": "payer"},
        {"region": "us-east-1", "profile": "payer"},
    ),
    "a role for Billing": (
        {"billingRoleArn": ROLE},
        {"region": "us-east-1", "assumeRoles": [{"roleArn": ROLE, "sessionName": "bedrock-projects"}]},
    ),
}


@pytest.mark.parametrize(("given", "expected"), PAYERS.values(), ids=PAYERS)
def test_cost_controls_are_made_in_the_payer_account(given: Mapping[str, str], expected: dict[str, Any]) -> None:
    recorded = declare(**given)
    for kind in ("Budget", "AnomalyMonitor", "AnomalySubscription"):
        provider = recorded.provider(kind, recorded.names(kind)[0])
        # What is nested goes to a provider as JSON.
        roles = {"assumeRoles": json.loads(provider.pop("assumeRoles"))} if "assumeRoles" in provider else {}
        assert {key: value for key, value in provider.items() if key in {"region", "profile"}} | roles == expected


@pytest.mark.parametrize("kind", ["Parameter", "RolePolicy"])
def test_published_ids_are_made_in_the_projects_account_and_no_other(kind: str) -> None:
    recorded = declare(**{"aws:profile": "ci", "billingProfile": "payer", "billingRoleArn": ROLE})
    provider = recorded.provider(kind, recorded.names(kind)[0])
    assert (provider["region"], provider["profile"]) == ("us-west-2", "ci")
    assert json.loads(provider["allowedAccountIds"]) == ["222222222222"]
    assert "assumeRoles" not in provider


def with_roles(folder: Path) -> str:
    """The same inventory with roles, as a file in the folder."""
    billing = f'billing: {{account: "999999999999", role_arn: "{ROLE}"}}\n'
    role = 'role_arn: "arn:aws:iam::{account}:role/deploy", preview_role_arn: "arn:aws:iam::{account}:role/look"'
    text = FILE.read_text("utf-8").replace("defaults: {", f"{billing}defaults: {{{role}, ")
    (folder / "projects.yaml").write_text(text, "utf-8")
    return str(folder / "projects.yaml")


def test_the_providers_assume_the_roles_of_the_inventory_that_deploy_in_a_preview_too(tmp_path: Path) -> None:
    """A plan that a preview saves has the inputs of providers, and the run must declare the same."""
    recorded = declare(inventory=with_roles(tmp_path), scope="billing")
    roles = recorded.provider("Budget", "search")["assumeRoles"]
    assert json.loads(roles) == [{"roleArn": ROLE, "sessionName": "bedrock-projects"}]
    assert recorded.inputs("CostAllocationTags", "tags")["role_arn"] == ROLE

    recorded = declare(inventory=with_roles(tmp_path))
    own = "arn:aws:iam::222222222222:role/deploy"
    [role] = json.loads(recorded.provider("Parameter", recorded.names("Parameter")[0])["assumeRoles"])
    assert role["roleArn"] == own
    assert {recorded.inputs("Project", name)["role_arn"] for name in recorded.names("Project")} == {own}
    assert recorded.names("CostAllocationTags") == [], "with `billing`, a stack of an environment needs no scope"


def test_a_setting_for_billing_keeps_the_role_of_the_inventory_out_of_the_state(tmp_path: Path) -> None:
    recorded = declare(inventory=with_roles(tmp_path), scope="billing", billingProfile="payer")
    assert "role_arn" not in recorded.inputs("CostAllocationTags", "tags")
    provider = recorded.provider("Budget", "search")
    assert (provider["profile"], provider.get("assumeRoles")) == ("payer", None)


SCOPES: dict[str, Iterable[str]] = {
    "all": {"Budget", "AnomalyMonitor", "AnomalySubscription", "Parameter", "RolePolicy"},
    "projects": {"Parameter", "RolePolicy"},
    "billing": {"Budget", "AnomalyMonitor", "AnomalySubscription"},
}


@pytest.mark.parametrize(("scope", "expected"), SCOPES.items(), ids=SCOPES)
def test_a_scope_declares_what_is_its_own(scope: str, expected: set[str]) -> None:
    kinds = {kind for kind, _ in declare(scope=scope).declared}
    assert kinds & set(SCOPES["all"]) == expected


def test_a_budget_by_a_pending_tag_is_declared_and_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        recorded = declare(scope="billing")
    assert "search" in recorded.names("Budget")
    [notice] = [record.getMessage() for record in caplog.records if "budgets count nothing" in record.getMessage()]
    assert "acme-retail.search: Team\n" in notice
    assert "acme-retail.prod.shop" not in notice


def test_what_is_for_all_environments_is_left_to_another_stack_and_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        recorded = declare()
    assert recorded.names("Budget") == ["prod.each", "prod.shop"]
    [notice] = [
        record.getMessage() for record in caplog.records if "this stack does not declare" in record.getMessage()
    ]
    assert "cost-center, search, by-team" in notice


def test_without_the_package_the_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pulumi_aws", None)
    with pytest.raises(
        SettingsError,
        match=r"write `bedrock-projects\[aws\]`, then run `bedrock-projects upgrade` and `pulumi install`",
    ):
        require_aws_package()
    assert declare(inventory=str(FOLDER / "valid" / "minimal.yaml"), environment="dev").names("Project")
