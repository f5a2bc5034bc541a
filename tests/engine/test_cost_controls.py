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

CHANGED = COST_CONTROLS.replace("amount: 500", "amount: 800").replace("of: forecast", "of: actual")


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


def operations(stack: Stack, *arguments: str) -> dict[str, str]:
    """Resource name → what an up did, for the resources of the AWS provider."""
    run = stack.up(*arguments).succeeded()
    return {step.name: step.op for step in run.steps if step.type.startswith("aws:") and step.op != "same"}


def test_cost_controls_are_created_changed_and_removed(seen: Seen, stack: Stack) -> None:
    first = stack.up().succeeded()
    [warning] = [text for text in first.warnings if "budgets" in text]
    assert "acme.care: Team, bedrock-project\n  acme.search: bedrock-project" in warning
    outputs = stack.outputs()["projects"]

    assert seen.budgets() == {
        "acme.care": ("500", ["user:Team$Care", "user:bedrock-project$acme/dev/chat"]),
        "acme.search": ("99.50", ["user:bedrock-project$acme/dev/search"]),
    }
    assert seen.budgets(DEV) == {}
    assert seen.notifications("acme.care") == [("ACTUAL", 80), ("FORECASTED", 100)]
    monitors = [control for control in seen.anomaly_alerts().values() if "MonitorType" in control]
    assert sorted(monitor["MonitorSpecification"]["Tags"]["Values"] for monitor in monitors) == [
        ["acme/dev/chat"],
        ["acme/dev/search"],
    ]
    [subscription] = [control for control in seen.anomaly_alerts().values() if "SubscriptionName" in control]
    assert (subscription["Frequency"], len(subscription["MonitorArnList"])) == ("DAILY", 2)
    assert seen.parameters() == {
        **parameters_of(outputs["chat"], "/acme/bedrock/chat"),
        **parameters_of(outputs["search"], "/acme/bedrock/search"),
    }
    [policy] = seen.policies()["acme.dev.chat"]["Statement"]
    assert (policy["Action"], policy["Resource"]) == (["bedrock-mantle:CreateInference"], [outputs["chat"]["arn"]])

    previewed = stack.preview().succeeded()
    assert previewed.changes == {"tags": "update"}  # the keys are still pending: that is the next try
    assert [step.name for step in previewed.steps if step.type.startswith("aws:") and step.op != "same"] == []

    stack.write_inventory(text(CHANGED))
    assert operations(stack) == {"care": "update"}
    assert seen.budgets()["acme.care"][0] == "800"
    assert seen.notifications("acme.care") == [("ACTUAL", 80), ("ACTUAL", 100)]

    stack.write_inventory(text())
    removed = operations(stack)
    assert set(removed.values()) == {"delete"}
    assert {"care", "search", "by-team", "chat", "chat.chatbot"} <= set(removed)
    assert (seen.budgets(), seen.anomaly_alerts(), seen.parameters(), seen.policies()) == ({}, {}, {}, {})
    assert sorted(stack.outputs()["projects"]) == ["chat", "search"]


def parameters_of(project: dict[str, str], folder: str) -> dict[str, str]:
    """Name to value of what is published for a project, by its outputs."""
    return {
        f"{folder}/project-id": project["id"],
        f"{folder}/base-url": project["base_url"],
        f"{folder}/region": project["region"],
    }


def replacing(stack: Stack) -> dict[str, list[str]]:
    """Kind and resource name → what an up did to replace it, in order."""
    operations_by_kind: dict[str, list[str]] = {}
    for step in stack.up().succeeded().steps:
        if step.type.startswith("aws:") and "replace" in step.op:
            operations_by_kind.setdefault(step.type.rpartition(":")[2], []).append(step.op)
    return operations_by_kind


def test_a_new_key_and_a_new_name_of_the_environment_leave_nobody_without(seen: Seen, stack: Stack) -> None:
    ours = COST_CONTROLS.replace("tag: {Team: Care}", "environments: [dev]\n    tag: {Team: Care}")
    ours = ours.replace("/acme/bedrock", "/acme/{environment}")
    stack.write_inventory(text(ours))
    stack.up().succeeded()
    assert "/acme/dev/chat/project-id" in seen.parameters()
    head = f"{COST_CONTROLS_HEAD}{ours}".replace("{chat:", "{bot:").replace("[dev]", "[live]")
    head = head.replace("dev: {", "live: {aliases: [dev], ")
    stack.config["bedrock-projects:environment"] = "live"
    renamed = {"search": SEARCH, "bot": f"{{aliases: [chat], {CHAT[1:]}"}
    stack.write_inventory(inventory(renamed, head=f"{head}projects:\n"))
    created_first = ["create-replacement", "replace", "delete-replaced"]
    replaced = replacing(stack)
    # The prefix names the environment, so the three parameters of both projects are replaced.
    assert sorted(replaced.pop("Parameter")) == sorted(created_first * 6)
    assert replaced == dict.fromkeys(["Budget", "RolePolicy"], created_first)
    outputs = stack.outputs()["projects"]
    assert sorted(seen.budgets()) == ["acme.live.care", "acme.search"]
    assert seen.parameters() == {
        **parameters_of(outputs["bot"], "/acme/live/bot"),
        **parameters_of(outputs["search"], "/acme/live/search"),
    }
    assert list(seen.policies()) == ["acme.live.bot"]


def test_an_environment_that_moves_loses_no_policy_and_no_parameter(seen: Seen, stack: Stack) -> None:
    both = COST_CONTROLS.replace("{chat: [", '{search: ["arn:aws:iam::111111111111:role/chatbot"], chat: [')
    stack.write_inventory(text(both))
    stack.up().succeeded()
    moved = {"search": f"{{region: us-west-2, {SEARCH[1:]}", "chat": f"{{move_from: us-west-2, {CHAT[1:]}"}
    head = f"{COST_CONTROLS_HEAD}{both}".replace("us-west-2", "us-east-1")
    stack.write_inventory(inventory(moved, head=f"{head}projects:\n"))
    stack.up().succeeded()
    outputs = stack.outputs()["projects"]
    assert {key: policy["Statement"][0]["Resource"] for key, policy in seen.policies().items()} == {
        f"acme.dev.{key}": [outputs[key]["arn"]] for key in ("chat", "search")
    }
    assert seen.parameters() == parameters_of(outputs["search"], "/acme/bedrock/search")
    assert seen.parameters("us-east-1") == parameters_of(outputs["chat"], "/acme/bedrock/chat")


def test_a_stack_without_these_sections_starts_no_aws_plugin(stack: Stack, standin: Path) -> None:
    stack.write_inventory(text())
    (stack.program / "__main__.py").unlink()
    source = Path(__file__).parents[2] / "__main__.py"
    (stack.program / "__main__.py").write_text(
        f"{source.read_text()}\nimport sys\n\nimport pulumi\n\npulumi.export('loaded', sorted(sys.modules))\n"
    )
    stack.up().succeeded()
    loaded = stack.outputs()["loaded"]
    assert "bedrock_projects.pulumi.cost_controls" in loaded
    assert [name for name in loaded if name.startswith("pulumi_aws")] == []
    assert not (standin / "started").exists()
