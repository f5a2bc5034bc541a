"""Which projects a run sends nothing to, so that the tags which an index shows of them will do."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.errors import NotFoundError
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.listing import Listing, settled_by
from bedrock_projects.projects.plan import Recover, decide
from bedrock_projects.projects.shared_listing import SharedListing, with_moved

SEARCH = DeclaredProject(
    key="search",
    name="Search",
    region="us-west-2",
    endpoint=RUNTIME.name,
    owner="acme/dev/search",
    owner_tag_key="bedrock-project",
    stack="organization/acme/dev",
    tags={"Team": "Search"},
    data_retention="none",
    previous_owners=("acme/dev/find",),
)
AS_DECLARED = RemoteProject(id="proj_1", name="Search", tags=SEARCH.all_tags, data_retention="none")
TAGS = st.dictionaries(
    st.sampled_from(["Team", "bedrock-project", "bedrock-project-stack", "x"]),
    st.sampled_from(["Search", "acme/dev/search", "acme/dev/find", "organization/acme/dev", "other"]),
)


def test_a_project_as_its_entry_declares_it_is_settled() -> None:
    assert settled_by([SEARCH])(AS_DECLARED)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Find"},
        {"tags": {**SEARCH.all_tags, "Team": "Other"}},
        {"tags": {**SEARCH.all_tags, "bedrock-project": "acme/dev/find"}},
        {"tags": {**SEARCH.all_tags, "bedrock-project": "other/dev/x"}},
        {"tags": {**SEARCH.all_tags, "bedrock-project-stack": "organization/acme/other"}},
        {"tags": {}},
        {"data_retention": "default"},
        {"status": "archived"},
    ],
)
def test_what_a_run_would_act_on_or_refuse_is_not_settled(change: dict[str, object]) -> None:
    assert not settled_by([SEARCH])(AS_DECLARED.model_copy(update=change))


@pytest.mark.parametrize("status", ["archived", "released"])
def test_the_project_of_an_entry_that_retires_is_not_settled(status: str) -> None:
    assert not settled_by([replace(SEARCH, status=status)])(AS_DECLARED)  # type: ignore[arg-type]


@given(TAGS, st.sampled_from(["Search", "Find"]), st.sampled_from(["none", None]))
def test_a_run_sends_nothing_to_what_is_settled(tags: dict[str, str], name: str, retention: str | None) -> None:
    project = RemoteProject(id="proj_1", name=name, tags=tags, data_retention=retention)
    step = decide(SEARCH, None, lambda _: Listing((project,)))
    assert settled_by([SEARCH])(project) == (step == Recover(project, ProjectUpdate()))


class Api:
    """A fake of the port: an index lags behind, and says that a second project has the entry's tag."""

    where = RegionalEndpoint("us-west-2", RUNTIME)

    def __init__(self, true: RemoteProject | None) -> None:
        self._true = true
        self.read: list[str] = []

    def list_all(
        self, *, include_archived: bool, settled: Callable[[RemoteProject], bool] | None
    ) -> list[RemoteProject]:
        assert include_archived
        assert settled
        return [AS_DECLARED, AS_DECLARED.model_copy(update={"id": "proj_2"})]

    def get(self, project_id: str) -> RemoteProject:
        self.read.append(project_id)
        if project_id == "proj_1":
            return AS_DECLARED
        if self._true is None:
            raise NotFoundError("no such project", action="reading")
        return self._true


@pytest.mark.parametrize("true", [RemoteProject(id="proj_2", name="Search"), None], ids=["another tag", "gone"])
def test_that_an_entry_has_two_projects_is_read_and_not_believed(true: RemoteProject | None) -> None:
    api = Api(true)
    listing = SharedListing(api, declared=[SEARCH]).look()  # type: ignore[arg-type]
    assert api.read == ["proj_1", "proj_2"]
    assert [project.id for project in listing.owned_by(SEARCH)] == ["proj_1"]


MOVES = replace(SEARCH, move_from_endpoint="bedrock-mantle")
HERE, THERE = RegionalEndpoint("us-west-2"), RegionalEndpoint("us-west-2", RUNTIME)


@pytest.mark.parametrize(
    ("entry", "there", "asked"),
    [(SEARCH, (), []), (MOVES, (AS_DECLARED,), []), (MOVES, (), ["proj_1"])],
    ids=["no move", "listed there", "not listed there"],
)
def test_the_new_endpoint_is_asked_for_the_id_of_what_moves_unless_it_lists_it(
    entry: DeclaredProject, there: tuple[RemoteProject, ...], asked: list[str]
) -> None:
    listings = {HERE: Listing((AS_DECLARED,)), THERE: Listing(there)}
    seen: list[str] = []

    def get(where: RegionalEndpoint, project_id: str) -> RemoteProject | None:
        assert where == THERE
        seen.append(project_id)
        return AS_DECLARED

    listing = with_moved(entry, listings.__getitem__, get)
    assert seen == asked
    assert bool(listing.owned_by(entry)) == (entry is MOVES)


def test_a_project_that_only_the_old_endpoint_has_is_not_there() -> None:
    listings = {HERE: Listing((AS_DECLARED,)), THERE: Listing()}
    assert with_moved(MOVES, listings.__getitem__, lambda *_: None).projects == ()
