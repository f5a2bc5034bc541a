"""`make demo`: the whole way on a local AWS, with the real Pulumi engine, real clients and a throw-away backend."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

from local_aws import LocalAws, Use, running
from tools.demo.applications import APPLICATIONS
from tools.engine.locate import locate

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "111111111111", "us-west-2"
KEY = f"local-key-{ACCOUNT}-{REGION}"
A_DAY = {"requests": 20_000, "input_tokens": 60_000_000, "output_tokens": 9_000_000}
PROGRAM = ("__main__.py", "bedrock_projects", "components", "projects.yaml", "Pulumi.yaml")
# No comments behind commands: zsh, as macOS sets it up, takes them for arguments when they are typed.
BY_HAND = """\
In another terminal, run `make local`. Here, paste the lines with `export` that it prints, then:

. .venv/bin/activate
eval "$(python -m tools.engine --env)"
export PULUMI_BACKEND_URL="file://$(mktemp -d)" PULUMI_CONFIG_PASSPHRASE=tutorial
pulumi stack init dev
pulumi up

Edit projects.yaml, and run `pulumi up` again; docs/tutorial.md goes on from here.
`make month` shows a month's chargeback, and leaves statements to look at."""


def main() -> int:
    """Runs the demonstration; the exit status of the first command that fails, else 0, and 130 after a Ctrl-C."""
    try:
        return _demonstrate()
    except KeyboardInterrupt:
        print("\ninterrupted; nothing is left behind", file=sys.stderr)
        return 130


def _demonstrate() -> int:
    _title("A local AWS and a Pulumi backend, both in a temporary folder")
    engine = locate(_say)
    with running() as aws, tempfile.TemporaryDirectory() as temporary:
        folder = _program(Path(temporary))
        environment = {
            **os.environ,
            **engine.environment,
            **aws.environment(ACCOUNT, region=REGION),
            "PATH": f"{engine.folder}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": (Path(temporary) / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "throw-away",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        # Two days pass in the demonstration, and a cost report ends today at the latest.
        aws.set_clock((datetime.now(tz=timezone.utc) - timedelta(days=2)).isoformat(timespec="seconds"))
        try:
            _pulumi("stack init dev", folder, environment, quiet=True)
            _title("The inventory of the dev environment, deployed to an empty account")
            _pulumi("up --yes --stack dev --suppress-outputs", folder, environment)
            _title("Applications use their projects, and a day passes")
            projects = json.loads(_output("stack output projects --json --stack dev", folder, environment))
            _use(aws, projects)
            _title("Billing knows the tags by now: the same command activates them")
            _pulumi("up --yes --stack dev --skip-preview --suppress-outputs", folder, environment)
            _title("Once more: everything is unchanged")
            _pulumi("up --yes --stack dev --skip-preview --show-sames --suppress-outputs", folder, environment)
            _title("Applications go on, another day passes: what counts from now on is in the cost report")
            first = aws.now().date()
            _use(aws, projects)
            period = f"--from {first} --to {aws.now().date()}"
            _costs(f"costs --by Team {period} --stack dev", folder, environment)
            _costs(f"costs --by project {period} --stack dev", folder, environment)
        except subprocess.CalledProcessError as error:
            if error.stderr:  # of a command whose output was not shown
                print(error.stderr.decode(), file=sys.stderr)
            return error.returncode
    _title("To go on by hand")
    print(BY_HAND)
    return 0


def _program(folder: Path) -> Path:
    """The program in a folder of its own: `stack init` writes to the stack's file, which is not to change the clone."""
    program = folder / "program"
    program.mkdir()
    (folder / "backend").mkdir()
    for name in PROGRAM:
        (program / name).symlink_to(ROOT / name)
    (program / ".venv").symlink_to(sys.prefix)
    (program / "Pulumi.dev.yaml").write_text(settings_alone((ROOT / "Pulumi.dev.yaml").read_text()))
    return program


def settings_alone(stack_file: str) -> str:
    """The file without what `stack init` of somebody's own stack has added: with its salt, another passphrase fails."""
    return yaml.safe_dump({"config": yaml.safe_load(stack_file)["config"]})


def _pulumi(words: str, folder: Path, environment: Mapping[str, str], *, quiet: bool = False) -> None:
    if not quiet:
        print(f"$ pulumi {words}\n", flush=True)
    command = ["pulumi", *shlex.split(words), "--non-interactive", "--color", "never"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=quiet)


def _output(words: str, folder: Path, environment: Mapping[str, str]) -> str:
    command = ["pulumi", *shlex.split(words), "--non-interactive"]
    return subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def _use(aws: LocalAws, projects: Mapping[str, Mapping[str, str]]) -> None:
    """One real request of each application, then a day's worth of the same, metered without being sent."""
    for key, (client, model, ask) in APPLICATIONS.items():
        project = projects[key]
        print(f"{key} ({project['id']}): {client}, {model}: {ask(project, KEY)} tokens, and a day of the same")
        aws.use_many([Use(project_id=project["id"], model=model, **A_DAY)])
    aws.advance(days=1)


def _costs(words: str, folder: Path, environment: Mapping[str, str]) -> None:
    print(f"\n$ bedrock-projects {words}\n", flush=True)
    command = [sys.executable, "-m", "bedrock_projects", *shlex.split(words)]
    subprocess.run(command, cwd=folder, env=environment, check=True)


def _title(text: str) -> None:
    print(f"\n=== {text} ===\n", flush=True)


def _say(line: str) -> None:
    print(f"engine: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
