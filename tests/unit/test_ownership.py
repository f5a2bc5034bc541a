"""Whose a project is by its tags, what a refresh makes of it, and what an entry gives to its resource."""

from dataclasses import fields, replace

import pytest

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Environment, Inventory, Project
from bedrock_projects.projects.changes import DeclaredProject, declare

TAG, FORMER_TAG = "bedrock-project", "project-of"
OWNER, FORMER, OTHER = "acme/dev/search", "acme/dev/find", "other/dev/search"
DECLARED = DeclaredProject(
    key="search",
    name="Search",
    region="us-west-2",
    owner=OWNER,
    owner_tag_key=TAG,
    previous_owners=(FORMER,),
    previous_owner_tag_key=FORMER_TAG,
)


@pytest.mark.parametrize(
    ("tags", "owns", "is_owner", "foreign", "seen_owner"),
    [
        ({TAG: OWNER}, True, True, None, OWNER),
        ({TAG: FORMER}, True, False, None, FORMER),
        ({FORMER_TAG: OWNER}, True, False, None, ""),
        ({FORMER_TAG: FORMER}, True, False, None, ""),
        ({TAG: OWNER, FORMER_TAG: OTHER}, True, True, None, OWNER),
        ({TAG: OTHER}, False, False, OTHER, ""),
        ({TAG: OTHER, FORMER_TAG: OWNER}, False, False, OTHER, ""),
        ({FORMER_TAG: OTHER}, False, False, None, ""),
        ({TAG: ""}, False, False, None, ""),
        ({}, False, False, None, ""),
    ],
)
def test_the_present_tag_says_whose_a_project_is_and_the_former_one_where_that_is_missing(
    tags: dict[str, str], owns: bool, is_owner: bool, foreign: str | None, seen_owner: str
) -> None:
    assert DECLARED.owns(tags) is owns
    assert DECLARED.is_owner(tags) is is_owner
    assert DECLARED.foreign_owner(tags) == foreign
    assert DECLARED.as_seen(RemoteProject(id="proj_1", name="Search", tags=tags)).owner == seen_owner


def test_a_tag_of_another_key_is_not_a_former_one_if_the_key_never_changed() -> None:
    assert not replace(DECLARED, previous_owner_tag_key=None).owns({FORMER_TAG: OWNER})


def test_a_state_without_an_owner_owns_nothing() -> None:
    unowned = replace(DECLARED, owner="")
    assert not unowned.is_owner({})
    assert not unowned.is_owner({TAG: ""})


@pytest.mark.parametrize("status", ["active", "archived"])
def test_the_ownership_tag_is_among_all_tags_unless_the_project_is_released_or_nobodys(status: str) -> None:
    tagged = replace(DECLARED, tags={"Team": "Search"}, status=status)  # type: ignore[arg-type]  # one of the literals
    assert tagged.all_tags == {"Team": "Search", TAG: OWNER}
    assert replace(tagged, status="released").all_tags == {"Team": "Search"}
    assert replace(tagged, owner="").all_tags == {"Team": "Search"}


@pytest.mark.parametrize(
    ("declared", "shown", "seen"),
    [(None, "default", None), ("none", "default", "default"), ("none", None, "none"), (None, None, None)],
)
def test_a_refresh_sees_the_mode_only_where_it_is_declared(
    declared: str | None, shown: str | None, seen: str | None
) -> None:
    project = RemoteProject(id="proj_1", name="Search", data_retention=shown)
    assert replace(DECLARED, data_retention=declared).as_seen(project).data_retention == seen


def test_a_refresh_sees_name_and_tags_and_keeps_the_rest() -> None:
    declared = replace(DECLARED, ignore_tags=("c7n:*",), adopt_id="proj_1", status="archived")
    project = RemoteProject(id="proj_1", name="Find", tags={TAG: OWNER, "Team": "A", "c7n:status": "marked"})
    assert declared.as_seen(project) == replace(declared, name="Find", tags={"Team": "A"})


ROLE = "arn:aws:iam::111111111111:role/deploy"
INVENTORY = Inventory(
    name="acme",
    ownership_tag_key="acme:project",
    previous_ownership_tag_key=FORMER_TAG,
    ignore_tags=("c7n:*",),
    environments={
        "dev": Environment(name="dev", role_arn=ROLE, preview_role_arn="arn:aws:iam::111111111111:role/look")
    },
)
ENTRY = Project(
    key="search",
    environment="dev",
    name="Search",
    tags={"Team": "Search"},
    region="eu-west-1",
    move_from="us-east-1",
    endpoint="bedrock-runtime",
    move_from_endpoint="bedrock-mantle",
    data_retention="none",
    status="archived",
    on_remove="release",
    adopt_id="proj_1",
    owner=OWNER,
    previous_owners=(FORMER,),
    location="projects.yaml:7:3",
)


def test_every_input_of_the_resource_comes_from_the_entry_or_its_inventory() -> None:
    declared = declare(ENTRY, INVENTORY, region="us-west-2", stack="organization/acme/dev")
    assert declared == DeclaredProject(
        key="search",
        name="Search",
        region="eu-west-1",
        owner=OWNER,
        owner_tag_key="acme:project",
        stack="organization/acme/dev",
        role_arn=ROLE,
        tags={"Team": "Search"},
        data_retention="none",
        status="archived",
        adopt_id="proj_1",
        move_from="us-east-1",
        endpoint="bedrock-runtime",
        move_from_endpoint="bedrock-mantle",
        previous_owners=(FORMER,),
        previous_owner_tag_key=FORMER_TAG,
        ignore_tags=("c7n:*",),
        on_remove="release",
    )
    forgotten = [field.name for field in fields(declared) if getattr(declared, field.name) in (field.default, None, {})]
    assert forgotten == [], "give the entry above a value, so that it is seen to arrive"


def test_the_endpoint_that_all_had_before_is_left_out_of_the_state() -> None:
    entry = ENTRY.model_copy(update={"endpoint": "bedrock-mantle", "move_from_endpoint": None})
    declared = declare(entry, INVENTORY, region=None)
    assert (declared.endpoint, declared.where) == (None, RegionalEndpoint("eu-west-1"))


def test_the_region_of_the_stack_is_for_entries_that_name_none() -> None:
    entry = ENTRY.model_copy(update={"region": None})
    assert declare(entry, INVENTORY, region="us-west-2").region == "us-west-2"
    with pytest.raises(SettingsError) as refused:
        declare(entry, INVENTORY, region=None)
    assert str(refused.value) == (
        "projects.yaml:7:3: search: no region; give environment 'dev' a `region`, or "
        "run `pulumi config set aws:region <region>`"
    )
