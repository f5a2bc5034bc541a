"""Why a stack failed, in one line: what the CLI said, what to do, and nothing of others in files."""

import pytest

from bedrock_projects.fleet.events import Steps
from bedrock_projects.fleet.reasons import for_others, reason_of
from bedrock_projects.stacks.pulumi_cli import beginning

CANCEL = "run `pulumi cancel --stack shop-dev`"
# As checkForLock writes it in Pulumi's pkg/backend/diy/lock.go.
LOCKED = (
    "error: the stack is currently locked by {} lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`."
)
# https://github.com/pulumi/pulumi/pull/3207
CONFLICT = (
    "error: [409] Conflict: Another update is currently in progress.\nTo learn more about possible reasons and "
    "resolution, visit https://www.pulumi.com/docs/troubleshooting/#conflict"
)
HOLDER = "\n  s3://state/locks/{0}.json: created by {0}@host (pid 7) at 2026-11-29T10:00:00Z"
CAUSES = {
    "a lock in a bucket": (
        LOCKED.format(1) + HOLDER.format("ada"),
        f"; created by ada@host (pid 7) at 2026-11-29T10:00:00Z; if that process has ended, {CANCEL}",
    ),
    "two locks in a bucket": (
        LOCKED.format(2) + HOLDER.format("ada") + HOLDER.format("ben"),
        f"; created by ben@host (pid 7) at 2026-11-29T10:00:00Z; if these processes have ended, {CANCEL}",
    ),
    "a lock that nobody holds": (LOCKED.format(1), f"; if no run of it is active, {CANCEL}"),
    "a lock of Pulumi Cloud": (
        CONFLICT,
        f"in progress.; Pulumi Cloud shows who runs it; if nobody does, {CANCEL}, which ends a run that is active",
    ),
    "a state that was cut off": (
        "error: failed to load checkpoint: EOF",
        "; docs/operations.md says what to do after a killed run",
    ),
    "anything else": ("error: no credentials\nerror: more", "no credentials"),
    "nothing": ("", "the Pulumi CLI ended with exit code 255; see the log"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_reason_ends_with_what_to_do(cause: str) -> None:
    said, end = CAUSES[cause]
    reason = reason_of(Steps(is_preview=False), f"Updating (shop-dev):\n{said}\n", code=255, stack="shop-dev")
    assert reason.endswith(end)
    assert "\n" not in reason


@pytest.mark.parametrize("start", ["", "Preview failed: "])
def test_a_protected_project_is_not_to_be_unprotected_in_the_state(start: str) -> None:
    of_us = "urn:pulumi:prod::acme::bedrock-projects:components:BedrockProjects$pulumi-python:dynamic/bedrock:Project"
    for urn, reason in (
        (f"{of_us}::gateway", "project gateway is protected: keep its entry with `status: archived`, or "),
        ("urn:pulumi:prod::acme::aws:s3/bucket:Bucket::b", f'{start}resource "urn:pulumi:prod::acme::aws:s3/bucket'),
    ):
        said = f'{start}resource "{urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, …'
        assert reason_of(Steps(is_preview=True, errors=[said]), "", code=255, stack="prod").startswith(reason)


def test_an_engine_that_was_killed_says_so_and_not_what_it_said_before() -> None:
    """As the kernel does without memory. https://docs.kernel.org/admin-guide/mm/concepts.html#oom-killer"""
    steps = Steps(is_preview=False, errors=["something else"])
    assert reason_of(steps, "error: more", code=-9, stack="shop-dev") == (
        "signal 9 ended the Pulumi CLI; see the log; if memory ran out, give a smaller `--parallel`; if the stack is "
        f"locked then, {CANCEL}"
    )
    assert reason_of(steps, "", code=-15, stack="shop-dev") == "signal 15 ended the Pulumi CLI; see the log"


def test_a_failure_says_too_that_the_engine_counted_otherwise() -> None:
    steps = Steps(is_preview=False, errors=["no role"], counted={"create": 1})
    assert reason_of(steps, "", code=255, stack="x").startswith("no role; the event log has no change, but ")


@pytest.mark.parametrize("before", range(255, 305))
def test_no_cut_leaves_a_part_of_what_is_hidden_from_others(before: int) -> None:
    """Half of an account id is none, so nothing would hide it."""
    said = f"{'x' * before} arn:aws:sts::444444444444:assumed-role/ci-hub/jane.doe and more of it, and more"
    reason = reason_of(Steps(is_preview=False, errors=[said]), "", code=255, stack="shop-dev")
    shown = for_others(reason, named=())
    assert not [part for part in ("44", "jane", "ci-hub") if part in shown]
    assert len(reason) <= 302


def test_a_table_for_others_does_not_say_who_holds_a_lock() -> None:
    said = "locked; created by ACME\\Jane Doe@laptop (pid 7) at 10:00; created by b@host (pid 8) at 10:01"
    hidden = "locked; created by … (pid 7) at 10:00; created by … (pid 8) at 10:01"
    assert for_others(said, named=()) == hidden


@pytest.mark.parametrize(
    ("line", "cut"),
    [("a bc", "a bc"), ("ab cd", "ab …"), ("abcd e", "abcd …"), ("abcdef", "…"), ("a  bcd", "a …"), ("", "")],
)
def test_the_beginning_of_a_line_has_whole_words(line: str, cut: str) -> None:
    assert beginning(line, most=4) == cut
