"""The providers' offline part: what is a change, what is refused, what a stack's scope forbids."""

from contextlib import suppress
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import UNKNOWN

from bedrock_projects.aws.endpoints import RUNTIME
from bedrock_projects.errors import RefusedError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject
from bedrock_projects.projects.plan import Staying
from bedrock_projects.projects.properties import inputs_of, managed_from, outputs_of
from bedrock_projects.projects.run_ledger import this_run
from bedrock_projects.resources.cost_allocation_tags import CostAllocationTagsProvider, activation_from
from bedrock_projects.resources.cost_allocation_tags import outputs_of as outputs_of_tags
from bedrock_projects.resources.project import ProjectProvider
from tests.unit.provider_requests import DECLARED, configure

INPUTS = inputs_of(DECLARED)
ARN = "arn:aws:bedrock-mantle:us-west-2:111111111111:project/proj_1"


@pytest.fixture
def provider() -> ProjectProvider:
    provider = ProjectProvider()
    configure(provider)
    return provider


@pytest.mark.parametrize(
    "name",
    sorted(
        {field.name for field in fields(DeclaredProject)}
        - {"key", "region", "endpoint", "move_from", "move_from_endpoint"}
    ),
)
def test_a_value_that_is_not_known_yet_is_a_change_and_no_replacement(provider: ProjectProvider, name: str) -> None:
    result = provider.diff("proj_1", INPUTS, {**INPUTS, name: UNKNOWN})
    assert (result.changes, result.replaces) == (True, [])


@pytest.mark.parametrize("tags", [{"a": UNKNOWN}, {"a": "1", "b": UNKNOWN}])
def test_a_tag_that_is_not_known_yet_is_a_change(provider: ProjectProvider, tags: dict[str, Any]) -> None:
    assert provider.diff("proj_1", INPUTS, {**INPUTS, "tags": tags}).changes is True


@pytest.mark.parametrize("name", ["ignore_tags", "previous_owners"])
def test_a_list_with_a_part_that_is_not_known_yet_is_a_change(provider: ProjectProvider, name: str) -> None:
    assert provider.diff("proj_1", INPUTS, {**INPUTS, name: ["c7n:*", UNKNOWN]}).changes is True


@pytest.mark.parametrize("place", ["region", "endpoint"])
def test_a_place_that_is_not_known_yet_replaces_nothing(provider: ProjectProvider, place: str) -> None:
    """The engine asks so before it replaces a resource that the place comes from, and deletes first what depends on it.

    That is before this resource is checked, so the deletion would archive the project of an entry that stays.
    """
    diff = provider.diff("proj_1", INPUTS, {**INPUTS, place: UNKNOWN})
    assert (diff.changes, diff.replaces) == (True, [])


@pytest.mark.parametrize(
    ("place", "to", "word"),
    [("region", "eu-west-1", "move_from"), ("endpoint", RUNTIME.name, "move_from_endpoint")],
)
def test_a_place_that_may_be_the_one_to_leave_is_not_refused(
    provider: ProjectProvider, place: str, to: str, word: str
) -> None:
    moving = {**INPUTS, place: to, word: UNKNOWN}
    assert provider.diff("proj_1", INPUTS, moving).replaces == [place]


@pytest.mark.parametrize("name", ["key", "name", "region", "owner", "owner_tag_key", "tags", "ignore_tags"])
def test_check_gives_back_what_is_not_known_yet_as_it_came(provider: ProjectProvider, name: str) -> None:
    result = provider.check({}, {**INPUTS, name: UNKNOWN})
    assert (result.inputs[name], result.failures) == (UNKNOWN, [])


@pytest.mark.parametrize(
    ("tags", "reasons"),
    [
        ({"a": 1.0, "b": "x", "c": None}, ["the value of a must be a string", "the value of c must be a string"]),
        ({"a": UNKNOWN}, []),
        (["a"], ["must be a mapping of strings"]),
        (None, []),
    ],
)
def test_tags_that_are_no_strings_are_failures(provider: ProjectProvider, tags: Any, reasons: list[str]) -> None:
    failures = provider.check({}, {**INPUTS, "tags": tags}).failures
    assert [(failure.property, failure.reason.partition(";")[0]) for failure in failures] == [
        ("tags", reason) for reason in reasons
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"region": "eu-west-1"},
            (
                "entry 'search': the move from us-west-2 to eu-west-1 creates a project with a new id and archives "
                "the old one (irreversible). If this is intended, add `move_from: us-west-2` to the entry"
            ),
        ),
        (
            {"adopt_id": "proj_2"},
            (
                "entry 'search': project proj_1 is this entry's, and `id` cannot change it to proj_2; use a new key "
                "for that one"
            ),
        ),
    ],
)
def test_what_the_entry_may_not_become_is_refused(
    provider: ProjectProvider, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        provider.diff("proj_1", INPUTS, {**INPUTS, **change})
    assert str(refused.value) == message


def test_a_region_that_the_entry_leaves_is_a_new_project_before_the_old_one_goes(provider: ProjectProvider) -> None:
    result = provider.diff("proj_1", INPUTS, {**INPUTS, "region": "eu-west-1", "move_from": "us-west-2"})
    assert (result.changes, result.replaces, result.delete_before_replace) == (True, ["region"], False)


@pytest.mark.parametrize(
    ("id_", "before", "after", "changes", "replaces"),
    [
        ("proj_1", "active", "active", False, []),
        ("proj_1", "active", "archived", True, []),
        ("proj_1", "active", "released", True, []),
        ("proj_1", "archived", "archived", False, []),
        ("proj_1", "released", "released", False, []),
        ("proj_1", "archived", "active", True, ["status"]),
        ("proj_1", "archived", "released", True, ["status"]),
        ("proj_1", "released", "active", True, []),
        ("proj_1", "released", "archived", True, []),
        (NO_PROJECT_ID, "released", "active", True, ["status"]),
        (NO_PROJECT_ID, "released", "archived", True, []),
        (NO_PROJECT_ID, "archived", "active", True, ["status"]),
    ],
)
def test_what_is_archived_is_replaced_and_so_is_what_never_was(
    provider: ProjectProvider, id_: str, before: str, after: str, changes: bool, replaces: list[str]
) -> None:
    result = provider.diff(id_, {**INPUTS, "status": before}, {**INPUTS, "status": after})
    assert (result.changes, result.replaces or []) == (changes, replaces)


def test_what_is_retired_already_is_not_a_change_if_anything_else_differs(provider: ProjectProvider) -> None:
    retired = {**INPUTS, "status": "archived"}
    assert provider.diff("proj_1", retired, {**retired, "name": "Find", "region": "eu-west-1"}).changes is False


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": "1"}, {"a": "1"}, False),
        ({"a": "1"}, {"a": "2"}, True),
        ({"a": "1"}, {}, True),
        ({}, {"a": "1"}, True),
        ({"a": "1", "c7n:b": "2"}, {"a": "1"}, False),
        ({"a": "1", "c7n:b": "2"}, {"a": "2"}, True),
        ({"c7n:b": "2"}, {"c7n:b": "2"}, False),
        (UNKNOWN, {"a": "1"}, True),
    ],
)
def test_tags_differ_where_ours_do(provider: ProjectProvider, before: Any, after: Any, changes: bool) -> None:
    inputs = {**INPUTS, "ignore_tags": ["c7n:*"]}
    assert provider.diff("proj_1", {**inputs, "tags": before}, {**inputs, "tags": after}).changes is changes


def test_two_entries_with_one_project_are_refused(provider: ProjectProvider) -> None:
    find = {**INPUTS, "key": "find", "owner": "acme/dev/find"}
    for declared in (INPUTS, find):
        provider.check({}, declared)
    provider.diff("proj_1", INPUTS, INPUTS)
    provider.diff("proj_2", INPUTS, find)
    with pytest.raises(RefusedError, match="project proj_1 already belongs to acme/dev/search"):
        provider.diff("proj_1", INPUTS, find)


def test_the_run_knows_an_entry_by_its_check_and_its_project_by_its_diff(provider: ProjectProvider) -> None:
    find = replace(
        DECLARED,
        key="find",
        owner="acme/dev/find",
        previous_owners=(DECLARED.owner,),
        region="eu-west-1",
        move_from="us-west-2",
        on_remove="release",
        stack="organization/shop/dev",
    )
    ledger = this_run()
    for declared in (DECLARED, find):
        provider.check({}, inputs_of(declared))
    assert ledger.staying(find.owner) == ledger.staying(DECLARED.owner) == Staying.of(find)
    provider.diff("proj_1", INPUTS, INPUTS)
    assert (ledger.project_of(DECLARED.owner), ledger.adopted_as("proj_1")) == ("proj_1", None)
    provider.diff("proj_1", {**INPUTS, "adopt_id": "proj_1"}, inputs_of(find))
    assert (ledger.project_of(find.owner), ledger.adopted_as("proj_1")) == ("proj_1", "proj_1")


def test_the_project_of_an_adoption_may_be_taken_by_an_entry_that_has_none(provider: ProjectProvider) -> None:
    retired = {**INPUTS, "status": "archived"}
    assert provider.diff(NO_PROJECT_ID, retired, {**INPUTS, "adopt_id": "proj_2"}).replaces == ["status"]


@pytest.mark.parametrize("change", [{"adopt_id": "proj_1"}, {"ignore_tags": ["c7n:*"]}, {"on_remove": "release"}])
def test_what_a_removal_or_a_refresh_goes_by_is_a_change(provider: ProjectProvider, change: dict[str, Any]) -> None:
    assert provider.diff("proj_1", INPUTS, {**INPUTS, **change}).changes is True
    assert provider.diff("proj_1", {**INPUTS, **change}, {**INPUTS, **change}).changes is False


@pytest.mark.parametrize("change", [{"aliases": ["x"]}, {"move_from": "eu-west-1"}])
def test_what_the_service_does_not_keep_is_not_a_change(provider: ProjectProvider, change: dict[str, Any]) -> None:
    assert provider.diff("proj_1", INPUTS, {**INPUTS, **change}).changes is False


def test_empty_and_missing_inputs_are_reported_by_check(provider: ProjectProvider) -> None:
    right = provider.check({}, INPUTS)
    assert (right.inputs, right.failures) == (INPUTS, [])
    wrong = dict.fromkeys(("key", "name", "region", "owner", "owner_tag_key"), "")
    for inputs in (wrong, dict.fromkeys(wrong), {}):
        failed = provider.check({}, inputs).failures
        assert [(failure.property, failure.reason) for failure in failed] == [
            (name, "is required and must not be empty") for name in wrong
        ]


LISTS = ("ignore_tags", "previous_owners")
NO_STRINGS: tuple[object, ...] = (5.0, 0.0, True, False, [], ["a"], {"a": "b"})
NO_LISTS: tuple[object, ...] = ("x", 5.0, False, {"x": "y"}, ["x", 5.0], [None], [["x"]])


@pytest.mark.parametrize("name", sorted({field.name for field in fields(DeclaredProject)} - {"tags"}))
def test_an_input_of_another_type_is_a_failure(provider: ProjectProvider, name: str) -> None:
    values, reason = (
        (NO_LISTS, "must be a list of strings")
        if name in LISTS
        else (NO_STRINGS, "must be a string; write it in quotes")
    )
    for value in values:
        failures = provider.check({}, {**INPUTS, name: value}).failures
        assert [(failure.property, failure.reason) for failure in failures] == [(name, reason)], value


def test_a_billing_stack_archives_no_projects() -> None:
    provider = ProjectProvider()
    configure(provider, {"scope": "billing"})
    with pytest.raises(RefusedError) as refused:
        provider.delete("proj_1", INPUTS)
    assert str(refused.value) == (
        "entry 'search': this stack holds projects, but says `scope: billing`, which would archive them; "
        "set `scope` to all or projects here, and deploy a stack of its own for Billing"
    )


@pytest.fixture
def tags_provider() -> CostAllocationTagsProvider:
    provider = CostAllocationTagsProvider()
    configure(provider)
    return provider


@pytest.mark.parametrize(
    ("outputs", "changes"),
    [
        ({"keys": ["a"], "active": ["a"]}, False),
        ({"keys": ["a"], "active": ["a"], "refused": ""}, False),
        ({"keys": ["a"], "active": []}, True),
        ({"keys": ["a", "b"], "active": ["a"]}, True),
        ({"keys": ["b"], "active": ["a"]}, True),
        ({"keys": ["a"], "active": ["a", "b"]}, True),
        ({"keys": ["a"], "active": ["a"], "refused": "no"}, True),
    ],
)
def test_tags_are_asked_for_again_while_anything_is_left_to_do(
    tags_provider: CostAllocationTagsProvider, outputs: dict[str, Any], changes: bool
) -> None:
    assert tags_provider.diff("tags", outputs, {"keys": ["a"]}).changes is changes


@pytest.mark.parametrize(
    ("pending", "said"),
    [
        ([], ""),
        (["gone"], ""),
        (["b", "gone", "a"], "not known to Billing at the last run, asked again: a, b\n"),
    ],
)
def test_a_difference_that_is_only_waited_for_is_reported(
    tags_provider: CostAllocationTagsProvider, capsys: pytest.CaptureFixture[str], pending: list[str], said: str
) -> None:
    outputs = {"keys": ["a", "b"], "active": [], "pending": dict.fromkeys(pending, "2026-03-01")}
    tags_provider.diff("tags", outputs, {"keys": ["a", "b", "c"]})
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("keys", [UNKNOWN, [UNKNOWN], ["a", UNKNOWN]])
def test_keys_that_are_not_known_yet_are_a_change(tags_provider: CostAllocationTagsProvider, keys: Any) -> None:
    result = tags_provider.check({}, {"keys": keys})
    assert (result.inputs["keys"], result.failures) == (keys, [])
    assert tags_provider.diff("tags", {"keys": ["a"], "active": ["a"]}, {"keys": keys}).changes is True


ODD = st.sampled_from(
    [
        *(None, True, 5.0, -1.0, 1e300, "", "x", "2026-03-01", "2026-03-01T12:00:00Z"),
        *([], ["a", 5.0, None], [["a"]], {}, {"a": None}, {"a": 5.0}, {"a": ["b"]}, {"a": {"b": "c"}}),
    ]
)
"""What a state may hold that no version of this one writes."""
OUTPUTS = {**outputs_of(ManagedProject(id="proj_1", declared=DECLARED)), "created_at": 1.0}


@given(st.dictionaries(st.sampled_from(sorted(OUTPUTS)), ODD), st.sets(st.sampled_from(sorted(OUTPUTS))))
def test_a_state_of_any_form_is_read_and_compared(odd: dict[str, Any], lacking: set[str]) -> None:
    state = {name: value for name, value in {**OUTPUTS, **odd}.items() if name not in lacking}
    managed = managed_from("proj_1", state)
    assert isinstance(managed.created_at, int | None)
    assert all(isinstance(part, str) for tag in managed.declared.all_tags.items() for part in tag)
    assert all(isinstance(pattern, str) for pattern in managed.declared.ignore_tags)
    provider = ProjectProvider()
    this_run.cache_clear()
    configure(provider)
    with suppress(RefusedError):
        provider.diff("proj_1", state, {**state, **INPUTS})
    assert managed_from("proj_1", outputs_of(managed)) == managed


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_a_state_that_lacks_a_field_is_updated_by_the_next_run(provider: ProjectProvider, name: str) -> None:
    state = {field: value for field, value in {**OUTPUTS, "arn": ARN}.items() if field != name}
    read = managed_from("proj_1", state).declared
    if name in ("owner_tag_key", "region", "status"):
        assert getattr(read, name) == INPUTS[name]
    else:
        assert provider.diff("proj_1", state, INPUTS).changes is (name != "key")


@given(st.dictionaries(st.sampled_from(["keys", "active", "pending", "activated", "unused", "refused"]), ODD))
def test_a_state_of_the_tags_of_any_form_is_read_and_compared(state: dict[str, Any]) -> None:
    activation = activation_from(state)
    assert all(isinstance(key, str) for key in (*activation.keys, *activation.active, *activation.unused))
    provider = CostAllocationTagsProvider()
    configure(provider)
    assert provider.diff("tags", state, {"keys": ["a"]}).changes in (True, False)
    assert activation_from(outputs_of_tags(activation)) == activation


def test_a_pending_key_without_a_day_that_can_be_read_is_asked_for_anew() -> None:
    pending = {"a": "2026-03-01", "b": "once", "c": None, "d": 5}
    assert activation_from({"pending": pending}).pending == {"a": date(2026, 3, 1)}


def test_aws_own_keys_are_refused(tags_provider: CostAllocationTagsProvider) -> None:
    for news in ({"keys": ["a", "xaws:b", "AWS:c"]}, {"keys": None}, {}):
        right = tags_provider.check({}, news)
        assert (right.inputs, right.failures) == (news, [])
    failed = tags_provider.check({}, {"keys": ["aws:createdBy", "a", "aws:x"]}).failures
    assert [(failure.property, failure.reason) for failure in failed] == [
        ("keys", f"{key} is AWS's own: keys that start with `aws:` are not ours") for key in ("aws:createdBy", "aws:x")
    ]


@pytest.mark.parametrize("keys", ["Team", 5.0, {"Team": "x"}, ["Team", 5.0], [["Team"]], True])
def test_keys_that_are_no_strings_are_failures(tags_provider: CostAllocationTagsProvider, keys: Any) -> None:
    failures = tags_provider.check({}, {"keys": keys}).failures
    assert [(failure.property, failure.reason) for failure in failures] == [("keys", "must be a list of strings")]
