"""A small month for a chargeback by both sources: what splits, what comes late, and what is refused."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.invoicing import InvoicingClient
from bedrock_projects.aws.models import InvoiceSummary
from bedrock_projects.chargeback.allocation import Inputs, allocate
from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.equations import equations
from bedrock_projects.chargeback.source.cost_explorer import (
    PLANNED_REQUESTS,
    Clients,
    fetch_month_costs,
    open_clients,
)
from bedrock_projects.chargeback.source.export import read_month_costs
from bedrock_projects.chargeback.source.reading import MonthReading
from bedrock_projects.chargeback.statements import make_statements
from bedrock_projects.errors import BedrockProjectsError, SettingsError
from bedrock_projects.exports.stores import Folder
from bedrock_projects.model import Billing, RenamedValue, TagKey
from local_aws import CostLine, Fault, LocalAws
from local_aws.data_exports.columns import CUR2_DEFAULT
from tests.local_aws.chargeback_bill import DISCOUNT, open_organization, rest, spend
from tests.local_aws.costs import EC2, line, tax
from tests.local_aws.costs_cli import CLAUDE, DEV, INVENTORY, MARKETPLACE, OWN, PAYER, PROD
from tests.local_aws.exports import deliver
from tests.unit.chargeback_cases import OCTOBER, rules

CHAT, DEV_CHAT = "acme/prod/chat", "acme/dev/chat"
OTHER_CLAUDE = "Claude Y (Amazon Bedrock Edition)"
CLOSING = "2026-11-09T06:00:00Z"
REST = rest("2026-10")


@dataclass
class Books:
    """The month of October 2026 of an organisation, read on the day of the local clock."""

    aws: LocalAws
    folder: Path
    today: date = date(2026, 11, 9)
    month: date = OCTOBER
    changes: dict[str, Any] = field(default_factory=dict)
    """Of the inventory."""
    renamed: dict[str, str] | None = None
    """Those of a closed month."""

    def bill(self, *lines: CostLine) -> None:
        """Adds lines to the bill."""
        self.aws.costs(lines)

    def on(self, day: str) -> None:
        """Goes to a day."""
        self.aws.set_clock(f"{day}T06:00:00Z")
        self.today = date.fromisoformat(day)

    def asked(self, clients: Clients | None = None, *, currency: str = "", **given: Any) -> MonthReading:
        """From Cost Explorer, with a clean record of requests."""
        self.aws.clear_requests()
        clients = clients or open_clients(Credentials())
        return fetch_month_costs(
            self.inventory,
            rules(**given),
            self.month,
            clients,
            today=self.today,
            renamed=self.renamed,
            currency=currency,
        )

    def exported(self, *, partial: tuple[str, ...] = (), **form: Any) -> MonthReading:
        """From a new delivery of an export."""
        number = len(list(self.folder.glob("export-*")))
        folder = self.folder / f"export-{number}"
        deliver(self.aws, str(folder), periods=[f"{self.month:%Y-%m}"], **form)
        return read_month_costs(
            self.inventory, rules(), self.month, Folder(folder), partial=partial, renamed=self.renamed
        )

    @property
    def inventory(self) -> Any:
        """The inventory with the changes."""
        return inventories.load(self.folder / "projects.yaml").model_copy(update=self.changes)

    def paid(self) -> int:
        """How many requests to Cost Explorer were paid for since the record is clean."""
        return len(self.aws.requests("ce:Get*"))


@pytest.fixture
def books(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    open_organization(aws)
    aws.tag_keys(PAYER, ["App"])
    aws.set_clock(CLOSING)
    for name, value in aws.environment(PAYER).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    return Books(aws, tmp_path)


def claude(amount: str, *, owner: str, team: str, service: str = CLAUDE, model: str = "Claude X") -> CostLine:
    """A line of a model of AWS Marketplace."""
    more = {"service": service, "usage_type": MARKETPLACE, "unit": "Units", "model": model, "quantity": "2"}
    return spend(amount, owner=owner, team=team, **more)


def charges(costs: MonthCosts) -> dict[tuple[str, str, str], str]:
    return {(row.value, row.owner, row.charge_type): f"{row.amount.normalize():f}" for row in costs.rows}


def assert_equations(costs: MonthCosts) -> None:
    """All four hold, the first two and the last one exactly."""
    allocation = allocate(costs, rules(), Inputs(month="2026-10"))
    made = equations(costs, allocation, make_statements(allocation, places=2), places=2)
    assert [each.number for each in made if each.holds] == [1, 2, 3, 4]


def assert_same(asked: MonthReading, exported: MonthReading) -> None:
    """The costs are equal, but for the cents of invoices, and the equations hold for both."""
    assert_equations(asked.costs)
    assert_equations(exported.costs)
    same = {"invoices": None}
    assert asked.costs.model_copy(update=same) == exported.costs.model_copy(update=same)
    assert [each.id for each in asked.costs.invoices or ()] == [each.id for each in exported.costs.invoices or ()]


def test_charges_of_all_types_are_on_the_usage_that_has_them(books: Books) -> None:
    kinds = {"Usage": "100", "Fee": "5", DISCOUNT: "-9", "Credit": "-20.123456", "Refund": "-4", "To Come": "-0.5"}
    books.bill(*REST, *(spend(amount, owner=CHAT, team="a", kind=kind) for kind, amount in kinds.items()))
    asked = books.asked()
    assert_same(asked, books.exported())
    assert books.paid() == PLANNED_REQUESTS
    assert charges(asked.costs) == {
        ("a", CHAT, "usage"): "100",
        ("a", CHAT, "purchase"): "5",
        ("a", CHAT, "discount"): "-9",
        ("a", CHAT, "credit"): "-20.123456",
        ("a", CHAT, "refund"): "-4",
        ("a", CHAT, "other"): "-0.5",
    }
    assert asked.details.other_charge_types == ("To Come",)


def moved(owner: str, *teams: str) -> list[CostLine]:
    """A project with usage and a discount of each of the teams."""
    return [
        spend(amount, owner=owner, team=team, kind=kind)
        for index, team in enumerate(teams)
        for kind, amount in (("Usage", f"{10 + index}"), (DISCOUNT, f"-{1 + index}"))
    ]


SPLITS: dict[str, tuple[list[CostLine], int]] = {
    "a project of two teams": (moved(CHAT, "a", "b"), 1),
    "a project of three teams": (moved(CHAT, "a", "b", "c"), 1),
    "a project that lost its team": (moved(CHAT, "a", ""), 1),
    "three projects of the same two teams": (
        [cost for key in ("x", "y", "z") for cost in moved(f"acme/prod/{key}", "a", "")],
        1,
    ),
    "two projects of other teams": ([*moved(CHAT, "a", "b"), *moved(DEV_CHAT, "c", "d")], 2),
    "usage of two teams without a project": (moved("", "a", ""), 1),
    "a project of two teams without a discount": ([spend("3", owner=CHAT, team=team) for team in ("a", "b")], 0),
}


@pytest.mark.parametrize("name", SPLITS)
def test_split_projects_take_few_requests(books: Books, name: str) -> None:
    lines, more = SPLITS[name]
    books.bill(*REST, *lines, spend("50", owner="acme/prod/other", team="a"))
    asked = books.asked()
    assert books.paid() == PLANNED_REQUESTS + more
    assert_same(asked, books.exported())


def test_a_name_that_was_given_after_the_close_does_not_count(books: Books) -> None:
    """A true-up reads the month with the names that it was closed with."""
    books.bill(*REST, *moved(CHAT, "a", "b"))
    now = {"Team": TagKey(key="Team", renamed=(RenamedValue(former="a", current="c", since=date(2026, 11, 1)),))}
    books.changes["tag_keys"] = now
    asked = books.asked()
    assert_same(asked, books.exported())
    assert {row.value for row in asked.costs.rows} == {"b", "c"}
    assert asked.details.renamed == books.exported().details.renamed == {"a": "c"}
    books.renamed = {}
    closed = books.asked()
    assert_same(closed, books.exported())
    assert {row.value for row in closed.costs.rows} == {"a", "b"}


def test_cost_of_a_project_under_another_service_is_bedrocks(books: Books) -> None:
    elsewhere = spend("12", owner=CHAT, team="a", service=EC2, usage_type="BoxUsage:m5.large", model="")
    books.bill(*REST, spend("30", owner=CHAT, team="a"), elsewhere)
    asked = books.asked()
    assert books.paid() == PLANNED_REQUESTS + 1
    assert_same(asked, books.exported())
    assert (asked.costs.bedrock, asked.costs.rest) == (Decimal(42), Decimal(99))


def test_an_export_names_what_a_tax_is_for(books: Books) -> None:
    """By nature: Cost Explorer has one tax of all, of which Bedrock gets its share."""
    books.bill(
        *REST,
        spend("30", owner=CHAT, team="a"),
        tax("2026-10-31", "4", account=PAYER, taxed_service=OWN),
        tax("2026-10-31", "6", account=PAYER, taxed_service=EC2),
    )
    asked, exported = books.asked().costs, books.exported().costs
    assert asked.rows == exported.rows
    assert (asked.bedrock, asked.rest, asked.bill) == (exported.bedrock, exported.rest, exported.bill)
    assert (asked.tax, exported.tax) == (Decimal(3), Decimal(4))
    assert asked.support == exported.support == Decimal("8.7")


def test_a_late_correction_is_in_the_month_and_on_a_document_of_its_own(books: Books) -> None:
    books.bill(
        *REST,
        spend("100", owner=CHAT, team="a"),
        spend("-3", owner=CHAT, team="a", quantity="-1").model_copy(update={"posted_at": "2026-11-14T09:00:00Z"}),
        spend("-25", kind="Credit").model_copy(update={"posted_at": "2026-11-14T10:00:00Z"}),
    )
    before = books.asked()
    assert_same(before, books.exported())
    assert charges(before.costs) == {("a", CHAT, "usage"): "100"}
    books.on("2026-11-15")
    after = books.asked()
    assert_same(after, books.exported())
    assert charges(after.costs) == {("a", CHAT, "usage"): "97", ("", "", "credit"): "-25"}
    assert {each.id for each in before.costs.invoices or ()} < {each.id for each in after.costs.invoices or ()}


def test_before_the_invoices_the_month_is_estimated(books: Books) -> None:
    books.aws.settings(bill_final_day=5)
    books.bill(*REST, spend("100", owner=CHAT, team="a"))
    books.on("2026-11-02")
    for costs in (books.asked().costs, books.exported().costs):
        assert costs.estimated
        assert costs.invoices == ()


def test_of_a_month_that_is_not_over_cost_explorer_is_read_until_yesterday(books: Books) -> None:
    books.bill(spend("100", owner=CHAT, team="a"), line("2026-10-20", "7"))
    books.on("2026-10-20")
    costs = books.asked().costs
    assert (costs.bill, costs.estimated) == (Decimal(100), True)
    assert books.aws.requests("ce:GetCostAndUsage")[0].body["TimePeriod"]["End"] == "2026-10-20"


def test_a_usage_type_of_one_model_is_of_that_model_everywhere(books: Books) -> None:
    books.bill(*REST, claude("30", owner=CHAT, team="a"), spend("10", owner=DEV_CHAT, team="b"))
    asked, exported = books.asked().details.usage, books.exported().details.usage
    assert asked == exported
    assert [(each.owner, [(one.model, one.unit_price) for one in each.usage]) for each in asked] == [
        (CHAT, [("Claude X", Decimal(15))]),
        (DEV_CHAT, [("GPT-5.5", Decimal(10_000))]),
    ]


def test_a_usage_type_of_several_models_names_all_of_them(books: Books) -> None:
    other = claude("8", owner=DEV_CHAT, team="b", service=OTHER_CLAUDE, model="Claude Y")
    books.bill(*REST, claude("30", owner=CHAT, team="a"), other)
    named = [[one.model for one in each.usage] for each in books.asked().details.usage]
    assert named == [["Claude X or Claude Y"], ["Claude X or Claude Y"]]
    assert [[one.model for one in each.usage] for each in books.exported().details.usage] == [
        ["Claude X"],
        ["Claude Y"],
    ]


def test_before_aws_names_models_they_are_read_from_usage_types(books: Books) -> None:
    books.month = date(2026, 8, 1)
    august = [spend("10", owner=CHAT, team="a"), claude("30", owner=CHAT, team="a")]
    books.bill(*(each.model_copy(update={"day": date(2026, 8, 15)}) for each in august))
    asked = books.asked()
    assert books.paid() == PLANNED_REQUESTS - 1
    [usage] = asked.details.usage
    assert [one.model for one in usage.usage] == ["models billed through AWS Marketplace", "openai.gpt-5.5"]
    assert asked.details.notes == ("AWS names models from 2026-09-01 on",)


def test_if_cost_explorer_refuses_models_they_are_read_from_usage_types(books: Books) -> None:
    books.aws.settings(product_attributes="refused")
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    asked = books.asked()
    assert_same(asked, books.exported())
    assert [one.model for each in asked.details.usage for one in each.usage] == ["openai.gpt-5.5"]
    [note] = asked.details.notes
    assert note.startswith("Cost Explorer refused to group by model")


def test_a_project_of_another_inventory_has_its_tag_alone(books: Books) -> None:
    books.bill(*REST, spend("10", owner="other/prod/chat", team="a"))
    [owner] = books.asked().details.owners
    assert (owner.owner, owner.name, owner.key, owner.state) == ("other/prod/chat", "", "", "unlisted")
    assert [account.id for account in owner.accounts] == [PROD]


def test_a_month_by_focus_has_the_same_values(books: Books) -> None:
    """By nature: FOCUS has no models, and discounts and refunds are other charges there."""
    books.bill(*REST, *moved(CHAT, "a", "b"), spend("7"))
    focus = books.exported(table="focus-1.2")
    assert_equations(focus.costs)
    assert charges(focus.costs)["b", CHAT, "other"] == "-2"
    assert focus.costs.bedrock == books.asked().costs.bedrock
    assert [note.partition(":")[0] for note in focus.details.notes] == [
        "FOCUS has no column for the model",
        "FOCUS does not tell discounts from refunds",
    ]


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"table": "focus-1.0"}, "the export has no invoice ids (FOCUS 1.0 has none)"),
        ({"partial": ("the export has Bedrock alone",)}, "the export has Bedrock alone"),
    ],
)
def test_without_invoices_there_is_a_reason(books: Books, form: dict[str, Any], reason: str) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    costs = books.exported(**form).costs
    assert costs.invoices is None
    assert costs.without_invoices.startswith(reason)
    assert costs.estimated is ("table" in form)  # so no month is closed from FOCUS 1.0


def test_the_delivery_of_an_export_is_named(books: Books) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    source = books.exported().source
    assert (source.kind, source.name) == ("export", "acme-cur2")
    assert source.delivered


@pytest.mark.parametrize("after", range(1, PLANNED_REQUESTS + 1))
def test_data_that_changes_while_it_is_read_makes_no_statement(books: Books, after: int) -> None:
    """Each of the sums is a question of its own, so they differ; what is asked last makes no sum."""
    books.bill(*REST, *moved(CHAT, "a", "b"))

    def change(made: int) -> None:
        if made == after:
            books.bill(spend("5", owner=DEV_CHAT, team="a"))

    costs = books.asked(open_clients(Credentials(), before_request=change)).costs
    allocation = allocate(costs, rules(), Inputs(month="2026-10"))
    if after < PLANNED_REQUESTS:
        with pytest.raises(SettingsError, match=r"the month does not add up: .* run again"):
            equations(costs, allocation, make_statements(allocation, places=2), places=2)
    else:
        assert_equations(costs)


# What is refused, and that nothing is paid for it


def refusal(books: Books, read: Any) -> str:
    books.aws.clear_requests()
    with pytest.raises(BedrockProjectsError) as caught:
        read()
    assert len(caught.value.lines) == 1
    return str(caught.value)


def test_a_missing_permission_for_invoices_is_said_before_anything_is_paid_for(books: Books) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    books.aws.faults([Fault(kind="denied", action="invoicing:*")])
    message = refusal(books, books.asked)
    assert "listing the invoices (invoicing:ListInvoiceSummaries)" in message
    assert "grant the action" in message
    assert books.paid() == 0


@pytest.mark.parametrize("action", ["ce:GetCostAndUsage", "ce:ListCostAllocationTags"])
def test_a_missing_permission_of_billing_is_one_sentence(books: Books, action: str) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    books.aws.faults([Fault(kind="denied", action=action)])
    assert f"({action})" in refusal(books, books.asked)


def test_effective_cost_asks_for_no_invoices(books: Books) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    books.asked(cost="effective")
    assert books.aws.requests("invoicing:*") == []


@pytest.mark.parametrize(("key", "status"), [("App", "not active"), ("CostCenter", "not known")])
def test_a_tag_key_without_costs_is_refused(books: Books, key: str, status: str) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    message = refusal(books, lambda: books.asked(by=key))
    assert message == (
        f"the tag key {key} is {status} in Billing, so no cost has a value of it; activate it by the stack of Billing, "
        "then run `bedrock-projects backfill --from 2026-10-01`"
    )
    assert books.paid() == 0


def test_without_the_ownership_tag_no_cost_has_a_project(books: Books) -> None:
    books.bill(*REST, spend("10", team="a"))
    books.changes["ownership_tag_key"] = "App"
    assert books.asked().details.notes == ("the tag key App is not active in Billing, so no cost has a project",)
    [note] = books.exported().details.notes
    assert "no line of Bedrock in the export has the tag App" in note


def test_credentials_of_another_account_than_that_of_the_bill(books: Books) -> None:
    books.changes["billing"] = Billing(account=DEV)
    message = refusal(books, books.asked)
    assert message.startswith(f"the credentials are of account {PAYER}, and the bill is that of {DEV}")
    assert books.paid() == 0


def test_a_member_account_is_sent_to_the_management_account(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in books.aws.environment(PROD).items():
        monkeypatch.setenv(name, value)
    message = refusal(books, books.asked)
    assert "Linked account doesn't have access" in message
    assert "use credentials of the management account" in message
    assert books.paid() == 0


@pytest.mark.parametrize(
    ("month", "message"),
    [
        (date(2026, 12, 1), "2026-12 has not begun; give an earlier month"),
        (date(2019, 1, 1), "is too early"),
        (date(2026, 9, 1), "Cost Explorer has no costs of 2026-09, and no month was closed before"),
    ],
)
def test_a_month_without_costs_is_refused(books: Books, month: date, message: str) -> None:
    books.month = month
    assert message in refusal(books, books.asked)


def test_an_export_without_a_column_of_tags(books: Books) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    columns = [name for name in CUR2_DEFAULT if name not in ("tags", "resource_tags")]
    assert "lacks the column tags, so no line has a tag" in refusal(books, lambda: books.exported(columns=columns))


def test_a_month_in_which_nothing_has_the_tag_is_unallocated_and_a_note_says_so(books: Books) -> None:
    books.bill(*REST, spend("10", owner=CHAT))
    asked = books.asked()
    assert_same(asked, books.exported())
    [note] = asked.details.notes
    assert [note] == [*books.exported().details.notes]
    assert note == (
        "no cost of Bedrock has the tag Team in 2026-10, so all of it is unallocated; if projects have the tag, "
        "activate Team in Billing and backfill the month"
    )


def test_a_month_without_any_cost_is_in_the_currency_of_the_closed_months(books: Books) -> None:
    books.month = date(2026, 9, 1)
    asked = books.asked(currency="EUR")
    assert books.paid() == 1
    assert asked.costs.currency == "EUR"
    assert not asked.costs.rows
    assert asked.costs.bill == 0
    assert asked.details.notes == ("the source has no costs of 2026-09, so there is nothing to allocate",)


class FakeInvoicing:
    """A fake: invoices in other currencies, and one of another account."""

    def __init__(self, *summaries: InvoiceSummary) -> None:
        self._summaries = list(summaries)

    def summaries(self, account: str, month: date) -> list[InvoiceSummary]:
        assert (account, month) == (PAYER, OCTOBER)
        return self._summaries


def with_invoices(*amounts: dict[str, str], account: str = PAYER) -> Clients:
    """The clients of the account, with these invoices."""
    real = open_clients(Credentials())
    summaries = [
        InvoiceSummary(id=f"E{number}", account=account, amounts={code: Decimal(each[code]) for code in each})
        for number, each in enumerate(amounts, 1)
    ]
    fake = cast("InvoicingClient", FakeInvoicing(*summaries))
    return Clients(costs=real.costs, billing=real.billing, invoicing=fake, account=real.account)


def test_invoices_are_in_the_currency_of_the_bill(books: Books) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    invoices = books.asked(with_invoices({"USD": "109", "EUR": "100"})).costs.invoices
    assert [(each.id, each.amount) for each in invoices or ()] == [("E1", Decimal(109))]
    message = refusal(books, lambda: books.asked(with_invoices({"USD": "9"}, {"EUR": "100"})))
    assert message.startswith("the bill is in USD, and 2026-10 has invoices in EUR alone")


def test_invoices_of_other_accounts_do_not_count(books: Books) -> None:
    books.bill(*REST, spend("10", owner=CHAT, team="a"))
    assert books.asked(with_invoices({"USD": "109"}, account=DEV)).costs.invoices == ()


@pytest.mark.parametrize("signs", ["negative", "positive"])
def test_a_credit_memo_is_below_zero_with_either_sign(books: Books, signs: str) -> None:
    books.aws.settings(credit_memo_amounts=signs)
    books.bill(*REST, spend("10", owner=CHAT, team="a"), spend("-4", kind="Credit"))
    costs = books.asked().costs
    assert sorted(each.amount for each in costs.invoices or ()) == [Decimal("-4.00"), Decimal("109.00")]
    assert_equations(costs)
