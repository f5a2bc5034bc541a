"""A local AWS as a child process: for tests, the demo and benchmarks."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws.client import LocalAws

_ROOT = Path(__file__).parents[1]
_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_BANNER = "local AWS on "


@contextmanager
def running(port: int = 0) -> Iterator[LocalAws]:
    """Starts a local AWS, waits until it listens, gives its control client, and stops it at the end.

    The child ends with its parent, however that ends. RuntimeError with the child's output if it does not start.
    """
    with tempfile.NamedTemporaryFile() as log:
        command = [sys.executable, "-m", "local_aws", "--port", str(port), "--until-stdin-closes"]
        child = subprocess.Popen(  # noqa: S603  our own module
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            # Opened anew for reading: an open file that both share has one position, and reading would move writing.
            yield LocalAws(_url(child, Path(log.name)))
        finally:
            _stop(child)


def _url(child: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        ended = child.poll() is not None
        text = log.read_text()
        for line in text.splitlines(keepends=True):
            if line.startswith(_BANNER) and line.endswith("\n"):
                return line[len(_BANNER) :].strip()
        if ended:
            raise RuntimeError(f"the local AWS ended with status {child.returncode} before it listened:\n{text}")
        time.sleep(0.02)
    raise RuntimeError(f"the local AWS did not listen within {_START_SECONDS:.0f} s:\n{text}")


def _stop(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None  # noqa: S101  opened above
    child.stdin.close()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
