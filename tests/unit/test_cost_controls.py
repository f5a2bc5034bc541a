"""Which cost controls a stack declares, and what AWS is asked for: pure decisions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.cost_controls.budgets import (
    BudgetInputs,
    CostControlInputs,
    cost_control_inputs,
    pending_budgets_notice,
)
from bedrock_projects.cost_controls.publishing import PublicationInputs, publication_inputs
from bedrock_projects.iam.applications import inference_policy
from bedrock_projects.inventory import load
from bedrock_projects.limits import ADDRESSES_PER_ALERT, ALERTS_PER_BUDGET, BUDGET_NAME, TOPICS_PER_ALERT
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.settings import Scope, Settings
from tests.unit.iam import allows
from tests.unit.inventory_files import FOLDER, inventory

TOPIC = "arn:aws:sns:us-east-1:999999999999:budgets"
ROOT = Path(__file__).parents[2]
FILE = load(FOLDER / "valid" / "cost-controls.yaml")
ALONE = load(FOLDER / "valid" / "cost-controls-of-one-environment.yaml")


def settings(environment: str = "dev", scope: Scope = "all") -> Settings:
    return Settings(environment=environment, inventory=Path("projects.yaml"), scope=scope)


def declared(environment: str, scope: Scope, *, of: Inventory = FILE) -> CostControlInputs:
    return cost_control_inputs(settings(environment, scope), of)


def resources(inputs: CostControlInputs) -> list[str]:
    return sorted(
        [control.resource for control in inputs.budgets] + [control.resource for control in inputs.subscriptions]
    )


def budget(name: str, *, of: Inventory = FILE) -> BudgetInputs:
    [wanted] = [control for control in declared("any", "billing", of=of).budgets if control.resource == name]
    return wanted


SPANNING = ["by-team", "cost-center", "search"]
OWN = {"dev": ["dev.each", "dev.each-project"], "prod": ["prod.each", "prod.each-project", "prod.shop"]}


@pytest.mark.parametrize("environment", OWN)
def test_a_stack_declares_what_names_its_environment_and_says_what_it_leaves_out(environment: str) -> None:
    inputs = declared(environment, "all")
    assert resources(inputs) == OWN[environment]
    assert sorted(inputs.left_out) == SPANNING


def test_a_stack_for_billing_declares_everything_once() -> None:
    inputs = declared("anything", "billing")
    assert resources(inputs) == sorted([*SPANNING, *OWN["dev"], *OWN["prod"]])
    assert inputs.left_out == ()


@pytest.mark.parametrize("environment", OWN)
def test_a_stack_for_projects_only_declares_none(environment: str) -> None:
    assert declared(environment, "projects") == CostControlInputs()


def test_no_two_stacks_of_one_file_declare_the_same() -> None:
    names = [control.name for environment in OWN for control in declared(environment, "all").budgets]
    assert len(names) == len(set(names)) == 3


def test_the_stack_of_the_only_environment_declares_what_is_for_all() -> None:
    inputs = declared("dev", "all", of=ALONE)
    assert (resources(inputs), inputs.left_out) == (["search"], ())


SEARCH_OF_BOTH = [f"user:bedrock-project$acme-retail/{name}/search" for name in ("dev", "prod")]
COUNTED = {
    "search": ["user:Team$Search", *SEARCH_OF_BOTH],
    "cost-center": ["user:CostCenter$0123", *SEARCH_OF_BOTH],
    "dev.each": ["user:bedrock-project$acme-retail/dev/search"],
    "prod.each": ["user:bedrock-project$acme-retail/prod/search"],
    "prod.shop": ["user:bedrock-project$acme-retail/prod/shop"],
}


@pytest.mark.parametrize(("name", "expected"), COUNTED.items(), ids=COUNTED)
def test_a_budget_counts_bedrock_only_by_the_ownership_tags_of_its_projects(name: str, expected: list[str]) -> None:
    assert list(budget(name).cost_filter) == expected


def test_a_project_that_had_another_key_is_counted_under_both(tmp_path: Path) -> None:
    text = """\
version: 1
inventory: acme
environments: {dev: {}}
projects: {chat: {name: Chat, aliases: [bot], environments: [dev]}}
budgets: {chat: {project: chat, amount: 5, notify: [a@example.com]}}
"""
    assert budget("chat", of=inventory(tmp_path, text)).cost_filter == (
        "user:bedrock-project$acme/dev/bot",
        "user:bedrock-project$acme/dev/chat",
    )


def test_amounts_stay_text_and_periods_are_those_of_aws() -> None:
    amounts = {control.resource: (control.amount, control.time_unit) for control in declared("any", "billing").budgets}
    assert amounts == {
        "search": ("500", "MONTHLY"),
        "cost-center": ("0.5", "ANNUALLY"),
        "dev.each": ("20", "DAILY"),
        "prod.each": ("100", "MONTHLY"),
        "prod.shop": ("1000.00", "QUARTERLY"),
    }


def test_thresholds_and_subscribers_are_those_of_aws() -> None:
    assert budget("prod.shop").notifications == (
        {
            "notification_type": "ACTUAL",
            "comparison_operator": "GREATER_THAN",
            "threshold": 99.5,
            "threshold_type": "PERCENTAGE",
            "subscriber_email_addresses": ["finance@example.com"],
        },
        {
            "notification_type": "ACTUAL",
            "comparison_operator": "GREATER_THAN",
            "threshold": 400.0,
            "threshold_type": "ABSOLUTE_VALUE",
            "subscriber_email_addresses": ["shop@example.com"],
            "subscriber_sns_topic_arns": [TOPIC],
        },
    )
    assert [notification["notification_type"] for notification in budget("search").notifications] == [
        "ACTUAL",
        "FORECASTED",
    ]


def test_names_of_budgets_are_apart_and_within_what_aws_takes() -> None:
    names = [control.name for control in declared("any", "billing").budgets]
    assert len(set(names)) == len(names)
    assert [name for name in names if BUDGET_NAME.violation(name)] == []
    assert budget("prod.shop").name == "acme-retail.prod.shop"


def monitored_owners(inputs: CostControlInputs, subscription: str) -> dict[str, dict[str, Any]]:
    """The tag that each monitor watches, by the readable part of the monitor's name."""
    [one] = [candidate for candidate in inputs.subscriptions if candidate.resource == subscription]
    return {monitor.resource.rpartition(".")[0]: json.loads(monitor.specification)["Tags"] for monitor in one.monitors}


def test_a_monitor_watches_the_projects_of_one_value_by_their_ownership_tags() -> None:
    tag_by_monitor = monitored_owners(declared("any", "billing"), "by-team")
    assert tag_by_monitor["by-team/Shop"] == {"Key": "bedrock-project", "Values": ["acme-retail/prod/shop"]}
    assert tag_by_monitor["by-team/Search"]["Values"] == ["acme-retail/dev/search", "acme-retail/prod/search"]
    tag_by_project_monitor = monitored_owners(declared("prod", "all"), "prod.each-project")
    assert list(tag_by_project_monitor) == [f"prod.each-project/acme-retail/prod/{key}" for key in ("search", "shop")]


def condition(key: str, value: str) -> dict[str, Any]:
    return {"dimension": {"key": key, "match_options": ["GREATER_THAN_OR_EQUAL"], "values": [value]}}


ABSOLUTE, PERCENTAGE = "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "ANOMALY_TOTAL_IMPACT_PERCENTAGE"
THRESHOLDS = {
    "by-team": ({"ands": [condition(ABSOLUTE, "50"), condition(PERCENTAGE, "40")]}, "DAILY", "EMAIL"),
    "dev.each-project": ({"ands": [condition(ABSOLUTE, "5"), condition(PERCENTAGE, "100")]}, "WEEKLY", "EMAIL"),
    "prod.each-project": (condition(PERCENTAGE, "100"), "IMMEDIATE", "SNS"),
}


@pytest.mark.parametrize(("name", "expected"), THRESHOLDS.items(), ids=THRESHOLDS)
def test_an_alert_has_thresholds_frequency_and_channel_of_aws(name: str, expected: tuple[Any, str, str]) -> None:
    [alert] = [candidate for candidate in declared("any", "billing").subscriptions if candidate.resource == name]
    assert (alert.threshold, alert.frequency, alert.subscribers[0]["type"]) == expected


def test_aws_knows_every_word_that_is_sent() -> None:
    """What the resources take ends in these requests; botocore holds them against the services' models."""
    model = Session()
    budgets, costs = model.get_service_model("budgets"), model.get_service_model("ce")
    for control in declared("any", "billing").budgets:
        assert control.time_unit in budgets.shape_for("TimeUnit").enum  # type: ignore[attr-defined]  # a StringShape
        for told in control.notifications:
            assert told["threshold_type"] in budgets.shape_for("ThresholdType").enum  # type: ignore[attr-defined]
            assert told["notification_type"] in budgets.shape_for("NotificationType").enum  # type: ignore[attr-defined]
    for subscription in declared("any", "billing").subscriptions:
        assert subscription.frequency in costs.shape_for("AnomalySubscriptionFrequency").enum  # type: ignore[attr-defined]
        for monitor in subscription.monitors:
            report = ParamValidator().validate(json.loads(monitor.specification), costs.shape_for("Expression"))
            assert not report.has_errors(), report.generate_report()


def test_the_ownership_tag_sits_on_projects_alone() -> None:
    inputs = declared("any", "billing")
    tags = [*(control.tags for control in inputs.budgets), *(control.tags for control in inputs.subscriptions)]
    assert not any("bedrock-project" in tag_set for tag_set in tags)
    assert budget("prod.shop").tags == {
        "bedrock-projects:inventory": "acme-retail",
        "bedrock-projects:environment": "prod",
        "bedrock-projects:key": "shop",
    }


def test_a_budget_by_a_pending_tag_is_named_once_with_its_keys() -> None:
    budgets = declared("any", "billing").budgets
    notice = pending_budgets_notice(budgets, ["Team", "Owner"])
    assert notice is not None
    assert [line.strip() for line in notice.splitlines()[1:-1]] == ["acme-retail.search: Team"]
    assert pending_budgets_notice(budgets, ["Owner"]) is None
    assert len((pending_budgets_notice(budgets, ["bedrock-project"]) or "").splitlines()) == len(budgets) + 2


def test_an_environment_that_was_called_otherwise_keeps_its_budgets(tmp_path: Path) -> None:
    text = """\
version: 1
inventory: acme
environments: {live: {aliases: [prod]}}
projects: {chat: {name: Chat, environments: [live]}}
budgets: {chat: {project: chat, amount: 5, notify: [a@example.com], environments: [live]}}
anomaly_alerts: {all: {tag_key: bedrock-project, above: 5, notify: [a@example.com], environments: [live]}}
"""
    inputs = declared("live", "all", of=inventory(tmp_path, text))
    assert [control.former for control in inputs.budgets] == [("prod.chat",)]
    assert [control.former for control in inputs.subscriptions] == [("prod.all",)]


def test_each_environment_publishes_its_active_projects() -> None:
    published = publication_inputs(settings("prod"), FILE)
    assert [(parameter.resource, parameter.name) for parameter in published.parameters] == [
        ("search", "/acme.prod/search/project-id"),
        ("search.base-url", "/acme.prod/search/base-url"),
        ("search.region", "/acme.prod/search/region"),
        ("shop", "/acme.prod/shop/project-id"),
        ("shop.base-url", "/acme.prod/shop/base-url"),
        ("shop.region", "/acme.prod/shop/region"),
    ]
    assert [(policy.role, policy.name) for policy in published.policies] == [
        ("shop", "acme-retail.prod.shop"),
        ("shop-batch", "acme-retail.prod.shop"),
    ]
    assert (published.account, published.region) == ("222222222222", "us-west-2")
    [policy] = publication_inputs(settings("dev"), FILE).policies
    assert (policy.role, policy.key) == ("search", "search")


def test_a_prefix_may_name_the_environment(tmp_path: Path) -> None:
    text = """\
version: 1
inventory: acme
environments: {dev: {}, live: {aliases: [prod]}}
projects: {bot: {name: Bot, aliases: [chat], environments: [dev, live]}}
publish: {parameters: "/acme/{environment}/bedrock-{environment}"}
"""
    file = inventory(tmp_path, text)
    for environment in ("dev", "live"):
        parameters = publication_inputs(settings(environment), file).parameters
        prefix = f"/acme/{environment}/bedrock-{environment}/bot"
        assert [parameter.name for parameter in parameters] == [
            f"{prefix}/project-id",
            f"{prefix}/base-url",
            f"{prefix}/region",
        ]
        assert [parameter.former for parameter in parameters] == [("chat",), ("chat.base-url",), ("chat.region",)]


@pytest.mark.parametrize(("scope", "publishes"), [("all", True), ("projects", True), ("billing", False)])
def test_a_stack_without_projects_publishes_nothing(scope: Scope, publishes: bool) -> None:
    assert bool(publication_inputs(settings("dev", scope), FILE)) is publishes


def test_nothing_is_published_that_nobody_asked_for(tmp_path: Path) -> None:
    text = "version: 1\ninventory: acme\nenvironments: {dev: {}}\nprojects: {chat: {name: Chat, environments: [dev]}}\n"
    assert publication_inputs(settings(), inventory(tmp_path, text)) == PublicationInputs()


def test_a_project_that_is_retired_is_not_handed_over(tmp_path: Path) -> None:
    text = """\
version: 1
inventory: acme
environments: {dev: {}}
projects: {chat: {name: Chat, environments: [dev], status: archived}}
publish: {parameters: /acme, inference: {chat: ["arn:aws:iam::111111111111:role/chat"]}}
"""
    assert not publication_inputs(settings(), inventory(tmp_path, text))


def test_a_policy_allows_inference_on_that_project_and_nothing_else() -> None:
    arn = "arn:aws:bedrock-mantle:us-west-2:111111111111:project/proj_1"
    policy = inference_policy(arn, MANTLE)
    assert policy["Statement"] == [
        {
            "Sid": "InferenceOnThisProject",
            "Effect": "Allow",
            "Action": ["bedrock-mantle:CreateInference"],
            "Resource": [arn],
        }
    ]
    assert allows(policy, "bedrock-mantle:CreateInference", arn)
    assert not allows(policy, "bedrock-mantle:CreateInference", arn.replace("proj_1", "default"))
    assert not allows(policy, "bedrock-mantle:UpdateProject", arn)


def test_a_policy_of_the_other_endpoint_allows_its_actions_on_models_and_on_that_project() -> None:
    arn = "arn:aws:bedrock:us-west-2:111111111111:project/proj_1"
    policy = inference_policy(arn, RUNTIME)
    profile = "arn:aws:bedrock:us-west-2:111111111111:inference-profile/us.anthropic.claude"
    actions = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    assert [statement["Action"] for statement in policy["Statement"]] == [actions, actions]
    for action in actions:
        for resource in (arn, profile, "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova"):
            assert allows(policy, action, resource)
        # The global profiles send requests to a model without a region.
        assert allows(policy, action, "arn:aws:bedrock:::foundation-model/amazon.nova")
        for resource in (arn.replace("proj_1", "default"), profile.replace("1" * 12, "2" * 12)):
            assert not allows(policy, action, resource)
        assert not allows(policy, action, profile.replace("inference-profile", "application-inference-profile"))


def test_a_project_without_a_url_publishes_none(tmp_path: Path) -> None:
    text = """\
version: 1
inventory: acme
environments: {dev: {endpoint: bedrock-runtime}}
projects: {chat: {name: Chat, environments: [dev]}, old: {name: Old, environments: [dev], endpoint: bedrock-mantle}}
publish:
  parameters: /acme
  inference:
    chat: ["arn:aws:iam::111111111111:role/chat"]
    old: ["arn:aws:iam::111111111111:role/old"]
"""
    published = publication_inputs(settings(), inventory(tmp_path, text))
    assert [parameter.name for parameter in published.parameters] == [
        "/acme/chat/project-id",
        "/acme/chat/region",
        "/acme/old/project-id",
        "/acme/old/base-url",
        "/acme/old/region",
    ]
    assert [policy.endpoint for policy in published.policies] == [RUNTIME, MANTLE]


def test_names_of_policies_fit_and_stay_apart(tmp_path: Path) -> None:
    long = "k" * 99
    text = f"""\
version: 1
inventory: {"i" * 64}
environments: {{dev: {{}}}}
defaults: {{environments: [dev]}}
projects: {{{long}a: {{name: A}}, {long}b: {{name: B}}}}
publish:
  inference:
    {long}a: ["arn:aws:iam::111111111111:role/x"]
    {long}b: ["arn:aws:iam::111111111111:role/x"]
"""
    names = [policy.name for policy in publication_inputs(settings(), inventory(tmp_path, text)).policies]
    assert [len(name) for name in names] == [128, 128]
    assert len(set(names)) == 2


def examples(page: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_a_budget_for_a_team_takes_seven_lines(tmp_path: Path) -> None:
    first, budgets = examples("README.md")
    assert len(budgets.splitlines()) == 7
    inputs = declared("dev", "all", of=inventory(tmp_path, first + budgets))
    assert [control.name for control in inputs.budgets] == ["acme-retail.dev.customer-experience"]


def test_the_budget_for_a_team_is_declared_in_the_repository_of_the_template(tmp_path: Path) -> None:
    template = (ROOT / "templates/pulumi/projects.yaml").read_text("utf-8").replace("${PROJECT}", "acme-retail")
    text, _, example = template.partition("# An entry is")
    entry = "".join(f"{line[2:]}\n" for line in example.splitlines() if line.startswith("#   "))
    inputs = declared("dev", "all", of=inventory(tmp_path, f"{text}projects:\n{entry}{examples('README.md')[1]}"))
    assert [control.name for control in inputs.budgets] == ["acme-retail.dev.customer-experience"]
    assert inputs.left_out == ()


def test_the_example_of_the_page_runs_as_printed(tmp_path: Path) -> None:
    [text] = examples("docs/cost-controls.md")
    read = inventory(tmp_path, text)
    assert read.warnings == ()
    assert resources(declared("prod", "billing", of=read)) == [
        "by-team",
        "customer-experience",
        "dev.product-search",
        "prod.each-project-at-once",
        "prod.product-search",
    ]


def test_the_limits_are_those_of_the_services_model() -> None:
    budgets = Session().get_service_model("budgets")
    assert budgets.shape_for("BudgetName").metadata["max"] == BUDGET_NAME.longest
    assert budgets.shape_for("NotificationWithSubscribersList").metadata["max"] == ALERTS_PER_BUDGET
    assert budgets.shape_for("Subscribers").metadata["max"] == ADDRESSES_PER_ALERT + TOPICS_PER_ALERT
