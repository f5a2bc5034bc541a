"""An option that is given twice is never overruled: every command refuses it before anything is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer import Context
from typer.main import get_command
from typer.testing import CliRunner

from bedrock_projects import cli
from bedrock_projects.commands.options import Command
from tests.unit.command_line import Done, run
from tests.unit.test_cli import COMMANDS, OF_GROUPS, completed

CALLS = [*([command] for command in COMMANDS), *OF_GROUPS]


def command_of(call: list[str]) -> Any:
    """The command that is called so; Typer has no public names for click's classes."""
    command: Any = get_command(cli.app)
    for name in call:
        command = command.get_command(Context(command), name)
    return command


def options_of(call: list[str]) -> list[Any]:
    command = command_of(call)
    assert isinstance(command, Command)
    return [parameter for parameter in command.params if parameter.param_type_name == "option"]


def refused(call: list[str], *arguments: str, folder: Path) -> str:
    """The message of a wrong call."""
    done = run(*call, *arguments, folder=folder)
    assert (done.code, done.out) == (2, ""), done
    return " ".join(done.err.split())


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_every_option_with_a_value_is_refused_if_it_is_given_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: list[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nothing listens there
    for option in options_of(call):
        for spelling in option.opts:
            if not (option.multiple or option.is_flag):
                message = refused(call, spelling, "dev-eu", f"{spelling}=prod-eu", folder=tmp_path)
                assert f"{spelling} was given twice: dev-eu, prod-eu; give it once" in message


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_the_help_says_which_options_are_repeatable(call: list[str]) -> None:
    for option in options_of(call):
        assert ("repeatable" in (option.help or "")) == option.multiple, option.name


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_no_flag_has_an_opposite_that_could_overrule_it(call: list[str]) -> None:
    assert [option.name for option in options_of(call) if option.is_flag and option.secondary_opts] == []


def all_groups() -> Iterator[Any]:
    yield get_command(cli.app)
    yield from (command_of([name]) for name in {call[0] for call in OF_GROUPS})


def test_what_has_commands_of_its_own_takes_no_value() -> None:
    for group in all_groups():
        assert [parameter.name for parameter in group.params if not parameter.is_flag] == []


def small(*arguments: str) -> Done:
    """A command with two spellings of an option, a flag, a repeatable option and an argument."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.command(cls=Command)
    def copy(
        *,
        file: Annotated[str, typer.Argument(metavar="FILE")] = "",
        output: Annotated[str, typer.Option("-o", "--output")] = "",
        tags: Annotated[list[str] | None, typer.Option("--tag")] = None,
        yes: Annotated[bool, typer.Option("--yes")] = False,
    ) -> None:
        typer.echo(f"{file} {output} {tags} {yes}")

    done = CliRunner().invoke(app, arguments)
    return Done(done.exit_code, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a", "--output", "b"], "--output was given twice: a, b; give it once"),
        (["-oa", "file", "--output=b", "-o", "c"], "--output was given 3 times: a, b, c; give it once"),
        (["--output", "a", "--output", "a"], "--output was given twice: a, a; give it once"),
    ],
)
def test_both_spellings_count_and_so_does_the_same_value(arguments: list[str], message: str) -> None:
    done = small(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["--yes", "--yes"], "  None True\n"),
        (["--tag", "a", "--tag", "b"], "  ['a', 'b'] False\n"),
        (["-o", "a", "--", "--output"], "--output a None False\n"),
        (["-o", "--output", "file"], "file --output None False\n"),
    ],
)
def test_a_repeated_flag_and_a_repeatable_option_pass(arguments: list[str], out: str) -> None:
    assert small(*arguments) == Done(0, out, "")


def test_help_is_shown_in_any_case() -> None:
    assert small("-o", "a", "-o", "b", "--help").code == 0


def test_a_shell_completes_a_line_with_a_repeated_option(tmp_path: Path) -> None:
    line = "bedrock-projects costs --cost blended --cost amortized --comp"
    asked = {"_TYPER_COMPLETE_FISH_ACTION": "get-args", "_TYPER_COMPLETE_ARGS": line}
    assert completed("fish", asked, tmp_path).startswith("--compare\t")
