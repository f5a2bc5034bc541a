"""Preflight among many projects that others made: what Pulumi's plan cannot tell apart, and names as others gave them.

`tests/engine/test_preflight.py` has what the real engine makes of a refusal.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_aws import LocalAws
from tests.engine.inventories import inventory
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.pulumi_cli import new_stack
from tests.unit.command_line import Done, run
from tests.unit.hostile import TEXT, check_lines

Preflight = Callable[[dict[str, str]], Done]


@pytest.fixture
def preflight(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Preflight:
    """The command for a stack that is new, with an inventory of these entries."""
    new_stack(tmp_path, monkeypatch)
    for name, value in aws.environment(ACCOUNT, region=REGION).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "Pulumi.yaml").write_text("name: bedrock-projects\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")

    def command(entries: dict[str, str]) -> Done:
        (tmp_path / "projects.yaml").write_text(inventory(entries), "utf-8")
        return run("preflight", "--stack", "dev", folder=tmp_path)

    return command


def test_adopted_found_again_and_new_are_distinguished_among_180(mantle: Mantle, preflight: Preflight) -> None:
    """A script made them, the first two with our ownership tag."""
    tags = [{"bedrock-project": f"acme/dev/p{number}"} if number < 2 else {} for number in range(180)]
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda number: mantle.create(f"P{number}-Dev", tags=tags[number])["id"], range(180))
    entries = {f"p{n}": f"{{name: P{n}, environments: {{dev: {{id: {id_}}}}}}}" for n, id_ in enumerate(made)}
    entries |= {"p0": "{name: P0}", "p1": "{name: P1, tags: {Team: Care}}", "new": "{name: New}"}
    done = preflight(entries)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == (
        f"dev · {ACCOUNT} · {REGION}: 1 new · 178 adopted · 0 unchanged · 0 to archive"
        " · 2 recovered by their tag, not in this stack's state · 1 differing (p1: Team (none) → Care)"
    )


def test_a_name_that_others_gave_is_shown_by_its_characters(mantle: Mantle, preflight: Preflight) -> None:
    mantle.create(TEXT[:128], tags={"bedrock-project": "acme/dev/gone"})
    done = preflight({"search": "{name: Search}"})
    assert done.code == 0
    check_lines(done.out)
    assert r"=1+1\u202eA\u2066B" in done.out
