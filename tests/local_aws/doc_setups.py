"""What the sessions of the documentation assume: files, account and credentials before the first command."""

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from bedrock_projects.inventory import load
from local_aws import CostLine, LocalAws, Use
from local_aws.data_exports.definition import DataExport
from tests.documents import ROOT
from tests.local_aws.conforming import forecasting_budget, make_budget
from tests.local_aws.cost_data import CLAUDE, bill
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.native import Native
from tests.pulumi_cli import PulumiStandIn
from tests.shell import Shell, bash
from tests.unit.command_line import repository

PROD, PAYER = "222222222222", "999999999999"
SAMPLE = (ROOT / "projects.yaml").read_text("utf-8")
CONTRACT_REVIEW = """
  contract-review:
    name: ContractReview
    tags: {Application: ContractReview, Team: Logistics, CostCenter: CC-4002, Owner: logistics@example.com}
"""
COSTS_DAY = date(2026, 11, 25)


@dataclass
class DocSetup:
    """A folder, a local AWS and the shell that a session is typed into; sessions of a page share them."""

    aws: LocalAws
    folder: Path
    shell: Shell

    @property
    def mantle(self) -> Mantle:
        return Mantle(self.aws.url)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def as_account(self, account: str) -> None:
        """The credentials of an account, in the shell."""
        for name, value in self.aws.environment(account, region=REGION).items():
            self.shell.run(f"export {name}={value}")

    def deployed(self) -> dict[str, str]:
        """Key → id of the sample's projects in dev, made as `pulumi up` makes them."""
        ids = {}
        for project in load(self.folder / "projects.yaml").in_environment("dev"):
            tags = {**project.tags, "bedrock-project": f"acme-retail/dev/{project.key}"}
            ids[project.key] = str(self.mantle.create(project.name, tags=tags)["id"])
        return ids


@contextmanager
def open_doc_setup(aws: LocalAws, folder: Path) -> Iterator[DocSetup]:
    """A shell in the folder, with the credentials of the account and the command of this environment."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        **aws.environment(ACCOUNT, region=REGION),
    }
    with bash(folder, environment) as shell:
        yield DocSetup(aws, folder, shell)


def _changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def mistakes(doc_setup: DocSetup) -> None:
    """Three mistakes in an entry that was added to the sample."""
    entry = _changed(CONTRACT_REVIEW, ("Team: Logistics", "Team: Logistic"), ("CostCenter", "Costcenter"))
    doc_setup.write("projects.yaml", SAMPLE + entry)


def pull_request(doc_setup: DocSetup) -> None:
    """A working tree with five changes of the sample, which is the revision main-1."""
    write_pull_request(doc_setup.folder)


def write_pull_request(folder: Path) -> None:
    """Writes the repository of `pull_request`."""
    sources = repository(folder)
    sources.write("projects.yaml", SAMPLE)
    sources.commit("main-1")
    forecast = SAMPLE[SAMPLE.index("  demand-forecast:") : SAMPLE.index("  catalog-enrichment:")]
    text = _changed(
        SAMPLE,
        (forecast, ""),
        ("  product-search:\n", "  search:\n    aliases: [product-search]\n"),
        ("CC-1001", "CC-1002"),
    )
    sources.write("projects.yaml", text + CONTRACT_REVIEW)


def nothing_deployed(doc_setup: DocSetup) -> None:
    """The sample's stack, which is new, and an account without projects."""
    PulumiStandIn(doc_setup.folder).has(None)
    doc_setup.shell.run("export PATH=$PWD:$PATH")
    doc_setup.write("projects.yaml", SAMPLE)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        doc_setup.write(name, (ROOT / name).read_text("utf-8"))


def linked_account(doc_setup: DocSetup) -> None:
    """Twelve projects in an account that is not the one that pays, and a profile with its credentials."""
    nothing_deployed(doc_setup)
    doc_setup.aws.reset(seed=1)
    doc_setup.aws.organization(management=PAYER, members=[ACCOUNT])
    for number in range(12):
        doc_setup.mantle.create(f"Pilot{number}")
    doc_setup.write("Pulumi.dev.yaml", "config:\n  aws:region: us-west-2\n  aws:profile: dev\n")
    doc_setup.write(
        "credentials", f"[dev]\naws_access_key_id = local-{ACCOUNT}\naws_secret_access_key = local-secret\n"
    )
    doc_setup.shell.run("export AWS_SHARED_CREDENTIALS_FILE=$PWD/credentials")
    doc_setup.shell.run("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY")


def published(doc_setup: DocSetup) -> None:
    """A catalogue with a project that exists."""
    doc_setup.aws.reset(seed=1)
    doc_setup.as_account(ACCOUNT)
    project = doc_setup.mantle.create("Search-Dev")
    url = f"https://bedrock-mantle.{REGION}.api.aws/v1"
    entry = {name: project[name] for name in ("id", "arn", "name")}
    entry |= {"region": REGION, "status": "active", "base_url": url}
    place = {"account": ACCOUNT, "region": REGION, "base_url": url, "projects": {"search": entry}}
    catalogue = {"version": 1, "inventory": "acme", "environments": {"dev": place}, "declared": {"search": ["dev"]}}
    doc_setup.write("catalogue.json", json.dumps(catalogue))


def as_before(doc_setup: DocSetup) -> None:
    """What the session before left."""


def to_adopt(doc_setup: DocSetup) -> None:
    """Projects of teams in dev, one of another inventory, one that is archived; no file yet.

    The shell has the variables that `python -m local_aws` prints, which are those of a reader.
    """
    doc_setup.shell.run("unset AWS_DEFAULT_REGION")
    care, search = {"Team": "Care", "Environment": "Dev"}, {"Team": "Search", "Environment": "Dev"}
    for name, tags in (("CatalogText", care), ("Chat", care), ("Faq", care), ("Ranking", search), ("Search", search)):
        doc_setup.mantle.create(f"{name}-Dev", tags=tags)
    doc_setup.mantle.create("Pricing-Dev", tags=search)
    doc_setup.mantle.create("sandbox", tags={"team": "Care"})
    doc_setup.mantle.create("Billing-Dev", tags={"bedrock-project": "acme-finance/dev/billing"})
    trial = doc_setup.mantle.create("Trial-Dev")["id"]
    assert doc_setup.mantle.call("POST", f"/{trial}/archive").status == 200


def next_account(doc_setup: DocSetup) -> None:
    """The same applications in prod, and its credentials."""
    dev = [project for project in doc_setup.aws.projects(ACCOUNT) if project.tags.get("Environment") == "Dev"]
    for project in dev:
        Mantle(doc_setup.aws.url, account=PROD).create(
            project.name.replace("-Dev", "-Prod"), tags={**project.tags, "Environment": "Prod"}
        )
    doc_setup.as_account(PROD)
    doc_setup.shell.run("unset AWS_DEFAULT_REGION")


def at_the_other_endpoint(doc_setup: DocSetup) -> None:
    """What the session before left, and projects of that account at bedrock-runtime."""
    native = Native(doc_setup.aws.url, account=PROD)
    for name in ("Summaries-Prod", "Translation-Prod"):
        native.create(name, {"Team": "Care", "Environment": "Prod"})


def tidied_up_long_ago(doc_setup: DocSetup) -> None:
    """The sample in dev, all but one project in use, use of the project `default`, and a project of nobody's."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    doc_setup.write("projects.yaml", SAMPLE)
    doc_setup.aws.set_clock((now - timedelta(days=60)).isoformat())
    ids = doc_setup.deployed()
    doc_setup.mantle.create("ml-playground")
    doc_setup.aws.tag_keys(ACCOUNT, ["Application", "Team", "bedrock-project"], status="Active")
    doc_setup.aws.tag_keys(ACCOUNT, ["CostCenter", "Environment"])
    doc_setup.aws.set_clock((now - timedelta(days=5)).isoformat())
    used = [id_ for key, id_ in ids.items() if key != "shipment-desk"]
    a_day = {"model": "qwen.qwen3-32b", "output_tokens": 0}
    doc_setup.aws.use_many([Use(project_id=id_, input_tokens=156_000_000, **a_day) for id_ in used])
    default = {"account": ACCOUNT, "region": REGION}
    doc_setup.aws.use_many([Use(project_id="default", input_tokens=41_000_000, requests=310, **a_day, **default)])
    doc_setup.aws.set_clock(now.isoformat())


def spent(doc_setup: DocSetup) -> None:
    """The bill of an organisation: of each day since September, whose costs have been reported by project all along."""
    _billed(doc_setup, bill(), "bedrock-project")


def delivered(doc_setup: DocSetup) -> None:
    """The same bill as files of a data export, in the folder; usage has quantities at invented prices."""
    _billed(doc_setup, list(map(_with_quantity, bill())), "bedrock-project")
    doc_setup.aws.export(DataExport(account=PAYER, destination=str(doc_setup.folder), mode="create-new"))


_PER_MILLION = {"Claude Haiku 4.5": Decimal("1.25"), "Nova 2 Lite": Decimal("0.5"), "Qwen3 32B": Decimal("0.2")}


def _with_quantity(line: CostLine) -> CostLine:
    """The line with its tokens: AWS counts thousands, AWS Marketplace millions."""
    if line.model not in _PER_MILLION:
        return line
    millions = line.amount / _PER_MILLION[line.model]
    is_marketplace = "-MP:" in line.usage_type
    return line.model_copy(
        update={"unit": "Units", "quantity": millions}
        if is_marketplace
        else {"unit": "1K tokens", "quantity": millions * 1000}
    )


def charged_to_teams(doc_setup: DocSetup) -> None:
    """The bill until October on November 2, on which each project of the inventory has its tags, reported by Team.

    AWS has not finished it: the usage of the last day and support are billed later, and a correction comes much later.
    """
    lines = [line for line in _lines_of_teams() if line.day < date(2026, 11, 1)]
    search = next(line for line in lines if line.tags.get("bedrock-project") == "acme-retail/prod/product-search")
    correction = search.model_copy(
        update={
            "day": date(2026, 10, 31),
            "amount": Decimal("-12.40"),
            "quantity": Decimal(-62000),
            "posted_at": "2026-11-14T06:00:00Z",
        }
    )
    _billed(doc_setup, [*lines, correction], "bedrock-project", "Team", "CostCenter", day=date(2026, 11, 2))
    doc_setup.aws.settings(bill_final_day=7)


def _lines_of_teams() -> list[CostLine]:
    """The bill on which each project of the inventory has its tags; usage has quantities at invented prices."""
    projects = load(ROOT / "projects.yaml").in_environment("prod")
    tags = {f"acme-retail/prod/{project.key}": project.tags for project in projects}
    return [
        _with_quantity(line).model_copy(
            update={
                "tags": {**line.tags, **tags.get(line.tags.get("bedrock-project", ""), {})},
                "posted_at": _POSTED.get((line.service, line.day)),
            }
        )
        for line in bill()
    ]


_POSTED = {
    (CLAUDE, date(2026, 10, 31)): "2026-11-03T06:00:00Z",
    ("AWS Support (Business)", date(2026, 10, 31)): "2026-11-06T06:00:00Z",
}


def with_rules(doc_setup: DocSetup) -> None:
    """The inventory with the rules and the budgets that the page shows."""
    doc_setup.write("projects.yaml", f"{SAMPLE}\n{_shown('chargeback:')}\n{_shown('budgets:')}")


def _shown(section: str) -> str:
    """A section of the inventory on the page about a month's chargeback."""
    page = (ROOT / "docs/chargeback.md").read_text("utf-8")
    return section + page.partition(f"# projects.yaml\n{section}")[2].partition("```")[0]


def final(doc_setup: DocSetup) -> None:
    """A week later: the bill is final."""
    _be_on(doc_setup, date(2026, 11, 9))


def corrected(doc_setup: DocSetup) -> None:
    """Another week later: AWS has corrected the month."""
    _be_on(doc_setup, date(2026, 11, 16))


def credited(doc_setup: DocSetup) -> None:
    """Another week later: AWS has posted a credit, and an export with it is in the folder."""
    _be_on(doc_setup, date(2026, 11, 23))
    credit = CostLine(
        account=PROD,
        day=date(2026, 10, 31),
        service="Amazon Bedrock",
        amount=Decimal("-8.00"),
        charge_type="Credit",
        posted_at="2026-11-20T09:00:00Z",
    )
    doc_setup.aws.costs([credit])
    doc_setup.aws.export(DataExport(account=PAYER, destination=str(doc_setup.folder / "export")))


def in_november(doc_setup: DocSetup) -> None:
    """Later in the next month, which has use of its own; AWS has the first of the budgets."""
    _be_on(doc_setup, COSTS_DAY)
    doc_setup.aws.costs([line for line in _lines_of_teams() if line.day >= date(2026, 11, 1)])
    budget = forecasting_budget("acme-retail.customer-experience", limit="500", actual="405.12", forecast="521.37")
    make_budget(doc_setup.aws, budget, account=PAYER)


def _billed(doc_setup: DocSetup, lines: Sequence[CostLine], *active: str, day: date = COSTS_DAY) -> None:
    """The bill of an organisation with the sample, and the credentials of its management account."""
    doc_setup.write("projects.yaml", SAMPLE)
    doc_setup.aws.set_clock("2026-08-31T00:00:00Z")
    doc_setup.aws.organization(management=PAYER, members=[ACCOUNT, PROD])
    doc_setup.aws.tag_keys(PAYER, list(active), status="Active")
    _be_on(doc_setup, day)
    doc_setup.aws.costs(list(lines))
    doc_setup.as_account(PAYER)


def _be_on(doc_setup: DocSetup, day: date) -> None:
    """The day, for the local AWS and for the commands of the shell."""
    doc_setup.aws.set_clock(f"{day}T12:00:00Z")
    frozen_clock = shlex.join([sys.executable, str(Path(__file__).with_name("frozen_clock.py")), str(day)])
    doc_setup.shell.run(f'bedrock-projects() {{ {frozen_clock} "$@"; }}')


DOC_SETUPS: dict[str, dict[str, Callable[[DocSetup], None]]] = {
    "docs/adopting.md": {
        "bedrock-projects adopt --environment dev --region us-west-2 --into projects.yaml --map-tag team=Team": (
            to_adopt
        ),
        "bedrock-projects adopt --environment prod --region us-west-2 --into projects.yaml 2>&1 | head -n 3": (
            next_account
        ),
        "bedrock-projects adopt --environment prod --endpoint bedrock-runtime --into projects.yaml 2>&1 | head -n 1": (
            at_the_other_endpoint
        ),
    },
    "docs/chargeback.md": {
        "bedrock-projects backfill --from 2026-09-01 --yes": charged_to_teams,
        "bedrock-projects costs --by Team --month 2026-10": as_before,
        "bedrock-projects costs --by Team,project --month 2026-10": as_before,
        "bedrock-projects costs --by Team --month 2026-10 --compare previous": as_before,
        "bedrock-projects chargeback statements --month 2026-10": with_rules,
        "bedrock-projects chargeback close --month 2026-10 --provisional": as_before,
        "bedrock-projects chargeback close --month 2026-10": as_before,
        "bedrock-projects chargeback status": final,
        "bedrock-projects chargeback statements --month 2026-10 --format html --format xlsx --output statements": (
            as_before
        ),
        "cat statements/2026-10/journal.csv": as_before,
        "bedrock-projects chargeback true-up --month 2026-10": corrected,
        "bedrock-projects chargeback true-up --month 2026-10 --source ./export --change-from cost-explorer": credited,
        "bedrock-projects chargeback statements --month this-month": in_november,
    },
    "docs/command-line.md": {
        "bedrock-projects validate": mistakes,
        "bedrock-projects review main-1 --environment prod": pull_request,
        "bedrock-projects environments --changed-since main-1 --format json": as_before,
        "bedrock-projects environments --shards 8 --format json": as_before,
        "bedrock-projects preflight --stack dev": nothing_deployed,
        "bedrock-projects doctor --stack dev": linked_account,
        "bedrock-projects use search --environment dev --client env --catalogue catalogue.json": published,
        "bedrock-projects verify search --environment dev --model openai.gpt-oss-120b --wait 15 --yes"
        " --catalogue catalogue.json": as_before,
    },
    "docs/costs.md": {
        "bedrock-projects costs --from 2026-10-01": spent,
        "bedrock-projects costs --by environment,model --month 2026-10": as_before,
        "bedrock-projects costs --by Proyect": as_before,
        "bedrock-projects costs --by tag:app": as_before,
    },
    "docs/data-exports.md": {
        "bedrock-projects costs --month 2026-10 --source acme-cur2": delivered,
        "bedrock-projects costs --month 2026-10 --source acme-cur2 --usage": as_before,
    },
    "docs/operations.md": {"bedrock-projects audit --environment dev --costs": tidied_up_long_ago},
}
