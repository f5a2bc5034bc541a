"""What one run has declared, claimed and archived: the invariants of decision 9, and many threads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bedrock_projects.errors import RefusedError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.archive_limit import Destroy
from bedrock_projects.projects.plan import DECLARED, Staying
from bedrock_projects.projects.run_ledger import RunLedger, this_run

SEARCH, FIND, CHAT = "acme/dev/search", "acme/dev/find", "acme/dev/chat"


def declared(*owners: str, allowed: str | None = None) -> RunLedger:
    ledger = RunLedger(allowed=allowed)
    for owner in owners:
        ledger.declare(owner)
    return ledger


def test_a_declaration_says_that_a_program_runs() -> None:
    assert RunLedger().program_runs is False
    assert declared(SEARCH).program_runs is True
    tags = RunLedger()
    tags.declare_keys([])
    assert tags.program_runs is True


def test_only_what_the_program_declares_is_claimed() -> None:
    ledger = declared(SEARCH)
    ledger.claim_known("proj_1", CHAT)
    assert not ledger.holds("proj_1")
    ledger.claim_known("proj_1", SEARCH)
    assert ledger.holds("proj_1")
    assert not ledger.holds("proj_2")


def test_an_entry_without_a_project_claims_none() -> None:
    ledger = declared(SEARCH, CHAT)
    ledger.claim_known(NO_PROJECT_ID, SEARCH)
    ledger.claim_known(NO_PROJECT_ID, CHAT)
    assert not ledger.holds(NO_PROJECT_ID)


def test_the_ledger_knows_by_which_id_a_project_was_adopted_though_no_entry_claims_it() -> None:
    ledger = declared(SEARCH)
    ledger.claim_known("proj_1", CHAT, adopted_as="proj_1")
    ledger.claim_known("proj_2", SEARCH)
    ledger.claim_known("proj_1", CHAT)
    assert (ledger.adopted_as("proj_1"), ledger.adopted_as("proj_2")) == ("proj_1", None)
    assert (ledger.project_of(CHAT), ledger.project_of(SEARCH)) == (None, "proj_2")


def test_a_project_has_one_entry_unless_the_other_is_a_former_name() -> None:
    ledger = declared(SEARCH, FIND)
    ledger.claim("proj_1", SEARCH)
    ledger.claim("proj_1", SEARCH)
    for claim in (ledger.claim, ledger.claim_known):
        with pytest.raises(RefusedError, match=f"project proj_1 already belongs to {SEARCH} in this run, so {FIND}"):
            claim("proj_1", FIND)
    ledger.claim_known("proj_1", FIND, formerly=[SEARCH])
    assert ledger.holds("proj_1")
    ledger.claim("proj_2", SEARCH)
    assert ledger.holds("proj_1")
    with pytest.raises(RefusedError):
        ledger.claim("proj_1", SEARCH)


def test_an_entry_that_moved_on_no_longer_holds_what_it_left() -> None:
    ledger = declared(SEARCH)
    ledger.claim("proj_1", SEARCH)
    ledger.claim("proj_2", SEARCH)
    assert (ledger.holds("proj_1"), ledger.holds("proj_2")) == (False, True)


def test_the_ledger_knows_what_the_program_says_of_an_entry_and_which_stack_it_deploys() -> None:
    ledger = RunLedger()
    assert ledger.staying(SEARCH) == Staying()
    ledger.declare(SEARCH, staying=replace(DECLARED, stack="organization/acme/dev"), formerly=[FIND])
    ledger.declare(CHAT, staying=replace(DECLARED, releases=True))
    assert [ledger.staying(owner) for owner in (SEARCH, FIND, CHAT, "acme/dev/gone")] == [
        Staying(stack="organization/acme/dev", is_declared=True),
        Staying(stack="organization/acme/dev", is_declared=True),
        Staying(is_declared=True, releases=True),
        Staying(stack="organization/acme/dev"),
    ]


def test_keys_that_the_program_declares_are_kept() -> None:
    ledger = RunLedger()
    ledger.declare_keys(["Team"])
    ledger.declare_keys(["Owner"])
    assert ledger.undeclared(["Old", "Team", "Owner", "Older"]) == ["Old", "Older"]


COPIED = "the state has them from stack acme/shop/dev"
DESTROYS: dict[str, tuple[Destroy, str | None, int]] = {
    "few": (Destroy(total=3), None, 3),
    "few, with another number": (Destroy(total=3), "9", 3),
    "many without a number": (Destroy(total=4), None, 0),
    "many with the number": (Destroy(total=40), "40", 40),
    "the number of targets": (Destroy(total=40), "2", 2),
    "a number that is too high": (Destroy(total=40), "41", 0),
    "a number that is none": (Destroy(total=40), "all", 0),
    "few of a copied state": (Destroy(total=2, doubt=COPIED), None, 0),
    "few of a copied state, with the number": (Destroy(total=2, doubt=COPIED), "2", 2),
    "a stack that nobody names": (Destroy(), None, 3),
    "a stack that nobody names, with the number": (Destroy(), "40", 40),
    "a state that cannot be read": (Destroy(doubt="no stack named 'dev'"), None, 0),
    "a state that cannot be read, with the number": (Destroy(doubt="no stack named 'dev'"), "40", 40),
}


@pytest.mark.parametrize(("destroy", "allowed", "archived"), DESTROYS.values(), ids=list(DESTROYS))
def test_a_destroy_archives_more_than_the_limit_only_with_the_number(
    destroy: Destroy, allowed: str | None, archived: int
) -> None:
    ledger, asked = RunLedger(allowed=allowed), []

    def whole() -> Destroy:
        asked.append(1)
        return destroy

    for _ in range(archived):
        ledger.count_archive(whole)
    if destroy.total is None or archived < destroy.total:
        with pytest.raises(RefusedError) as refused:
            ledger.count_archive(whole)
        number = "<their number>" if destroy.total is None else destroy.total
        assert f"BEDROCK_PROJECTS_ALLOW_ARCHIVE={number} (with `--target`" in str(refused.value)
        assert destroy.doubt in str(refused.value)
    assert asked == [1]


@pytest.mark.parametrize(
    ("allowed", "archives"), [(None, 3), ("5", 5), *zip(("0", "x", "²", "", "-9"), [3] * 5, strict=True)]
)
def test_a_run_archives_no_more_than_the_limit_or_the_number_that_was_confirmed(
    allowed: str | None, archives: int
) -> None:
    ledger = declared(SEARCH, allowed=allowed)
    ledger.claim("proj_1", SEARCH)
    for _ in range(archives):
        ledger.count_archive(Destroy)
    for _ in range(2):  # one that was refused is not counted
        with pytest.raises(RefusedError) as refused:
            ledger.count_archive(Destroy)
        assert str(refused.value) == (
            f"this run has already archived {archives} projects and would archive more; if this is intended, rerun "
            "with BEDROCK_PROJECTS_ALLOW_ARCHIVE=<number of projects left to archive>; otherwise restore the entries "
            "that were removed, and the region or endpoint of those that moved"
        )


def test_what_a_run_creates_does_not_raise_its_limit() -> None:
    ledger = declared(SEARCH)
    for number in range(100):
        ledger.claim(f"proj_{number}", f"acme/dev/p{number}", is_new=True)
    for _ in range(3):
        ledger.count_archive(Destroy)
    with pytest.raises(RefusedError, match="has already archived 3 projects and would archive more;"):
        ledger.count_archive(Destroy)


def test_an_entry_that_was_claimed_under_its_former_name_and_its_new_one_is_one_that_the_run_keeps() -> None:
    ledger = declared(SEARCH, FIND)
    ledger.claim("proj_1", SEARCH)
    ledger.claim_known("proj_1", FIND, formerly=[SEARCH])
    for _ in range(3):
        ledger.count_archive(Destroy)
    with pytest.raises(RefusedError, match="has already archived 3 projects and would archive more;"):
        ledger.count_archive(Destroy)


def test_many_threads_archive_no_more_than_the_limit_and_claim_a_project_once() -> None:
    ledger = declared(*(f"acme/dev/p{number}" for number in range(32)))

    def archive(_: int) -> bool:
        try:
            ledger.count_archive(Destroy)
        except RefusedError:
            return False
        return True

    def claim(number: int) -> bool:
        try:
            ledger.claim("proj_1", f"acme/dev/p{number}")
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(archive, range(64))) == 3
        assert sum(pool.map(claim, range(32))) == 1


def test_both_providers_of_a_process_have_one_ledger_with_the_numbers_that_the_user_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BEDROCK_PROJECTS_ALLOW_ARCHIVE", "4")
    monkeypatch.setenv("BEDROCK_PROJECTS_TAKE_OVER", "1")
    assert this_run() is this_run()
    this_run().count_take_over("proj_1", "organization/acme/dev2")
    with pytest.raises(RefusedError, match="project proj_2 is managed by stack organization/acme/dev2"):
        this_run().count_take_over("proj_2", "organization/acme/dev2")
    this_run().declare(SEARCH)
    for _ in range(4):
        this_run().count_archive(Destroy)
    with pytest.raises(RefusedError):
        this_run().count_archive(Destroy)


@pytest.mark.parametrize(("confirmed", "taken"), [(None, 0), ("0", 0), ("x", 0), ("2", 2)])
def test_a_run_takes_over_no_more_than_was_confirmed(confirmed: str | None, taken: int) -> None:
    ledger = RunLedger(take_over=confirmed)
    assert ledger.may_take_over is (taken > 0)
    for number in range(taken):
        ledger.count_take_over(f"proj_{number}", "organization/acme/dev2")
    with pytest.raises(RefusedError, match=f"stack organization/acme/dev2; this run has taken over {taken} projects"):
        ledger.count_take_over("proj_9", "organization/acme/dev2")
