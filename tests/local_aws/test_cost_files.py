"""`bedrock-projects costs --output`: which files it writes, and what it says of a report that is CSV alone."""

from pathlib import Path

import pytest

from local_aws import LocalAws
from tests.local_aws.costs import line
from tests.local_aws.costs_cli import DEV, MANTLE, OWN, PROD, Desk, opened


@pytest.fixture
def desk(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    return opened(aws, tmp_path, monkeypatch).filled()


ENDINGS = ("txt", "csv", "json", "md", "html", "focus.parquet", "focus.csv")
BY_SERVICE = ("--by", "service", "--output", "out")


def files(desk: Desk) -> set[str]:
    return {path.name for path in (desk.folder / "out").iterdir()}


def test_all_formats_are_of_one_fetch(desk: Desk) -> None:
    formats = ("table", "csv", "json", "markdown", "html", "focus")
    done = desk.run(*BY_SERVICE, *(word for name in formats for word in ("--format", name)))
    assert done.code == 0
    name = f"costs-by-service-{desk.first:%Y-%m}"
    assert files(desk) == {f"{name}.{ending}" for ending in ENDINGS}
    assert [text.split()[0] for text in done.err.splitlines()] == ["wrote"] * len(ENDINGS)
    assert len(desk.asked()) == 4


def test_another_report_replaces_no_file_and_a_rerun_does(desk: Desk) -> None:
    others: list[tuple[str, ...]] = [
        (),
        ("--account", DEV),
        ("--account", PROD),
        ("--filter", "Team=a"),
        ("--exclude", "credits"),
        ("--cost", "effective"),
        ("--compare", "previous"),
        ("--granularity", "day"),
    ]
    for number, words in enumerate(others, start=1):
        done = desk.run(*BY_SERVICE, *words)
        assert done.err.startswith("wrote "), done.err
        assert len(files(desk)) == number
    again = desk.run(*BY_SERVICE)
    assert again.err == f"replaced out/costs-by-service-{desk.first:%Y-%m}.txt\n"
    assert len(files(desk)) == len(others)


def test_csv_alone_says_the_rest_on_stderr(desk: Desk) -> None:
    day = desk.first.isoformat()
    desk.bill(line(day, "-4.5", account=PROD, service=OWN, usage_type=MANTLE, charge_type="Credit"))
    alone = desk.run("--by", "service,account", "--format", "csv", "--output", "out")
    for words in (
        "Source: Cost Explorer",
        "Charges: Amazon Bedrock: usage 68.00, credits -4.50, USD 63.50",
        "Charges: Total: usage 163.00, credits -4.50, USD 158.50",
        "Bill: this report 158.50",
        "Bill: Total of the bill 158.50",
    ):
        assert f"\n{words}" in alone.err, alone.err
    printed = desk.run("--by", "service,account", "--format", "csv")
    assert alone.err.split("\n", 1)[1] == printed.err
    assert (desk.folder / "out" / f"costs-by-service-account-{desk.first:%Y-%m}.csv").read_text() == printed.out


@pytest.mark.parametrize("target", ["a folder", "no space for names"])
def test_a_file_that_cannot_be_written_costs_nothing(desk: Desk, target: str) -> None:
    out = desk.folder / "out"
    if target == "a folder":
        (out / f"costs-by-service-{desk.first:%Y-%m}.json").mkdir(parents=True)
    else:
        out.write_text("")
    done = desk.run(*BY_SERVICE, "--format", "csv", "--format", "json")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert desk.asked() == []


def test_names_that_differ_in_capitals_alone_are_different_files(desk: Desk) -> None:
    for by in ("Team", "tag:team"):
        assert desk.run("--by", by, "--output", "out").code == 0
    assert len({name.lower() for name in files(desk)}) == 2
    assert f"costs-by-Team-{desk.first:%Y-%m}.txt" in files(desk)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ((), "--format focus writes a Parquet and a CSV file; add --output FOLDER"),
        (("--output", "out", "--cost", "effective"), "leave out --cost effective"),
        (("--output", "out", "--by", "project,model"), "give one word in --by"),
    ],
)
def test_what_focus_cannot_be_made_of_is_refused_before_it_is_paid_for(
    desk: Desk, words: tuple[str, ...], advice: str
) -> None:
    done = desk.run("--format", "focus", *words)
    assert (done.code, done.out) == (1, "")
    assert advice in done.err
    assert desk.asked() == []
