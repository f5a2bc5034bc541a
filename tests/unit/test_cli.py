"""The command line as a whole: help, exit codes, cold start, and never a traceback."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer import Context
from typer.completion import get_completion_script  # type: ignore[attr-defined]  # of the same name in a private module
from typer.core import TyperGroup
from typer.main import get_command

from bedrock_projects import cli
from bedrock_projects.printing import for_terminal
from tests.unit.command_line import HEAD, Done, inventory, repository, run, start
from tests.unit.export_files import deliver, row

GROUPS = {
    "iam": ("deploy", "review", "billing", "costs", "conformance", "guard", "application", "export", "roles", "hub"),
    "run": ("preview", "up", "refresh", "destroy", "doctor", "audit"),
    "chargeback": ("status", "statements", "close", "true-up"),
    "ci": ("touched", "review", "comment", "table", "deployments", "pulumi", "deploy", "daily"),
}
COMMANDS = sorted({*cli.COMMANDS} - {*GROUPS})
OF_GROUPS = [[group, command] for group, commands in GROUPS.items() for command in commands]
HELPFUL = [[], *([command] for command in cli.COMMANDS), *OF_GROUPS]
PROGRAM = Path(sys.executable).with_name("bedrock-projects")
WITHOUT_AWS = ("validate", "review", "environments", "schema", "iam", "ci", "use", "catalogue", "run")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", HELPFUL, ids=" ".join)
def test_help_is_plain_text_within_80_columns_and_says_every_option(tmp_path: Path, command: list[str]) -> None:
    done = run(*command, "--help", folder=tmp_path)
    assert done.code == 0
    assert done.out.startswith(" ".join(["Usage: bedrock-projects", *command, ""]))
    assert max(map(len, done.out.splitlines())) <= 80
    assert not re.search(r"<(?:bool|str|Path|list)|[{}]|^  .*\.\.\.$", done.out, re.MULTILINE)
    assert run(*command, "-h", folder=tmp_path) == done


@pytest.mark.parametrize("command", HELPFUL, ids=" ".join)
def test_help_ends_with_two_examples_that_can_be_typed(tmp_path: Path, command: list[str]) -> None:
    _, _, shown = run(*command, "--help", folder=tmp_path).out.partition("  Examples:\n")
    calls = [shlex.split(re.split(" [>|] ", line)[0])[1:] for line in shown.splitlines()]
    assert len(calls) == 2
    for call in calls:
        assert call[: len(command)] == command
        typed: Any = get_command(cli.app)
        while isinstance(typed, TyperGroup):
            context, call = Context(typed), call[:]
            typed = typed.get_command(context, call.pop(0))
        assert typed.make_context(typed.name, call).command is typed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["backfill", "--from", "2026-11"], "'2026-11' is not a day; write YYYY-MM-DD"),
        (["use", "x", "--environment", "dev", "--client", "ruby"], "'ruby' is not one of 'openai', "),
        (["validate", "--format", "xml"], "'xml' is not one of 'text', "),
        (["audit", "--environment", "dev", "--unused-days", "many"], "Invalid value for '--unused-days'"),
    ],
)
def test_a_wrong_value_is_refused_without_the_words_of_a_library(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = run(*arguments, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert words in " ".join(done.err.split())
    assert "Value error" not in done.err


def completed(shell: str, environment: Mapping[str, str], folder: Path) -> str:
    return start(folder=folder, environment={"_BEDROCK_PROJECTS_COMPLETE": f"complete_{shell}", **environment}).out


def test_a_shell_completes_commands_options_and_values(tmp_path: Path) -> None:
    def of_bash(*words: str) -> list[str]:
        """What bash offers for the last word, by the script that it was given."""
        script = get_completion_script(prog_name=cli.NAME, complete_var=cli.COMPLETION, shell="bash")
        line = f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; _bedrock_projects_completion {PROGRAM}"
        program = f'{script}\n{line}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
        return subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert of_bash("bedrock-projects", "re") == ["review"]
    assert of_bash("bedrock-projects", "costs", "--gr") == ["--granularity"]
    assert of_bash("bedrock-projects", "costs", "--format", "m") == ["markdown"]


def test_what_a_shell_reads_is_written_as_it_is(tmp_path: Path) -> None:
    asked = {"_TYPER_COMPLETE_FISH_ACTION": "get-args", "_TYPER_COMPLETE_ARGS": "bedrock-projects review --un"}
    assert completed("fish", asked, tmp_path) == "--unfold\tList every project of a group.\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_a_script_of_completion_is_shown_as_it_is(shell: str) -> None:
    script = get_completion_script(prog_name=cli.NAME, complete_var=cli.COMPLETION, shell=shell)
    assert for_terminal(*script.split("\n")) == script


def test_all_commands_are_listed(tmp_path: Path) -> None:
    listed = run("--help", folder=tmp_path).out
    assert re.findall(r"^  ([a-z][a-z-]*)  ", listed, re.MULTILINE) == list(cli.COMMANDS)
    for group, commands in GROUPS.items():
        listed = run(group, "--help", folder=tmp_path).out
        assert re.findall(r"^  ([a-z][a-z-]*)  ", listed, re.MULTILINE) == list(commands)


def test_a_misspelt_command_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    done = run("validat", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "No such command 'validat'. Did you mean 'validate'?" in done.err


def test_every_module_of_a_command_is_a_command() -> None:
    modules = {path.stem for path in (ROOT / "bedrock_projects/commands").glob("*.py")}
    assert modules - {"__init__", "findings", "month_desk", "options", "spending"} == set(cli.COMMANDS)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["validate", "--nonsense"], ["review"], ["validate", "--format", "xml"]]
)
def test_a_wrong_call_exits_with_2_and_says_why_on_stderr(tmp_path: Path, arguments: list[str]) -> None:
    done = run(*arguments, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "Usage: bedrock-projects" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate"],
        ["validate", "folder.yaml"],
        ["validate", "missing.yaml"],
        ["validate", "looping.yaml"],
        ["validate", "bytes.yaml"],
        ["review", "missing"],
        ["review", "folder.yaml"],
        ["review", "bytes.yaml", "bytes.yaml"],
        ["review", "valid.yaml"],
        ["review", "valid.yaml", "v1"],
        ["environments"],
        ["environments", "--inventory", "valid.yaml", "--changed-since", "v1"],
        ["environments", "--inventory", "missing/projects.yaml"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_read_is_an_error_with_its_name_and_never_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "looping.yaml").symlink_to("looping.yaml")
    (tmp_path / "bytes.yaml").write_bytes(bytes(range(256)))
    (tmp_path / "valid.yaml").write_text(inventory("search: {name: Search}"), "utf-8")
    done = run(*arguments, folder=tmp_path)
    assert done.code == 1
    assert any(name in done.out + done.err for name in [*arguments[1:], "projects.yaml"])


def test_python_m_is_the_same_command_and_passes_the_exit_code_on(tmp_path: Path) -> None:
    repo = repository(tmp_path)
    repo.commit("v1", projects=inventory("search: {name: Search}"))
    repo.write("projects.yaml", inventory("search: {name: Find}"))
    for arguments, code in (("review", "v1"), 10), (("review", "v9"), 1):
        done = start(*arguments, folder=tmp_path)
        assert done == run(*arguments, folder=tmp_path)
        assert done.code == code


def test_a_reader_that_goes_away_causes_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "projects.yaml").write_text(inventory(*(f"p{n}: {{nam: P}}" for n in range(2000))), "utf-8")
    command = f"'{sys.executable}' -m bedrock_projects validate | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=True, text=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def loaded_by(*commands: Sequence[str], folder: Path) -> list[set[str]]:
    """The modules that one process has imported when it has run the first of these commands, the second one, …."""
    program = (
        "import contextlib, io, sys\nfrom bedrock_projects.cli import main\n"
        f"for arguments in {list(map(list, commands))!r}:\n"
        " try:\n"
        "  with contextlib.redirect_stdout(io.StringIO()):\n   main(arguments)\n"
        " except SystemExit as end:\n  assert not end.code, (arguments, end.code)\n"
        " print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, check=True, text=True)
    return [set(line.split()) for line in done.stdout.splitlines()]


def test_no_command_that_asks_no_service_imports_boto3_or_pulumi(tmp_path: Path) -> None:
    arn = "arn:aws:iam::111111111111:role"
    role = f'role_arn: "{arn}/deploy", preview_role_arn: "{arn}/look"'
    head = HEAD.replace("defaults: {", f"defaults: {{{role}, ")
    (tmp_path / "projects.yaml").write_text(inventory("search: {name: Search}", head=head), "utf-8")
    commands = [
        *([command, "--help"] for command in WITHOUT_AWS),
        ["validate"],
        ["review", "projects.yaml"],
        ["environments", "--changed-since", "projects.yaml"],
        ["schema"],
        ["iam", "deploy", "--environment", "dev"],
        ["iam", "roles", "--github", "acme/infra", "--environment", "dev"],
    ]
    loaded = zip(commands, loaded_by(*commands, folder=tmp_path), strict=True)
    unwanted = {"boto3", "botocore", "pulumi", "grpc", "rich"}
    assert {" ".join(command): unwanted & modules for command, modules in loaded if unwanted & modules} == {}


def test_a_report_from_a_folder_imports_no_boto3(tmp_path: Path) -> None:
    (tmp_path / "projects.yaml").write_text(inventory("search: {name: Search}"), "utf-8")
    deliver(tmp_path / "export", [row("1")])
    arguments = ["costs", "--source", "./export", "--month", "2026-10", "--format", "json"]
    [loaded] = loaded_by(arguments, folder=tmp_path)
    assert not {"boto3", "botocore"} & loaded


@pytest.mark.parametrize("command", ["validate", "verify"])
def test_a_command_is_imported_without_the_others(tmp_path: Path, command: str) -> None:
    [loaded] = loaded_by([command, "--help"], folder=tmp_path)
    commands = {name.rpartition(".")[2] for name in loaded if name.startswith("bedrock_projects.commands.")}
    assert commands - {"options"} == {command}
    assert ("boto3" in loaded) == (command not in WITHOUT_AWS)


@pytest.mark.parametrize(
    "command",
    [
        ("costs", "--by", "project", "--role-arn"),
        ("backfill", "--from", "2026-01-01", "--role-arn"),
        ("iam", "deploy", "--billing-role-arn"),
        ("iam", "roles", "--hub-role-arn"),
        ("iam", "roles", "--preview-hub-role-arn"),
    ],
)
def test_a_role_that_is_none_is_refused_before_anything_is_asked(command: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*command, "arn:aws:iam::1:user/x", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "is not a valid role ARN" in " ".join(done.err.split())


def with_option(option: str, folder: Path) -> list[list[str]]:
    """The commands that have an option."""
    commands = [*([command] for command in COMMANDS), *OF_GROUPS]
    return [command for command in commands if f"{option} " in run(*command, "--help", folder=folder).out]


def test_a_region_that_does_not_exist_is_refused_by_every_command_that_takes_one(tmp_path: Path) -> None:
    commands = with_option("--region", tmp_path)
    assert commands == [
        ["accounts"],
        ["adopt"],
        ["conformance"],
        ["init"],
        ["iam", "deploy"],
        ["iam", "review"],
        ["iam", "conformance"],
    ]
    for command in commands:
        arguments = {("init",): ["new"], ("iam", "conformance"): ["read-only"]}.get(tuple(command), [])
        given = [*command, *arguments]
        earlier = ["--region", "us-west-2"] if command[0] == "iam" else []  # repeatable there
        done = run(*given, *earlier, "--region", "us-wset-2", folder=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert "Invalid value for '--region': 'us-wset-2' is not a valid region; did you mean 'us-west-2'?" in done.err


def test_a_region_of_the_configuration_that_does_not_exist_is_refused_before_aws_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "mars")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nothing listens there
    done = run("adopt", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("the region of the AWS configuration: 'mars' is not a valid region; ")


def test_the_version_is_that_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--version", folder=tmp_path) == Done(0, f"bedrock-projects {version('bedrock-projects')}\n", "")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    done = run("--version", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("bedrock-projects is not installed")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_what_goes_to_a_pipe_is_utf8_and_unaltered_with_any_terminal(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "projects.yaml").write_text(inventory("search: {name: Search, tags: {中文-ü: x}}"), "utf-8")
    done = start("validate", folder=tmp_path, environment={"PYTHONIOENCODING": encoding})
    assert "中文-ü: unknown tag key '中文-ü'" in done.out


def test_schema_prints_the_schema_that_is_checked_in(tmp_path: Path) -> None:
    schemas = ROOT / "schemas"
    for options, name in (([], "projects"), (["--included"], "included")):
        printed = run("schema", *options, folder=tmp_path)
        assert printed.code == 0
        assert json.loads(printed.out) == json.loads((schemas / f"{name}.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_documentation_names_every_option_of_every_command(tmp_path: Path, command: str) -> None:
    text = (ROOT / "docs/command-line.md").read_text("utf-8")
    section = text.partition(f"## {command}\n")[2].partition("\n## ")[0]
    assert options_of(command, folder=tmp_path) == set(re.findall(r"--[a-z][a-z-]+", section))


def test_the_documentation_names_every_command_and_option_of_the_pipeline(tmp_path: Path) -> None:
    text = (ROOT / "docs/command-line.md").read_text("utf-8")
    section = text.partition("## ci\n")[2].partition("\n## ")[0]
    for command in GROUPS["ci"]:
        [usage] = re.findall(rf"^    bedrock-projects ci {command}\b(.*)$", section, re.MULTILINE)
        assert options_of("ci", command, folder=tmp_path) == set(re.findall(r"--[a-z][a-z-]+", usage))


def options_of(*command: str, folder: Path) -> set[str]:
    """The options of the command, but for `--help`."""
    shown = run(*command, "--help", folder=folder).out
    return set(re.findall(r"^  (--[a-z-]+)", shown, re.MULTILINE)) - {"--help"}
