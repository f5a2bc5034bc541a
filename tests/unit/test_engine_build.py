"""The CLI that tools/engine builds with Go: what is in its folder, when it is built, and how a long command is run."""

import os
import select
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.engine_commands import FakeRun, refuse_all, silent
from tools.engine import cache, go_build
from tools.engine.finder import Engine, WayError
from tools.engine.go_build import GoBuild
from tools.engine.on_path import BELOW, OLDEST, OnPath, parse
from tools.engine.work import Task, Worker

# The build


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    for name in go_build.SDK_FILES:
        file = tmp_path / "sdk" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
        file.chmod(0o444)
    return tmp_path / "sdk"


@pytest.fixture
def building(sdk: Path) -> FakeRun:
    def build(task: Task) -> str:
        Path(task.command[task.command.index("-o") + 1]).write_text("a CLI")
        return ""

    return FakeRun({"build": build, "list": lambda _task: f"{sdk}\n"})


def go_build_in(
    root: Path, run: Callable[[Task], str], *, source: Path = go_build.HERE, python: str = sys.executable
) -> GoBuild:
    return GoBuild(root, run, silent, which=lambda _name: "/usr/bin/go", source=source, python=python)


def test_a_build_leaves_a_cli_with_all_that_it_runs_next_to_it(tmp_path: Path, building: FakeRun) -> None:
    engine = go_build_in(tmp_path / "cache", building).get()
    executables = {file.name for file in engine.folder.iterdir() if file.is_file() and os.access(file, os.X_OK)}
    assert executables == {"pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"}
    assert (engine.folder / "pulumi").read_text() == "a CLI"
    assert (engine.folder / "language_host" / "service.py").exists()
    assert engine.environment == {
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def test_a_build_takes_the_pinned_modules_and_stamps_the_pinned_version(tmp_path: Path, building: FakeRun) -> None:
    go_build_in(tmp_path / "cache", building).get()
    command = building.tasks[0].command
    version = go_build.pinned_version(go_build.HERE)
    assert "-mod=readonly" in command
    assert command[command.index("-ldflags") + 1].endswith(f"version.Version={version}")


def test_a_second_build_takes_no_command(tmp_path: Path, building: FakeRun) -> None:
    engine = go_build_in(tmp_path / "cache", building).get()
    way = go_build_in(tmp_path / "cache", refuse_all)
    assert way.have() == engine
    assert way.get() == engine


@pytest.mark.parametrize("name", ["go.mod", "go.sum", "pulumi-language-python", "language_host/service.py"])
def test_a_build_of_other_sources_is_another_one(tmp_path: Path, building: FakeRun, name: str) -> None:
    go_build_in(tmp_path / "cache", building).get()
    source = shutil.copytree(go_build.HERE, tmp_path / "source")
    assert go_build_in(tmp_path / "cache", refuse_all, source=source).have() is not None
    with (source / name).open("a") as file:
        file.write("\n")
    assert go_build_in(tmp_path / "cache", refuse_all, source=source).have() is None


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(_task: Task) -> str:
        raise WayError("undefined: x")

    way = go_build_in(tmp_path, FakeRun({"build": fail}))
    with pytest.raises(WayError, match="undefined: x"):
        way.get()
    assert way.have() is None
    assert [file.name for file in tmp_path.iterdir()] == ["lock"]


def test_without_go_the_reason_is_that(tmp_path: Path) -> None:
    with pytest.raises(WayError, match="go is not on PATH"):
        GoBuild(tmp_path, refuse_all, silent, which=lambda _name: None).get()


def test_a_go_mod_without_the_cli_is_refused(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module x\n")
    with pytest.raises(WayError, match=r"go\.mod does not require github\.com/pulumi/pulumi/pkg/v3"):
        go_build.pinned_version(tmp_path)


def test_the_pinned_version_is_a_supported_one() -> None:
    version = parse(go_build.pinned_version(go_build.HERE))
    assert version is not None
    assert OLDEST <= version < BELOW


def on_path(folder: Path) -> OnPath:
    return OnPath(which=lambda name: str(folder / name), version=lambda _executable: "v3.274.1")


def test_a_cli_that_was_built_here_and_is_on_path_still_gets_its_environment(tmp_path: Path, building: FakeRun) -> None:
    folder = go_build_in(tmp_path / "cache", building).get().folder
    assert on_path(folder).get() == Engine(folder, on_path=True, environment=go_build.ENVIRONMENT)


# The launcher of the language host


def fake_python(file: Path, *, status: int = 0) -> Path:
    """Ends with that exit status, also when it is asked for the package pulumi."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'#!/bin/sh\necho "$0"\nexit {status}\n')
    file.chmod(0o755)
    return file


def launch(folder: Path, **environment: str) -> str:
    path = str(folder / "pulumi-language-python")
    done = subprocess.run([path, "127.0.0.1:1"], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_language_host_runs_with_the_python_that_built_the_cli(tmp_path: Path, building: FakeRun) -> None:
    python = fake_python(tmp_path / "builder" / "python")
    active = fake_python(tmp_path / "active" / "bin" / "python")
    folder = go_build_in(tmp_path / "cache", building, python=str(python)).get().folder
    assert launch(folder, VIRTUAL_ENV=str(active.parents[1])) == str(python)


def test_when_that_python_is_gone_the_active_environment_takes_its_place(tmp_path: Path, building: FakeRun) -> None:
    active = fake_python(tmp_path / "active" / "bin" / "python")
    folder = go_build_in(tmp_path / "cache", building).get().folder
    note_useless_python(folder, is_there=False)
    assert launch(folder, VIRTUAL_ENV=str(active.parents[1])) == str(active)


def note_useless_python(folder: Path, *, is_there: bool) -> None:
    """The environment of the build is gone, or was made anew without the package pulumi."""
    python = folder.with_name("useless")
    if is_there:
        fake_python(python, status=1)
    (folder / "python").write_text(f"{python}\n")


@pytest.mark.parametrize("is_there", [False, True])
def test_when_that_python_does_not_do_the_next_look_puts_another_in_its_place(
    tmp_path: Path, building: FakeRun, is_there: bool
) -> None:
    folder = go_build_in(tmp_path / "cache", building).get().folder
    python = str(fake_python(tmp_path / "builder" / "python"))
    for look in (go_build_in(tmp_path / "cache", refuse_all, python=python).have, on_path(folder).have):
        note_useless_python(folder, is_there=is_there)
        assert look() is not None
        assert (folder / "python").read_text() in (f"{python}\n", f"{sys.executable}\n")


@pytest.mark.parametrize("is_there", [False, True])
def test_without_any_python_that_has_the_sdk_nothing_is_built_and_the_reason_is_that(
    tmp_path: Path, building: FakeRun, is_there: bool
) -> None:
    python = tmp_path / "python"
    if is_there:
        fake_python(python, status=1)
    way = go_build_in(tmp_path / "cache", refuse_all, python=str(python))
    with pytest.raises(WayError, match=r"python has no package pulumi; run this with the Python of `make venv`"):
        way.get()
    note_useless_python(go_build_in(tmp_path / "cache", building).get().folder, is_there=is_there)
    assert way.have() is None


# The cache


@pytest.mark.parametrize(
    ("value", "base"), [("/xdg", "/xdg"), ("relative", "~/.cache"), ("", "~/.cache"), (None, "~/.cache")]
)
def test_the_cache_is_outside_of_the_clone(value: str | None, base: str) -> None:
    environment = {} if value is None else {"XDG_CACHE_HOME": value}
    assert cache.cache_root(environment) == Path(base).expanduser() / "bedrock-projects" / "engine"


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "unfinished-abc").mkdir()
    cache.make_folder(tmp_path / "folder", fill=lambda folder: None, say=silent)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "lock"]


def test_two_at_once_make_one_folder_and_the_second_says_that_it_waits(tmp_path: Path) -> None:
    waiting, said = threading.Event(), []

    def fill(folder: Path) -> None:
        assert waiting.wait(60)
        (folder / "filled").touch()

    def warn(line: str) -> None:
        said.append(line)
        waiting.set()

    made: list[Path] = []
    threads = [
        threading.Thread(target=lambda: made.append(cache.make_folder(tmp_path / "x", fill=fill, say=warn)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [tmp_path / "x"] * 2
    assert said == ["another process is getting a Pulumi CLI; waiting for it"]
    assert (tmp_path / "x" / "filled").exists()


# Commands that may take long


def python(code: str, *arguments: str, limit: float = 60) -> Task:
    return Task("working", (sys.executable, "-c", code, *arguments), limit=limit)


def test_a_command_says_that_it_starts_and_how_long_it_took() -> None:
    said: list[str] = []
    assert Worker(said.append).run(python("import sys; print('out'); print('err', file=sys.stderr)")) == "out\n"
    assert said[0] == "working ..."
    assert said[1].startswith("working: done in ")
    assert said[1].endswith(" s")


def test_a_long_command_says_that_it_still_runs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go on")

    def warn(line: str) -> None:
        if line.endswith("so far") and len(beats) == 0:
            beats.append(line)
            (tmp_path / "go on").write_text("now")

    beats: list[str] = []
    Worker(warn, heartbeat=0.01).run(python("import sys; open(sys.argv[1]).read()", str(tmp_path / "go on")))
    assert len(beats) == 1


def test_a_command_that_fails_is_reported_with_the_last_lines_of_its_complaints() -> None:
    code = "import sys; [print(f'line {n}.', file=sys.stderr) for n in range(100)]; sys.exit(3)"
    with pytest.raises(WayError, match="working: exit status 3 after") as told:
        Worker(silent).run(python(code))
    assert "line 99." in str(told.value)
    assert "line 87." not in str(told.value)


def test_a_command_that_takes_longer_than_it_may_is_ended() -> None:
    with pytest.raises(WayError, match="working: no end after 0 s"):
        Worker(silent).run(python("import signal; signal.pause()", limit=0))


def test_an_interrupted_command_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """The command and its child hold the writing end of a pipe; the reader sees the end when both are gone."""
    os.mkfifo(tmp_path / "pipe")
    code = "import os, signal, sys; pipe = open(sys.argv[1], 'wb', 0); os.fork() or pipe.write(b'x'); signal.pause()"
    readers: list[int] = []

    def interrupt(line: str) -> None:
        if line.endswith("so far"):
            readers.append(os.open(tmp_path / "pipe", os.O_RDONLY))
            assert os.read(readers[0], 1) == b"x"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Worker(interrupt, heartbeat=0.01).run(python(code, str(tmp_path / "pipe")))
    assert select.select(readers, [], [], 60)[0] == readers
    assert os.read(readers[0], 1) == b""
    os.close(readers[0])
