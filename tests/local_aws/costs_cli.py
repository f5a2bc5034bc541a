"""The command `costs` in the management account of an organisation, with last month's bill at hand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local_aws import CostLine, LocalAws
from tests.local_aws.costs import line
from tests.unit.command_line import Done, run

PAYER, DEV, PROD = "999999999999", "111111111111", "222222222222"
OWN, CLAUDE = "Amazon Bedrock", "Claude X (Amazon Bedrock Edition)"
MANTLE = "USE1-openai.gpt-5.5-mantle-input-tokens-standard"
RUNTIME = "USE1-Nova2.0Lite-input-tokens"
MARKETPLACE = "USE1-MP:USE1_input_tokens_standard-Units"
COSTS, KEYS = "ce:GetCostAndUsage", "ce:ListCostAllocationTags"
_MODELS = {MANTLE: "GPT-5.5", RUNTIME: "Nova 2 Lite", MARKETPLACE: "Claude X"}
INVENTORY = f"""\
version: 1
inventory: acme
environments:
  dev: {{account: "{DEV}", region: us-east-1, name_format: "{{name}}-Dev"}}
  prod: {{account: "{PROD}", region: us-east-1, name_format: "{{name}}-Prod"}}
tag_keys: {{Team: {{}}, App: {{}}}}
projects:
  chat: {{name: Chat, environments: [dev, prod], tags: {{Team: a}}}}
  old: {{name: Old, environments: [prod], status: archived}}
"""


@dataclass(frozen=True)
class Desk:
    """Runs the command over the month before the machine's own today: that is what the command goes by."""

    aws: LocalAws
    folder: Path
    today: date

    @property
    def last(self) -> date:
        """The last day of last month."""
        return self.today.replace(day=1) - timedelta(days=1)

    @property
    def first(self) -> date:
        """The first day of last month."""
        return self.last.replace(day=1)

    @property
    def month(self) -> tuple[str, str, str, str]:
        """The options for last month."""
        return "--from", self.first.isoformat(), "--to", self.last.isoformat()

    def bill(self, *lines: CostLine) -> None:
        """Adds lines to the bill."""
        self.aws.costs(lines)

    def filled(self) -> "Desk":
        """Itself, with spend of every kind."""
        self.bill(
            self.spend("30", owner="acme/prod/chat", Team="a"),
            self.spend("8", owner="acme/dev/chat", Team="b", account=DEV),
            self.spend("90", owner="acme/prod/chat", Team="a", service=CLAUDE, usage_type=MARKETPLACE),
            self.spend("10", account=DEV),
            self.spend("20", usage_type=RUNTIME),
            self.spend("5", service=CLAUDE, usage_type=MARKETPLACE),
        )
        return self

    def spend(
        self,
        amount: str,
        *,
        service: str = OWN,
        usage_type: str = MANTLE,
        account: str = PROD,
        day: date | None = None,
        charge_type: str = "Usage",
        **tags: str,
    ) -> CostLine:
        """A line of the bill, by default of the first day of last month; `owner` is the ownership tag."""
        named = {"bedrock-project" if key == "owner" else key: value for key, value in tags.items()}
        when = (day or self.first).isoformat()
        more = {"model": _MODELS.get(usage_type, ""), "charge_type": charge_type}
        return line(when, amount, account=account, service=service, usage_type=usage_type, tags=named, **more)

    def run(self, *words: str) -> Done:
        """The command for last month, from a clean record of requests."""
        self.aws.clear_requests()
        return run("costs", *self.month, *words, folder=self.folder)

    def report(self, *words: str) -> dict[str, Any]:
        """What it writes as JSON."""
        done = self.run(*words, "--format", "json")
        assert (done.code, done.err) == (0, "")
        report: dict[str, Any] = json.loads(done.out)
        return report

    def asked(self, operation: str = COSTS) -> list[dict[str, Any]]:
        """The bodies of the requests of that operation since the last run began."""
        return [request.body for request in self.aws.requests(operation)]


def opened(aws: LocalAws, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk of an organisation whose keys bedrock-project and Team have been active for long, and App has not."""
    now = datetime.now(tz=timezone.utc)
    aws.set_clock(_iso(now - timedelta(days=150)))
    aws.organization(management=PAYER, members=[DEV, PROD])
    aws.tag_keys(PAYER, ["Team", "bedrock-project"], status="Active")
    aws.tag_keys(PAYER, ["App"])
    aws.set_clock(_iso(now))
    for name, value in aws.environment(PAYER).items():
        monkeypatch.setenv(name, value)
    (folder / "projects.yaml").write_text(INVENTORY)
    return Desk(aws, folder, now.date())


def totals(report: Mapping[str, Any]) -> dict[str, Decimal]:
    """The total of each value; that of the unallocated spend has the empty text."""
    last = [report["unallocated"]["line"]] if report["unallocated"] else []
    return {row["value"]: Decimal(row["total"]) for row in (*report["lines"], *last)}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
