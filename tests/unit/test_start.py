"""`use` with a catalogue, answered before the rest of the command line is imported (decision 14)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer import Context
from typer.main import get_group

from bedrock_projects.attribution.using import OPTIONS, Request, complete_call
from bedrock_projects.cli import app
from benchmarks.use import CATALOGUE
from tests.unit.command_line import run, start

WHOLE = ["use", "search", "--environment", "dev", "--client", "env", "--catalogue", "c.json"]
REQUEST = Request(key="search", environment="dev", client="env", model=None)
# Refuses every package that is not of Python itself, as if only ours was installed.
ALONE = """\
import sys

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "bedrock_projects"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refusing())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "c.json").write_text(json.dumps(CATALOGUE), "utf-8")
    return tmp_path


def python(program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, *arguments], cwd=folder, capture_output=True, text=True)


def test_the_options_are_those_of_the_command() -> None:
    command = get_group(app)
    use = command.get_command(Context(command), "use")
    assert use
    parameters = use.params
    assert [option for parameter in parameters for option in parameter.opts if option.startswith("-")] == [*OPTIONS]


CALLS: dict[str, tuple[list[str], tuple[Request, Path] | None]] = {
    "whole": (WHOLE, (REQUEST, Path("c.json"))),
    "in another order, with signs": (
        ["use", "--catalogue=c.json", "--client=env", "search", "--environment=dev"],
        (REQUEST, Path("c.json")),
    ),
    "with a model": (
        [*WHOLE, "--model", "m=1"],
        (Request(key="search", environment="dev", client="env", model="m=1"), Path("c.json")),
    ),
    "without a client": (
        [*WHOLE[:4], *WHOLE[6:]],
        (Request(key="search", environment="dev"), Path("c.json")),
    ),
    "nothing": ([], None),
    "another command": (["verify", *WHOLE[1:]], None),
    "from a stack": (WHOLE[:-2], None),
    "without an environment": ([*WHOLE[:2], *WHOLE[4:]], None),
    "without a key": ([WHOLE[0], *WHOLE[2:]], None),
    "with two keys": ([*WHOLE, "chat"], None),
    "an unknown client": ([*WHOLE, "--client", "ruby"], None),
    "an unknown option": ([*WHOLE, "--verbose"], None),
    "a call for help": ([*WHOLE, "-h"], None),
    "an option without a value": (WHOLE[:-1], None),
    "an option for a value": ([*WHOLE[:-1], "--model"], None),
    "all else is an argument": ([*WHOLE, "--"], None),
}


@pytest.mark.parametrize(("arguments", "expected"), CALLS.values(), ids=CALLS)
def test_only_a_whole_call_is_read_without_typer(arguments: list[str], expected: tuple[Request, Path] | None) -> None:
    assert complete_call(arguments) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        WHOLE,
        [*WHOLE, "--model", "openai.gpt-oss-120b"],
        [*WHOLE[:4], *WHOLE[6:]],
        [*WHOLE, "--client", "boto3"],
        ["use", "serch", *WHOLE[2:]],
        [*WHOLE[:-1], "none.json"],
        [*WHOLE[:-1], "\x1b[2J"],
        [*WHOLE, "--client", "ruby"],
        ["use", "--help"],
    ],
    ids=" ".join,
)
def test_the_answer_is_that_of_the_whole_command_line(folder: Path, arguments: list[str]) -> None:
    assert start(*arguments, folder=folder) == run(*arguments, folder=folder)


def test_a_whole_call_imports_python_itself_only(folder: Path) -> None:
    """So a shell can ask at each start, and a small image needs no other package."""
    program = "import sys\nfrom bedrock_projects.start import main\nmain()\nprint(*sys.modules)"
    done = python(program, *WHOLE, folder=folder)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert not {"typer", "pydantic", "yaml", "rich", "boto3", "botocore", "pulumi", "grpc"} & loaded
    assert "bedrock_projects" in loaded


def test_without_any_other_package_a_whole_call_is_answered(folder: Path) -> None:
    done = python(f"{ALONE}from bedrock_projects.start import main\nmain()", *WHOLE, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run(*WHOLE, folder=folder).out


def test_without_any_other_package_another_call_says_what_is_missing(folder: Path) -> None:
    done = python(f"{ALONE}from bedrock_projects.start import main\nmain()", "validate", folder=folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("the package 'typer' is missing, so only `use KEY ")


def test_a_reader_that_goes_away_causes_no_traceback(folder: Path) -> None:
    command = f"'{sys.executable}' -m bedrock_projects {' '.join(WHOLE)} | true"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True)
    assert done.stderr == ""
