"""The program `bedrock-projects`: starts the command line, or answers `use` with a catalogue at once.

A developer's shell runs `use` at each start, perhaps in an image without Pulumi, boto3 and Typer (decision 14).
"""

import importlib
import os
import sys
from pathlib import Path

from bedrock_projects.attribution.using import Request, complete_call, snippet_from_file
from bedrock_projects.errors import SettingsError
from bedrock_projects.terminal import for_people, prepare_streams


def main() -> None:
    """Runs the program and exits. Typer takes longer to import than `use` needs, so a whole call does without."""
    call = complete_call(sys.argv[1:])
    if call is None:
        _run_command_line()
    else:
        _answer(*call)


def _answer(request: Request, catalogue: Path) -> None:
    prepare_streams()
    try:
        with for_people():
            sys.stdout.write(snippet_from_file(request, catalogue))
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _run_command_line() -> None:
    try:
        cli = importlib.import_module("bedrock_projects.cli")
    except ModuleNotFoundError as error:
        with for_people():
            raise SettingsError(
                f"the package {error.name!r} is missing, so only `use KEY --environment NAME --catalogue "
                "FILE` runs; install bedrock-projects with its dependencies"
            ) from None
    cli.main()
