"""What an upgrade from 0.1.0 does to a stack with many projects, step by step, on a local AWS that answers in 100 ms.

    python -m benchmarks.upgrade                     # 300 projects: two minutes on two quiet cores

The program of 0.1.0, from the history of this repository, deploys the stack with the packages of today. Then come the
steps of docs/upgrading.md, a run of each kind, the way back, and the upgrade once more. AssertionError if a step does
anything but what that page says, or if a project is created or archived.
"""

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measuring import Measured, measure, slow
from benchmarks.subjects import ACCOUNT, QUIET, REGION, TAGS, Projects, inventory_text, settled
from local_aws import LocalAws, running
from tests.engine.harness import PROGRAM, REPOSITORY
from tests.engine.run import Run
from tests.unit.wheels import empty_wheel
from tools.engine.locate import locate
from tools.up import MANY

FORMER = "815a8b8100cb3e6e4685e86522798c873741c559"
"""The commit that calls itself 0.1.0, at the end of 2026-11-25."""
_COPIED = ("__main__.py", "bedrock_projects", "components", "requirements.txt", ".gitignore")
_GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com")
_OPTIONS = (*MANY.options, *QUIET)


class Upgraded:
    """A stack that 0.1.0 deployed, in the folder that its team had, and what each step did to it."""

    def __init__(self, folder: Path, aws: LocalAws, count: int) -> None:
        self._aws = aws
        self._count = count
        self._wheel = empty_wheel(folder)
        subject = settled(Projects(folder / "stack", aws))
        self.stack = subject.stack
        self.stack.config["bedrock-projects:scope"] = "all"
        self.declare(lambda _: "A")
        self._program = self.stack.program
        for name in PROGRAM:
            (self._program / name).unlink()
        command = ["git", "archive", FORMER, *_COPIED]
        archive = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(self._program, filter="data")
        self._git("init", "--quiet")
        self._commit()
        self._ids: set[str] = set()

    def declare(self, team_of: Callable[[int], str]) -> None:
        """Writes the inventory with a team for each number."""
        self.stack.write_inventory(inventory_text(self._count, team_of))

    def run(self, title: str, command: Callable[[], Run], *, updates: int, creates: int = 0) -> None:
        """Runs it, and prints what it took; its changes are these numbers and no others."""
        runs: list[Run] = []

        def remembered() -> Run:
            runs.append(command())
            return runs[-1]

        measured = measure(remembered, self._aws)
        changes = Counter(runs[0].changes.values())
        self._print(title, measured, changes)
        assert changes == Counter(update=updates, create=creates) - Counter(), changes
        ids = {project.id for project in self._aws.projects(ACCOUNT, REGION) if project.active} - {"default"}
        self._ids = self._ids or ids
        assert ids == self._ids, "a project was created or archived"

    def upgrade(self) -> None:
        """`bedrock-projects upgrade`, from an environment of its own; what it says, and the commit of what it wrote."""
        command = str(Path(sys.prefix) / "bin" / "bedrock-projects")
        started = time.perf_counter()
        done = subprocess.run(
            [command, "upgrade", "--wheel", str(self._wheel), "--yes"],
            cwd=self._program,
            env=self.stack.variables(),
            text=True,
            capture_output=True,
            check=False,
        )
        print(f"bedrock-projects upgrade: {time.perf_counter() - started:.1f} s")
        print("".join(f"    {line}\n" for line in (done.stdout + done.stderr).splitlines()), end="")
        assert done.returncode == 0, done.returncode
        self._commit()

    def go_back(self) -> None:
        """Restores the commit before the upgrade."""
        self._git("checkout", "--quiet", "--force", "HEAD~1")

    def go_forward(self) -> None:
        """Restores the commit of the upgrade."""
        self._git("checkout", "--quiet", "--force", "-")

    def _print(self, title: str, measured: Measured, changes: Counter[str]) -> None:
        steps = ", ".join(f"{count} {kind}" for kind, count in sorted(changes.items())) or "none"
        requests = ", ".join(f"{count:,} {operation}" for operation, count in sorted(measured.requests.items()))
        print(f"{title}: {measured.seconds:.1f} s; steps: {steps}; requests: {requests}", flush=True)

    def _commit(self) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "state of the folder")

    def _git(self, *words: str) -> None:
        subprocess.run([*_GIT, *words], cwd=self._program, check=True, capture_output=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0; a step that fails, or does something else, raises."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, default=300, metavar="N")
    count = parser.parse_args(arguments).projects
    locate(lambda line: print(line, file=sys.stderr, flush=True))
    with running() as aws, tempfile.TemporaryDirectory() as temporary:
        slow(aws)
        aws.tag_keys(ACCOUNT, [*TAGS, "bedrock-project"], status="Active")
        upgraded = Upgraded(Path(temporary), aws, count)
        stack = upgraded.stack

        def preview() -> Run:
            return stack.preview(*_OPTIONS)

        def up() -> Run:
            return stack.up(*_OPTIONS)

        def refresh() -> Run:
            return stack.refresh(*_OPTIONS)

        upgraded.run("first up by 0.1.0", up, updates=0, creates=count + 1)
        upgraded.upgrade()
        upgraded.run("preview", preview, updates=count)
        upgraded.run("up", up, updates=count)
        upgraded.run("up without changes", up, updates=0)
        upgraded.run("refresh", refresh, updates=0)
        upgraded.declare(_one_of_another_team)
        upgraded.run("one tag of one project", up, updates=1)
        upgraded.go_back()
        upgraded.declare(_one_of_another_team)
        upgraded.run("back on 0.1.0: preview", preview, updates=0)
        upgraded.run("back on 0.1.0: up", up, updates=0)
        upgraded.run("back on 0.1.0: refresh, which finds the tag", refresh, updates=count)
        upgraded.run("back on 0.1.0: up after it, which removes the tag", up, updates=count)
        upgraded.go_forward()
        upgraded.declare(_one_of_another_team)
        upgraded.run("forward again: preview", preview, updates=count)
        upgraded.run("forward again: up", up, updates=count)
    return 0


def _one_of_another_team(number: int) -> str:
    return "A" if number else "B"


if __name__ == "__main__":
    sys.exit(main())
