"""Prints the folder of a Pulumi CLI to put in front of PATH; see `--help`."""

import argparse
import sys

from tools.engine.finder import CHOICE, EngineError
from tools.engine.locate import locate

HELP = f"""
Finds a Pulumi CLI, or gets one, and prints its folder. Progress goes to stderr. In a shell:

    exports=$(python -m tools.engine --env) && eval "$exports"

{CHOICE}=path|installer|go takes one way only: the CLI on PATH, Pulumi's own installer, a build with Go.
"""


def say(line: str) -> None:
    """Progress; stdout is for the answer."""
    print(f"engine: {line}", file=sys.stderr, flush=True)


def main() -> int:
    """Returns the exit status: 0, 1 when there is no CLI to be had, 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.engine", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--env", action="store_true", help="print `export` lines for a shell instead")
    arguments = parser.parse_args()
    try:
        engine = locate(say)
    except EngineError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    print(engine.exports() if arguments.env else engine.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
