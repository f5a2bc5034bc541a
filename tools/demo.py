"""`make demo`: the whole way on a local AWS, with the real Pulumi engine and a throw-away backend."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from local_aws import running
from tools.engine.locate import locate

ROOT = Path(__file__).parents[1]
ACCOUNT, REGION = "111111111111", "us-west-2"
PROGRAM = ("__main__.py", "bedrock_projects", "components", "projects.yaml", "Pulumi.yaml")


def main() -> int:
    """Runs the demonstration; the exit status of the first command that fails, else 0."""
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
        try:
            _pulumi("stack init dev", folder, environment, quiet=True)
            _title("The inventory of the dev environment, deployed to an empty account")
            _pulumi("up --yes --stack dev", folder, environment)
            _title("Applications use their projects, and a day passes")
            for project in [each for each in aws.projects(ACCOUNT, REGION) if each.tags]:
                aws.usage(project.id)
                print(f"billed use of {project.name} ({project.id})")
            aws.advance(days=1)
            _title("Billing knows the tags by now: the same command activates them")
            _pulumi("up --yes --stack dev --skip-preview", folder, environment)
            _title("Once more: everything is unchanged")
            _pulumi("up --yes --stack dev --skip-preview --show-sames --suppress-outputs", folder, environment)
        except subprocess.CalledProcessError as error:
            return error.returncode
    _title("To go on by hand")
    print(
        "make local                                          # in another terminal; paste here what it prints\n"
        'eval "$(.venv/bin/python -m tools.engine --env)"    # a Pulumi CLI, if you have none\n'
        "pulumi login --local && pulumi stack select --create dev && pulumi up  # edit projects.yaml, up again"
    )
    return 0


def _program(folder: Path) -> Path:
    """The program in a folder of its own: `stack init` writes to the stack's file, which is not to change the clone."""
    program = folder / "program"
    program.mkdir()
    (folder / "backend").mkdir()
    for name in PROGRAM:
        (program / name).symlink_to(ROOT / name)
    (program / ".venv").symlink_to(sys.prefix)
    (program / "Pulumi.dev.yaml").write_text((ROOT / "Pulumi.dev.yaml").read_text())
    return program


def _pulumi(words: str, folder: Path, environment: Mapping[str, str], *, quiet: bool = False) -> None:
    if not quiet:
        print(f"$ pulumi {words}\n", flush=True)
    command = ["pulumi", *shlex.split(words), "--non-interactive", "--color", "never"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=quiet)


def _title(text: str) -> None:
    print(f"\n=== {text} ===\n", flush=True)


def _say(line: str) -> None:
    print(f"engine: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
