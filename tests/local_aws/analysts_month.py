"""The month of a FinOps analyst: 40 teams, 300 projects and 6 accounts of one organisation, as lines of its bill.

What is special in it: a team that has a new name since the 15th, a project that another team has since then, credits
without tags, tax and support, a discount programme, a charge type that nobody knows, an inference profile with tags
without a project, guardrails, a project and a team that the inventory does not have, and EC2 with the same tags.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import Any

from local_aws import CostLine, LocalAws
from tests.local_aws.costs import EC2, credit, line, support, tax
from tests.local_aws.costs_cli import PAYER
from tests.unit.command_line import Done, run

Condition = Callable[[CostLine], bool]
Column = Callable[[CostLine], str]
ACCOUNT, MODEL, SERVICE, CHARGE_TYPE, USAGE_TYPE = map(
    attrgetter, ("account", "model", "service", "charge_type", "usage_type")
)
OWNER = "bedrock-project"
DISCOUNT = "Enterprise Discount Program Discount"
UNKNOWN_TYPE = "Charge Type To Come"
PLACES = ("eu", "us", "ap")
REGIONS = {"eu": "eu-central-1", "us": "us-east-1", "ap": "ap-northeast-1"}
CODES = {"eu": "EUC1", "us": "USE1", "ap": "APN1"}
ACCOUNTS = {
    f"{stage}-{place}": f"{number}" * 12
    for number, (stage, place) in enumerate(((stage, place) for place in PLACES for stage in ("dev", "prod")), 1)
}
"""The account of each environment."""
TEAMS = ("Sourcing", "Search", "Helpdesk", "Labs", *(f"Team{number:02}" for number in range(5, 41)))
ENTRIES = 150
"""Each is in two environments."""
HANDED_OVER, FORMER_TEAM, NEW_TEAM = "app-007", "Team07", "Team08"
"""The entry that another team has since the 15th, and the two teams."""
EQUAL_TEAMS = ("Team23", "Team24")
"""Their projects use the same."""
CHANGE_DAY = 15
NEW_TEAM_OF_THE_MONTH = "Team40"
"""It used next to nothing in the month before."""


@dataclass(frozen=True)
class Model:
    """A model as AWS bills it; `prices` are USD for a million tokens of each kind."""

    name: str
    service: str
    usage_type: str
    unit: str
    prices: Mapping[str, str]

    def tokens(self, kind: str, amount: Decimal) -> Decimal:
        """How many tokens that much money buys."""
        return amount / Decimal(self.prices[kind]) * 1_000_000

    def fields(self, kind: str, amount: Decimal, *, code: str) -> dict[str, Any]:
        """The fields of a line of the bill."""
        size = 1_000_000 if self.unit == "Units" else 1_000
        return {
            "service": self.service,
            "usage_type": self.usage_type.format(code=code, kind=kind),
            "amount": str(amount),
            "quantity": str(self.tokens(kind, amount) / size),
            "unit": self.unit,
            "model": self.name,
        }


GPT = Model(
    "GPT-5.5",
    "Amazon Bedrock Service",
    "{code}-openai.gpt-5.5-mantle-{kind}-tokens-standard",
    "1K tokens",
    {"input": "5", "output": "25"},
)
CLAUDE = Model(
    "Claude Opus 4.7",
    "Claude Opus 4.7 (Amazon Bedrock Edition)",
    "{code}-MP:{code}_{kind}_tokens_standard-Units",
    "Units",
    {"input": "10", "output": "50"},
)
QWEN = Model(
    "Qwen3 32B",
    "Amazon Bedrock",
    "{code}-qwen.qwen3-32b-mantle-{kind}-tokens-standard",
    "1K tokens",
    {"input": "0.2", "output": "0.8"},
)
NOVA = Model("Nova 2 Lite", "Amazon Bedrock", "{code}-Nova2.0Lite-{kind}-tokens", "1K tokens", {"input": "0.4"})
MODELS = (GPT, CLAUDE, QWEN)


@dataclass(frozen=True)
class Month:
    """Runs the command over the month before the machine's own today: that is what the command goes by.

    A report is asked for once, however many claims are made of it.
    """

    aws: LocalAws
    folder: Path
    today: date
    lines: list[CostLine] = field(default_factory=list, repr=False)
    _reports: dict[tuple[str, ...], Done] = field(default_factory=dict, repr=False)

    @property
    def last(self) -> date:
        """The last day of last month."""
        return self.today.replace(day=1) - timedelta(days=1)

    @property
    def first(self) -> date:
        """The first day of last month."""
        return self.last.replace(day=1)

    @property
    def before(self) -> date:
        """A day of the month before that."""
        return self.first - timedelta(days=12)

    @property
    def change_day(self) -> date:
        """The day of the new names."""
        return self.first.replace(day=CHANGE_DAY)

    @property
    def name(self) -> str:
        """The month as `--month` takes it."""
        return f"{self.first:%Y-%m}"

    def run(self, *words: str) -> Done:
        """The command, from a clean record of requests."""
        self.aws.clear_requests()
        return run("costs", *words, folder=self.folder)

    def done(self, *words: str) -> Done:
        """The command for last month, from the first time that it was asked for."""
        if words not in self._reports:
            self._reports[words] = self.run("--month", self.name, *words)
        return self._reports[words]

    def report(self, *words: str) -> dict[str, Any]:
        """What it writes as JSON."""
        done = self.done(*words, "--format", "json")
        assert (done.code, done.err) == (0, "")
        report: dict[str, Any] = json.loads(done.out)
        return report

    def text(self, *words: str) -> str:
        """The table that it writes."""
        done = self.done(*words)
        assert (done.code, done.err) == (0, "")
        return done.out

    def sum(self, *conditions: Condition, metric: str = "") -> Decimal:
        """What the bill itself has of last month: the sum of the lines for which all conditions hold, by hand."""
        return sum((amount_of(bill_line, metric) for bill_line in self.chosen(*conditions)), Decimal())

    def sums(self, column: Column, *conditions: Condition) -> dict[str, Decimal]:
        """The same for each value of a column, in one pass."""
        sums: dict[str, Decimal] = {}
        for bill_line in self.chosen(*conditions):
            value = column(bill_line)
            sums[value] = sums.get(value, Decimal()) + amount_of(bill_line)
        return sums

    def chosen(self, *conditions: Condition) -> Iterator[CostLine]:
        """The lines of last month for which all conditions hold."""
        for bill_line in self.lines:
            is_of_month = self.first <= bill_line.day <= self.last
            if is_of_month and all(condition(bill_line) for condition in conditions):
                yield bill_line

    def pages(self, *columns: Column, only: Condition, size: int) -> int:
        """How many pages of that many groups a question by these columns has."""
        groups = {tuple(column(bill_line) for column in columns) for bill_line in self.chosen(only)}
        return -(-len(groups) // size)


def amount_of(bill_line: CostLine, metric: str = "") -> Decimal:
    """What the line costs, by a metric that may differ."""
    others = [amount for name, amount in bill_line.other_amounts.items() if name == metric]
    return others[0] if others else bill_line.amount


def tag(key: str) -> Column:
    """The value of a tag; credits have none."""
    return lambda bill_line: "" if bill_line.charge_type == "Credit" else bill_line.tags.get(key, "")


def is_bedrock(bill_line: CostLine) -> bool:
    """Whether AWS bills the line for Bedrock."""
    return "Bedrock" in bill_line.service


def is_usage(bill_line: CostLine) -> bool:
    """Whether the line is direct usage of Bedrock."""
    return is_bedrock(bill_line) and bill_line.charge_type == "Usage"


def having(column: Column, *values: str) -> Condition:
    """Whether a line of Bedrock has one of the values."""
    return lambda bill_line: is_bedrock(bill_line) and column(bill_line) in values


def environment_of(bill_line: CostLine) -> str:
    """The environment in the ownership tag of a line, empty if it has none."""
    return tag(OWNER)(bill_line).partition("/")[2].partition("/")[0]


def open_month(aws: LocalAws, folder: Path) -> Month:
    """The organisation with its bill; bedrock-project, Team, CostCenter and Application have been active for long."""
    now = datetime.now(tz=timezone.utc)
    aws.set_clock(_iso(now - timedelta(days=150)))
    aws.organization(management=PAYER, members=list(ACCOUNTS.values()))
    aws.tag_keys(PAYER, ["Team", "CostCenter", "Application", OWNER], status="Active")
    aws.set_clock(_iso(now))
    month = Month(aws, folder, now.date())
    (folder / "projects.yaml").write_text(_inventory(month.change_day))
    month.lines.extend(_bill(month))
    aws.costs(month.lines)
    return month


def key_of(number: int) -> str:
    """The key of an entry."""
    return f"app-{number:03}"


def team_of(number: int) -> str:
    """The team that the inventory has for an entry."""
    return NEW_TEAM if key_of(number) == HANDED_OVER else TEAMS[number % len(TEAMS)]


def environments_of(number: int) -> tuple[str, str]:
    """The two environments of an entry."""
    place = PLACES[number % len(PLACES)]
    return f"dev-{place}", f"prod-{place}"


def tags_of(number: int, team: str) -> dict[str, str]:
    """The tags of an entry, with that team."""
    return {"Team": team, "CostCenter": f"CC-{number % 7}", "Application": f"Application{number % 25:02}"}


def _inventory(changed: date) -> str:
    environments = {
        name: {
            "account": account,
            "region": REGIONS[name.partition("-")[2]],
            "name_format": f"{{name}}-{'-'.join(part.capitalize() for part in name.split('-'))}",
        }
        for name, account in ACCOUNTS.items()
    }
    projects: dict[str, Any] = {
        key_of(number): {
            "name": f"App{number:03}",
            "environments": list(environments_of(number)),
            "tags": tags_of(number, team_of(number)),
        }
        for number in range(ENTRIES)
    }
    projects["old-pilot"] = {
        "name": "OldPilot",
        "environments": ["prod-eu"],
        "status": "archived",
        "tags": tags_of(1, "Search"),
    }
    team = {"renamed": [{"from": "Procurement", "to": "Sourcing", "since": changed.isoformat()}]}
    contents = {
        "version": 1,
        "inventory": "acme",
        "environments": environments,
        "tag_keys": {"Team": team, "CostCenter": {}, "Application": {}},
        "projects": projects,
    }
    return json.dumps(contents)  # JSON is YAML


def _bill(month: Month) -> Iterator[CostLine]:
    weekly = [month.first + timedelta(days=day) for day in range(2, (month.last - month.first).days + 1, 7)]
    for number in range(ENTRIES):
        for stage, environment in enumerate(environments_of(number)):
            for day in weekly:
                yield from _usage(number, environment, day, is_changed=day >= month.change_day, factor=stage + 1)
            yield _discount(number, environment, month.last)
            yield from _month_before(number, environment, month.before)
    for day in weekly:
        yield from _not_of_projects(day)
        yield from _not_in_the_inventory(day)
    yield from _rhythm_of_a_week(month)
    yield from _rest_of_the_bill(month.first)


def _usage(number: int, environment: str, day: date, *, is_changed: bool, factor: int) -> Iterator[CostLine]:
    """A day of a project: two kinds of tokens of one model, and one of another."""
    tags = {OWNER: f"acme/{environment}/{key_of(number)}", **tags_of(number, _billed_team(number, is_changed))}
    amount = (10 + Decimal(number // 2) / 8) * factor + Decimal("0.012304")
    first, second = MODELS[number // 2 % 3], MODELS[(number // 2 + 1) % 3]
    for model, kind, part in ((first, "input", amount), (first, "output", amount * 2), (second, "input", amount / 2)):
        yield _line(environment, day, tags, **model.fields(kind, part, code=_code(environment)))


def _billed_team(number: int, is_changed: bool) -> str:
    """The team on the usage, before or after the day of the change."""
    team = team_of(number)
    if is_changed:
        return team
    if key_of(number) == HANDED_OVER:
        return FORMER_TEAM
    return "Procurement" if team == "Sourcing" else team


def _discount(number: int, environment: str, day: date) -> CostLine:
    """The discount of a project's month; net metrics have it in the usage, so there it is 0."""
    tags = {OWNER: f"acme/{environment}/{key_of(number)}", **tags_of(number, team_of(number))}
    more = {"charge_type": DISCOUNT, "other_amounts": {"NetUnblendedCost": "0", "NetAmortizedCost": "0"}}
    return _line(environment, day, tags, service="Amazon Bedrock", usage_type="", amount="-0.7531", **more)


def _month_before(number: int, environment: str, day: date) -> Iterator[CostLine]:
    team = _billed_team(number, is_changed=False)
    tags = {OWNER: f"acme/{environment}/{key_of(number)}", **tags_of(number, team)}
    amount = Decimal("0.0000123") if team == NEW_TEAM_OF_THE_MONTH else 30 + Decimal(number // 2) / 4
    yield _line(environment, day, tags, **GPT.fields("input", amount, code=_code(environment)))


def _not_of_projects(day: date) -> Iterator[CostLine]:
    """Usage without a project: an inference profile with tags, and what nobody tagged."""
    profile = {"Team": "Search", "CostCenter": "CC-1", "Application": "Application01"}
    yield _line("prod-eu", day, profile, **NOVA.fields("input", Decimal("12.4"), code="EUC1"))
    yield _line("dev-us", day, {}, **GPT.fields("input", Decimal("20.25"), code="USE1"))
    yield _line("dev-us", day, {}, **CLAUDE.fields("input", Decimal("6.5"), code="USE1"))
    yield _line("prod-ap", day, {}, **NOVA.fields("input", Decimal("9.1"), code="APN1"))


def _not_in_the_inventory(day: date) -> Iterator[CostLine]:
    """A project that the inventory lost, one that it archived, and a guardrail, which has no model."""
    gone = {OWNER: "acme/prod-eu/gone", "Team": "Skunkworks", "CostCenter": "CC-9", "Application": "Application00"}
    yield _line("prod-eu", day, gone, **QWEN.fields("input", Decimal("3.3"), code="EUC1"))
    old = {OWNER: "acme/prod-eu/old-pilot", **tags_of(1, "Search")}
    yield _line("prod-eu", day, old, **QWEN.fields("output", Decimal("2.2"), code="EUC1"))
    guarded = {OWNER: f"acme/dev-ap/{key_of(2)}", **tags_of(2, "Helpdesk")}
    guardrail = {"service": "Amazon Bedrock", "usage_type": "APN1-Guardrail-ContentPolicyUnitsConsumed"}
    yield _line("dev-ap", day, guarded, amount="4.75", quantity="31666", unit="Text Units", **guardrail)


def _rhythm_of_a_week(month: Month) -> Iterator[CostLine]:
    """A project of Labs on which people work from Monday to Friday."""
    tags = {OWNER: f"acme/dev-eu/{key_of(3)}", **tags_of(3, "Labs")}
    for number in range((month.last - month.first).days + 1):
        day = month.first + timedelta(days=number)
        amount = Decimal(60) if day.weekday() < 5 else Decimal(16)
        yield _line("dev-eu", day, tags, **GPT.fields("output", amount, code="EUC1"))


def _rest_of_the_bill(first: date) -> Iterator[CostLine]:
    account = ACCOUNTS["prod-eu"]
    day = first + timedelta(days=11)
    yield credit(f"{day}", "-250", account=account)
    yield credit(f"{day}", "-5000", account=account)
    unknown = {OWNER: f"acme/prod-us/{key_of(1)}", **tags_of(1, "Search")}
    yield _line(
        "prod-us", day, unknown, service="Amazon Bedrock", usage_type="", amount="-0.5", charge_type=UNKNOWN_TYPE
    )
    yield tax(f"{first}", "4321.09", account=PAYER)
    yield support(f"{first}", "1250.5", account=PAYER)
    for team in ("Search", "Labs"):
        yield line(f"{day}", "7777.77", account=account, service=EC2, tags={"Team": team, "CostCenter": "CC-1"})


def _line(environment: str, day: date, tags: Mapping[str, str], **more: Any) -> CostLine:
    place = {"account": ACCOUNTS[environment], "region": REGIONS[environment.partition("-")[2]]}
    if more["service"] == CLAUDE.service:
        net = str(Decimal(more["amount"]) * Decimal("0.97"))
        more["other_amounts"] = {"NetUnblendedCost": net, "NetAmortizedCost": net}
    return line(f"{day}", **place, tags=dict(tags), **more)


def _code(environment: str) -> str:
    return CODES[environment.partition("-")[2]]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
