"""Budgets and anomaly alerts as read: the edges of what is allowed, and every defect at once."""

from pathlib import Path

import pytest

from bedrock_projects.errors import InventoryError
from bedrock_projects.limits import ADDRESSES_PER_ALERT, ALERTS_PER_BUDGET
from tests.unit.inventory_files import inventory

TOPIC = "arn:aws:sns:us-east-1:999999999999:spend{}"
HEAD = """\
version: 1
inventory: acme
environments: {dev: {}, prod: {}}
tag_keys: {Team: {}}
projects:
  search: {name: Search, environments: {dev: {tags: {Team: Search}}, prod: {name: Find}}}
"""


def refused(tmp_path: Path, sections: str) -> list[str]:
    with pytest.raises(InventoryError) as error:
        inventory(tmp_path, HEAD + sections)
    return [f"{problem.path}: {problem.message}" for problem in error.value.problems]


@pytest.mark.parametrize(
    ("addresses", "topics", "fits"),
    [
        (ADDRESSES_PER_ALERT, 1, True),
        (ADDRESSES_PER_ALERT, 0, True),
        (0, 1, True),
        (ADDRESSES_PER_ALERT + 1, 0, False),
        (0, 2, False),
        (1, 2, False),
    ],
)
def test_an_alert_of_a_budget_tells_so_many_addresses_and_a_topic(
    addresses: int, topics: int, fits: bool, tmp_path: Path
) -> None:
    told = [f"a{n}@example.com" for n in range(addresses)] + [TOPIC.format(n) for n in range(topics)]
    text = f"budgets: {{search: {{project: search, amount: 5, notify: [{', '.join(told)}]}}}}\n"
    if fits:
        [budget] = inventory(tmp_path, HEAD + text).budgets
        assert [set(alert.notify) for alert in budget.alerts] == [set(told)]
    else:
        [message] = refused(tmp_path, text)
        assert message.startswith(f"budgets.search: has {addresses} addresses and {topics} topics, but AWS allows ")


@pytest.mark.parametrize("more", [0, 1])
def test_a_budget_has_so_many_alerts(more: int, tmp_path: Path) -> None:
    alerts = ", ".join(f"{{at: {n + 1}%}}" for n in range(ALERTS_PER_BUDGET + more))
    text = f"budgets: {{search: {{project: search, amount: 5, notify: [a@example.com], alerts: [{alerts}]}}}}\n"
    if more:
        [message] = refused(tmp_path, text)
        assert message.startswith(f"budgets.search.alerts: has {ALERTS_PER_BUDGET + 1} alerts, but AWS allows ")
    else:
        assert len(inventory(tmp_path, HEAD + text).budgets[0].alerts) == ALERTS_PER_BUDGET


def test_an_override_that_is_wrong_hides_no_defect_of_the_next_environment(tmp_path: Path) -> None:
    sections = """\
anomaly_alerts:
  spikes:
    tag_key: Team
    notify: [a@example.com]
    above: 5
    environments: {dev: {above: x}, prod: {}}
"""
    first, second = refused(tmp_path, sections)
    assert first == f"anomaly_alerts.spikes.tag_key: no project in 'prod' has the tag 'Team'; {UNUSED_KEY}"
    assert second.startswith("anomaly_alerts.spikes.environments.dev.above: 'x' is not ")


@pytest.mark.parametrize(
    ("publish", "place"),
    [
        ("{parameters: /acme}", "publish.parameters"),
        ("{environments: {dev: {parameters: /acme}, prod: {parameters: /acme}}}", "publish"),
        ("{parameters: /acme, environments: {dev: {}, prod: {parameters: /acme}}}", "publish.parameters"),
    ],
)
def test_one_prefix_of_two_environments_is_reported_at_the_prefix(publish: str, place: str, tmp_path: Path) -> None:
    account = '{account: "111111111111", region: us-west-2}'
    text = HEAD.replace("{dev: {}, prod: {}}", f"{{dev: {account}, prod: {account}}}") + f"publish: {publish}\n"
    with pytest.raises(InventoryError) as error:
        inventory(tmp_path, text)
    [problem] = error.value.problems
    assert problem.path == place
    assert problem.message == (
        "'dev' and 'prod' share the prefix '/acme' in one account and region; write /acme/{environment}, "
        "or give each its own prefix under `publish.environments`"
    )


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ("notify: a@example.com, alerts: [{at: 80%}]", "notify"),
        ("notify: [a@example.com], alerts: [{at: 80%, notify: a@example.com}]", "alerts[0].notify"),
        ("notify: [a@example.com], alerts: [{at: 80%, notify: [nobody]}]", "alerts[0].notify[0]"),
        ("notify: [a@example.com], alerts: [{at: x}, {at: 100%}]", "alerts[0].at"),
        ("notify: [a@example.com], alerts: [{at: 100%, of: nothing}, {at: 100%}]", "alerts[0].of"),
        ("alerts: 80%", "alerts"),
    ],
)
def test_one_defect_of_an_alert_is_reported_once(settings: str, place: str, tmp_path: Path) -> None:
    [message] = refused(tmp_path, f"budgets: {{all: {{project: search, amount: 5, {settings}}}}}\n")
    assert message.startswith(f"budgets.all.{place}: ")


UNUSED_KEY = "add it to a project, or choose another key"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("notify: [a@example.com]", ": `tag_key` is missing; add it ("),
        (
            "tag_key: Team, frequency: at once, notify: [arn:aws:sns:us-east-1:999999999999:spend]",
            ".frequency: unknown value ",
        ),
        (
            "tag_key: Team, notify: [a@example.com], environments: [deev]",
            ".environments[0]: unknown environment 'deev'; ",
        ),
        ("tag_key: Owner, notify: [a@example.com]", f".tag_key: no project has the tag 'Owner'; {UNUSED_KEY}"),
        (
            "tag_key: Owner, notify: [a@example.com], environments: [dev]",
            f".tag_key: no project in 'dev' has the tag 'Owner'; {UNUSED_KEY}",
        ),
        (
            "tag_key: bedrock-project, notify: [a@example.com], environments: [stage]",
            f".tag_key: no project in 'stage' has the tag 'bedrock-project'; {UNUSED_KEY}",
        ),
    ],
)
def test_one_defect_of_an_anomaly_alert_is_reported_once(settings: str, message: str, tmp_path: Path) -> None:
    head = HEAD.replace("prod: {}}", "prod: {}, stage: {}}").replace("{Team: {}}", "{Team: {}, Owner: {}}")
    with pytest.raises(InventoryError) as error:
        inventory(tmp_path, head + f"anomaly_alerts: {{all: {{above: 5, {settings}}}}}\n")
    [problem] = error.value.problems
    assert f"{problem.path}: {problem.message}".startswith(f"anomaly_alerts.all{message}")


@pytest.mark.parametrize(
    ("environments", "name"),
    [("", "<inventory>.<key>"), (", environments: [dev]", "<inventory>.<environment>.<key>")],
)
def test_a_name_that_is_too_long_is_reported_with_what_it_is_made_of(
    environments: str, name: str, tmp_path: Path
) -> None:
    budget = f"{{project: search, amount: 5, notify: [a@example.com]{environments}}}"
    text = HEAD.replace("acme", "a" * 50) + f"budgets: {{{'b' * 50}: {budget}}}\n"
    with pytest.raises(
        InventoryError, match=f": the name {name} has [0-9]+ characters, but a budget name may have at most 100; "
    ):
        inventory(tmp_path, text)


ACCOUNT = 'account: "111111111111", region: us-west-2'
EAST = 'account: "111111111111", region: us-east-1'


@pytest.mark.parametrize(
    ("environments", "publish", "pairs"),
    [
        (f"{{dev: {{{ACCOUNT}}}, prod: {{{EAST}}}, test: {{{ACCOUNT}}}}}", "{parameters: /acme}", ["'dev' and 'test'"]),
        (f"{{dev: {{}}, prod: {{{ACCOUNT}}}, test: {{{ACCOUNT}}}}}", "{parameters: /acme}", ["'prod' and 'test'"]),
        (
            f"{{dev: {{{ACCOUNT}}}, prod: {{{ACCOUNT}}}, test: {{{ACCOUNT}}}}}",
            "{parameters: /acme}",
            ["'dev', 'prod' and 'test'"],
        ),
        (f"{{dev: {{{ACCOUNT}}}, prod: {{{ACCOUNT}}}, test: {{{EAST}}}}}", "{parameters: '/a/{environment}'}", []),
        (
            f"{{dev: {{{ACCOUNT}}}, prod: {{{ACCOUNT}}}, test: {{{ACCOUNT}}}}}",
            "{parameters: '/a/{environment}', environments: {dev: {}, prod: {parameters: /a/dev}, test: {}}}",
            ["'dev' and 'prod'"],
        ),
        ("{dev: {}, prod: {}, test: {}}", "{parameters: /acme}", []),
        (f"{{dev: {{{ACCOUNT}}}, prod: {{{ACCOUNT}}}, test: {{}}}}", "{inference: {search: [ROLE]}}", []),
    ],
)
def test_only_environments_of_one_account_and_region_share_a_prefix(
    environments: str, publish: str, pairs: list[str], tmp_path: Path
) -> None:
    text = HEAD.replace("{dev: {}, prod: {}}", environments).replace("name: Find}", "name: Find}, test: {name: Try}")
    text += f"publish: {publish.replace('ROLE', 'arn:aws:iam::111111111111:role/a')}\n"
    try:
        problems = inventory(tmp_path, text).warnings
    except InventoryError as error:
        problems = error.problems
    assert [problem.message.partition(" share")[0] for problem in problems] == pairs


def test_many_environments_that_share_a_prefix_are_one_problem_with_a_few_names(tmp_path: Path) -> None:
    names = [f"e{number:02}" for number in range(24)]
    head = ", ".join(f"{name}: {{{ACCOUNT}}}" for name in names)
    text = f"""\
version: 1
inventory: acme
environments: {{{head}}}
defaults: {{environments: [{", ".join(names)}]}}
projects: {{search: {{name: Search, tags: {{}}}}}}
publish: {{parameters: /acme}}
"""
    with pytest.raises(InventoryError) as error:
        inventory(tmp_path, text)
    [message] = [problem.message for problem in error.value.problems if "share" in problem.message]
    assert message.startswith("'e00', 'e01', 'e02', 'e03', 'e04' and 19 more share the prefix '/acme'")


@pytest.mark.parametrize(
    ("environment", "prefix", "message"),
    [
        ("aws-dev", "/{environment}", "'/aws-dev' is not a valid prefix of parameter names; use letters"),
        ("d" * 60, f"/{{environment}}/{'x' * 150}", "has 212 characters, but a prefix of parameter names may have"),
    ],
)
def test_a_prefix_is_checked_with_the_name_of_the_environment_in_it(
    environment: str, prefix: str, message: str, tmp_path: Path
) -> None:
    text = f"""\
version: 1
inventory: acme
environments: {{{environment}: {{}}}}
projects: {{search: {{name: Search, environments: [{environment}]}}}}
publish: {{parameters: "{prefix}"}}
"""
    with pytest.raises(InventoryError) as error:
        inventory(tmp_path, text)
    [problem] = error.value.problems
    assert problem.path == "publish.parameters"
    assert problem.message.startswith(f"in environment {environment!r}: {message}")


def test_environments_that_are_wrong_are_not_all_environments(tmp_path: Path) -> None:
    text = HEAD.replace("{dev: {}, prod: {}}", f"{{dev: {{{ACCOUNT}}}, prod: {{{ACCOUNT}}}}}")
    with pytest.raises(InventoryError) as error:
        inventory(tmp_path, text + "publish: {parameters: /acme, environments: 5}\n")
    assert [problem.path for problem in error.value.problems] == ["publish.environments"]


def test_what_is_for_all_environments_comes_first(tmp_path: Path) -> None:
    text = (
        HEAD.replace("dev", "Dev")
        + """\
budgets:
  a: {project: search, amount: 5, notify: [a@example.com], environments: [prod, Dev]}
  b: {project: search, amount: 5, notify: [a@example.com]}
anomaly_alerts:
  a: {tag_key: Team, above: 5, notify: [a@example.com], environments: [Dev]}
  b: {tag_key: Team, above: 5, notify: [a@example.com]}
"""
    )
    read = inventory(tmp_path, text)
    assert [budget.environment for budget in read.budgets] == [None, "Dev", "prod"]
    assert [alert.environment for alert in read.anomaly_alerts] == [None, "Dev"]
