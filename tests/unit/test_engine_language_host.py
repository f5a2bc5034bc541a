"""The language host of tools/engine, asked as the engine asks it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tools.engine import go_build
from tools.engine.language_host import program
from tools.engine.language_host.program import HostError

START = "import sys; sys.path[0] = sys.argv.pop(1); from language_host.start import main; main()"


def info(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    struct = struct_pb2.Struct()
    struct.update(options)
    where = str(folder)
    return language_pb2.ProgramInfo(root_directory=where, program_directory=where, entry_point=".", options=struct)


@pytest.fixture
def host(tmp_path: Path) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-c", START, str(go_build.HERE), "127.0.0.1:1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        yield process
        process.kill()


@pytest.fixture
def engine(host: "subprocess.Popen[str]") -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    assert host.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{host.stdout.readline().strip()}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)


# The program's interpreter


def test_a_virtual_environment_is_relative_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "here" / "bin").mkdir(parents=True)
    (tmp_path / "here" / "bin" / "python").touch()
    python = program.python_of(info(tmp_path, virtualenv="here", toolchain="pip"))
    assert python.executable == tmp_path / "here" / "bin" / "python"
    assert python.environment()["VIRTUAL_ENV"] == str(tmp_path / "here")
    assert python.environment()["PATH"].startswith(f"{tmp_path / 'here' / 'bin'}:")


@pytest.mark.parametrize(("there", "fault"), [(False, "does not exist"), (True, "is not a virtual environment")])
def test_a_missing_virtual_environment_is_reported_with_the_command_that_makes_it(
    tmp_path: Path, there: bool, fault: str
) -> None:
    if there:
        (tmp_path / ".venv").mkdir()
    with pytest.raises(HostError, match=rf"names {tmp_path}/\.venv, which {fault}; `pulumi install` makes it"):
        program.python_of(info(tmp_path, virtualenv=".venv"))


@pytest.mark.parametrize("toolchain", ["pip", "uv"])
def test_an_environment_that_is_there_serves_both_toolchains(tmp_path: Path, toolchain: str) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    given = info(tmp_path, virtualenv=".venv", toolchain=toolchain)
    assert program.python_of(given).executable == tmp_path / ".venv" / "bin" / "python"
    if toolchain == "uv":
        assert list(program.install(given)) == []


def test_uv_makes_its_environment_itself(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="run `uv sync`"):
        list(program.install(info(tmp_path, virtualenv=".venv", toolchain="uv")))


@pytest.mark.parametrize("options", [{"toolchain": "poetry"}, {"typechecker": "mypy"}])
def test_options_that_the_host_does_not_know_are_refused(tmp_path: Path, options: dict[str, str]) -> None:
    with pytest.raises(HostError, match=r"Pulumi\.yaml: runtime\.options: .*`toolchain: pip`"):
        program.virtualenv_of(info(tmp_path, **options))


# The calls


def test_plugins_are_those_that_packages_declare(engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    declared = {
        "pulumi_named": {"resource": True, "name": "other", "version": "1.2.3", "server": "https://example.com"},
        "pulumi_unnamed": {"resource": True, "version": "v2.0.0"},
        "pulumi_none": {"resource": False, "name": "none"},
    }
    for package, plugin in declared.items():
        (tmp_path / package).mkdir()
        (tmp_path / package / "pulumi-plugin.json").write_text(json.dumps(plugin))
    request = language_pb2.GetRequiredPackagesRequest(info=info(tmp_path, virtualenv=sys.prefix))
    packages = engine.GetRequiredPackages(request).packages
    assert {(package.name, package.version, package.kind, package.server) for package in packages} >= {
        ("other", "v1.2.3", "resource", "https://example.com"),
        ("unnamed", "v2.0.0", "resource", ""),
    }
    assert "none" not in {package.name for package in packages}


def test_what_the_user_must_put_right_ends_a_call_with_its_text(
    engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    with pytest.raises(grpc.RpcError, match="`pulumi install` makes it"):
        engine.Run(language_pb2.RunRequest(info=info(tmp_path, virtualenv=".venv")))


def test_requirements_are_installed_line_by_line_and_a_failure_ends_the_call(
    engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("./not-there\n")
    lines = engine.InstallDependencies(
        language_pb2.InstallDependenciesRequest(info=info(tmp_path, virtualenv=sys.prefix))
    )
    said: list[str] = []
    with pytest.raises(grpc.RpcError, match=r"pip install --requirement requirements\.txt: exit status 1"):
        said.extend(line.stdout.decode() for line in lines)
    assert any("not-there" in line for line in said)


def test_calls_that_are_not_for_programs_are_refused_without_a_traceback(
    host: "subprocess.Popen[str]", engine: language_pb2_grpc.LanguageRuntimeStub
) -> None:
    with pytest.raises(grpc.RpcError, match="a Pulumi CLI built by tools/engine runs programs"):
        list(engine.RunPlugin(language_pb2.RunPluginRequest()))
    _, complaints = host.communicate()
    assert complaints == ""


def test_the_host_ends_when_the_engine_is_gone(
    host: "subprocess.Popen[str]", engine: language_pb2_grpc.LanguageRuntimeStub
) -> None:
    engine.GetPluginInfo(empty_pb2.Empty())
    _, complaints = host.communicate()
    assert (host.returncode, complaints) == (0, "")


def test_an_interrupt_ends_the_host_without_a_word(
    host: "subprocess.Popen[str]", engine: language_pb2_grpc.LanguageRuntimeStub
) -> None:
    engine.GetPluginInfo(empty_pb2.Empty())
    host.send_signal(signal.SIGINT)
    assert host.stderr is not None
    assert host.stderr.read() == ""


@pytest.mark.parametrize(
    ("status", "bail", "error"),
    [(0, False, ""), (32, True, ""), (1, False, "program exited with non-zero exit code: 1")],
)
def test_the_exit_status_of_the_program_is_what_the_engine_hears(
    engine: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path, status: int, bail: bool, error: str
) -> None:
    """A stand-in for the interpreter ends with the status; the executor itself is the SDK's."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nexit {status}\n')
    python.chmod(0o755)
    request = language_pb2.RunRequest(info=info(tmp_path, virtualenv="venv"), project="p", stack="s", dryRun=True)
    answer = engine.Run(request)
    assert (answer.bail, answer.error) == (bail, error)
    words = (tmp_path / "arguments").read_text().split()
    assert words[0].endswith("pulumi-language-python-exec")
    assert words[words.index("--engine") + 1] == "127.0.0.1:1"
    assert words[words.index("--dry_run") + 1] == "true"
    assert words[-1] == "."
