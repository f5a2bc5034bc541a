"""The command line on a terminal: in a process of its own on a real one, or with a stream that says it is one."""

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_STYLES = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\r")
_ERASED = re.compile(r"[^\n\x1b]*(?:\n\x1b\[1A)?\x1b\[2K")
_COLUMNS = "100"


class Terminal(io.StringIO):
    """A stream of this process that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(*arguments: str, folder: Path, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Exit code, and all that the terminal got: stdout and stderr as they came."""
    main, end = pty.openpty()
    try:
        command = [sys.executable, "-m", "bedrock_projects", *arguments]
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**_plain_environment(), "TERM": "xterm-256color", "COLUMNS": _COLUMNS, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=end,
            stderr=end,
        )
    finally:
        os.close(end)
    shown = _read(main)
    return process.wait(), shown.replace("\r\n", "\n")


def text_of(shown: str) -> str:
    """What a reader has in front of them in the end, without styles and without lines that were erased."""
    return _ERASED.sub("", _STYLES.sub("", shown))


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}


def _read(main: int) -> str:
    """What comes until the other end is closed, which Linux tells by an error."""
    kept = bytearray()
    while True:
        try:
            data = os.read(main, 65536)
        except OSError:
            break
        if not data:
            break
        kept += data
    os.close(main)
    return kept.decode()
