"""How long many stacks take together, on a local AWS whose every answer takes 100 ms and whose roles are assumed.

    python -m benchmarks.fleet                            # 180 stacks, 2,000 projects: 20 minutes on two quiet cores
    python -m benchmarks.fleet --accounts 2 4 --sample 1  # 6 and 12 stacks, and the one for Billing

For each number of accounts: `bedrock-projects run` deploys all stacks, runs them without a change, changes one tag
everywhere, and runs once more with a missing role, a lock and too many archives among them. In the same run, stacks of
other accounts that are as large are run one after the other by the Pulumi CLI alone; those of `--sample` accounts,
since all would take hours. A ratio is the time of `run` for a stack, divided by that of the CLI for a stack.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import boto3

from benchmarks.measuring import LATENCY
from benchmarks.processes import Sampler
from local_aws import Fault, LocalAws, running
from local_aws.accounts import LOCAL_SECRET
from tests.engine.fleet import Fleet
from tools.engine.locate import locate

HUB = "999999999999"
ROLE = "bedrock-projects"
SERVICES = ("bedrock-mantle", "sts", "ce")
STAGES = ("dev", "test", "prod")
PROJECTS_OF_180 = 2000
COMMANDS = ("first up", "up without changes", "one tag on all")


@dataclass
class Measured:
    """One command for all stacks: wall and CPU seconds; engines, and MB of all processes, at one time."""

    seconds: float
    cpu: float
    engines: int
    megabytes: float
    load: float


@dataclass
class Size:
    """All that was measured for one number of accounts; `one_by_one` are those of the sample by the CLI alone.

    The stack for Billing is one more than `stacks`. `failing` has the reason of each stack that failed in the last run.
    """

    accounts: int
    stacks: int
    projects: int
    parallel: int
    sample: int
    together: dict[str, Measured] = field(default_factory=dict)
    one_by_one: dict[str, Measured] = field(default_factory=dict)
    inventory_seconds: float = 0.0
    failing: dict[str, str] = field(default_factory=dict)
    active: int = 0
    names: int = 0

    def ratio(self, command: str) -> float:
        """The time of a stack among all, divided by that of a stack of the sample."""
        return self.together[command].seconds / (self.stacks + 1) / (self.one_by_one[command].seconds / self.sample)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0; a run that fails raises with its output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[2, 60], metavar="N")
    parser.add_argument("--sample", type=int, default=2, metavar="N", help="accounts that are run one by one")
    parser.add_argument("--parallel", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--json", type=Path, help="write all measures to this file")
    wish = parser.parse_args(arguments)
    locate(_tell)
    with running() as aws:
        sizes = [measure(aws, count, wish.sample, wish.parallel) for count in wish.accounts]
    print("\n".join(lines(sizes)))
    if wish.json:
        measured = datetime.now(tz=timezone.utc).date().isoformat()
        document = {"measured": measured, "latency": LATENCY, "sizes": [asdict(size) for size in sizes]}
        wish.json.write_text(json.dumps(document, indent=1) + "\n")
    return 0


def measure(aws: LocalAws, accounts: int, sample: int, parallel: int) -> Size:
    """Everything for one number of accounts."""
    _prepare(aws, accounts + sample)
    stacks = accounts * len(STAGES)
    size = Size(accounts, stacks, _projects(stacks), parallel, sample * len(STAGES))
    with tempfile.TemporaryDirectory() as temporary:
        together = Fleet(Path(temporary) / "together", aws.url, HUB)
        alone = Fleet(Path(temporary) / "alone", aws.url, HUB)
        for command, team in zip(COMMANDS, ("A", "A", "B"), strict=True):
            alone.write_inventory(inventory_text(range(accounts, accounts + sample), stacks, team=team))
            together.write_inventory(inventory_text(range(accounts), stacks, team=team))
            if command == COMMANDS[0]:
                _make_stacks(alone)
            size.one_by_one[command] = _measured(lambda: _one_by_one(alone))
            size.together[command] = _measured(lambda: _run_all(together, parallel))
            _tell(f"{stacks} stacks: {command}: {size.together[command]}; one by one {size.one_by_one[command]}")
        size.failing = failing(together, range(accounts), stacks)
        began = time.perf_counter()
        words = [sys.executable, "-m", "bedrock_projects", "validate"]
        subprocess.run(words, cwd=together.program, env=together.variables(), check=True)
        size.inventory_seconds = round(time.perf_counter() - began, 2)
    active = [
        project
        for account in map(account_of, range(accounts))
        for project in aws.projects(account, "us-west-2")
        if project.active and project.id != "default"
    ]
    size.active, size.names = len(active), len({project.name for project in active})
    return size


def failing(fleet: Fleet, accounts: Sequence[int], stacks: int) -> dict[str, str]:
    """Runs all once more; three fail: one has no role, one with a change is locked, one would archive too many.

    Gives the reason of each. AssertionError if another one failed, or one of these did not.
    """
    roleless, locked, archives = (f"a{accounts[0]}-{stage}" for stage in STAGES)
    fleet.lock(locked)
    fleet.write_inventory(
        inventory_text(accounts, stacks, team="B", roleless=roleless, renamed=locked, emptied=archives)
    )
    ended = fleet.start("up").wait(seconds=7200)
    failed = {name: outcome for name, outcome in ended.outcomes.items() if outcome in ("failed", "refused")}
    if (ended.code, failed) != (1, {roleless: "failed", locked: "failed", archives: "refused"}):
        raise AssertionError(f"exit code {ended.code}, {failed}")
    return {name: ended.stacks[name]["reason"] for name in failed}


def inventory_text(
    accounts: Sequence[int],
    stacks: int,
    *,
    team: str,
    roleless: str | None = None,
    renamed: str | None = None,
    emptied: str | None = None,
) -> str:
    """An inventory of these accounts, each with all stages; all stacks have the same entries, some a few more.

    `roleless` has a role that no account has. The projects of `renamed` have other names. `emptied` has no entry any
    more.
    """
    role = {roleless: ', role_arn: "arn:aws:iam::{account}:role/missing"'}
    end = {renamed: "-new"}
    account = {f"a{number}-{stage}": account_of(number) for number in accounts for stage in STAGES}
    environments = "".join(
        f'  {name}: {{account: "{account[name]}", region: us-west-2, '
        f'name_format: "{{name}}-{name}{end.get(name, "")}"{role.get(name, "")}}}\n'
        for name in account
    )
    everywhere, rest = divmod(_projects(stacks), stacks)
    names = [*account]
    all_but_one = '["*"]' if emptied is None else f"[{', '.join(name for name in names if name != emptied)}]"
    entries = [(f"p{number}", all_but_one) for number in range(everywhere)]
    entries += [(f"extra{number}", f"[{name}]") for number, name in enumerate(names[:rest]) if name != emptied]
    projects = "".join(
        f"  {key}: {{name: {key}, environments: {where}, tags: {{Team: {team}, CostCenter: CC-1}}}}\n"
        for key, where in entries
    )
    return (
        "version: 1\ninventory: benchmark\n"
        f'defaults: {{role_arn: "arn:aws:iam::{{account}}:role/{ROLE}", protect: false}}\n'
        f'billing: {{account: "{HUB}", role_arn: "arn:aws:iam::{{account}}:role/{ROLE}"}}\n'
        f"environments:\n{environments}tag_keys: {{Team: {{}}, CostCenter: {{}}}}\nprojects:\n{projects}"
    )


def account_of(number: int) -> str:
    """Twelve digits."""
    return f"{100000000000 + number}"


def lines(sizes: Sequence[Size]) -> list[str]:
    """The table."""
    shown = []
    for size in sizes:
        shown.append(
            f"{size.stacks} stacks in {size.accounts} accounts, {size.projects:,} projects, {size.parallel} at once; "
            f"{size.active:,} projects are there, {size.names:,} names"
        )
        shown += [
            f"  {command}: {run.seconds:.0f} s, {run.seconds / (size.stacks + 1):.2f} s a stack, one by one "
            f"{size.one_by_one[command].seconds / size.sample:.2f} s, ratio {size.ratio(command):.2f}; CPU "
            f"{run.cpu / (size.stacks + 1):.2f} s a stack, one by one "
            f"{size.one_by_one[command].cpu / size.sample:.2f} s; at once {run.engines} engines, "
            f"{run.megabytes:,.0f} MB; load {run.load}"
            for command, run in size.together.items()
        ]
        shown += [f"  {name} failed, and the others did not: {reason}" for name, reason in size.failing.items()]
        shown.append(f"  validate: {size.inventory_seconds} s")
    return shown


def _projects(stacks: int) -> int:
    return round(PROJECTS_OF_180 * stacks / 180)


def _prepare(aws: LocalAws, accounts: int) -> None:
    """Empty accounts with a role each that the hub may assume; each answer takes LATENCY."""
    aws.reset()
    aws.organization(management=HUB, members=[*map(account_of, range(accounts))])
    for account in (HUB, *map(account_of, range(accounts))):
        iam = boto3.client(
            "iam",
            region_name="us-east-1",
            endpoint_url=aws.url,
            aws_access_key_id=f"local-{account}",
            aws_secret_access_key=LOCAL_SECRET,
        )
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
    aws.faults([Fault(kind="latency", operation=f"{name}:*", seconds=LATENCY) for name in SERVICES])


def _measured(command: Callable[[], None]) -> Measured:
    load = os.getloadavg()[0]
    began = time.perf_counter()
    with Sampler() as sampler:
        command()
    seconds = time.perf_counter() - began
    cpu = sum(cost.cpu for kind, cost in sampler.costs.items() if kind != "local AWS")
    return Measured(
        round(seconds, 1), round(cpu, 1), sampler.most.get("engine", 0), round(sampler.megabytes, 0), round(load, 1)
    )


def _run_all(fleet: Fleet, parallel: int) -> None:
    ended = fleet.start("up", "--parallel", str(parallel)).wait(seconds=7200)
    if ended.code:
        raise AssertionError(json.dumps([*ended.stacks.values()], indent=1))


def _one_by_one(fleet: Fleet) -> None:
    """`pulumi up` for one stack after the other."""
    for name in _stack_names(fleet):
        _pulumi(fleet, "up", "--stack", name, "--yes", "--suppress-outputs")


def _make_stacks(fleet: Fleet) -> None:
    for name in _stack_names(fleet):
        _pulumi(fleet, "stack", "init", name, "--no-select")


def _stack_names(fleet: Fleet) -> list[str]:
    lines = (fleet.program / "projects.yaml").read_text().splitlines()
    return [line.split(":")[0].strip() for line in lines if line.startswith("  a")]


def _pulumi(fleet: Fleet, *words: str) -> None:
    command = ["pulumi", *words, "--non-interactive"]
    done = subprocess.run(command, cwd=fleet.program, env=fleet.variables(), capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
