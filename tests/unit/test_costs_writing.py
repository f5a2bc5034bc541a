"""What `bedrock-projects costs` asks before it pays, and what it writes after it has paid."""

import json
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.cli import main
from bedrock_projects.commands.spending import SpendingQuestions
from bedrock_projects.errors import SettingsError
from bedrock_projects.reports.render.writing import Format, check_output, write_files
from tests import reports
from tests.terminals import ANSI, Terminal, text_of
from tests.unit.command_line import inventory, run
from tests.unit.export_files import deliver, row


def asked(planned: int, made: list[int]) -> list[int]:
    """At which counts of requests a question is asked; 0 is before the first one."""
    questions = SpendingQuestions(planned)
    return [count for count in [0, *made] if questions.next(count)]


def test_each_doubling_of_what_was_agreed_is_asked_for_once() -> None:
    assert asked(5, list(range(100))) == [10, 20, 40, 80]
    assert asked(11, list(range(100))) == [0, 22, 44, 88]
    assert asked(30, list(range(500))) == [0, 60, 120, 240, 480]
    assert asked(10, list(range(10))) == []


def test_a_refused_or_restarted_request_is_not_asked_for_again() -> None:
    """The count stays the same then, because a refused request is not paid."""
    assert asked(5, [9, 10, 10, 10, 11]) == [10]


def test_the_questions_say_the_price_so_far() -> None:
    questions = SpendingQuestions(11)
    assert questions.next(0) == "This report takes at least 11 Cost Explorer API requests (USD 0.11)."
    assert questions.next(22) == "This report has taken 22 Cost Explorer API requests (USD 0.22) and needs more."


@given(st.integers(0, 100), st.lists(st.integers(0, 2000)))
def test_no_request_is_made_beyond_twice_what_was_agreed(planned: int, steps: list[int]) -> None:
    questions, agreed = SpendingQuestions(planned), 10
    if questions.next(0):
        agreed = 2 * planned
    for made in sorted(steps):
        if questions.next(made):
            assert made >= agreed
            agreed = 2 * made
        assert made < agreed


ALL = tuple(Format)


def test_a_folder_into_which_nothing_can_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").mkdir()
    with pytest.raises(SettingsError, match=r"costs\.csv is a folder"):
        check_output([Format.JSON, Format.CSV], tmp_path, name="costs")
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="--output "):
        check_output([Format.JSON], tmp_path / "file" / "x", name="costs")
    with pytest.raises(SettingsError, match="cannot be written"):
        check_output([Format.JSON], tmp_path, name="x" * 300)


def test_the_check_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "costs.json").write_text("earlier")
    check_output(ALL, tmp_path, name="costs")
    assert [path.name for path in tmp_path.iterdir()] == ["costs.json"]
    assert (tmp_path / "costs.json").read_text() == "earlier"


def test_a_file_that_fails_after_payment_keeps_no_other_one_from_being_written(tmp_path: Path) -> None:
    for name in ("csv", "html"):
        (tmp_path / f"costs.{name}").mkdir()
    with pytest.raises(SettingsError) as failed:
        write_files(reports.ledger(), ALL, tmp_path, name="costs", shows_usage=True)
    assert [line.split(" ")[0] for line in failed.value.lines] == [
        f"{tmp_path / 'costs'}.{name}" for name in ("csv", "html")
    ]
    for name in ("txt", "json", "md", "focus.csv"):
        assert "ProductSearch" in (tmp_path / f"costs.{name}").read_text()


def test_a_format_that_breaks_keeps_no_other_one_from_being_written(tmp_path: Path) -> None:
    report = reports.single("5", "6")
    (line,) = report.lines
    broken = replace(report, lines=(replace(line, charges_by_period=()),))
    with pytest.raises(ValueError, match="zip"):
        write_files(broken, [Format.JSON, Format.TABLE, Format.MARKDOWN], tmp_path, name="costs", shows_usage=False)
    assert {path.name for path in tmp_path.iterdir()} == {"costs.txt", "costs.md"}


WORDS = ("costs", "--source", "./export", "--month", "2026-10")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An inventory, and an export of October 2026 with a project and usage without one."""
    (tmp_path / "projects.yaml").write_text(inventory("search: {name: Search}"), "utf-8")
    deliver(tmp_path / "export", [row("30", tags={"bedrock-project": "acme/prod/search"}), row("2")])
    return tmp_path


def test_a_terminal_gets_the_table_of_a_pipe_with_styles(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piped = run(*WORDS, folder=folder)
    assert (piped.code, piped.err) == (0, "")
    assert "Search-Prod" in piped.out
    monkeypatch.chdir(folder)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "1000")
    terminal = Terminal()
    with redirect_stdout(terminal), pytest.raises(SystemExit) as end:
        main(WORDS)
    assert end.value.code == 0
    assert ANSI.search(terminal.getvalue())
    assert not ANSI.search(piped.out)
    shown = [line.rstrip() for line in text_of(terminal.getvalue()).splitlines()]
    assert shown == [line.rstrip() for line in piped.out.splitlines()]


def test_a_catalogue_of_another_inventory_is_refused_before_the_source_is_read(folder: Path) -> None:
    """Its projects have the keys of that inventory, so their ids would be those of other projects."""
    catalogue = {"version": 1, "inventory": "other", "declared": {}, "environments": {}}
    (folder / "c.json").write_text(json.dumps(catalogue))
    (folder / "empty").mkdir()
    words = ("--source", "./empty", "--month", "2026-10", "--catalogue", "c.json")
    done = run("costs", *words, folder=folder)
    assert (done.code, done.out) == (1, "")
    assert done.err == "c.json is a catalogue of inventory 'other'; give one of inventory 'acme'\n"
