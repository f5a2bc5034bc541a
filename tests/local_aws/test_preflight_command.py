"""`bedrock-projects preflight` against the local AWS: what a run would do, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects import inventory
from bedrock_projects.preflight.run import Preflight, judge, look
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.properties import outputs_of
from bedrock_projects.stacks.deployment import deployment_of
from bedrock_projects.stacks.files import settings_of
from bedrock_projects.stacks.state import PROJECT_TYPE, SET_TYPE, state_of
from local_aws import Fault, LocalAws
from tests.local_aws.mantle import REGION, Mantle
from tests.pulumi_cli import PulumiStandIn, new_stack
from tests.unit.command_line import run

ACCOUNT, TAG = "111111111111", "bedrock-project"
INVENTORY = """\
version: 1
inventory: acme
environments: {dev: {account: "111111111111", region: us-west-2}}
defaults: {environments: [dev]}
projects:
  search: {name: Search}
  chat: {name: Chat}
"""


@pytest.fixture
def folder(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "Pulumi.yaml").write_text("name: bedrock-projects\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    return tmp_path


@pytest.fixture
def pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch) -> PulumiStandIn:
    return new_stack(folder, monkeypatch)


def resource(key: str, project_id: str, *, account_id: str = "", region: str = REGION) -> dict[str, Any]:
    """A project in the state of the stack."""
    declared = DeclaredProject(
        key=key,
        name=key.title(),
        region=region,
        owner=f"acme/dev/{key}",
        owner_tag_key=TAG,
        stack="organization/bedrock-projects/dev",
    )
    managed = ManagedProject(id=project_id, declared=declared, account_id=account_id)
    urn = f"urn:pulumi:dev::bedrock-projects::{PROJECT_TYPE}::{key}"
    return {"urn": urn, "type": PROJECT_TYPE, "id": project_id, "outputs": outputs_of(managed)}


def ours(key: str, *, stack: str = "dev") -> dict[str, str]:
    return {TAG: f"acme/dev/{key}", f"{TAG}-stack": f"organization/bedrock-projects/{stack}"}


def test_it_tells_apart_what_is_there_and_changes_nothing(
    aws: LocalAws, mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    search = mantle.create(name="Search", tags=ours("search"))["id"]
    gone = mantle.create(name="Gone", tags=ours("gone"))["id"]
    pulumi.has([resource("search", search), resource("gone", gone)])
    aws.use(gone, "openai.gpt-oss-120b", input_tokens=10, output_tokens=5, requests=3)
    aws.clear_requests()
    done = run("preflight", "--stack", "dev", folder=folder)
    assert (done.code, done.err) == (0, "")
    first, second, *use = done.out.splitlines()
    assert first == f"dev · {ACCOUNT} · us-west-2: 1 new · 0 adopted · 1 unchanged · 1 to archive"
    assert f"Gone ({gone})" in second
    assert use[0] == "in use in the last 7 days, and archiving cannot be undone:"
    assert use[1].startswith(f"  gone (Gone, {gone}, us-west-2): 3 requests since ")
    assert {request.operation for request in aws.requests("bedrock-mantle:*")} == {"bedrock-mantle:ListProjects"}
    assert pulumi.asked == ["stack export --stack dev --non-interactive"], "although something is archived"
    assert json.loads(run("preflight", "--stack", "dev", "--format", "json", folder=folder).out) == {
        "environment": "dev",
        "account": ACCOUNT,
        "regions": ["us-west-2"],
        "compared_with_state": True,
        "new": ["chat"],
        "renewed": [],
        "adopted": [],
        "in_place": ["search"],
        "differing": {},
        "drifted": {},
        "retired": [],
        "archived": [{"id": gone, "name": "Gone"}],
        "in_use": {gone: 3},
        "recovered": [],
        "updated": {},
        "released": [],
        "orphaned": [],
        "taken_over": [],
    }


def judged(folder: Path, shown: Sequence[Mapping[str, Any]]) -> Preflight:
    """The preflight of a program, to which the engine shows these resources of the state."""
    settings, contents = settings_of("dev", folder=folder), inventory.load(folder / "projects.yaml")
    deployment = deployment_of(settings, contents, stack="organization/bedrock-projects/dev")
    return judge(look(settings, contents, deployment), state_of(shown))


def test_what_a_move_left_is_counted_although_the_engine_does_not_show_it(
    aws: LocalAws, mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    """The run ended between the two halves of a move, and the entry is gone: no other one is in the region it left."""
    (folder / "projects.yaml").write_text(INVENTORY.replace("  chat: {name: Chat}\n", ""))
    search = mantle.create(name="Search", tags=ours("search"))["id"]
    gone = mantle.create(name="Gone", tags=ours("gone"))["id"]
    left = Mantle(aws.url, region="us-east-1").create(name="Gone", tags=ours("gone"))["id"]
    shown = [resource("search", search), resource("gone", gone)]
    pulumi.has([*shown, {**resource("gone", left, region="us-east-1"), "delete": True}])
    assert {project.id for project in judged(folder, shown).plan.archived} == {gone, left}


def test_other_projects_of_a_program_are_not_taken_for_removed(
    mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    """Single projects of a program have owners of their own; one may be called as an entry."""
    tags = {TAG: "shop/dev/chat", f"{TAG}-stack": "organization/bedrock-projects/dev"}
    single = resource("chat", mantle.create(name="Single", tags=tags)["id"])
    single["outputs"]["owner"] = "shop/dev/chat"
    entry = resource("search", mantle.create(name="Search", tags=ours("search"))["id"])
    twin = {**single, "urn": single["urn"].replace("::chat", "::search")}
    for resources in ([entry, single], [entry, twin]):
        pulumi.has(resources)
        done = run("preflight", "--stack", "dev", folder=folder)
        assert (done.code, done.err) == (0, "")
        assert done.out == f"dev · {ACCOUNT} · us-west-2: 1 new · 0 adopted · 1 unchanged · 0 to archive\n"


def test_a_stack_that_another_inventory_deployed_keeps_its_projects(
    mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    """Those below a `ProjectSet` are no single projects, whose owners may be any."""
    theirs = {TAG: "other/dev/theirs", f"{TAG}-stack": "organization/bedrock-projects/dev"}
    held = resource("theirs", mantle.create(name="Theirs", tags=theirs)["id"])
    held["outputs"]["owner"] = "other/dev/theirs"
    pulumi.has([{**held, "urn": held["urn"].replace(PROJECT_TYPE, f"{SET_TYPE}${PROJECT_TYPE}")}])
    done = run("preflight", "--stack", "dev", folder=folder)
    assert done.code == 1
    assert "belongs to other/dev/theirs, so another inventory deployed this stack before" in done.err


@pytest.mark.parametrize("renamed", ["", "environment", "inventory", "key"])
def test_a_stack_that_deploys_another_environment_keeps_what_the_inventory_still_has(
    mantle: Mantle, folder: Path, pulumi: PulumiStandIn, renamed: str
) -> None:
    """Under a former name too."""
    two = INVENTORY.replace("  search: {name: Search}\n  chat: {name: Chat}\n", "")
    two = two.replace("environments: {dev", 'environments: {test: {account: "111111111111", region: us-west-2}, dev')
    entries = "  search: {name: Search}\n  chat: {name: Chat, environments: [test]}\n"
    environment = "sandbox" if renamed == "environment" else "dev"
    if renamed == "environment":
        two = two.replace("dev: {", "sandbox: {aliases: [dev], ").replace("[dev]}\nprojects", "[sandbox]}\nprojects")
    elif renamed == "inventory":
        two = two.replace("inventory: acme", "inventory: shop\nprevious_owner: {inventory: acme}")
    elif renamed == "key":
        entries = entries.replace("search: {", "find: {aliases: [search], ")
    (folder / "projects.yaml").write_text(two + entries)
    (folder / "Pulumi.dev.yaml").write_text("config: {bedrock-projects:environment: test}\n")
    pulumi.has([resource("search", mantle.create(name="Search", tags=ours("search"))["id"])])
    done = run("preflight", "--stack", "dev", folder=folder)
    assert done.code == 1
    assert "belongs to acme/dev/search, which is still in the inventory" in done.err
    assert f"deploy '{environment}' with this stack" in done.err


def test_what_only_a_tag_makes_ours_is_recovered_or_orphaned_and_not_archived(
    mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    for key in ("search", "gone", "lost", "past", "old"):
        mantle.create(name=key.title(), tags=ours(key))
    told = run("preflight", "--stack", "dev", folder=folder)
    assert (told.code, told.err) == (0, "")
    first, *_ = told.out.splitlines()
    assert "0 unchanged · 0 to archive · 1 recovered by their tag, not in this stack's state · 4 orphaned" in first
    assert "rerun with BEDROCK_PROJECTS_ARCHIVE_ORPHANS=4" in told.out


def test_another_stacks_project_is_refused_as_the_run_refuses_it(
    mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    mantle.create(name="Search", tags=ours("search", stack="main"))
    told = run("preflight", "--stack", "dev", folder=folder)
    assert (told.code, told.out) == (1, "")
    assert "is managed by stack organization/bedrock-projects/main, and this is stack" in told.err
    assert "rerun with BEDROCK_PROJECTS_TAKE_OVER=1" in told.err


def test_what_a_list_that_lags_does_not_show_is_read(
    aws: LocalAws, mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    gone = mantle.create(name="Gone", tags=ours("gone"))["id"]
    pulumi.has([resource("gone", gone), resource("chat", "proj_nowhere")])
    aws.faults([Fault(kind="list_lag", operation="bedrock-mantle:ListProjects", seconds=3600)])
    assert "1 new · 0 adopted · 1 unchanged · 1 to archive" in run("preflight", "--stack", "dev", folder=folder).out


def test_a_state_that_the_cli_does_not_show_is_taken_as_the_engine_shows_it(
    mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    """An orphan is a reason to ask the CLI."""
    search = mantle.create(name="Search", tags=ours("search"))["id"]
    mantle.create(name="Lost", tags=ours("lost"))
    pulumi.answers("error: the backend is gone", code=1)
    found = judged(folder, [resource("search", search)])
    assert "1 unchanged · 0 to archive · 1 orphaned" in found.summary
    assert pulumi.asked == ["stack export --stack organization/bedrock-projects/dev --non-interactive"]


def test_the_state_of_another_account_is_refused(folder: Path, pulumi: PulumiStandIn) -> None:
    """The environment names none, so that only the state knows it."""
    (folder / "projects.yaml").write_text(UNNAMED)
    pulumi.has([resource("search", "proj_1", account_id=OTHER), resource("chat", "proj_2", account_id=ACCOUNT)])
    told = run("preflight", "--stack", "dev", folder=folder)
    assert (told.code, told.out) == (1, "")
    assert f"entry 'search': project proj_1, which the state has, is in account {OTHER}, but the" in told.err


def test_orphans_that_the_run_would_refuse_to_archive_are_refused(
    mantle: Mantle, folder: Path, pulumi: PulumiStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    mantle.create(name="A", tags=ours("gone"))
    mantle.create(name="B", tags=ours("gone"))
    monkeypatch.setenv("BEDROCK_PROJECTS_ARCHIVE_ORPHANS", "2")
    told = run("preflight", "--stack", "dev", folder=folder)
    assert (told.code, told.out) == (1, "")
    assert "2 active projects in us-west-2 belong to it" in told.err


def test_without_the_state_it_says_what_may_be_archived_and_why_it_does_not_know(
    mantle: Mantle, folder: Path, pulumi: PulumiStandIn
) -> None:
    mantle.create(name="Gone", tags=ours("gone"))
    pulumi.answers("error: no stack named 'dev' found", code=255)
    told = run("preflight", "--stack", "dev", folder=folder)
    assert told.code == 0
    assert (
        "2 new · 0 adopted · 0 recovered by their tag · at most 1 to archive, not compared with the state" in told.out
    )
    assert "not compared with the state: the state of stack dev cannot be read: error: no stack named" in told.err


def test_what_an_entry_retires_is_looked_up_too(aws: LocalAws, mantle: Mantle, folder: Path) -> None:
    retired = mantle.create(name="Search", tags={TAG: "acme/dev/search"})["id"]
    aws.use(retired, "openai.gpt-oss-120b", input_tokens=10, output_tokens=5)
    (folder / "projects.yaml").write_text(INVENTORY.replace("{name: Search}", "{name: Search, status: archived}"))
    assert f"search (Search, {retired}, us-west-2): 1 request " in run("preflight", "--stack", "dev", folder=folder).out


def test_nobody_asks_cloudwatch_where_nothing_is_archived(aws: LocalAws, mantle: Mantle, folder: Path) -> None:
    mantle.create(name="Search", tags={TAG: "acme/dev/search"})
    assert run("preflight", "--stack", "dev", folder=folder).code == 0
    assert not aws.requests("monitoring:*")


def test_a_stack_without_projects_has_nothing_to_look_at(folder: Path) -> None:
    (folder / "Pulumi.billing.yaml").write_text("config: {bedrock-projects:scope: billing}\n")
    done = run("preflight", "--stack", "billing", folder=folder)
    assert (done.code, done.out) == (1, "")
    assert "stack billing is for Billing alone: it has no projects to look at" in done.err


def test_what_a_run_would_refuse_is_refused(mantle: Mantle, folder: Path) -> None:
    mantle.create(name="Search")
    done = run("preflight", "--stack", "dev", folder=folder)
    assert (done.code, done.out) == (1, "")
    assert "too and is not this entry's" in done.err


OTHER = "222222222222"
UNNAMED = INVENTORY.replace('account: "111111111111", ', "")
ELSEWHERE = {
    "the environment's": (INVENTORY.replace(ACCOUNT, OTHER), f"account {OTHER}, but"),
    "that of the roles, where the environment names none": (
        f'{UNNAMED}publish: {{inference: {{chat: ["arn:aws:iam::{OTHER}:role/chat"]}}}}\n',
        f"account {OTHER} (that of the roles in its `publish.inference`), but",
    ),
}


@pytest.mark.parametrize(("text", "expected"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_credentials_of_another_account_are_refused(mantle: Mantle, folder: Path, text: str, expected: str) -> None:
    (folder / "projects.yaml").write_text(text)
    done = run("preflight", "--stack", "dev", folder=folder)
    assert (done.code, done.out) == (1, "")
    assert expected in done.err
    assert f"are for account {ACCOUNT}; nothing was changed" in done.err
