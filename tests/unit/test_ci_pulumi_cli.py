"""`bedrock-projects ci pulumi`, with a server that has archives as Pulumi's releases are."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from tests.serving import serving
from tests.unit.command_line import Done, run

VERSION = "3.272.0"
MACHINES = ("linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64")


def archive(*names: str) -> bytes:
    """A release: each file of these names says its own name."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as members:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            members.addfile(member, io.BytesIO(name.encode()))
        link = tarfile.TarInfo("pulumi/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        members.addfile(link)
    return content.getvalue()


class _Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """What is below /moved is at another host, as GitHub's releases are."""
        if not self.path.startswith("/moved/"):
            super().do_GET()
            return
        port = self.headers["Host"].partition(":")[2]
        self.send_response(302)
        self.send_header("Location", f"http://localhost:{port}{self.path.removeprefix('/moved')}")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
        """Says nothing."""


@pytest.fixture
def releases(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder of one version, and the URL of the folder that it is in."""
    folder = tmp_path / f"releases/v{VERSION}"
    folder.mkdir(parents=True)
    with serving(partial(_Quiet, directory=str(tmp_path / "releases"))) as address:
        yield folder, f"{address}/"


@pytest.fixture
def released(releases: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """An archive for every machine, and its checksum in the job's variables."""
    content = archive("pulumi/pulumi", "pulumi/pulumi-language-python", "../../outside")
    for machine in MACHINES:
        (releases[0] / f"pulumi-v{VERSION}-{machine}.tar.gz").write_bytes(content)
    monkeypatch.setenv("PULUMI_CLI_VERSION", VERSION)
    monkeypatch.setenv("PULUMI_CLI_SHA256", hashlib.sha256(content).hexdigest().upper())
    return releases


def install(folder: Path, source: str) -> Done:
    return run("ci", "pulumi", "--into", "cli", "--source", source, folder=folder)


def test_one_of_several_checksums_is_enough(
    tmp_path: Path, released: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable has that of the next version too, while a change to it is open."""
    monkeypatch.setenv("PULUMI_CLI_SHA256", f"{'0' * 64} {os.environ['PULUMI_CLI_SHA256']}\n{'1' * 64}")
    assert install(tmp_path, released[1]).code == 0


@pytest.mark.parametrize("place", ["", "moved"])
def test_the_executables_are_installed_and_the_folder_is_printed(
    tmp_path: Path, released: tuple[Path, str], place: str
) -> None:
    done = install(tmp_path, f"{released[1]}{place}")
    assert done == Done(0, f"{tmp_path / 'cli'}\n", "")
    files = {file.name: file.read_text("utf-8") for file in (tmp_path / "cli").iterdir()}
    assert files == {
        "pulumi": "pulumi/pulumi",
        "pulumi-language-python": "pulumi/pulumi-language-python",
        "outside": "../../outside",  # no path leads out of the folder, and no link is followed
    }
    assert all(os.access(tmp_path / "cli" / name, os.X_OK) for name in files)


def test_an_archive_with_another_checksum_is_not_unpacked(
    tmp_path: Path, released: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CLI_SHA256", "0" * 64)
    done = install(tmp_path, released[1])
    assert (done.code, done.out) == (1, "")
    assert f"not {'0' * 64}; nothing was installed" in done.err
    assert not (tmp_path / "cli").exists()


@pytest.mark.parametrize("content", [b"no archive", archive("pulumi/pulumi")[:40]], ids=["none", "cut off"])
def test_a_broken_archive_is_one_message(
    tmp_path: Path, released: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    for machine in MACHINES:
        (released[0] / f"pulumi-v{VERSION}-{machine}.tar.gz").write_bytes(content)
    monkeypatch.setenv("PULUMI_CLI_SHA256", hashlib.sha256(content).hexdigest())
    done = install(tmp_path, released[1])
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("the Pulumi CLI cannot be installed (http")


@pytest.mark.parametrize("source", ["", "http://127.0.0.1:9", "nonsense"], ids=["missing", "unreachable", "no URL"])
def test_a_version_that_cannot_be_had_is_one_message(
    tmp_path: Path, releases: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setenv("PULUMI_CLI_VERSION", "3.0.0")
    monkeypatch.setenv("PULUMI_CLI_SHA256", "0" * 64)
    done = install(tmp_path, source or releases[1])
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("the Pulumi CLI cannot be installed (")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PULUMI_CLI_VERSION", ""),
        ("PULUMI_CLI_VERSION", "../3.272.0"),
        ("PULUMI_CLI_SHA256", "1" * 63),
        ("PULUMI_CLI_SHA256", f"{'1' * 64} 2"),
    ],
)
def test_a_pin_that_is_none_is_refused_before_anything_is_downloaded(
    tmp_path: Path, released: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    done = install(tmp_path, "http://127.0.0.1:9")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{name} is {value!r}; set it to ")
    assert ("/pulumi-3.272.0-checksums.txt" in done.err) == (name == "PULUMI_CLI_SHA256")
