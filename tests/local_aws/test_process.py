"""`python -m local_aws` and `local_aws.running()`: starting, telling where, stopping."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

import local_aws
from local_aws import LocalAws
from tests.local_aws.mantle import Mantle
from tests.patience import LIMIT

ROOT = Path(__file__).parents[2]


@contextmanager
def start(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A server that ends with the block, also if that fails."""
    command = [sys.executable, "-m", "local_aws", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def banner(child: subprocess.Popen[str]) -> list[str]:
    assert child.stdout is not None
    return [child.stdout.readline().rstrip("\n") for _ in range(7)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_to_export_and_stops_cleanly(number: signal.Signals) -> None:
    with start("--port", "0") as child:
        first, *lines = banner(child)
        url = first.removeprefix("local AWS on ")
        exports = [line.removeprefix("export ") for line in lines if line.startswith("export ")]
        variables = dict(line.split("=", 1) for line in exports)
        assert len(variables) == 4
        assert variables.items() <= LocalAws(url).environment("111111111111", region="us-west-2").items()
        assert Mantle(url).listed() == ["default"]
        child.send_signal(number)
        output, _ = child.communicate(timeout=LIMIT)
    assert (child.returncode, output) == (0, "")


def test_a_port_that_is_taken_is_named(aws: LocalAws) -> None:
    with start("--port", aws.url.rpartition(":")[2]) as child:
        output, _ = child.communicate(timeout=LIMIT)
    assert child.returncode == 1
    assert f"port {aws.url.rpartition(':')[2]} of 127.0.0.1: Address already in use; " in output
    assert output.endswith("-m local_aws --port 0\n")
    assert "Traceback" not in output


def test_running_starts_a_server_of_its_own_and_stops_it() -> None:
    with local_aws.running() as one, local_aws.running() as other:
        Mantle(one.url).create("A")
        assert Mantle(other.url).listed() == ["default"]
    for aws in (one, other):
        with pytest.raises(urllib3.exceptions.NewConnectionError):
            Mantle(aws.url).listed()


def test_the_server_ends_when_its_parent_is_killed() -> None:
    script = "import local_aws, time\nwith local_aws.running() as aws:\n print(aws.url, flush=True)\n time.sleep(600)"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert Mantle(url).listed() == ["default"]
        parent.kill()
    with pytest.raises(urllib3.exceptions.HTTPError):
        ask_until_it_ends(url)


def ask_until_it_ends(url: str) -> None:
    """Asks until there is no answer any more."""
    pool = urllib3.PoolManager(retries=False)
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        pool.request("GET", f"{url}/_local/health")


def test_a_server_that_cannot_start_says_why(aws: LocalAws) -> None:
    with (
        pytest.raises(RuntimeError, match="ended with status 1 before it listened:\nport"),
        local_aws.running(port=int(aws.url.rpartition(":")[2])),
    ):
        pytest.fail("started twice on one port")
