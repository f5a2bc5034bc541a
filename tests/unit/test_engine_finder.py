"""How tools/engine gets a Pulumi CLI."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.engine_commands import FakeRun, silent
from tools.engine.finder import Engine, EngineError, WayError, find
from tools.engine.installer import Installer
from tools.engine.on_path import OnPath
from tools.engine.work import Task

REPOSITORY = Path(__file__).parents[2]


@dataclass
class FakeWay:
    """A way that has an engine, or can get one, or fails with `reason`."""

    name: str
    has: bool = False
    reason: str = ""
    asked: int = 0

    def have(self) -> Engine | None:
        return Engine(Path(self.name)) if self.has else None

    def get(self) -> Engine:
        self.asked += 1
        if self.reason:
            raise WayError(self.reason)
        return Engine(Path(self.name))


# The order


def test_the_first_way_that_has_a_cli_is_taken_and_nothing_is_fetched() -> None:
    ways = [FakeWay("path"), FakeWay("installer", has=True), FakeWay("go", has=True)]
    assert find(ways).folder == Path("installer")
    assert [way.asked for way in ways] == [0, 0, 0]


def test_a_cli_that_is_there_goes_before_one_that_must_be_fetched() -> None:
    assert find([FakeWay("path", reason="none"), FakeWay("installer"), FakeWay("go", has=True)]).folder == Path("go")


def test_ways_are_tried_in_order_until_one_leads_somewhere() -> None:
    ways = [FakeWay("path", reason="none"), FakeWay("installer"), FakeWay("go")]
    assert find(ways).folder == Path("installer")
    assert [way.asked for way in ways] == [1, 1, 0]


@pytest.mark.parametrize("choice", ["path", "installer", "go"])
def test_a_choice_looks_at_that_way_only(choice: str) -> None:
    ways = [FakeWay(name, has=name != choice) for name in ("path", "installer", "go")]
    assert find(ways, choice=choice).folder == Path(choice)
    assert [way.name for way in ways if way.asked] == [choice]


def test_a_choice_that_leads_nowhere_is_not_replaced_by_another_way() -> None:
    ways = [FakeWay("path", reason="not on PATH"), FakeWay("go", has=True)]
    with pytest.raises(EngineError, match="path: not on PATH"):
        find(ways, choice="path")


def test_a_wrong_choice_is_reported_with_the_right_ones() -> None:
    with pytest.raises(EngineError) as told:
        find([FakeWay("path"), FakeWay("go")], choice="golang")
    assert str(told.value) == "BEDROCK_PROJECTS_ENGINE is 'golang'; write one of path, go, or unset it to try all"


def test_when_all_ways_fail_all_reasons_are_reported_in_one_message() -> None:
    ways = [FakeWay("path", reason="A"), FakeWay("installer", reason="B"), FakeWay("go", reason="C")]
    with pytest.raises(EngineError) as told:
        find(ways)
    assert [line.strip() for line in str(told.value).splitlines()[1:-1]] == ["path: A", "installer: B", "go: C"]


@pytest.mark.parametrize(
    ("engine", "lines"),
    [
        (Engine(Path("/usr/bin"), on_path=True), ""),
        (Engine(Path("/a b")), "export PATH='/a b':\"$PATH\""),
        (Engine(Path("/x"), environment={"A": "b c"}), "export PATH=/x:\"$PATH\"\nexport A='b c'"),
    ],
)
def test_exports_say_only_what_is_needed_and_survive_a_shell(engine: Engine, lines: str) -> None:
    assert engine.exports() == lines


# On PATH


def on_path(version: str, *, names: Sequence[str] = ("pulumi", "pulumi-language-python")) -> OnPath:
    return OnPath(which=lambda name: f"/opt/{name}" if name in names else None, version=lambda _executable: version)


def test_a_supported_cli_on_path_is_used_as_it_is() -> None:
    assert on_path("v3.274.1").have() == Engine(Path("/opt"), on_path=True)


@pytest.mark.parametrize("version", ["v3.272.0", "v3.274.1", "3.999.0", "v3.300.1-alpha.1762000000"])
def test_supported_versions(version: str) -> None:
    assert on_path(version).get().on_path


@pytest.mark.parametrize("version", ["v3.271.9", "v2.25.2", "v4.0.0", "v3.0.0-dev"])
def test_unsupported_versions_are_reported_with_the_supported_ones(version: str) -> None:
    way = on_path(version)
    with pytest.raises(WayError, match=rf"/opt/pulumi is {version}; 3\.272\.0 or newer, below 4"):
        way.get()
    assert way.have() is None


@pytest.mark.parametrize("said", ["", "pulumi", "v3.2", "v3.274.1.5"])
def test_what_is_not_a_version_is_quoted(said: str) -> None:
    with pytest.raises(WayError, match=f"/opt/pulumi says '{said}'"):
        on_path(said).get()


@pytest.mark.parametrize(
    ("names", "reason"), [([], "pulumi is not on PATH"), (["pulumi"], "has no pulumi-language-python")]
)
def test_what_is_missing_on_path_is_named(names: list[str], reason: str) -> None:
    way = on_path("v3.274.1", names=names)
    with pytest.raises(WayError, match=reason):
        way.get()
    assert way.have() is None


# The installer


def installing(*names: str) -> Callable[[Task], str]:
    def install(task: Task) -> str:
        folder = Path(task.command[-1]) / "bin"
        folder.mkdir()
        for name in names:
            (folder / name).touch()
        return ""

    return install


def test_the_installer_is_asked_for_before_it_is_given_time_to_download(tmp_path: Path) -> None:
    run = FakeRun({"urlopen": lambda _task: "", "PulumiCommand": installing("pulumi", "pulumi-language-python")})
    way = Installer(tmp_path, run, silent)
    assert way.have() is None
    engine = way.get()
    assert [task.limit for task in run.tasks] == [20, 600]
    assert (engine.folder / "pulumi").exists()
    assert engine.environment == {}
    assert way.have() == engine


def test_an_installer_that_does_not_answer_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(_task: Task) -> str:
        raise WayError("no answer")

    way = Installer(tmp_path, FakeRun({"urlopen": fail}), silent)
    with pytest.raises(WayError, match="no answer"):
        way.get()
    assert way.have() is None
    assert [file.name for file in tmp_path.iterdir()] == ["lock"]


def test_an_installation_without_the_language_host_is_refused(tmp_path: Path) -> None:
    way = Installer(tmp_path, FakeRun({"urlopen": lambda _task: "", "PulumiCommand": installing("pulumi")}), silent)
    with pytest.raises(WayError, match="no pulumi-language-python"):
        way.get()
    assert way.have() is None


# The command line


def ask(*arguments: str, path: Path, choice: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(path), "HOME": str(path), "BEDROCK_PROJECTS_ENGINE": choice}
    command = [sys.executable, "-m", "tools.engine", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    for name, code in (("pulumi", "echo v3.300.0"), ("pulumi-language-python", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{code}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def test_stdout_holds_the_folder_and_nothing_else(installed: Path) -> None:
    asked = ask(path=installed, choice="path")
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, f"{installed}\n", "")


def test_a_cli_on_path_needs_no_exports(installed: Path) -> None:
    asked = ask("--env", path=installed, choice="path")
    assert (asked.returncode, asked.stdout.strip(), asked.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("choice", "told"),
    [("path", "path: pulumi is not on PATH"), ("go", "go: go is not on PATH"), ("nonsense", "is 'nonsense'")],
)
def test_a_failure_is_reported_on_stderr_without_a_traceback(tmp_path: Path, choice: str, told: str) -> None:
    asked = ask(path=tmp_path, choice=choice)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert told in asked.stderr
    assert "Traceback" not in asked.stderr
