"""What the plan says of an entry is what the provider does: preflight, which asks the same plan, announces no other."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.errors import RefusedError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.preflight.run_plan import Ownership, plan_run
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.lifecycle import ProjectLifecycle
from bedrock_projects.projects.plan import Adopt, Archive, Create, Keep, Recover, Refuse, Release, Step, decide
from bedrock_projects.projects.run_ledger import RunLedger
from bedrock_projects.projects.shared_listing import SharedListing
from local_aws import LocalAws, LocalProject

ACCOUNT, TAG, OURS = "111111111111", "bedrock-project", "acme/dev/"
WHERE = RegionalEndpoint("us-west-2")
OWNERSHIP = Ownership((TAG,), (OURS,))
OWNERS = (f"{OURS}a", f"{OURS}old", f"{OURS}b", "acme/prod/a", "other/dev/a", "")
NAMES = ("A", "B")
SEARCH = DeclaredProject(key="a", name="A", region=WHERE.region, owner=f"{OURS}a", owner_tag_key=TAG)

Deployed = tuple[str, str, bool]
"""Name, ownership tag and whether it is active, of a project that is there."""


@pytest.fixture
def account(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    return aws


def deployed(projects: list[Deployed]) -> list[str]:
    """Makes the projects; their ids."""
    api = open_projects_api(Credentials(), WHERE)
    ids = []
    for name, owner, is_active in projects:
        tags = {"Team": "Care", **({TAG: owner} if owner else {})}
        ids.append(api.create(name=name, tags=tags, data_retention=None).id)
        if not is_active:
            api.archive(ids[-1])
    return ids


def plan(entry: DeclaredProject) -> Step:
    return decide(entry, None, lambda where: SharedListing(open_projects_api(Credentials(), where)).look())


def lifecycle() -> ProjectLifecycle:
    return ProjectLifecycle(Credentials(), ledger=RunLedger(), warn=lambda _: None, sleep=lambda _: None)


def projects_of(aws: LocalAws) -> dict[str, LocalProject]:
    return {project.id: project for project in aws.projects(ACCOUNT, WHERE.region) if project.id != "default"}


def holds(
    step: Step, entry: DeclaredProject, made: str, before: dict[str, LocalProject], after: dict[str, LocalProject]
) -> bool:
    """Whether the provider did what the step says, and nothing besides."""
    changed = {id_ for id_ in after if after[id_] != before.get(id_)}
    if isinstance(step, Create):
        return changed == {made} and made not in before and after[made].tags == entry.all_tags
    if isinstance(step, Adopt | Recover):
        is_as_declared = (after[made].name, after[made].tags) == (entry.name, entry.all_tags)
        return made == step.project.id and is_as_declared and changed == ({made} if step.update else set())
    if isinstance(step, Archive):
        return made == step.project.id and changed == {made} and not after[made].active
    if isinstance(step, Release):
        return made == step.project.id and changed == {made} and after[made].active and TAG not in after[made].tags
    assert isinstance(step, Keep)
    return not changed and made == (step.project.id if step.project else NO_PROJECT_ID)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    projects=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(OWNERS), st.booleans()), max_size=3),
    adopted=st.none() | st.integers(0, 3),
    status=st.sampled_from(["active", "active", "archived", "released"]),
    previous=st.sampled_from([(), (f"{OURS}old",), ("other/dev/a",)]),
    name=st.sampled_from(NAMES),
)
def test_the_provider_does_what_the_plan_says(
    account: LocalAws, projects: list[Deployed], adopted: int | None, status: str, previous: tuple[str, ...], name: str
) -> None:
    account.reset(seed=1)
    ids = [*deployed(projects), "proj_nothere"]
    entry = replace(
        SEARCH,
        name=name,
        status=status,  # type: ignore[arg-type]  # one of the literals
        previous_owners=previous,
        adopt_id=None if adopted is None else ids[min(adopted, len(ids) - 1)],
    )
    before = projects_of(account)
    step = plan(entry)
    if isinstance(step, Refuse):
        with pytest.raises(RefusedError) as refused:
            lifecycle().create(entry)
        assert str(refused.value) == str(step)
        assert projects_of(account) == before
        return
    made = lifecycle().create(entry)
    assert holds(step, entry, made.id, before, projects_of(account)), step


def test_an_id_of_an_archived_project_is_refused_although_the_tag_is_on_an_active_one(account: LocalAws) -> None:
    """Preflight once counted this as in place, and the run refused it."""
    archived, _ = deployed([("Old", "", False), ("A", SEARCH.owner, True)])
    entry = replace(SEARCH, adopt_id=archived)
    listing = SharedListing(open_projects_api(Credentials(), WHERE)).look()
    with pytest.raises(RefusedError) as at_preview:
        plan_run([entry], {WHERE: listing}, OWNERSHIP)
    with pytest.raises(RefusedError) as in_the_run:
        lifecycle().create(entry)
    assert str(at_preview.value) == str(in_the_run.value)
    assert "is archived (irreversible); remove `id`" in str(at_preview.value)


def test_what_is_adopted_is_read_once_more_before_it_is_changed(account: LocalAws) -> None:
    """A list lags behind: the project has become somebody else's since."""
    [project_id] = deployed([("Old", "", True)])
    run = lifecycle()
    with pytest.raises(RefusedError):
        run.create(replace(SEARCH, key="x", owner=f"{OURS}x", adopt_id="proj_nothere"))  # the run has its listing now
    api = open_projects_api(Credentials(), WHERE)
    api.apply(api.get(project_id), ProjectUpdate(add_tags={TAG: "other/dev/x"}))
    with pytest.raises(RefusedError, match="belongs to other/dev/x"):
        run.create(replace(SEARCH, adopt_id=project_id))
