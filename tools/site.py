"""Builds the documentation site; a warning of Sphinx, such as a dead link, is an error.

python -m tools.site .local/site    # into that folder, which is new or empty
"""

import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_OPTIONS = ("--quiet", "--fail-on-warning", "--keep-going", "--conf-dir", "docs")


def main(arguments: list[str]) -> int:
    """Builds it into the folder that is the only argument; the exit status."""
    [folder] = arguments
    status = build(Path(folder))
    if status == 0:
        print(f"{folder}/index.html")
    return status


def build(folder: Path) -> int:
    """The exit status of Sphinx, which prints what is wrong and nothing else."""
    # Nothing is kept for a next build: it would not repeat the warnings of pages that it does not read again.
    with tempfile.TemporaryDirectory() as doctrees:
        command = [sys.executable, "-m", "sphinx", *_OPTIONS, "--doctree-dir", doctrees, ".", str(folder.absolute())]
        return subprocess.run(command, cwd=_ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
