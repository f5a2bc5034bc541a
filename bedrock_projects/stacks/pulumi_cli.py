"""Asks the Pulumi CLI something, without a terminal and without a wait that has no end."""

import os
import subprocess

SECONDS = 60.0
"""How long one question may take."""
LONGEST = 300
"""Of what the CLI said, in a message: characters."""

NO_STACK = "no stack named"
"""What the CLI says of a stack that the backend does not have."""


def remedy_for(stack: str, said: str) -> str:
    """What to do if the CLI cannot show a stack and `said` why."""
    if NO_STACK in said:
        return f"make it with `pulumi stack init {stack}`, or `pulumi login` to the backend that has it"
    return "`pulumi login` to the state's backend, and set PULUMI_CONFIG_PASSPHRASE if it has one"


def one_line(said: str, *, most: int = LONGEST) -> str:
    """What the CLI said, for a message of one line: its beginning."""
    return beginning(" ".join(said.split()), most=most)


def beginning(line: str, *, most: int = LONGEST) -> str:
    """The line, or its beginning up to the end of a word: half of a name or of a number would be another one."""
    if len(line) <= most:
        return line
    whole = line[: most + 1].rpartition(" ")[0].rstrip()
    return f"{whole} …".lstrip()


def run_pulumi(*arguments: str, seconds: float = SECONDS) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of the Pulumi CLI; a status of 1 if it does not come to an end."""
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
