"""Checks the types of each TypeScript snippet, runs it as it is printed, and looks where its request was counted.

The process gets the variables of the snippet only. Needs `npm ci` in this folder.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import local_aws
from bedrock_projects.attribution.snippets import BASE_URL, KEY, PROJECT_ID, SNIPPETS, Use
from local_aws import LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle

MODULES = Path(__file__).parent / "node_modules"
CLAUDE = "anthropic.claude-haiku-4-5"
RUNS = (("openai-typescript", None), ("anthropic-typescript", None), ("ai-sdk", None), ("ai-sdk", CLAUDE))
TSC = ("--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--types", "node")


class WrongError(Exception):
    """A snippet ran, but did something else."""


def execute(folder: Path, *command: str, **variables: str) -> str:
    """What the command prints, in a process with nothing else in its environment."""
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def check(aws: LocalAws, folder: Path, client: str, model: str | None) -> None:
    """Runs a snippet for a project of its own; WrongError or CalledProcessError if anything is wrong."""
    project_id = Mantle(aws.url).create(f"{client} {model}")["id"]
    use = Use(
        key="search",
        environment="dev",
        project_id=project_id,
        region=REGION,
        base_url=f"{aws.url}/v1",
        model=model,
    )
    snippet = SNIPPETS[client](use)
    # Without annotations, the text is also JavaScript, which Node.js 20 runs as it is.
    for name in ("snippet.ts", "snippet.mjs"):
        (folder / name).write_text(snippet, "utf-8")
    execute(folder, str(MODULES / ".bin" / "tsc"), *TSC, "snippet.ts")
    # Not those of `--client env` that the clients read by themselves: the snippet has to name the project.
    variables = {PROJECT_ID: use.project_id, BASE_URL: use.base_url, KEY: f"local-key-{ACCOUNT}-{REGION}"}
    answer = execute(folder, "node", "snippet.mjs", **variables)
    counted = [meter["requests"] for meter in aws.meters() if meter["project"] == project_id]
    if not answer.strip() or counted != [1]:
        raise WrongError(f"it printed {answer!r}, and requests counted for its project are {counted}")


def main() -> None:
    """Checks all; exits with 1 if one of them failed."""
    failed = 0
    with local_aws.running() as aws, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "node_modules").symlink_to(MODULES, target_is_directory=True)
        (folder / "package.json").write_text('{"type": "module"}', "utf-8")
        for client, model in RUNS:
            try:
                check(aws, folder, client, model)
            except (WrongError, subprocess.CalledProcessError) as error:
                failed += 1
                output = f"{error.stdout}{error.stderr}" if isinstance(error, subprocess.CalledProcessError) else ""
                print(f"{client} {model or ''}: {error}\n{output}", file=sys.stderr)
    print(f"snippets: {len(RUNS) - failed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
