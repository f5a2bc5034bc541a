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
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
BANNER = "local AWS on "
TLS_BANNER = "over TLS on "
_AUTHORITY = "export AWS_CA_BUNDLE="


@contextmanager
def running(port: int = 0, *, tls: bool = False) -> Iterator[LocalAws]:
    """Starts a local AWS, waits until it listens, gives its control client, and stops it at the end.

    With `tls` it listens over TLS too: see `LocalAws.over_tls`. The child ends with its parent, however that ends.
    RuntimeError with the child's output if it does not start.
    """
    with tempfile.NamedTemporaryFile() as log:
        command = [sys.executable, "-m", "local_aws", "--port", str(port), "--until-stdin-closes"]
        command += ["--tls"] if tls else []
        child = subprocess.Popen(  # noqa: S603  our own module
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            # Opened anew for reading: an open file that both share has one position, and reading would move writing.
            lines = _banner(child, Path(log.name), last=TLS_BANNER if tls else BANNER)
            yield LocalAws(lines[BANNER], tls_url=lines.get(TLS_BANNER, ""), authority=lines.get(_AUTHORITY, ""))
        finally:
            _stop(child)


def _banner(child: subprocess.Popen[bytes], log: Path, *, last: str) -> dict[str, str]:
    """What follows each known beginning of a line, once there is a line that begins with `last`."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        ended = child.poll() is not None
        text = log.read_text()
        whole = [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
        lines = {
            start: line[len(start) :].strip()
            for line in whole
            for start in (BANNER, TLS_BANNER, _AUTHORITY)
            if line.startswith(start)
        }
        if last in lines:
            return lines
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
