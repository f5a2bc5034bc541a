"""A month from its accrual to the adjustment in the next one, over the local clock and by the command line.

What is booked is the same by both sources, if each command is killed at each change of a file and then run again, if it
is run twice, and if the rules change after the close.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.chargeback.folder import read_months
from bedrock_projects.chargeback.month_file import MonthFile, written
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.commands import month_desk
from local_aws import LocalAws
from tests.local_aws.chargeback_bill import DISCOUNT, open_organization, rest, spend
from tests.local_aws.costs import EC2, tax
from tests.local_aws.costs_cli import DEV, OWN, PAYER, PROD
from tests.local_aws.exports import deliver
from tests.local_aws.frozen_clock import standing_clock
from tests.unit.command_line import Done, run
from tests.unit.interruptions import kill_at_each_change

OCTOBER, NOVEMBER = "2026-10", "2026-11"
SEARCH, SHOP, GATEWAY = "acme/prod/search", "acme/dev/shop", "acme/prod/gateway"
INVENTORY = f"""\
version: 1
inventory: acme
environments:
  dev: {{account: "{DEV}", region: us-east-1}}
  prod: {{account: "{PROD}", region: us-east-1}}
tag_keys: {{Team: {{values: [Search, Shop, Platform]}}, CostCenter: {{}}}}
projects:
  search: {{name: ProductSearch, environments: [prod], tags: {{Team: Search, CostCenter: CC-2001}}}}
  shop: {{name: ShopAssistant, environments: [dev], tags: {{Team: Shop, CostCenter: CC-2002}}}}
  gateway: {{name: Gateway, environments: [prod], tags: {{Team: Platform, CostCenter: CC-0001}}}}
chargeback:
  by: Team
  central: {{name: Platform, cost_center: CC-0001}}
  shared:
    gateway: {{projects: [gateway], method: weights, weights: "weights/{{month}}.csv"}}
  unallocated: {{method: proportional}}
  journal: {{cost_center: CostCenter, gl_account: "6450"}}
"""
OTHER_RULES = INVENTORY.replace("unallocated: {method: proportional}", "credits: proportional").replace(
    'method: weights, weights: "weights/{month}.csv"', "method: even"
)
WRITING_COMMANDS = 4
POINTS_OF_A_WRITE = 5
"""A folder is made, a file is opened, written, linked to its name and removed."""
SOURCES = {"Cost Explorer": "cost-explorer", "export": "./export"}


@dataclass
class Story:
    """The books of an organisation in a folder; `is_hard`: each command is killed and run twice, and rules change."""

    aws: LocalAws
    folder: Path
    set_clock: Callable[[str], None]
    source: str
    is_hard: bool = False
    kills: int = 0
    outputs: list[str] = field(default_factory=list)

    def on(self, day: str) -> None:
        """Goes to a day, on which AWS delivers the export to who reads it."""
        self.set_clock(day)
        if self.source == SOURCES["export"]:
            self.deliver()

    def deliver(self) -> None:
        """A new delivery of the export."""
        deliver(self.aws, str(self.folder / "export"), periods=[OCTOBER, NOVEMBER])

    def write(self, name: str, text: str) -> None:
        """A file of the inventory's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def run(self, verb: str, *words: str, source: str | None = None) -> Done:
        """The command from this source, from a clean record of requests."""
        given = () if verb == "status" else ("--source", source or self.source)
        self.aws.clear_requests()
        return run("chargeback", verb, *words, *given, folder=self.folder)

    def done(self, verb: str, *words: str) -> str:
        """What a command shows that succeeds; in a hard story, it was killed before, and is run once more."""
        if not self.is_hard:
            done = self.run(verb, *words)
            assert done.code == 0, done.err
            return done.out
        self.kills += kill_at_each_change(lambda: self.run(verb, *words), below=self.folder)
        return self.run(verb, *words).out

    def refused(self, verb: str, *words: str) -> str:
        """Runs what must be refused; gives the message."""
        done = self.run(verb, *words)
        assert done.code == 1
        return done.err

    def shown(self, month: str) -> None:
        """Writes the statements of a month, and keeps what a ledger and finance read."""
        assert self.run("statements", "--month", month, "--output", "out").code == 0
        assert self.paid() == 0
        self.outputs += [
            (self.folder / "out" / month / name).read_text("utf-8") for name in ("lines.csv", "journal.csv")
        ]

    def paid(self) -> int:
        """How many requests to Cost Explorer the last command paid for."""
        return len(self.aws.requests("ce:Get*"))

    def files(self) -> dict[str, MonthFile]:
        """The files of the months by name; nothing else is in their folder, but for what a kill left of one."""
        months = read_months(self.folder / "chargeback")
        files = {file.name: file for file in (*months.chain, *months.provisional.values())}
        assert {path.name for path in (self.folder / "chargeback").glob("[!.]*")} == set(files)
        return files

    def books(self) -> dict[str, Any]:
        """What is booked, and where; and what was shown."""
        entries = {
            name: (
                file.statements,
                file.changes,
                [(entry.month, entry.number, entry.amounts) for entry in file.books],
            )
            for name, file in self.files().items()
        }
        return {**entries, "outputs": self.outputs}

    def played(self) -> "Story":
        """From the 2nd of November to the 9th of December."""
        self.on("2026-11-02")
        self.done("close", "--month", OCTOBER, "--provisional")
        self.shown(OCTOBER)

        self.on("2026-11-05")
        assert "may still be billed until 2026-11-08" in self.refused("close", "--month", OCTOBER)
        assert self.paid() == 0
        self.write("projects.yaml", f"{INVENTORY}  closed: {{not_before_day: 1}}\n")
        refused = self.refused("close", "--month", OCTOBER)
        reasons = {
            "cost-explorer": ("as estimated", "no invoice of it was found"),
            "./export": ("have no invoice yet",),
        }
        for reason in reasons[self.source]:
            assert reason in refused
        self.write("projects.yaml", INVENTORY)

        self.on("2026-11-09")
        self.done("close", "--month", OCTOBER)
        self.shown(OCTOBER)
        if self.is_hard:
            self.write("projects.yaml", OTHER_RULES)
            self.write(f"weights/{OCTOBER}.csv", "value,weight\nShop,1\n")
        assert self.done("true-up", "--month", OCTOBER) == "2026-10 is as it was booked\n"

        self.on("2026-11-15")
        self.done("true-up", "--month", OCTOBER)
        assert self.done("true-up", "--month", OCTOBER) == "2026-10 is as it was booked\n"
        self.shown(OCTOBER)

        self.on("2026-12-09")
        self.write("projects.yaml", INVENTORY)
        self.done("close", "--month", NOVEMBER)
        self.shown(NOVEMBER)
        assert self.done("true-up", "--month", OCTOBER) == "2026-10 is as it was booked\n"
        return self


@pytest.fixture
def open_story(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Story]:
    """The bill of two months: support comes on the 6th, a correction and a credit on the 14th of November."""

    def set_clock(day: str) -> None:
        aws.set_clock(f"{day}T12:00:00Z")
        monkeypatch.setattr(month_desk, "datetime", standing_clock(day))

    open_organization(aws)
    aws.settings(bill_final_day=7, invoice_day=7)
    set_clock("2026-11-01")
    late = {"posted_at": "2026-11-14T09:00:00Z"}
    aws.costs(
        [
            *rest(OCTOBER),
            *rest(NOVEMBER),
            spend("30.005", owner=SEARCH, team="Search"),
            spend("-1.5", owner=SEARCH, team="Search", kind=DISCOUNT),
            spend("9.995", owner=SHOP, team="Shop"),
            spend("12.01", owner=GATEWAY, team="Platform"),
            spend("5.55"),
            spend("-4", kind="Credit"),
            spend("0.75", owner=SHOP, team="Shop").model_copy(update={"posted_at": "2026-11-06T09:00:00Z"}),
            spend("-3.333", owner=SEARCH, team="Search", quantity="-1").model_copy(update=late),
            spend("-250", kind="Credit").model_copy(update=late),
            spend("21", owner=SEARCH, team="Search", month=NOVEMBER),
            spend("14", owner=SHOP, team="Shop", month=NOVEMBER),
            spend("7", owner=GATEWAY, team="Platform", month=NOVEMBER),
        ]
    )
    for name, value in aws.environment(PAYER).items():
        monkeypatch.setenv(name, value)

    def opened(source: str, *, is_hard: bool = False) -> Story:
        folder = tmp_path / f"{source}{' hard' if is_hard else ''}"
        story = Story(aws, folder, set_clock, SOURCES[source], is_hard)
        story.write("projects.yaml", INVENTORY)
        for month in (OCTOBER, NOVEMBER):
            story.write(f"weights/{month}.csv", "value,weight\nSearch,3\nShop,1\n")
        return story

    return opened


@pytest.fixture(scope="module")
def known() -> dict[str, Story]:
    """Stories that were played."""
    return {}


@pytest.fixture
def play(open_story: Callable[..., Story], known: dict[str, Story]) -> Callable[[str], Story]:
    """A story from a source, once for all tests."""

    def played(source: str) -> Story:
        if source not in known:
            known[source] = open_story(source).played()
        return known[source]

    return played


def test_a_month_is_booked_once_and_so_is_what_aws_corrects_later(play: Callable[[str], Story]) -> None:
    files = play("Cost Explorer").files()
    assert sorted(files) == ["2026-10.json", "2026-10.provisional.json", "2026-10.true-up-1.json", "2026-11.json"]
    changes = files["2026-10.true-up-1.json"].changes
    assert exact_sum(changes.values()) == Decimal("-253.33")
    [entry] = files["2026-11.json"].books
    assert (entry.month, entry.number, entry.amounts) == (OCTOBER, 1, changes)

    prior = {
        statement.value: exact_sum(line.amounts.get("prior period", Decimal()) for line in statement.lines)
        for statement in files["2026-11.json"].statements
    }
    assert {value: amount for value, amount in prior.items() if amount} == changes
    booked = exact_sum(amount for name in ("2026-10.json", "2026-11.json") for amount in files[name].totals.values())
    assert booked == Decimal("52.81") + Decimal("42.00") - Decimal("253.33")


def test_both_sources_book_the_same(play: Callable[[str], Story]) -> None:
    assert play("export").books() == play("Cost Explorer").books()


@pytest.mark.parametrize("source", SOURCES)
def test_kills_repeats_and_other_rules_change_nothing_that_is_booked(
    open_story: Callable[..., Story], play: Callable[[str], Story], source: str
) -> None:
    hard = open_story(source, is_hard=True).played()
    assert hard.kills >= POINTS_OF_A_WRITE * WRITING_COMMANDS
    assert hard.books() == play(source).books()


def test_an_accrual_is_taken_back_by_the_journal_of_its_close(play: Callable[[str], Story]) -> None:
    outputs = play("export").outputs
    accrued, closed = outputs[1].splitlines()[1:], outputs[3].splitlines()[1:]
    for line in accrued:
        period, center, account, amount, *others = line.split(",")
        negative = amount.removeprefix("-") if amount.startswith("-") else f"-{amount}"
        assert ",".join([period, center, account, negative, *others]) + "-reversal" in closed
    assert len(closed) == 2 * len(accrued)


def test_a_file_that_was_edited_by_hand_is_found_by_each_command(play: Callable[[str], Story], tmp_path: Path) -> None:
    played = play("Cost Explorer")
    story = replace(played, folder=tmp_path / "copy")
    shutil.copytree(played.folder, story.folder)
    path = story.folder / "chargeback" / "2026-10.json"
    text = path.read_text("utf-8")
    edited = story.files()["2026-10.json"].model_copy(update={"commit": "1" * 40})
    for content, reason in (
        (text.replace('"30.005"', '"31.005"'), "2026-10.json was edited after it was written"),
        (written(edited), "was written after a file that is missing or was replaced"),
        (text[: len(text) // 2], "2026-10.json is not the file of a month"),
    ):
        assert content != text
        path.write_text(content, "utf-8")
        for words in (("status",), ("statements",), ("close",), ("close", "--provisional"), ("true-up",)):
            done = story.run(words[0], *words[1:])
            assert (done.code, done.out, story.paid()) == (1, "", 0)
            assert reason in done.err


# Another source than the one before


@pytest.fixture
def closed_by_cost_explorer(open_story: Callable[..., Story]) -> Story:
    """October, closed from Cost Explorer with a tax that an export has exactly; it is the 15th of November."""
    story = open_story("Cost Explorer")
    story.aws.costs(
        [
            tax("2026-10-28", "40", account=PAYER, taxed_service=OWN),
            tax("2026-10-28", "60", account=PAYER, taxed_service=EC2),
        ]
    )
    story.write("projects.yaml", INVENTORY + "  tax: proportional\n")
    story.on("2026-11-09")
    story.done("close", "--month", OCTOBER)
    story.on("2026-11-15")
    story.deliver()
    return story


def test_another_source_is_refused_before_anything_is_paid_for(closed_by_cost_explorer: Story) -> None:
    story = closed_by_cost_explorer
    refused = story.run("true-up", "--month", OCTOBER, source="./export")
    assert (refused.code, story.paid()) == (1, 0)
    assert "2026-10 was read from Cost Explorer so far" in refused.err
    assert "or change its source by --change-from" in refused.err
    for source, former, reason in (
        ("./export", "./export", "--change-from is an export; give Cost Explorer there, or `gone`"),
        ("./missing", "cost-explorer", "missing"),
        ("cost-explorer", "cost-explorer", "is read from Cost Explorer already; leave out --change-from"),
        ("cost-explorer", "gone", "is read from Cost Explorer already; leave out --change-from"),
    ):
        refused = story.run("true-up", "--month", OCTOBER, "--change-from", former, source=source)
        assert (refused.code, story.paid()) == (1, 0)
        assert reason in refused.err
    for words, former, reason in (
        (("--profile", "finance"), "./export", "is a folder, which needs no --profile"),
        (("--no-cache",), "cost-explorer", "--no-cache goes with --source s3://BUCKET/PREFIX"),
    ):
        refused = story.run("true-up", "--month", OCTOBER, "--change-from", former, *words, source="./export")
        assert (refused.code, story.paid()) == (1, 0)
        assert reason in refused.err
    assert list(story.files()) == ["2026-10.json"]


def test_a_change_of_the_source_says_what_it_alone_makes(closed_by_cost_explorer: Story) -> None:
    """What AWS corrected is apart from the tax, which an export has exactly."""
    story = closed_by_cost_explorer
    role = f"arn:aws:iam::{PAYER}:role/finance"
    story.aws.add_role(role)
    words = ("--change-from", "cost-explorer", "--role-arn", role)
    done = story.run("true-up", "--month", OCTOBER, *words, source="./export")
    assert (done.code, story.paid() > 0) == (0, True)
    by_aws = run_true_up_of_a_copy(story)
    file = story.files()["2026-10.true-up-1.json"]
    assert file.source_change
    assert file.source_change.amounts
    assert {value for value, amount in file.source_change.amounts.items() if amount} == {"Search", "Shop"}
    for value, amount in file.changes.items():
        of_source = file.source_change.amounts.get(value, Decimal())
        assert exact_sum([by_aws.get(value, Decimal()), of_source]) == amount
        parts = f"{by_aws.get(value, Decimal()):+.2f} by AWS, {of_source:+.2f} by the change of source"
        assert f"{value or 'central'}: {amount:+.2f} USD ({parts})" in done.out
    assert "2026-10 is read from acme-cur2 from now on" in done.out

    assert story.run("true-up", "--month", OCTOBER, source="./export").out == "2026-10 is as it was booked\n"
    assert story.run("true-up", "--month", OCTOBER).code == 1
    back = story.run("true-up", "--month", OCTOBER, "--change-from", "./missing")
    assert (back.code, story.paid()) == (1, 0)
    story.on("2026-12-09")
    story.deliver()
    assert story.run("close", "--month", NOVEMBER, source="./export").code == 0
    [entry] = story.files()["2026-11.json"].books
    assert entry.amounts == file.changes


def run_true_up_of_a_copy(story: Story) -> dict[str, Decimal]:
    """What AWS changed by the former source alone: of the month without the true-up."""
    path = story.folder / "chargeback" / "2026-10.true-up-1.json"
    text = path.read_text("utf-8")
    path.unlink()
    assert story.run("true-up", "--month", OCTOBER).code == 0
    changes = {value: Decimal(amount) for value, amount in json.loads(path.read_text("utf-8"))["changes"].items()}
    path.write_text(text, "utf-8")
    return changes


def test_a_former_source_that_is_gone_is_not_asked(closed_by_cost_explorer: Story) -> None:
    story = closed_by_cost_explorer
    story.on("2026-11-09")  # AWS has changed nothing yet
    story.deliver()
    done = story.run("true-up", "--month", OCTOBER, "--change-from", "gone", source="./export")
    assert (done.code, story.paid()) == (0, 0)
    assert "alone makes is not known, since Cost Explorer was not read" in done.out
    file = story.files()["2026-10.true-up-1.json"]
    assert file.source_change
    assert file.source_change.amounts is None
    assert story.run("true-up", "--month", OCTOBER, source="./export").out == "2026-10 is as it was booked\n"


def test_a_change_of_the_source_that_is_killed_is_there_as_a_whole_or_not(closed_by_cost_explorer: Story) -> None:
    story = closed_by_cost_explorer
    words = ("true-up", "--month", OCTOBER, "--change-from", "cost-explorer")
    assert kill_at_each_change(lambda: story.run(*words, source="./export"), below=story.folder) > 3
    assert story.run("true-up", "--month", OCTOBER, source="./export").out == "2026-10 is as it was booked\n"
    files = story.files()
    assert list(files) == ["2026-10.json", "2026-10.true-up-1.json"]
