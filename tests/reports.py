"""Finished cost reports for tests, built from small parts: each function takes what a test cares about by keyword."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from bedrock_projects.reports.charge_types import CHARGE_TYPES, ChargeType
from bedrock_projects.reports.model import (
    Account,
    AccountAmount,
    BillPart,
    CauseKind,
    CostChange,
    CostDriver,
    DateRange,
    Forecast,
    Granularity,
    Grouping,
    GroupKind,
    Header,
    Line,
    LinePart,
    Period,
    ProjectName,
    ProjectState,
    ProjectUse,
    Reconciliation,
    Report,
    TagFilter,
    UnallocatedCause,
    UnallocatedSpend,
)
from bedrock_projects.reports.unit_costs import LineUsage, UsageAmount, usage_of
from tests.unit.hostile import TEXT

ACCOUNT = Account(id="222222222222", name="retail-prod")
HOSTILE = (
    "<script>document.title='run'</script>",
    "</script><script>document.title='run'</script>",
    "</style></title></textarea><img src=x onerror=\"document.title='run'\">",
    "\"' onmouseover='document.title=1' x=\"",
    "&lt;b&gt; {{ 7 * 7 }} {% raw %}",
    "\u202egnp.evil",
    "קבוצת לקוחות",
    "x" * 256,
    TEXT,
)
"""Values of a tag that try to run, to break out of markup or to turn the direction of writing."""


def months(count: int, *, estimated: int = 1) -> tuple[Period, ...]:
    """Months up to November 2026, of which the last ones are estimated and the last is partial."""
    starts = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(23 - count, 23)]
    ends = [*(start - timedelta(days=1) for start in starts[1:]), date(2026, 11, 25)]
    return tuple(
        Period(start=start, end=end, estimated=number >= count - estimated, partial=number == count - 1)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


def days(count: int) -> tuple[Period, ...]:
    """Days up to 2026-11-25, of which the last is estimated."""
    dates = [date(2026, 11, 25) - timedelta(days=back) for back in reversed(range(count))]
    return tuple(Period(start=day, end=day, estimated=day == dates[-1]) for day in dates)


def hours(count: int) -> tuple[Period, ...]:
    """The first hours of a day."""
    day = date(2026, 11, 24)
    return tuple(Period(start=day, end=day, hour=hour) for hour in range(count))


def line(value: str, *amounts: str, of: Decimal | None = None, before: str | None = None, **more: Any) -> Line:
    """A line with an amount for each period; its share is of `of`, and it is compared with `before`.

    All of it is usage. `charges` are those of the last period, other than usage.
    """
    exact = tuple(map(Decimal, amounts))
    total = sum(exact, Decimal())
    then = None if before is None else Decimal(before)
    others = {kind: amount for kind, amount in more.pop("charges", {}).items() if kind != "usage"}
    by_period: list[dict[ChargeType, Decimal]] = [{"usage": amount} for amount in exact]
    by_period[-1] = {"usage": exact[-1] - sum(others.values(), Decimal()), **others}
    return Line(
        value=value,
        label=more.pop("label", value),
        amounts=exact,
        total=total,
        charges=added(by_period),
        charges_by_period=tuple(by_period),
        share=share(total, of),
        previous=then,
        change=None if then is None else total - then,
        change_percent=share(total - then, then) if then is not None else None,
        **more,
    )


def share(part: Decimal, whole: Decimal | None) -> Decimal | None:
    """Per cent with one decimal place; None if the whole is not above 0."""
    return (part / whole * 100).quantize(Decimal("0.1")) if whole is not None and whole > 0 else None


def project(
    key: str, *, name: str = "", environment: str = "prod", state: ProjectState = "active", **more: Any
) -> ProjectName:
    """A project that an ownership tag names."""
    return ProjectName(key=key, name=name, environment=environment, state=state, **more)


def part(value: str, total: str, **more: Any) -> LinePart:
    """A part of a line by the second grouping."""
    return LinePart(value=value, label=more.pop("label", value), total=Decimal(total), **more)


def used(*amounts: tuple[str, str, str, str]) -> LineUsage:
    """The usage of a line: each amount is a usage type, its unit, the quantity and the cost."""
    return usage_of(
        UsageAmount(usage_type=usage_type, unit=unit, quantity=Decimal(quantity), cost=Decimal(cost))
        for usage_type, unit, quantity, cost in amounts
    )


def charged(**amounts: str) -> dict[ChargeType, Decimal]:
    """Charges other than usage, such as `credit="-5"`."""
    return {kind: Decimal(amounts[kind]) for kind in CHARGE_TYPES if kind in amounts}


def driver(label: str, total: str, *, of: str | None = None) -> CostDriver:
    """A part of a line, by service."""
    return CostDriver(label=label, total=Decimal(total), share=share(Decimal(total), Decimal(of) if of else None))


def causes(amounts: Mapping[CauseKind, str]) -> tuple[UnallocatedCause, ...]:
    """The causes of unallocated spend, with their shares of it."""
    whole = sum(map(Decimal, amounts.values()), Decimal())
    return tuple(
        UnallocatedCause(
            kind=kind, label=f"because: {kind}", total=Decimal(amount), share=share(Decimal(amount), whole)
        )
        for kind, amount in amounts.items()
    )


def cost_change(value: str, before: str, after: str, *drivers: CostDriver) -> CostChange:
    """A line that changed from October to November 2026."""
    change = Decimal(after) - Decimal(before)
    return CostChange(
        value=value,
        label=value,
        before=DateRange(start=date(2026, 10, 1), end=date(2026, 10, 25)),
        after=DateRange(start=date(2026, 11, 1), end=date(2026, 11, 25)),
        amount_before=Decimal(before),
        amount_after=Decimal(after),
        change=change,
        change_percent=share(change, Decimal(before)),
        drivers=drivers,
    )


def forecast(actual: str, rest: str, *, low: str, high: str) -> Forecast:
    """The forecast of November 2026, with its bounds for the whole month."""
    return Forecast(
        month=DateRange(start=date(2026, 11, 1), end=date(2026, 11, 30)),
        actual=Decimal(actual),
        rest=Decimal(rest),
        total=Decimal(actual) + Decimal(rest),
        low=Decimal(low),
        high=Decimal(high),
        level=80,
    )


def header(
    periods: Sequence[Period],
    *,
    granularity: Granularity = "month",
    kind: GroupKind = "tag",
    tag_key: str = "Team",
    environments: tuple[str, ...] = ("prod",),
    tag_keys: tuple[str, ...] = ("CostCenter", "Owner", "Team"),
    accounts: tuple[Account, ...] = (ACCOUNT,),
    filters: tuple[TagFilter, ...] = (),
    second: Grouping | None = None,
    excluded: tuple[ChargeType, ...] = (),
    previous: DateRange | None = None,
    restricted_accounts: tuple[str, ...] = (),
) -> Header:
    """The head of a report on these periods."""
    return Header(
        inventory="acme-retail",
        tag_keys=tag_keys,
        environments=environments,
        accounts=accounts,
        span=DateRange(start=periods[0].start, end=periods[-1].end),
        granularity=granularity,
        source="Cost Explorer",
        cost="billed",
        metric="UnblendedCost",
        currency="USD",
        grouping=Grouping(kind=kind, tag_key=tag_key if kind in ("tag", "project") else ""),
        second=second,
        filters=filters,
        excluded=excluded,
        restriction="Only spend that carries the tag bedrock-project, and the services billed for Bedrock",
        services=("Amazon Bedrock", "Claude Sonnet (Amazon Bedrock Edition)"),
        paid_requests=4,
        price=Decimal("0.04"),
        created_at=datetime(2026, 11, 25, 15, 30, tzinfo=timezone.utc),
        previous=previous,
        restricted_accounts=restricted_accounts,
    )


def report(
    head: Header,
    periods: Sequence[Period],
    lines: Sequence[Line],
    *,
    unallocated: Line | None = None,
    splits: Mapping[CauseKind, str] | None = None,
    before: str | None = None,
    **more: Any,
) -> Report:
    """A report of these lines, the largest first, with its total; `splits` are the causes of the unallocated spend."""
    every = [*lines, *([unallocated] if unallocated else [])]
    sums = [str(sum(column, Decimal())) for column in zip(*(line.amounts for line in every), strict=True)]
    sums = sums or ["0"] * len(periods)
    whole = sum(map(Decimal, sums), Decimal())
    without = None
    if unallocated:
        in_account = AccountAmount(
            account=ACCOUNT, total=unallocated.total, share=share(unallocated.total, unallocated.total)
        )
        without = UnallocatedSpend(
            line=unallocated, causes=causes(splits or {}), accounts=(in_account,) if splits else ()
        )
    return Report(
        header=head,
        periods=tuple(periods),
        lines=tuple(sorted(lines, key=lambda line: -line.total)),
        unallocated=without,
        total=replace(
            line("", *sums, of=whole, before=before, label="Total"),
            charges=added(line.charges for line in every),
            charges_by_period=tuple(
                added(line.charges_by_period[index] for line in every) for index in range(len(periods))
            ),
        ),
        **more,
    )


def added(charges: Iterable[Mapping[ChargeType, Decimal]]) -> dict[ChargeType, Decimal]:
    """These charges together."""
    sums: dict[ChargeType, Decimal] = {}
    for each in charges:
        for kind, amount in each.items():
            sums[kind] = sums.get(kind, Decimal()) + amount
    return sums


def year(*, estimated: int = 1) -> Report:
    """Twelve months by team with everything that a report can have, such as credits, cost changes and a forecast."""
    periods = months(12, estimated=estimated)
    amounts = {
        "CustomerExperience": [4210 + 190 * month for month in range(11)] + [5480],
        "DataScience": [2890, 3010, 2760, 3120, 3340, 2980, 3410, 3555, 3490, 3720, 3815, 3102],
        "Search": [0, 0, 0, 240, 610, 880, 1150, 1320, 1410, 1390, 1575, 4120],
        "Finance": [310, 305, 322, 298, 340, 311, 305, 333, 341, 329, 350, 287],
        "Legal": [120, 118, 131, 140, 122, 119, 127, 133, 129, 141, 138, 102],
        "Marketing": [88, 92, 79, 94, 101, 97, 105, 99, 110, 108, 115, 90],
        "Pilot": [0, 0, 0, 0, 0, 12, 0, 0, -640, 0, 0, 0],
    }
    loose = [610, 640, 702, 688, 720, 655, 590, 540, 515, 498, 480, 402]
    whole = Decimal(sum(map(sum, amounts.values())) + sum(loose))
    before = {"Search": "0", "Legal": "1544.02", "Pilot": "0"}
    lines = [
        line(team, *map("{}.37".format, values), of=whole, before=before.get(team, f"{sum(values) * 0.9:.2f}"))
        for team, values in amounts.items()
    ]
    lines[0] = replace(
        lines[0],
        drivers=(
            driver("Claude Sonnet (Amazon Bedrock Edition)", "51200.10", of="62000"),
            driver("Amazon Bedrock", "10800.00", of="62000"),
        ),
    )
    return report(
        header(periods, previous=DateRange(start=date(2024, 12, 1), end=date(2025, 11, 30))),
        periods,
        lines,
        unallocated=line("", *map(str, loose), of=whole, before="9120.00", label="unallocated"),
        splits={"default project": "4900", "bedrock-runtime": "1640", "marketplace": "500"},
        before="118204.11",
        largest_changes=(
            cost_change(
                "Search", "1575.37", "4120.37", driver("Claude Sonnet (Amazon Bedrock Edition)", "2490.00", of="2545")
            ),
        ),
        forecast=forecast("13583", "2890.50", low="15120", high="18040"),
        notes=("Amounts marked estimated may still change until the bill is final, about five days after the month.",),
    )


def daily(count: int) -> Report:
    """Two models, by day; no tag, so nothing is unallocated."""
    periods = days(count)
    lines = [line(model, *["1.5"] * count, of=Decimal(3 * count)) for model in ("anthropic.claude", "openai.gpt-oss")]
    return report(header(periods, granularity="day", kind="model"), periods, lines)


def many(count: int) -> Report:
    """Many projects over two months, by project; every tenth is archived."""
    periods = months(2)
    amounts = [(f"{count - number}.25", f"{(count - number) * 0.75:.2f}") for number in range(count)]
    whole = sum((Decimal(amount) for both in amounts for amount in both), Decimal("100.5"))
    lines = [
        line(
            f"acme-retail/prod/project-{number}",
            *both,
            of=whole,
            label=f"Project{number}",
            project=project(f"project-{number}", state="archived" if number % 10 == 9 else "active"),
            mark="archived" if number % 10 == 9 else "",
        )
        for number, both in enumerate(amounts)
    ]
    head = header(periods, kind="project", tag_key="bedrock-project")
    return report(head, periods, lines, unallocated=line("", "70", "30.5", label="unallocated"))


def hostile() -> Report:
    """Values that try to run, as values of the tag, causes, services, accounts, notes, filters."""
    periods = months(2)
    lines = [line(value, str(9 - number), "3", of=Decimal(99), before="2") for number, value in enumerate(HOSTILE)]
    head = header(
        periods,
        tag_key=HOSTILE[0],
        accounts=(Account(id="222222222222", name=HOSTILE[1]),),
        filters=(TagFilter(tag_key=HOSTILE[2], values=HOSTILE),),
    )
    head = replace(head, inventory=HOSTILE[3], environments=(HOSTILE[1],), services=HOSTILE, restriction=HOSTILE[0])
    lines = [replace(line, drivers=(driver(line.label, "1"),)) for line in lines]
    return report(
        head,
        periods,
        lines,
        notes=HOSTILE,
        largest_changes=(cost_change(HOSTILE[0], "1", "2", driver(HOSTILE[2], "1")),),
    )


def single(*amounts: str) -> Report:
    """One line over the last months, nothing else."""
    periods = months(len(amounts))
    only = line("Search", *amounts, of=sum(map(Decimal, amounts), Decimal()))
    return report(header(periods), periods, [only])


def empty() -> Report:
    """A month without a line, and the sentence that explains it."""
    periods = months(1)
    return report(header(periods, accounts=()), periods, [], notes=("tag key Team is inactive in Billing",))


def ledger(*, periods: Sequence[Period] | None = None, compares: bool = True) -> Report:
    """By project, with charges of every type, marks, usage, CloudWatch's counts, a bill, and a period without data."""
    periods = periods or (replace(months(3)[0], has_data=False), *months(3)[1:])
    gap = [str(int(period.has_data)) for period in periods[:-1]]
    head = header(
        periods,
        kind="project",
        tag_key="bedrock-project",
        excluded=("support",),
        previous=DateRange(start=date(2026, 6, 1), end=date(2026, 8, 31)) if compares else None,
    )
    before = "100" if compares else None
    input_tokens = "USE1-gpt-mantle-input-tokens-standard"
    lines = [
        line(
            "acme-retail/prod/search",
            *gap,
            "812.4012345678",
            of=Decimal(1000),
            before=before,
            label="ProductSearch",
            charges=charged(
                purchase="10.5",
                discount="-24.37",
                credit="-250",
                refund="-3.15",
                tax="19.01",
                support="7.25",
                other="1.0000000001",
            ),
            project=project(
                "search",
                name="ProductSearch",
                environment="prod",
                region="us-east-1",
                id="proj_0123",
                account="222222222222",
                account_name="retail-prod",
                tags={"Team": "Search", "CostCenter": "CC-0042"},
            ),
            drivers=(driver("GPT-5.5", "700.25", of="1000"), driver("Claude Sonnet 5", "299.75", of="1000")),
            usage=used(
                (input_tokens, "1K tokens", "3000", "9"),
                ("USE1-gpt-mantle-output-tokens-standard", "1K tokens", "1500", "31"),
                ("USE1-gpt-mantle-cache-read-input-token-count", "1K tokens", "9000", "7"),
                ("USE1-gpt-mantle-cache-write-input-token-count", "1K tokens", "500", "1.5"),
                (input_tokens, "Units", "8", "2.5"),
                ("USE1-Guardrail-ContentPolicy", "Units", "4", "0.25"),
            ),
            use=ProjectUse(requests=1234, input_tokens=3000123, output_tokens=1500456),
        ),
        line(
            "acme-retail/dev/old-pilot",
            *gap,
            "-0.5",
            before=before,
            label="old-pilot",
            mark="not in the inventory",
            project=project("old-pilot", environment="dev", state="unlisted", tags={"Owner": "someone"}),
        ),
    ]
    whole = report(
        head,
        periods,
        lines,
        unallocated=line("", *gap, "70.25", of=Decimal(1000), before=before, label="unallocated (no project)"),
        splits={"default project": "50", "bedrock-runtime": "20.25"},
        before="300" if compares else None,
        other_charge_types=("Odd Charge",),
        notes=("no data of the month from 2026-09-01",),
    )
    return replace(whole, reconciliation=bill(whole))


def bill(report: Report) -> Reconciliation:
    """The bill of a report, with more on it, and a difference."""
    rest = (
        BillPart(label="tax (billed separately)", total=Decimal("33.5")),
        BillPart(label="others", total=Decimal(90)),
    )
    return Reconciliation(
        reported=report.total.total,
        excluded=Decimal("44.25"),
        bedrock=report.total.total + Decimal("44.24"),
        difference=Decimal("0.01"),
        rest=rest,
        total=report.total.total + Decimal("44.24") + Decimal("123.5"),
        currency=report.header.currency,
    )


def in_parts(*, second: Grouping | None = None) -> Report:
    """By team and project, over two months, with credits, marks and a line without parts."""
    periods = months(2)
    of = Decimal(400)
    lines = [
        line(
            "Sourcing",
            "100.5",
            "199.25",
            of=of,
            mark="formerly Procurement",
            charges=charged(credit="-20.125"),
            parts=(
                part(
                    "acme-retail/prod/search",
                    "250.5",
                    label="ProductSearch",
                    project=project("search", name="ProductSearch", tags={"Team": "Sourcing"}, id="proj_0123"),
                ),
                part("acme-retail/prod/gone", "59.375", label="gone", mark="not in the inventory"),
                part("", "-10.125", label="not split", is_rest=True),
            ),
        ),
        line("Legal", "0", "12.0000000001", of=of, mark="not in the inventory"),
    ]
    unallocated = line(
        "", "1", "2.5", of=of, label="unallocated (no Team)", parts=(part("", "3.5", label="no project"),)
    )
    head = header(periods, second=second or Grouping(kind="project", tag_key="bedrock-project"))
    return report(head, periods, lines, unallocated=unallocated, splits={"default project": "3.5"})


def hostile_ledger(*, second: bool = False) -> Report:
    """Texts of others wherever `hostile` has none: marks, projects, tags, parts, usage, the bill."""
    periods = months(2)
    every = project(TEXT, name=TEXT, environment=TEXT, region=TEXT, id=TEXT, account=TEXT, account_name=TEXT)
    every = replace(every, tags={TEXT: TEXT, "=1+1": "=1+1"})
    parts = (part(TEXT, "4", mark=TEXT, project=every), part("=1+1", "5", mark="=1+1", label="=1+1"))
    lines = [
        line(
            TEXT,
            "5",
            "4",
            of=Decimal(10),
            before="2",
            mark=TEXT,
            project=every,
            charges=charged(credit="-1"),
            drivers=(driver("=1+1", "1"), driver(TEXT, "2")),
            parts=parts if second else (),
            usage=used((f"{TEXT}-input-tokens", TEXT, "1", "1"), ("input-tokens", "1K tokens", "1", "1")),
            use=ProjectUse(requests=1, input_tokens=2, output_tokens=3),
        )
    ]
    head = header(
        periods,
        kind="project",
        second=Grouping(kind="tag", tag_key=TEXT) if second else None,
        tag_keys=(TEXT, "=1+1"),
        environments=(TEXT,),
        previous=DateRange(start=date(2026, 8, 1), end=date(2026, 9, 30)),
    )
    whole = report(head, periods, lines, unallocated=line("", "1", "1", label=TEXT), before="1", notes=(TEXT,))
    bill_of_all = replace(bill(whole), rest=(BillPart(label=TEXT, total=Decimal(1)),))
    return replace(whole, reconciliation=bill_of_all, other_charge_types=(TEXT,))


MODELS = (
    "Claude Sonnet 4.5",
    "Claude Haiku 4.5",
    "GPT-5.5",
    "gpt-oss-120b",
    "Nova 2 Lite",
    "Llama 4 Maverick",
    "Mistral Large 3",
    "other usage",
)
ACCOUNTS = tuple(
    Account(id=f"{number}" * 12, name=f"retail-{number}", environments=("prod",)) for number in range(1, 7)
)
EVERY_CHARGE: dict[ChargeType, str] = {
    "purchase": "0.05",
    "discount": "-0.08",
    "credit": "-0.03",
    "refund": "-0.01",
    "tax": "0.19",
    "support": "0.1",
    "other": "0.001",
}
"""The charges of a line besides its usage, as parts of it."""


def usage(millions: int, *, uncounted: str = "", cost: str = "1.25") -> LineUsage:
    """So many million tokens of input, and some of each other kind; `uncounted` is the unit of what is not counted."""
    kinds = {"input": 20, "output": 4, "cache-read-input": 60, "cache-write-input": 16}
    amounts = [
        UsageAmount(
            usage_type=f"USE1-model-{kind}-tokens",
            unit="1K tokens",
            quantity=Decimal(millions * 50 * part),
            cost=Decimal(cost) * part,
        )
        for kind, part in kinds.items()
    ]
    if uncounted:
        more = UsageAmount(usage_type=uncounted, unit=uncounted, quantity=Decimal(3), cost=Decimal("7.5"))
        amounts.append(replace(more, usage_type=f"{uncounted}-input-tokens"))
        amounts.append(more)
    return usage_of(amounts)


def finance(count: int, *, periods: int = 12, compared: bool = True) -> Report:
    """Teams by model over months, with everything that a report can have: all charge types, usage, and the bill."""
    columns = months(periods)
    lines = []
    for number in range(count):
        monthly = [Decimal(f"{(count - number) * (90 + month * 3)}.125") for month in range(periods)]
        amounts = list(map(str, monthly))
        direct = sum(monthly, Decimal()) / (1 + sum(map(Decimal, EVERY_CHARGE.values()), Decimal()))
        charges: dict[ChargeType, Decimal] = {kind: direct * Decimal(part) for kind, part in EVERY_CHARGE.items()}
        charges = {"usage": sum(monthly, Decimal()) - sum(charges.values(), Decimal()), **charges}
        team = line(
            f"Team{number:02}",
            *amounts,
            of=sum(monthly, Decimal()) * count,
            before=str(monthly[0] * periods) if compared else None,
            mark=("formerly Procurement", "not in the inventory", "")[min(number, 2)],
            parts=parts(sum(monthly, Decimal()), MODELS),
            usage=usage(count - number, uncounted="Units" if number == 3 else ""),
        )
        lines.append(replace(team, charges=charges))
    loose = line("", *["612.5"] * periods, of=Decimal(90000), label="unallocated (no Team)", before="7000")
    head = header(
        columns,
        environments=(),
        accounts=ACCOUNTS,
        second=Grouping(kind="model"),
        excluded=("tax", "support"),
        previous=DateRange(start=date(2024, 12, 1), end=date(2025, 11, 30)) if compared else None,
    )
    made = report(
        head,
        columns,
        lines,
        unallocated=loose if compared else replace(loose, previous=None, change=None, change_percent=None),
        splits={"key not active": "4000", "default project": "1900", "bedrock-runtime": "1450"},
        before="900000" if compared else None,
        largest_changes=tuple(
            cost_change(f"Team{number:02}", "800", f"{1200 + number}.5", driver(MODELS[0], "390", of="400"))
            for number in range(10)
        ),
        forecast=forecast("4000", "900.5", low="4700", high="5100"),
        notes=("AWS has charge types that this version does not know, counted as other charges: Surcharge",),
    )
    assert made.unallocated
    without = replace(
        made.unallocated,
        causes=(
            *made.unallocated.causes,
            UnallocatedCause(kind="charge type", label="credits", total=Decimal("-250"), share=None),
        ),
        accounts=tuple(
            AccountAmount(account=account, total=Decimal("1225"), share=Decimal("16.7")) for account in ACCOUNTS
        ),
    )
    return replace(made, unallocated=without, reconciliation=whole_bill(made.total.total))


def parts(total: Decimal, labels: Sequence[str]) -> tuple[LinePart, ...]:
    """Parts with these labels, each half of what is left, which add up to the total."""
    left, made = total, []
    for label in labels:
        amount = left if label == labels[-1] else left / 2
        left -= amount
        made.append(LinePart(value=label, label=label, total=amount))
    return tuple(made)


def whole_bill(reported: Decimal, *, difference: str = "0") -> Reconciliation:
    """A bill with this report, and with charges that the report excludes, tax, support and other services."""
    bedrock = reported + Decimal("412.5") - Decimal(difference)
    rest = (
        BillPart(label="tax (billed separately)", total=Decimal("1900.25")),
        BillPart(label="support (billed separately)", total=Decimal(1000)),
        BillPart(label="other services", total=Decimal("81234.56")),
    )
    return Reconciliation(
        reported=reported,
        excluded=Decimal("412.5"),
        bedrock=bedrock,
        difference=Decimal(difference),
        rest=rest,
        total=bedrock + sum((part.total for part in rest), Decimal()),
        currency="USD",
    )


def listed_projects(count: int) -> Report:
    """Projects over two months with all that the inventory and CloudWatch know, and credits."""
    columns = months(2)
    lines = [
        line(
            f"acme-retail/prod/service-{number}",
            f"{(count - number) * 3}.25",
            f"{(count - number) * 2}.75",
            of=Decimal(count * count * 3),
            label=f"Service{number}-Prod",
            charges=charged(credit="-2"),
            mark="archived" if number == 9 else "",
            project=replace(
                project(
                    f"service-{number}", name=f"Service{number}-Prod", state="archived" if number == 9 else "active"
                ),
                account=ACCOUNTS[number % 6].id,
                account_name=ACCOUNTS[number % 6].name,
                region="us-east-1",
                id=f"proj_{number:012}",
                tags={"Team": f"Team{number % 40:02}", "CostCenter": f"CC-{number:04}"},
            ),
            drivers=(
                driver(MODELS[0], f"{(count - number) * 3}", of=f"{(count - number) * 4}"),
                driver(MODELS[1], "1"),
            ),
            usage=usage(count - number),
            use=ProjectUse(requests=1000 * (count - number), input_tokens=5, output_tokens=6),
        )
        for number in range(count)
    ]
    head = header(columns, kind="project", tag_key="bedrock-project", environments=(), accounts=ACCOUNTS)
    made = report(head, columns, lines, unallocated=line("", "70", "30.5", label="unallocated (no project)"))
    return replace(made, reconciliation=whole_bill(made.total.total))


def without_data(*amounts: str | None) -> Report:
    """One line over the last months, of which those of None have no data."""
    made = single(*(amount or "0" for amount in amounts))
    known = zip(made.periods, amounts, strict=True)
    return replace(made, periods=tuple(replace(period, has_data=amount is not None) for period, amount in known))


def hostile_everywhere() -> Report:
    """Values that try to run in everything that a line, the bill and the header have besides `hostile`."""
    made = finance(len(HOSTILE), periods=2)
    lines = [
        replace(
            each,
            label=value,
            mark=value,
            parts=tuple(LinePart(value=value, label=value, mark=value, total=Decimal(1)) for _ in range(2)),
            usage=usage(3, uncounted=value),
            project=ProjectName(
                key=value,
                name=value,
                environment=value,
                state="unlisted",
                account=value,
                account_name=value,
                region=value,
                id=value,
                tags={value: value},
            ),
        )
        for each, value in zip(made.lines, HOSTILE, strict=True)
    ]
    rest = tuple(BillPart(label=value, total=Decimal(1)) for value in HOSTILE)
    assert made.unallocated
    assert made.reconciliation
    return replace(
        made,
        header=replace(
            made.header,
            environments=HOSTILE,
            cost=HOSTILE[0],
            metric=HOSTILE[1],
            source=HOSTILE[2],
            second=Grouping(kind="tag", tag_key=HOSTILE[3]),
            accounts=(Account(id=HOSTILE[0], name=HOSTILE[1], environments=HOSTILE),),
        ),
        lines=tuple(lines),
        unallocated=replace(
            made.unallocated,
            causes=tuple(
                UnallocatedCause(kind="tagged usage", label=value, total=Decimal(1), share=None) for value in HOSTILE
            ),
        ),
        reconciliation=replace(made.reconciliation, rest=rest),
    )
