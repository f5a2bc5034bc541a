"""The month of a FinOps analyst once more: each claim answers a complaint of the trial that a report can answer."""

import csv
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bedrock_projects.reports.lines import OTHER_USAGE
from local_aws import CostLine
from tests.local_aws.analysts_month import (
    ACCOUNT,
    ACCOUNTS,
    CHARGE_TYPE,
    CLAUDE,
    DISCOUNT,
    EQUAL_TEAMS,
    FORMER_TEAM,
    GPT,
    HANDED_OVER,
    MODEL,
    NEW_TEAM,
    NEW_TEAM_OF_THE_MONTH,
    NOVA,
    OWNER,
    QWEN,
    TEAMS,
    UNKNOWN_TYPE,
    USAGE_TYPE,
    Month,
    environment_of,
    having,
    is_bedrock,
    is_usage,
    tag,
)

WITHOUT = ""
"""The value of the line of unallocated spend."""


def lines_of(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All lines by value; the unallocated spend has the empty one."""
    last = [report["unallocated"]["line"]] if report["unallocated"] else []
    return {row["value"]: row for row in (*report["lines"], *last)}


def charges_of(row: dict[str, Any]) -> dict[str, Decimal]:
    return {kind: Decimal(amount) for kind, amount in row["charges"].items()}


def parts_of(row: dict[str, Any]) -> dict[str, Decimal]:
    """The parts of a line by value; usage without a model and charges without one are two parts with the empty one."""
    sums: dict[str, Decimal] = {}
    for part in row["parts"]:
        sums[part["value"]] = sums.get(part["value"], Decimal()) + Decimal(part["total"])
    return sums


def drivers_of(row: dict[str, Any]) -> dict[str, Decimal]:
    return {driver["label"]: Decimal(driver["total"]) for driver in row["drivers"]}


def usage_types(month: Month, kind: str) -> set[str]:
    """The usage types of a kind of tokens."""
    return {bill_line.usage_type for bill_line in month.lines if kind in bill_line.usage_type}


def rows_of(month: Month, *words: str) -> list[dict[str, str]]:
    """The rows of the CSV."""
    done = month.done(*words, "--format", "csv")
    assert done.code == 0
    return list(csv.DictReader(done.out.splitlines()))


def share_of(amount: Decimal, whole: Decimal) -> Decimal:
    return (100 * amount / whole).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")


TEAM, PROJECT = tag("Team"), tag(OWNER)


REPORTS = {
    "project": [],
    "Team": ["--by", "Team"],
    "CostCenter": ["--by", "CostCenter"],
    "environment": ["--by", "environment"],
    "account": ["--by", "account"],
    "model": ["--by", "model"],
    "service": ["--by", "service"],
    "Team and model": ["--by", "Team,model"],
    "CostCenter and account": ["--by", "CostCenter,account"],
    "without credits": ["--by", "Team", "--exclude", "credits"],
    "without credits, discounts and tax": ["--exclude", "credits,discounts", "--exclude", "tax"],
    "effective cost": ["--by", "Team", "--cost", "effective"],
    "two environments": ["--by", "Team", "--environment", "dev-eu", "--environment", "prod-eu"],
    "an account": ["--by", "Application", "--account", ACCOUNTS["prod-us"]],
    "by day": ["--by", "Team", "--granularity", "day", "--yes"],
    "compared": ["--by", "Team", "--compare", "previous", "--yes"],
}
METRICS = {"effective cost": "NetAmortizedCost"}
IN_ACCOUNTS = {
    "two environments": {ACCOUNTS["dev-eu"], ACCOUNTS["prod-eu"]},
    "an account": {ACCOUNTS["prod-us"]},
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_adds_up_to_bedrock_and_with_the_rest_to_the_whole_bill(month: Month, name: str) -> None:
    """Equations 1 and 2: each side is a sum of its own, and no cent of difference is allowed."""
    report = month.report(*REPORTS[name])
    bill = report["reconciliation"]
    accounts, metric = IN_ACCOUNTS.get(name), METRICS.get(name, "")

    def is_seen(bill_line: CostLine) -> bool:
        return accounts is None or bill_line.account in accounts

    whole, bedrock = month.sum(is_seen, metric=metric), month.sum(is_seen, is_bedrock, metric=metric)
    reported, excluded, rest = (
        Decimal(bill["reported"]),
        Decimal(bill["excluded"]),
        sum((Decimal(part["total"]) for part in bill["rest"]), Decimal()),
    )
    assert (
        sum(Decimal(row["total"]) for row in lines_of(report).values()) == reported == Decimal(report["total"]["total"])
    )
    assert reported + excluded == Decimal(bill["bedrock"]) == bedrock
    assert Decimal(bill["difference"]) == 0
    assert Decimal(bill["bedrock"]) + rest == Decimal(bill["total"]) == whole


@pytest.mark.parametrize("name", REPORTS)
def test_each_line_is_the_sum_of_its_charges_its_periods_and_its_parts(month: Month, name: str) -> None:
    for row in lines_of(month.report(*REPORTS[name])).values():
        total = Decimal(row["total"])
        assert sum(charges_of(row).values()) == sum(map(Decimal, row["amounts"])) == total
        assert not row["parts"] or sum(parts_of(row).values()) == total
        assert not row["drivers"] or sum(drivers_of(row).values()) == charges_of(row)["usage"]


# Wrong or misleading, 1


def test_credits_are_a_cause_of_their_own(month: Month) -> None:
    for key, words in (("Team", ["--by", "Team"]), (OWNER, [])):
        causes = {cause["kind"]: cause for cause in month.report(*words)["unallocated"]["causes"]}
        assert Decimal(causes["charge type"]["total"]) == -5250
        assert (causes["charge type"]["label"], causes["charge type"]["share"]) == (f"credits without {key}", None)
        assert Decimal(causes["bedrock-runtime"]["total"]) > 0


def test_a_credit_moves_no_share(month: Month) -> None:
    """Shares are of direct usage: the same with the credits and without them."""
    usage = month.sum(is_usage)
    report = lines_of(month.report("--by", "Team"))
    assert {value: row["share"] for value, row in report.items()} == {
        value: row["share"] for value, row in lines_of(month.report(*REPORTS["without credits"])).items()
    }
    for value, row in report.items():
        assert Decimal(row["share"]) == share_of(charges_of(row)["usage"], usage) >= 0, value


def test_a_cause_has_a_share_only_if_the_shares_add_up(month: Month) -> None:
    """By Team, a part of the usage without a project carries the key, and no table says of which cause."""
    by_project = month.report()["unallocated"]["causes"]
    assert sum(Decimal(cause["share"]) for cause in by_project if cause["share"]) in (
        Decimal("99.9"),
        Decimal(100),
        Decimal("100.1"),
    )
    assert {cause["share"] for cause in month.report("--by", "Team")["unallocated"]["causes"]} == {None}


def test_no_account_has_a_share_of_an_amount_that_credits_made_negative(month: Month) -> None:
    accounts = month.report()["unallocated"]["accounts"]
    assert {part["account"]["id"] for part in accounts} == {ACCOUNTS[name] for name in ("dev-us", "prod-ap", "prod-eu")}
    assert {part["share"] for part in accounts} == {None}


def test_a_line_is_split_by_charge_type(month: Month) -> None:
    report = month.report("--by", "Team")
    assert charges_of(report["total"]) == {
        "usage": month.sum(is_usage),
        "discount": month.sum(having(CHARGE_TYPE, DISCOUNT)),
        "credit": Decimal(-5250),
        "other": Decimal("-0.5"),
    }
    search = charges_of(lines_of(report)["Search"])
    assert search["usage"] == month.sum(is_usage, having(TEAM, "Search"))
    assert search["other"] == Decimal("-0.5")


def test_an_unknown_charge_type_is_counted_and_named(month: Month) -> None:
    report = month.report("--by", "Team")
    assert report["other_charge_types"] == [UNKNOWN_TYPE]
    assert [note for note in report["notes"] if UNKNOWN_TYPE in note]


def test_credits_can_be_left_out(month: Month) -> None:
    report = month.report(*REPORTS["without credits"])
    assert "credit" not in charges_of(report["total"])
    assert Decimal(report["total"]["total"]) == month.sum(is_bedrock) + 5250
    assert Decimal(report["reconciliation"]["excluded"]) == -5250


# Wrong or misleading, 2 and 3: which options are refused is in test_analysts_requests.py


def test_repeated_options_are_combined(month: Month) -> None:
    both = month.report("--by", "Team", "--by", "account")
    assert parts_of(lines_of(both)["Search"]) == parts_of(lines_of(month.report("--by", "Team,account"))["Search"])
    accounts = [account["id"] for account in month.report(*REPORTS["two environments"])["header"]["accounts"]]
    assert accounts == [ACCOUNTS["dev-eu"], ACCOUNTS["prod-eu"]]


# Wrong or misleading, 4; Missing for chargeback, 9


def test_a_renamed_team_is_one_line_with_its_former_name(month: Month) -> None:
    report = lines_of(month.report("--by", "Team"))
    assert "Procurement" not in report
    assert Decimal(report["Sourcing"]["total"]) == month.sum(having(TEAM, "Procurement", "Sourcing"))
    assert report["Sourcing"]["mark"] == "formerly Procurement"
    assert "Sourcing (formerly Procurement)" in month.text("--by", "Team")


def test_a_renamed_team_keeps_its_models_and_its_tokens(month: Month) -> None:
    """Its projects have two values in the month, but both are one team."""
    sourcing = lines_of(month.report("--by", "Team", "--usage"))["Sourcing"]
    usage = month.sum(is_usage, having(TEAM, "Procurement", "Sourcing"))
    assert drivers_of(sourcing).keys() <= {GPT.name, CLAUDE.name, QWEN.name}
    assert sum(drivers_of(sourcing).values()) == usage
    assert sum(map(Decimal, sourcing["usage"]["cost"].values())) == usage


def test_a_renamed_team_is_compared_with_itself(month: Month) -> None:
    sourcing = lines_of(month.report(*REPORTS["compared"]))["Sourcing"]
    before = (line for line in month.lines if line.day < month.first)
    assert (
        Decimal(sourcing["previous"]) == sum(line.amount for line in before if line.tags["Team"] == "Procurement") > 0
    )


def test_a_filter_by_a_team_has_its_former_name(month: Month) -> None:
    report = month.report("--filter", "Team=Sourcing")
    assert Decimal(report["total"]["total"]) == month.sum(having(TEAM, "Procurement", "Sourcing"))
    assert report["reconciliation"] is None


def test_a_project_that_changed_hands_is_split_by_its_usage(month: Month) -> None:
    owner = f"acme/prod-us/{HANDED_OVER}"
    by_team = lines_of(month.report("--by", "Team"))
    for team in (FORMER_TEAM, NEW_TEAM):
        assert Decimal(by_team[team]["total"]) == month.sum(having(TEAM, team))
    before, after = (month.sum(having(PROJECT, owner), having(TEAM, team)) for team in (FORMER_TEAM, NEW_TEAM))
    assert before > 0
    assert after > 0
    by_both = lines_of(month.report("--by", "project,Team"))
    assert parts_of(by_both[owner]) == {FORMER_TEAM: before, NEW_TEAM: after}


def test_a_team_that_the_inventory_does_not_have_is_marked(month: Month) -> None:
    marks = {value: row["mark"] for value, row in lines_of(month.report("--by", "Team")).items()}
    assert marks == {
        **dict.fromkeys(TEAMS, ""),
        WITHOUT: "",
        "Sourcing": "formerly Procurement",
        "Skunkworks": "not in the inventory",
    }


def test_projects_that_should_have_no_spend_are_marked(month: Month) -> None:
    text = month.text()
    assert "gone (prod-eu, not in the inventory) " in text
    assert "OldPilot-Prod-Eu (archived) " in text


# Wrong or misleading, 5 to 8


def test_a_change_from_next_to_nothing_is_not_a_number_of_ten_digits(month: Month) -> None:
    row = lines_of(month.report(*REPORTS["compared"]))[NEW_TEAM_OF_THE_MONTH]
    assert 0 < Decimal(row["previous"]) < 1
    [shown] = [line for line in month.done(*REPORTS["compared"]).out.splitlines() if NEW_TEAM_OF_THE_MONTH in line][:1]
    assert "(>+999%)" in shown


def test_equal_amounts_have_equal_shares(month: Month) -> None:
    one, other = (lines_of(month.report("--by", "Team"))[team] for team in EQUAL_TEAMS)
    assert one["total"] == other["total"]
    assert one["share"] == other["share"]


@pytest.mark.parametrize("name", ["Team", "two environments"])
def test_accounts_are_named_by_billing_and_by_the_inventory(month: Month, name: str) -> None:
    account = ACCOUNTS["prod-eu"]
    assert f"{account} (account-{account}; prod-eu)" in month.text(*REPORTS[name])


def test_the_rhythm_of_a_week_and_a_credit_are_no_change(month: Month) -> None:
    """Labs uses a fourth on each day of a weekend, and a credit of 5,000 is on one day."""
    report = month.report(*REPORTS["by day"])
    labs = list(map(Decimal, lines_of(report)["Labs"]["amounts"]))
    assert {Decimal(16), Decimal(60)} <= set(labs)
    assert min(map(Decimal, report["total"]["amounts"])) < -5000
    assert report["largest_changes"] == []


# Wrong or misleading, 9 and 10


def test_the_difference_of_reports_by_project_and_by_team_is_a_cause(month: Month) -> None:
    """Usage that carries the tag and is of no project, such as that of an inference profile."""
    without = {
        key: Decimal(month.report("--by", key)["unallocated"]["line"]["charges"]["usage"])
        for key in ("project", "Team")
    }
    causes = {cause["kind"]: cause for cause in month.report("--by", "Team")["unallocated"]["causes"]}
    profile = month.sum(is_usage, having(PROJECT, ""), having(TEAM, *TEAMS))
    assert without["project"] - without["Team"] == profile == -Decimal(causes["tagged usage"]["total"]) > 0
    assert "usage without a project that carries Team, such as inference profiles" in causes["tagged usage"]["label"]
    assert "such as inference profiles" in month.text("--by", "Team")


def test_models_have_their_names_and_a_guardrail_is_not_a_model(month: Month) -> None:
    models = lines_of(month.report("--by", "model"))
    assert {row["label"] for row in models.values()} == {GPT.name, CLAUDE.name, QWEN.name, NOVA.name, "no model"}
    for model in (GPT, CLAUDE, QWEN, NOVA):
        assert Decimal(models[model.name]["total"]) == month.sum(having(MODEL, model.name))
    assert [label for label in drivers_of(models[""]) if "Guardrail" in label] == list(drivers_of(models[""]))


# Wrong or misleading, 11; Missing for chargeback, 7


def test_tax_support_and_other_services_tie_the_report_to_the_bill(month: Month) -> None:
    rest = {part["label"]: Decimal(part["total"]) for part in month.report("--by", "Team")["reconciliation"]["rest"]}
    assert rest == {
        "tax (billed separately)": Decimal("4321.09"),
        "support (billed separately)": Decimal("1250.5"),
        "other services": Decimal("15555.54"),
    }
    text = month.text("--by", "Team")
    assert all(words in text for words in ("tax (billed separately)", "Total of the bill", "4,321.09"))


def test_ec2_with_the_same_tags_is_in_no_line(month: Month) -> None:
    search = lines_of(month.report("--by", "Team"))["Search"]
    assert Decimal(search["total"]) == month.sum(having(TEAM, "Search"))


# Missing for chargeback, 1


def test_a_project_has_the_columns_of_finance(month: Month) -> None:
    project = lines_of(month.report())["acme/prod-us/app-001"]["project"]
    assert project == {
        "key": "app-001",
        "name": "App001-Prod-Us",
        "environment": "prod-us",
        "state": "active",
        "account": ACCOUNTS["prod-us"],
        "account_name": f"account-{ACCOUNTS['prod-us']}",
        "region": "us-east-1",
        "id": "",
        "tags": {"Application": "Application01", "CostCenter": "CC-1", "Team": "Search"},
    }


def test_a_ledger_has_them_in_csv_too_and_adds_up(month: Month) -> None:
    rows = rows_of(month)
    [row] = [row for row in rows if row["value"] == "acme/prod-us/app-001"]
    assert (
        row.items()
        >= {
            "project_key": "app-001",
            "project_name": "App001-Prod-Us",
            "project_environment": "prod-us",
            "project_state": "active",
            "project_account": ACCOUNTS["prod-us"],
            "project_account_name": f"account-{ACCOUNTS['prod-us']}",
            "project_region": "us-east-1",
            "inventory:Application": "Application01",
            "inventory:CostCenter": "CC-1",
            "inventory:Team": "Search",
            "discounts": "-0.7531",
        }.items()
    )
    assert sum(Decimal(row["amount"]) for row in rows) == month.sum(is_bedrock)
    assert sum(Decimal(row["credits"]) for row in rows) == -5250


def test_each_of_the_projects_is_a_line(month: Month) -> None:
    report = month.report()
    states = [row["project"]["state"] for row in report["lines"]]
    assert (states.count("active"), states.count("archived"), states.count("unlisted")) == (300, 1, 1)
    sums = month.sums(PROJECT, is_bedrock)
    for row in report["lines"]:
        assert Decimal(row["total"]) == sums[row["value"]], row["value"]


# Missing for chargeback, 2


@pytest.mark.parametrize(
    ("second", "value_of"),
    [
        ("CostCenter", tag("CostCenter")),
        ("account", ACCOUNT),
        ("model", MODEL),
        ("environment", environment_of),
    ],
)
def test_teams_are_split_by_a_second_thing(month: Month, second: str, value_of: Callable[[CostLine], str]) -> None:
    report = lines_of(month.report("--by", f"Team,{second}"))
    for team in ("Search", "Labs", FORMER_TEAM, NEW_TEAM):
        assert parts_of(report[team]) == month.sums(value_of, having(TEAM, team)), team


# Missing for chargeback, 3 and 10


def test_one_fetch_makes_the_files_of_all_formats(month: Month) -> None:
    folder = month.folder / "reports"
    words = [part for name in ("table", "csv", "json", "markdown", "html") for part in ("--format", name)]
    done = month.run("--month", month.name, "--by", "Team", *words, "--output", str(folder))
    assert (done.code, done.out) == (0, "")
    files = {path.suffix: path for path in folder.iterdir()}
    assert {path.name for path in files.values()} == {
        f"costs-by-Team-{month.name}.{suffix}" for suffix in ("txt", "csv", "json", "md", "html")
    }
    total = json.loads(files[".json"].read_text("utf-8"))["total"]["total"]
    shown = f"{Decimal(total):,.2f}"
    assert all(shown in files[suffix].read_text("utf-8") for suffix in (".txt", ".md", ".html"))


def test_the_csv_has_the_compared_period_and_the_models(month: Month) -> None:
    report = month.report(*REPORTS["compared"])
    rows = rows_of(month, *REPORTS["compared"])
    assert sum(Decimal(row["previous_amount"]) for row in rows) == Decimal(report["total"]["previous"])
    by_model = rows_of(month, "--by", "Team,model")
    claude = sum(Decimal(row["amount"]) for row in by_model if row["second_value"] == CLAUDE.name)
    assert claude == month.sum(having(MODEL, CLAUDE.name))


# Missing for chargeback, 5


def test_a_model_and_a_project_have_tokens_by_kind_and_their_cost(month: Month) -> None:
    models = lines_of(month.report("--by", "model"))
    for model in (GPT, CLAUDE, QWEN):
        usage = models[model.name]["usage"]
        for kind in ("input", "output"):
            cost = month.sum(having(MODEL, model.name), having(USAGE_TYPE, *usage_types(month, kind)))
            assert Decimal(usage["cost"][kind]) == cost
            assert Decimal(usage["tokens"][kind]) == model.tokens(kind, cost)
            assert Decimal(usage["per_million"][kind]) == Decimal(model.prices[kind])
    owner = "acme/prod-us/app-001"
    usage = lines_of(month.report())[owner]["usage"]
    output = month.sum(having(PROJECT, owner), having(USAGE_TYPE, *usage_types(month, "output")))
    assert Decimal(usage["tokens"]["output"]) == GPT.tokens("output", output) > 0


def test_usage_that_is_not_a_token_keeps_its_own_unit(month: Month) -> None:
    """Units are never added to each other."""
    guardrails = lines_of(month.report("--by", "model"))[""]["usage"]
    assert guardrails["other"].keys() == {"Text Units"}
    assert set(guardrails["tokens"].values()) == {"0"}


# Missing for chargeback, 11 and 13


def test_dates_are_as_people_write_them(month: Month) -> None:
    whole = month.report("--by", "Team")["total"]
    for words in (["--month", "last-month"], ["--from", month.name, "--to", month.name]):
        done = month.run(*words, "--by", "Team", "--format", "json")
        assert json.loads(done.out)["total"] == whole


def test_a_month_is_compared_with_any_other(month: Month) -> None:
    done = month.run("--month", month.name, "--compare", f"{month.before:%Y-%m}", "--yes", "--format", "json")
    assert (
        json.loads(done.out)["total"]["previous"] == month.report("--compare", "previous", "--yes")["total"]["previous"]
    )


def test_a_report_is_of_one_account_of_several_environments_or_by_account(month: Month) -> None:
    by_account = {value: Decimal(row["total"]) for value, row in lines_of(month.report("--by", "account")).items()}
    assert by_account == {account: month.sum(having(ACCOUNT, account)) for account in ACCOUNTS.values()}
    one = month.report("--by", "Application", "--account", ACCOUNTS["prod-us"])
    assert Decimal(one["total"]["total"]) == by_account[ACCOUNTS["prod-us"]]
    two = month.report(*REPORTS["two environments"])
    assert Decimal(two["total"]["total"]) == by_account[ACCOUNTS["dev-eu"]] + by_account[ACCOUNTS["prod-eu"]]


# HTML


def test_the_cost_drivers_of_a_team_are_models(month: Month) -> None:
    for value, row in lines_of(month.report("--by", "Team")).items():
        if value not in (WITHOUT, FORMER_TEAM, NEW_TEAM):
            assert drivers_of(row).keys() <= {GPT.name, CLAUDE.name, QWEN.name, "no model", NOVA.name, OTHER_USAGE}


# English, as a native FinOps reader hears it


def test_a_report_has_the_words_of_finops(month: Month) -> None:
    text = month.text("--by", "Team") + month.done(*REPORTS["compared"]).out
    for words in ("unallocated (no Team)", "top cost drivers", "Largest changes", "prior period", "Services included"):
        assert words in text
    assert not re.search(r"\b(mostly|[Jj]umps|unattributed|Counted|Paid requests)\b|\d %", text)


# Hard to find


def test_the_help_says_how_to_split_a_team_by_model(month: Month) -> None:
    shown = " ".join(month.run("--help").out.split())
    assert "Team,model" in shown
    assert "--exclude" in shown
