"""Colours and lines of progress: on a terminal only, and never at the price of the text."""

import io
import os
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from bedrock_projects import findings
from bedrock_projects.findings import Finding
from bedrock_projects.fleet import results
from bedrock_projects.fleet.results import StackResult
from bedrock_projects.printing import TerminalStream
from bedrock_projects.terminal import Line, Style, Styled, plain, progress, show, with_progress
from tests.terminals import ANSI, Terminal, on_terminal, text_of
from tests.unit.command_line import inventory, run

COLOUR = re.compile(r"\x1b\[(?:\d+;)*3[0-7]m")
IRREVERSIBLE = "search: {name: Search, status: archived}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two inventories; from the first to the second a project is archived. A third has an unknown key."""
    (tmp_path / "before.yaml").write_text(inventory("search: {name: Search}", "chat: {name: Chat}"), "utf-8")
    (tmp_path / "projects.yaml").write_text(inventory(IRREVERSIBLE, "chat: {name: Chat, tags: {Team: A}}"), "utf-8")
    (tmp_path / "wrong.yaml").write_text(inventory("search: {nam: Search}"), "utf-8")
    return tmp_path


CALLS = {
    "review": ["review", "before.yaml"],
    "validate": ["validate", "wrong.yaml"],
    "valid": ["validate"],
    "doctor": ["doctor", "--environment", "nowhere"],
    "a refusal": ["review", "missing"],
}


@pytest.mark.parametrize("call", CALLS)
def test_a_terminal_gets_the_text_of_a_pipe_with_styles(folder: Path, call: str) -> None:
    code, shown = on_terminal(*CALLS[call], folder=folder, environment={"COLUMNS": "1000"})
    piped = run(*CALLS[call], folder=folder)
    assert ANSI.search(shown)
    assert "\x1b" not in piped.out + piped.err
    assert (code, text_of(shown)) == (piped.code, piped.out + piped.err)
    if call == "review":
        assert "\x1b[1;31m  ! Archived (irreversible)\x1b[0m" in shown, "what cannot be undone is red"


NARROW = 70
REPORTS = {
    "findings": findings.lines_of(
        [
            Finding("billing", "ok", "3 tag keys known (environment variable AWS_ACCESS_KEY_ID), 1 of them active"),
            Finding("identity", "hint", "account 1", "compare it with `bedrock-projects iam deploy`, then run this"),
            Finding("a check with a long name", "failed", "said " + "word " * 30, "see " + "x" * 80 + " there"),
        ]
    ),
    "stacks": results.lines_of([StackResult("shop-prod", "shop-prod", "failed", reason="word " * 40)]),
}
LINES = {f"{name} {at}": line for name, lines in REPORTS.items() for at, line in enumerate(lines)}


@pytest.mark.parametrize("name", LINES)
def test_columns_stay_columns_on_a_narrow_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(NARROW))
    terminal, line = Terminal(), LINES[name]
    with redirect_stdout(TerminalStream(terminal)):
        show(line)
    first, *others = text_of(terminal.getvalue()).splitlines()
    assert " ".join([first.rstrip(), *(other.strip() for other in others)]) == plain(line).rstrip()
    assert {len(other) - len(other.lstrip()) for other in others} <= {getattr(line, "indent", 0)}
    assert [part for part in (first, *others) if len(part) > NARROW and " " in part.strip()] == []
    assert [part for part in (first, *others) if part.count("`") % 2] == []


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_that_wants_no_colour_gets_none(folder: Path, environment: dict[str, str]) -> None:
    _, shown = on_terminal(*CALLS["review"], folder=folder, environment=environment)
    assert "Archived (irreversible)" in shown
    assert not COLOUR.search(shown)
    assert "TERM" not in environment or "\x1b" not in shown


def test_text_of_others_steers_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "projects.yaml").write_text(inventory('"a\\e[2J\\u202e[red]": {name: A}'), "utf-8")
    _, shown = on_terminal("validate", folder=tmp_path)
    assert r"\x1b[2J\u202e[red]" in ANSI.sub("", shown)
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Becomes stderr."""
    monkeypatch.setenv("TERM", "xterm-256color")
    return Terminal()


def test_a_line_of_progress_says_what_and_how_long_and_goes(terminal: Terminal) -> None:
    with redirect_stderr(TerminalStream(terminal)), progress("Listing projects in us-west-2") as say:
        say("Listing projects in [b]\x1beu-west-1")
    shown = terminal.getvalue()
    assert re.search(r"Listing projects in us-west-2.*0:00:0\d", ANSI.sub("", shown))
    assert r"Listing projects in [b]\x1beu-west-1" in ANSI.sub("", shown)
    assert shown.endswith(("\x1b[2K", "\x1b[1A\x1b[2K"))


def test_a_line_of_progress_is_gone_while_the_caller_prints(terminal: Terminal) -> None:
    lines = []
    with redirect_stderr(TerminalStream(terminal)):
        for item in with_progress("Waiting", iter("ab")):
            lines.append(terminal.getvalue())
            show(item, err=True)
    assert [line.endswith("\x1b[2K") for line in lines] == [True, True]
    assert re.findall(r"^[ab]$", ANSI.sub("", terminal.getvalue()).replace("\r", ""), re.MULTILINE) == ["a", "b"]


@pytest.mark.parametrize("name", ["pipe", "dumb"])
def test_there_is_no_line_of_progress_but_on_a_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb" if name == "dumb" else "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = Terminal() if name == "dumb" else io.StringIO()
    with redirect_stderr(shown), progress("Waiting") as say:
        say("Waiting more")
    assert shown.getvalue() == ""


@pytest.mark.parametrize(
    ("line", "text"),
    [("a", "a"), (Styled("a", Style.BAD), "a"), (["a", Styled("b", Style.GOOD), "c"], "abc")],
)
def test_a_line_has_its_text_in_a_pipe(line: Line, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    show(line)
    assert plain(line) == text
    assert capsys.readouterr().out == f"{text}{os.linesep}"
