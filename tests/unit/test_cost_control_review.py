"""A review names what a change of budgets, anomaly alerts, publications, data exports and a chargeback does."""

from pathlib import Path

import pytest

from bedrock_projects.model import Inventory
from bedrock_projects.review.comparison import ALL_ENVIRONMENTS, environments_touched, review
from tests.unit.command_line import run
from tests.unit.inventory_files import inventory

HEAD = """\
version: 1
inventory: acme
environments: {dev: {}, prod: {}}
tag_keys: {Team: {}}
defaults: {environments: [dev, prod]}
projects: {chat: {name: Chat, tags: {Team: Care}}, search: {name: Search, tags: {Team: Search}}}
"""
BUDGET = "budgets: {care: {tag: {Team: Care}, amount: 500, notify: [a@example.com]}}\n"
IN_PROD = BUDGET.replace("}}\n", ", environments: [prod]}}\n")
ALERT = "anomaly_alerts: {spikes: {tag_key: Team, above: 50, notify: [a@example.com], environments: [dev]}}\n"
PARAMETERS = "/{}/<key>/project-id, …/base-url, …/region"
PUBLISH = (
    'publish: {parameters: /acme, inference: {chat: ["arn:aws:iam::111111111111:role/chat"]}, environments: [dev]}\n'
)
ROLE = "arn:aws:iam::111111111111:role/chat"
EXPORTS = 'exports: {acme-cur2: {table: cur2, location: "s3://acme-billing/cur2"}}\n'

CHARGEBACK = """\
chargeback:
  by: Team
  central: {name: Platform}
  shared:
    chat: {projects: [chat], method: even}
    old: {projects: [old], method: fixed, shares: {Search: 60%, Care: 40%}}
  adjustments: {2026-10: [{description: Fee, amount: "4000.00", method: proportional, to: [Care]}]}
"""
FACTS = (
    "new: by Team, cost billed, central Platform, unallocated central, discounts as_billed, refunds as_billed, "
    "credits central, tax exclude, support exclude, closed in chargeback from day 8, smallest true-up 1.00"
)
CREATED = "exports: {bedrock: {table: cur2, create: true, bucket: acme-bedrock-costs, region: us-east-1}}\n"
HOURLY = CREATED.replace("}}", ", granularity: hourly}}")
BEDROCK_ROWS = CREATED.replace("}}", ", rows: bedrock}}")
REFUSED = (
    "a run refuses this change: AWS would replace the export, and delivers no earlier month again. Add a second export "
    "with a bucket of its own instead"
)
PARTIAL = (
    "`rows: bedrock` leaves out tax, support, and credits without a product family, so no report of it can be compared "
    "with the whole bill"
)
KEPT = "months that are delivered already keep their rows"
RELEASED = (
    "a run refuses to remove it, since Pulumi protects the export and its bucket; after `pulumi state unprotect` it "
    "releases them, and both stay in AWS"
)
NOTES = {
    "created": ("", CREATED, []),
    "created for Bedrock alone": ("", BEDROCK_ROWS, [PARTIAL]),
    "hourly": (CREATED, HOURLY, [REFUSED]),
    "daily again": (HOURLY, CREATED, [REFUSED]),
    "with principals": (CREATED, CREATED.replace("}}", ", iam_principals: true}}"), [REFUSED]),
    "in another bucket": (CREATED, CREATED.replace("acme-bedrock", "acme-other"), [REFUSED]),
    "in another region": (CREATED, CREATED.replace("us-east-1", "eu-west-1"), [REFUSED]),
    "Bedrock's rows from now on": (CREATED, BEDROCK_ROWS, [KEPT, PARTIAL]),
    "all rows from now on": (BEDROCK_ROWS, CREATED, [KEPT]),
    "removed": (CREATED, "", [RELEASED]),
    "unchanged": (BEDROCK_ROWS, BEDROCK_ROWS, []),
    "only read": ("", EXPORTS, []),
}

CASES: dict[str, tuple[str, str, dict[str, list[tuple[str, str, str]]]]] = {
    "nothing": (BUDGET + ALERT + PUBLISH, BUDGET + ALERT + PUBLISH, {}),
    "a new budget for all environments": (
        "",
        BUDGET,
        {
            ALL_ENVIRONMENTS: [
                (
                    "budget",
                    "care",
                    "new: amount 500 USD monthly, for Team: Care, alerts 100% of actual to a@example.com",
                )
            ]
        },
    ),
    "a budget that goes": (IN_PROD, "", {"prod": [("budget", "care", "removed")]}),
    "another amount": (
        IN_PROD,
        IN_PROD.replace("500", "800"),
        {"prod": [("budget", "care", "amount 500 USD monthly → 800 USD monthly")]},
    ),
    "another tag": (
        BUDGET,
        BUDGET.replace("Care", "Search"),
        {ALL_ENVIRONMENTS: [("budget", "care", "for Team: Care → Team: Search")]},
    ),
    "another subscriber": (
        BUDGET,
        BUDGET.replace("a@", "b@"),
        {
            ALL_ENVIRONMENTS: [
                ("budget", "care", "alerts 100% of actual to a@example.com → 100% of actual to b@example.com")
            ]
        },
    ),
    "another threshold of an anomaly alert": (
        ALERT,
        ALERT.replace("above: 50", "above: 50, above_percent: 40%"),
        {"dev": [("alert", "spikes", "above 50 USD → 50 USD and 40%")]},
    ),
    "another frequency": (
        ALERT,
        ALERT.replace("above: 50", "above: 50, frequency: weekly"),
        {"dev": [("alert", "spikes", "alerts daily to a@example.com → weekly to a@example.com")]},
    ),
    "publishing begins": (
        "",
        PUBLISH,
        {
            "dev": [
                ("published", "all projects", f"new: parameters {PARAMETERS.format('acme')}"),
                ("published", "chat", f"new: inference by {ROLE}"),
            ]
        },
    ),
    "a role more": (
        PUBLISH,
        PUBLISH.replace(f'["{ROLE}"]', f'["{ROLE}", "{ROLE}-2"]'),
        {"dev": [("published", "chat", f"inference by {ROLE} → {ROLE}, {ROLE}-2")]},
    ),
    "another prefix": (
        PUBLISH,
        PUBLISH.replace("/acme", "/shop"),
        {
            "dev": [
                (
                    "published",
                    "all projects",
                    f"parameters {PARAMETERS.format('acme')} → {PARAMETERS.format('shop')}",
                )
            ]
        },
    ),
    "the environment's name is written as a placeholder": (
        PUBLISH.replace("/acme", "/acme/dev"),
        PUBLISH.replace("/acme", "'/acme/{environment}'"),
        {},
    ),
    "a new export": (
        "",
        EXPORTS,
        {ALL_ENVIRONMENTS: [("export", "acme-cur2", "new: table cur2, location s3://acme-billing/cur2")]},
    ),
    "another place of an export": (
        EXPORTS,
        EXPORTS.replace("acme-billing", "acme-costs"),
        {
            ALL_ENVIRONMENTS: [
                ("export", "acme-cur2", "location s3://acme-billing/cur2 → s3://acme-costs/cur2"),
            ]
        },
    ),
    "an export that the stack creates": (
        EXPORTS,
        EXPORTS.replace("}}", f"}}, {CREATED[len('exports: {') : -1]}"),
        {
            ALL_ENVIRONMENTS: [
                (
                    "created_export",
                    "bedrock",
                    (
                        "new: table cur2, bucket acme-bedrock-costs, region us-east-1, granularity daily, rows all, "
                        "iam_principals false"
                    ),
                )
            ]
        },
    ),
    "another granularity of an export": (
        CREATED,
        CREATED.replace("}}", ", granularity: hourly}}"),
        {ALL_ENVIRONMENTS: [("created_export", "bedrock", "granularity daily → hourly")]},
    ),
    "the rules of a chargeback begin": (
        "",
        CHARGEBACK,
        {
            ALL_ENVIRONMENTS: [
                ("chargeback", "adjustments.2026-10", "new: Fee 4000.00 proportional to Care"),
                ("chargeback", "rules", FACTS),
                ("chargeback", "shared.chat", "new: projects chat, split even"),
                ("chargeback", "shared.old", "new: projects old, split fixed: Care 40%, Search 60%"),
            ]
        },
    ),
    "other rules of a chargeback": (
        CHARGEBACK,
        CHARGEBACK.replace("name: Platform", "name: Platform, cost_center: CC-1")
        .replace("method: even", "method: weights, weights: chat.csv")
        .replace("60%", "55%")
        .replace("40%", "45%")
        .replace('"4000.00"', '"4100"')
        .replace("  shared:", "  unallocated: {method: even, to: [Care]}\n  credits: proportional\n  shared:")
        + '  journal: {cost_center: Team, gl_account: "6450"}\n  closed: {not_before_day: 9}\n',
        {
            ALL_ENVIRONMENTS: [
                ("chargeback", "adjustments.2026-10", "Fee 4000.00 proportional to Care → 4100 proportional to Care"),
                ("chargeback", "rules", "central Platform → Platform (CC-1)"),
                ("chargeback", "rules", "closed in chargeback from day 8 → in chargeback from day 9"),
                ("chargeback", "rules", "credits central → proportional"),
                ("chargeback", "rules", "journal (none) → by Team to 6450"),
                ("chargeback", "rules", "unallocated central → even to Care"),
                ("chargeback", "shared.chat", "split even → weights of chat.csv"),
                ("chargeback", "shared.old", "split fixed: Care 40%, Search 60% → fixed: Care 45%, Search 55%"),
            ]
        },
    ),
    "shared costs in another order": (
        CHARGEBACK,
        CHARGEBACK.replace("    chat: {projects: [chat], method: even}\n", "").replace(
            "  adjustments", "    chat: {projects: [chat], method: even}\n  adjustments"
        ),
        {},
    ),
    "the rules of a chargeback end": (
        CHARGEBACK,
        "",
        {
            ALL_ENVIRONMENTS: [
                ("chargeback", key, "removed") for key in ("adjustments.2026-10", "rules", "shared.chat", "shared.old")
            ]
        },
    ),
    "an export that goes": (EXPORTS, "", {ALL_ENVIRONMENTS: [("export", "acme-cur2", "removed")]}),
}


def both(folder: Path, before: str, after: str) -> tuple[Inventory, Inventory]:
    return inventory(folder, HEAD + before), inventory(folder, HEAD + after)


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_each_change_is_named_in_its_environment(
    tmp_path: Path, before: str, after: str, expected: dict[str, list[tuple[str, str, str]]]
) -> None:
    reviewed = review(*both(tmp_path, before, after))
    changes = {
        environment.environment: [(change.kind, change.key, change.what) for change in environment.changes]
        for environment in reviewed.environments
    }
    assert changes == expected
    assert not reviewed.irreversible


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_only_the_environments_whose_stack_declares_it_are_touched(
    tmp_path: Path, before: str, after: str, expected: dict[str, object]
) -> None:
    touched = environments_touched(*both(tmp_path, before, after))
    assert touched == sorted(expected.keys() - {ALL_ENVIRONMENTS})


def test_the_only_environment_is_touched_by_what_is_for_all(tmp_path: Path) -> None:
    alone = HEAD.replace(", prod: {}", "").replace(", prod]", "]")
    before, after = inventory(tmp_path, alone), inventory(tmp_path, alone + BUDGET)
    assert environments_touched(before, after) == ["dev"]


@pytest.mark.parametrize(("before", "after", "expected"), NOTES.values(), ids=NOTES)
def test_a_reviewer_sees_what_a_run_refuses_of_an_export_and_what_it_leaves_out(
    tmp_path: Path, before: str, after: str, expected: list[str]
) -> None:
    reviewed = review(*both(tmp_path, before, after))
    notes = [note for environment in reviewed.environments for note in environment.notes]
    assert [(note.text, note.keys) for note in notes] == [(text, ("bedrock",)) for text in expected]


def test_an_export_that_is_created_touches_the_stack_of_the_only_environment(tmp_path: Path) -> None:
    alone = HEAD.replace(", prod: {}", "").replace(", prod]", "]")
    assert environments_touched(inventory(tmp_path, alone), inventory(tmp_path, alone + CREATED)) == ["dev"]


def test_an_export_touches_no_stack(tmp_path: Path) -> None:
    alone = HEAD.replace(", prod: {}", "").replace(", prod]", "]")
    assert environments_touched(inventory(tmp_path, alone), inventory(tmp_path, alone + EXPORTS)) == []


def test_the_title_of_exports_says_that_nothing_changes(tmp_path: Path) -> None:
    for name, sections in (("before.yaml", ""), ("after.yaml", EXPORTS)):
        (tmp_path / name).write_text(HEAD + sections)
    done = run("review", "before.yaml", "after.yaml", folder=tmp_path)
    assert "  Data exports: read by cost reports, nothing changes in AWS\n    acme-cur2: new: table cur2" in done.out


def test_the_title_of_a_chargeback_says_that_closed_months_keep_their_rules(tmp_path: Path) -> None:
    for name, sections in (("before.yaml", CHARGEBACK), ("after.yaml", CHARGEBACK.replace("chat: {", "chats: {"))):
        (tmp_path / name).write_text(HEAD + sections)
    done = run("review", "before.yaml", "after.yaml", folder=tmp_path)
    assert (
        "  Chargeback: closed months keep the rules they were made with, nothing changes in AWS\n"
        "    shared.chats: new: projects chat, split even\n"
    ) in done.out


def test_a_review_of_one_environment_leaves_the_others_out(tmp_path: Path) -> None:
    before, after = both(tmp_path, BUDGET + ALERT, "")
    assert [environment.environment for environment in review(before, after, only=["dev"]).environments] == ["dev"]


def test_the_command_shows_budgets_under_a_title_of_their_own(tmp_path: Path) -> None:
    for name, sections in (("before.yaml", ""), ("after.yaml", IN_PROD)):
        (tmp_path / name).write_text(HEAD + sections)
    done = run("review", "before.yaml", "after.yaml", folder=tmp_path)
    assert done.code == 10
    assert "prod\n\n  Budgets\n    care: new: amount 500 USD monthly, for Team: Care" in done.out
