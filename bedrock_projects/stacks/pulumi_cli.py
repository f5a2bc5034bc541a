"""Asks the Pulumi CLI something, without a terminal and without a wait that has no end."""

import os
import subprocess

SECONDS = 60.0
"""How long one question may take."""


NO_STACK = "no stack named"
"""What the CLI says of a stack that the backend does not have."""


def remedy_for(stack: str, said: str) -> str:
    """What to do where the CLI cannot show a stack and `said` why."""
    if NO_STACK in said:
        return f"make it with `pulumi stack init {stack}`, or `pulumi login` to the backend that has it"
    return "`pulumi login` to the state's backend, and set PULUMI_CONFIG_PASSPHRASE where it has one"


def one_line(said: str) -> str:
    """What the CLI said, for a message of one line: its beginning."""
    return " ".join(said.split())[:300]


def run_pulumi(*arguments: str, seconds: float = SECONDS) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of the Pulumi CLI; a status of 1 where it does not come to an end."""
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = ["pulumi", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - the CLI that PATH names, as the user's own `pulumi up` runs it
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, "", f"`pulumi {arguments[0]}` took more than {seconds:.0f} seconds"
    except OSError as error:
        return 1, "", str(error)
    return done.returncode, done.stdout, done.stderr
