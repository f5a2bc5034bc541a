"""Draws what a command prints in a terminal."""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 100, 50
_CHUNK = 65536
# rich's own format loads a font from another host, and names its site.
_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def draw(arguments: Sequence[str], *, folder: Path) -> str:
    """What `bedrock-projects` with these arguments prints in that folder, as SVG with the colours of the terminal.

    The text loads nothing and is the same each time if the command prints the same.
    """
    prompt = f"$ {' '.join(('bedrock-projects', *arguments))}\n"
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(prompt, style="bold"), Text.from_ansi(_answer(arguments, folder)), sep="")
    drawn = console.export_svg(title="bedrock-projects", code_format=_FORMAT, unique_id="terminal")
    return re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE)


def _answer(arguments: Sequence[str], folder: Path) -> str:
    """What the command prints in a pseudo-terminal."""
    environment = {
        "COLUMNS": f"{COLUMNS}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
    }
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    command = [sys.executable, "-m", "bedrock_projects", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as terminal:
            return _read_all(terminal).decode().replace("\r\n", "\n").rstrip("\n")


def _read_all(terminal: io.RawIOBase) -> bytes:
    parts = []
    try:
        while part := terminal.read(_CHUNK):
            parts.append(part)
    except OSError:
        pass  # Linux reports the end of a pseudo-terminal as an error.
    return b"".join(parts)
