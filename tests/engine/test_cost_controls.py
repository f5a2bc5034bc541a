"""Cost controls and published ids on the real engine; the AWS plugin is a stand-in, `standin_aws`."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws.accounts import LOCAL_SECRET
from tests.engine.conftest import DEV, PAYER, Cloud, MakeStack
from tests.engine.first_state import settled_with_cost_controls
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, COST_CONTROLS, COST_CONTROLS_HEAD, SEARCH, inventory


def text(sections: str = "") -> str:
    return inventory({"search": SEARCH, "chat": CHAT}, head=f"{COST_CONTROLS_HEAD}{sections}projects:\n")


class Seen:
    """What AWS holds; anomaly alerts are seen in what the stand-in keeps, since moto lacks them."""

    def __init__(self, cloud: Cloud, kept: Path) -> None:
        self._url = cloud.url
        self._kept = kept

    def client(self, service: str, account: str, region: str = "us-west-2") -> Any:
        return boto3.client(  # type: ignore[call-overload]  # any service
            service,
            region_name=region,
            endpoint_url=self._url,
            aws_access_key_id=f"local-{account}",
            aws_secret_access_key=LOCAL_SECRET,
        )

    def budgets(self, account: str = PAYER) -> dict[str, tuple[str, list[str]]]:
        """Name to amount and filter."""
        budgets = self.client("budgets", account).describe_budgets(AccountId=account)["Budgets"]
        return {
            budget["BudgetName"]: (budget["BudgetLimit"]["Amount"], budget["CostFilters"]["TagKeyValue"])
            for budget in budgets
        }

    def notifications(self, budget: str) -> list[tuple[str, float]]:
        client = self.client("budgets", PAYER)
        notifications = client.describe_notifications_for_budget(AccountId=PAYER, BudgetName=budget)["Notifications"]
        return sorted((notification["NotificationType"], notification["Threshold"]) for notification in notifications)

    def anomaly_alerts(self) -> dict[str, Any]:
        kept = json.loads((self._kept / "kept.json").read_text())
        return {key: value for key, value in kept.items() if ":ce:" in key}

    def parameters(self, region: str = "us-west-2") -> dict[str, str]:
        parameters = self.client("ssm", DEV, region).get_parameters_by_path(Path="/acme", Recursive=True)["Parameters"]
        return {parameter["Name"]: parameter["Value"] for parameter in parameters}

    def policies(self) -> dict[str, Any]:
        iam = self.client("iam", DEV)
        names = iam.list_role_policies(RoleName="chatbot")["PolicyNames"]
        return {name: iam.get_role_policy(RoleName="chatbot", PolicyName=name)["PolicyDocument"] for name in names}


@pytest.fixture
def standin(tmp_path: Path) -> Path:
    folder = tmp_path / "standin"
    folder.mkdir()
    return folder


@pytest.fixture
def seen(cloud: Cloud, standin: Path) -> Seen:
    return Seen(cloud, standin)


@pytest.fixture
def stack(make_stack: MakeStack, cloud: Cloud, standin: Path) -> Stack:
    """A stack of a linked account; Billing is another one's, whose role it assumes."""
    return settled_with_cost_controls(make_stack(""), cloud, standin)


def operations(stack: Stack) -> dict[str, dict[str, list[str]]]:
    """What an up did to the resources of the AWS provider: kind and name to the operations, in order."""
    by_kind: dict[str, dict[str, list[str]]] = {}
    for step in stack.up().succeeded().steps:
        if step.type.startswith("aws:") and step.op != "same":
            by_kind.setdefault(step.type.rpartition(":")[2], {}).setdefault(step.name, []).append(step.op)
    return by_kind


def parameters_of(project: dict[str, str], folder: str) -> dict[str, str]:
    """Name to value of what is published for a project, by its outputs."""
    return {
        f"{folder}/project-id": project["id"],
        f"{folder}/base-url": project["base_url"],
        f"{folder}/region": project["region"],
    }


def test_cost_controls_are_created_changed_replaced_and_removed(seen: Seen, stack: Stack) -> None:
    """A new key, a new name of the environment and another region leave nobody without a policy or a parameter.

    `tests/unit/test_program_modules.py` has what is loaded without these sections: the other tests have no AWS plugin.
    """
    sections = COST_CONTROLS.replace("tag: {Team: Care}", "environments: [dev]\n    tag: {Team: Care}")
    sections = sections.replace("/acme/bedrock", "/acme/{environment}")
    stack.write_inventory(text(sections))
    first = stack.up().succeeded()
    [warning] = [text for text in first.warnings if "budgets" in text]
    assert "acme.dev.care: Team, bedrock-project\n  acme.search: bedrock-project" in warning
    outputs = stack.outputs()["projects"]

    assert seen.budgets() == {
        "acme.dev.care": ("500", ["user:Team$Care", "user:bedrock-project$acme/dev/chat"]),
        "acme.search": ("99.50", ["user:bedrock-project$acme/dev/search"]),
    }
    assert seen.budgets(DEV) == {}
    assert seen.notifications("acme.dev.care") == [("ACTUAL", 80), ("FORECASTED", 100)]
    monitors = [control for control in seen.anomaly_alerts().values() if "MonitorType" in control]
    assert sorted(monitor["MonitorSpecification"]["Tags"]["Values"] for monitor in monitors) == [
        ["acme/dev/chat"],
        ["acme/dev/search"],
    ]
    [subscription] = [control for control in seen.anomaly_alerts().values() if "SubscriptionName" in control]
    assert (subscription["Frequency"], len(subscription["MonitorArnList"])) == ("DAILY", 2)
    assert seen.parameters() == {
        **parameters_of(outputs["chat"], "/acme/dev/chat"),
        **parameters_of(outputs["search"], "/acme/dev/search"),
    }
    [policy] = seen.policies()["acme.dev.chat"]["Statement"]
    assert (policy["Action"], policy["Resource"]) == (["bedrock-mantle:CreateInference"], [outputs["chat"]["arn"]])

    changed = sections.replace("amount: 500", "amount: 800").replace("of: forecast", "of: actual")
    changed = changed.replace("{chat: [", '{search: ["arn:aws:iam::111111111111:role/chatbot"], chat: [')
    stack.write_inventory(text(changed))
    assert operations(stack) == {"Budget": {"dev.care": ["update"]}, "RolePolicy": {"search.chatbot": ["create"]}}
    assert seen.budgets()["acme.dev.care"][0] == "800"
    assert seen.notifications("acme.dev.care") == [("ACTUAL", 80), ("ACTUAL", 100)]

    # Another key, and another name of the environment, which the prefix of the parameters names.
    head = f"{COST_CONTROLS_HEAD}{changed}".replace(" chat: [", " bot: [").replace("[dev]", "[live]")
    head = head.replace("dev: {", "live: {aliases: [dev], ")
    stack.config["bedrock-projects:environment"] = "live"
    bot = f"{{aliases: [chat], {CHAT[1:]}"
    stack.write_inventory(inventory({"search": SEARCH, "bot": bot}, head=f"{head}projects:\n"))
    created_first = ["create-replacement", "replace", "delete-replaced"]
    replaced = {
        kind: sorted(op for ops in by_name.values() for op in ops if "replace" in op)
        for kind, by_name in operations(stack).items()
    }
    # The three parameters and the policy of both projects are replaced.
    assert {kind: ops for kind, ops in replaced.items() if ops} == {
        kind: sorted(created_first * count) for kind, count in {"Parameter": 6, "Budget": 1, "RolePolicy": 2}.items()
    }
    outputs = stack.outputs()["projects"]
    assert sorted(seen.budgets()) == ["acme.live.care", "acme.search"]
    assert seen.parameters() == {
        **parameters_of(outputs["bot"], "/acme/live/bot"),
        **parameters_of(outputs["search"], "/acme/live/search"),
    }
    assert sorted(seen.policies()) == ["acme.live.bot", "acme.live.search"]

    # One of both moves with its environment to another region.
    head = head.replace("us-west-2", "us-east-1")
    moved = {"search": f"{{region: us-west-2, {SEARCH[1:]}", "bot": f"{{move_from: us-west-2, {bot[1:]}"}
    stack.write_inventory(inventory(moved, head=f"{head}projects:\n"))
    stack.up().succeeded()
    outputs = stack.outputs()["projects"]
    assert {key: policy["Statement"][0]["Resource"] for key, policy in seen.policies().items()} == {
        f"acme.live.{key}": [outputs[key]["arn"]] for key in ("bot", "search")
    }
    assert seen.parameters() == parameters_of(outputs["search"], "/acme/live/search")
    assert seen.parameters("us-east-1") == parameters_of(outputs["bot"], "/acme/live/bot")

    without = COST_CONTROLS_HEAD.replace("us-west-2", "us-east-1").replace("[dev]", "[live]")
    without = without.replace("dev: {", "live: {aliases: [dev], ")
    stack.write_inventory(inventory(moved, head=f"{without}projects:\n"))
    removed = operations(stack)
    assert {op for names in removed.values() for ops in names.values() for op in ops} == {"delete"}
    assert removed.keys() >= {"Budget", "AnomalyMonitor", "AnomalySubscription", "Parameter", "RolePolicy"}
    assert (seen.budgets(), seen.anomaly_alerts(), seen.policies()) == ({}, {}, {})
    assert (seen.parameters(), seen.parameters("us-east-1")) == ({}, {})
    assert sorted(stack.outputs()["projects"]) == ["bot", "search"]
