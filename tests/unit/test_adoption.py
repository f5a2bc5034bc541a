"""Which projects an inventory takes over, and what is written: decisions and text, without AWS."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_projects.adoption.inventory_file import (
    InventoryFile,
    check,
    new_file,
    placed,
    read_file,
    retagged,
    target_of,
    with_projects,
)
from bedrock_projects.adoption.plan import ListedProject, Plan, Target, plan
from bedrock_projects.adoption.proposals import propose_key, propose_name_format, propose_tag_key
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, RUNTIME, Endpoint, RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.inventory import dump
from bedrock_projects.limits import PROJECT_KEY, PROJECT_NAME, TAG_KEY, TAG_VALUE
from bedrock_projects.model import Environment, Inventory
from bedrock_projects.projects.changes import declare
from tests.unit.test_inventory_properties import inventories, texts

DEV = Environment(name="dev", account="111111111111", region="us-west-2", name_format="{name}-Dev")
PROD = Environment(name="prod", account="222222222222", region="us-west-2", name_format="{name}-Prod")
HOME = "us-west-2"


def listed(
    name: str,
    *,
    tags: Mapping[str, str] | None = None,
    status: str = "active",
    region: str = HOME,
    endpoint: Endpoint = MANTLE,
    made: int = 0,
) -> ListedProject:
    """A project whose id depends on its name, place and age."""
    where = RegionalEndpoint(region, endpoint)
    id_ = hashlib.sha256(f"{name} {where} {made}".encode()).hexdigest()
    project = RemoteProject(id=f"proj_{id_}", name=name, status=status, created_at=made, tags=dict(tags or {}))
    return ListedProject.of(project, where)


def adopted(
    file: InventoryFile, environment: Environment, *projects: ListedProject, path: Path | None = None
) -> tuple[str, Plan]:
    """The text after an adoption, checked as the command does, and its plan."""
    made = plan(projects, target_of(file, environment), renamed_tags={})
    text = with_projects(file, made, environment)
    inventory = check(text, file, path)
    assert retagged(made, inventory, environment) == {}
    entries = {project.key: project for project in inventory.in_environment(environment.name)} if made.adopted else {}
    for one in made.adopted:
        declared = declare(entries[one.key], inventory, region=environment.region)
        assert (declared.adopt_id, declared.name, declared.where) == (one.listed.id, one.listed.name, one.listed.where)
    return text, made


def into(folder: Path, text: str) -> InventoryFile:
    (folder / "projects.yaml").write_bytes(text.encode())
    return read_file(folder / "projects.yaml")


def lenient(inventory: Inventory) -> Inventory:
    """The same with tag keys that only warn: what an account has need not keep to a taxonomy."""
    keys = {key: tag_key.model_copy(update={"enforce": "warn"}) for key, tag_key in inventory.tag_keys.items()}
    return inventory.model_copy(update={"tag_keys": keys})


project_tags = st.dictionaries(texts(TAG_KEY), texts(TAG_VALUE), max_size=3)
account_projects = st.lists(
    st.builds(
        listed,
        texts(PROJECT_NAME),
        tags=project_tags,
        region=st.sampled_from([HOME, "eu-west-1"]),
        endpoint=st.sampled_from(list(ENDPOINTS.values())),
    ),
    max_size=8,
    unique_by=lambda project: project.id,
)
some_examples = settings(max_examples=40)  # each writes and reads files


@given(st.lists(st.text(max_size=140), max_size=20))
def test_any_names_give_valid_keys_all_different_even_in_small_letters(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        key = propose_key(name, taken=taken)
        assert PROJECT_KEY.violation(key) is None
        assert not key.startswith("x-")
        assert key not in taken
        assert key == key.lower()
        taken.add(key)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("CustomerChatbot", "customer-chatbot"),
        ("customer_chatbot 2", "customer-chatbot-2"),
        ("SAPImport", "sap-import"),
        ("Überblick", "uberblick"),
        ("2nd-Level", "p-2-nd-level"),
        ("X-Ray", "p-x-ray"),
        ("検索", "project"),
    ],
)
def test_a_key_is_the_name_in_kebab_case(name: str, key: str) -> None:
    assert propose_key(name, taken=set()) == key


@pytest.mark.parametrize(
    ("names", "environment", "expected"),
    [
        (["Foo-Dev", "Bar-Dev", "Odd"], "dev", "{name}-Dev"),
        (["Foo Development", "Bar Development"], "dev", "{name} Development"),
        (["prod_foo", "prod_bar"], "production", "prod_{name}"),
        (["Foo-Dev", "A", "B"], "dev", "{name}"),
        (["Foo-Dev", "Bar-Dev"], "prod", "{name}"),
        ([], "dev", "{name}"),
    ],
)
def test_the_name_format_is_the_one_that_most_names_have(names: list[str], environment: str, expected: str) -> None:
    assert propose_name_format(names, environment) == expected


@pytest.mark.parametrize(
    ("values", "projects", "required", "listed", "enforce"),
    [
        (["A", "B"] * 3, 6, True, ("A", "B"), "warn"),
        (["A", "B"] * 3, 7, False, ("A", "B"), "warn"),
        (["A"] * 6, 6, True, None, "warn"),
        (["A", "B", "C", "D", "E"], 5, True, None, "warn"),
        (["A", "B"], 2, False, None, "error"),
    ],
)
def test_rules_for_a_tag_key_are_proposed_only_where_the_data_supports_them(
    values: list[str], projects: int, required: bool, listed: tuple[str, ...] | None, enforce: str
) -> None:
    proposed = propose_tag_key("Team", values, projects=projects)
    assert (proposed.required, proposed.values, proposed.enforce) == (required, listed, enforce)


@some_examples
@given(account_projects)
def test_what_is_adopted_is_a_valid_inventory_that_says_what_is_there(projects: list[ListedProject]) -> None:
    text, made = adopted(new_file("111111111111"), DEV, *projects)
    entries = yaml.safe_load(text)["projects"]
    assert {entry["environments"]["dev"]["id"] for entry in entries.values()} == {a.listed.id for a in made.adopted}
    assert len(made.adopted) + len(made.left_out) == len(projects)


@some_examples
@given(account_projects, st.randoms())
def test_the_order_of_the_listing_makes_no_difference(projects: list[ListedProject], order: object) -> None:
    mixed = list(projects)
    order.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis has no name for its Random
    assert adopted(new_file("1"), DEV, *mixed)[0] == adopted(new_file("1"), DEV, *projects)[0]


@settings(max_examples=20)
@given(inventories().filter(lambda inventory: bool(inventory.projects)).map(lenient), account_projects)
def test_merging_keeps_every_old_line_and_a_second_run_adds_nothing(
    old: Inventory, projects: list[ListedProject]
) -> None:
    environment = Environment(name="adopted-environment", account="999999999999", region=HOME)
    with TemporaryDirectory() as folder:
        before = f"# first\n{dump(old)}# last\n"
        file = into(Path(folder), before)
        made = plan(projects, target_of(file, environment), renamed_tags={})
        text = with_projects(file, made, environment)
        rest = iter(text.splitlines())
        assert all(any(line == new for new in rest) for line in before.splitlines() if not line.endswith(" {}"))
        check(text, file, Path(folder) / "projects.yaml")
        again = plan(projects, target_of(into(Path(folder), text), environment), renamed_tags={})
        assert again.adopted == ()


def test_a_second_environment_is_added_to_the_entries_of_the_first(tmp_path: Path) -> None:
    shared = {"Team": "Search", "Environment": "Development"}
    first, _ = adopted(new_file("1"), DEV, listed("Search-Dev", tags=shared), listed("Legacy"))
    production = {**shared, "Environment": "Production"}
    file = into(tmp_path, first)
    second, _ = adopted(
        file, PROD, listed("Search-Prod", tags=production), listed("Legacy", made=2), path=tmp_path / "projects.yaml"
    )
    projects = yaml.safe_load(second)["projects"]
    assert projects == {
        "search": {
            "name": "Search",
            "tags": {"Team": "Search", "Environment": "Development"},
            "environments": {
                "dev": {"id": listed("Search-Dev").id},
                "prod": {"id": listed("Search-Prod").id, "tags": {"Environment": "Production"}},
            },
        },
        "legacy": {
            "name": "Legacy",
            "environments": {
                "dev": {"id": listed("Legacy").id, "name": "Legacy"},
                "prod": {"id": listed("Legacy", made=2).id, "name": "Legacy"},
            },
        },
    }


def test_an_environment_that_a_pattern_matches_pairs_with_overrides_of_the_group(tmp_path: Path) -> None:
    text = (
        'version: 1\ninventory: acme\nenvironments: {old-prod: {account: "111111111111"}}\n'
        'environment_groups: {production: ["*-prod"]}\nprojects:\n'
        "  search:\n    name: Search\n    environments:\n      production: {protect: false}\n"
        "  chat: {name: Chat, environments: [production]}\n"
        "  gone: {name: Gone, environments: [production], status: archived}\n"
    )
    file, new = into(tmp_path, text), Environment(name="new-prod", account="222222222222", region=HOME)
    search = listed("Search")
    after, made = adopted(file, new, search, path=tmp_path / "projects.yaml")
    assert yaml.safe_load(after)["projects"]["search"]["environments"]["new-prod"] == {"id": search.project.id}
    inventory = check(after, file, tmp_path / "projects.yaml")
    [entry] = [project for project in inventory.in_environment("new-prod") if project.key == "search"]
    assert (entry.adopt_id, entry.protect) == (search.project.id, False)
    assert placed(made, inventory, file, new) == ["chat"]
    assert placed(made, inventory, into(tmp_path, after), new) == []


def test_a_project_that_would_gain_a_tag_from_its_pair_is_an_entry_of_its_own(tmp_path: Path) -> None:
    first, _ = adopted(new_file("1"), DEV, listed("Search-Dev", tags={"Team": "Search", "Trial": "yes"}))
    text, made = adopted(into(tmp_path, first), PROD, listed("Search-Prod", tags={"Team": "Search"}))
    assert list(yaml.safe_load(text)["projects"]) == ["search", "search-2"]
    assert "lacks Trial" in made.notes[0]


def test_one_name_in_two_regions_pairs_region_by_region(tmp_path: Path) -> None:
    first, _ = adopted(new_file("1"), DEV, listed("A-Dev", region="eu-west-1", made=2), listed("A-Dev", made=1))
    text, _ = adopted(
        into(tmp_path, first), PROD, listed("A-Prod", region="eu-west-1", made=1), listed("A-Prod", made=2)
    )
    projects = yaml.safe_load(text)["projects"]
    assert [set(entry["environments"]) for entry in projects.values()] == [{"dev", "prod"}] * 2
    assert all(
        entry["environments"]["dev"].get("region") == entry["environments"]["prod"].get("region")
        for entry in projects.values()
    )


def test_an_entry_says_its_endpoint_if_the_environment_has_another(tmp_path: Path) -> None:
    native = listed("Search-Dev", endpoint=RUNTIME)
    text, _ = adopted(new_file("1"), DEV, native, listed("Chat-Dev"))
    projects = yaml.safe_load(text)["projects"]
    assert [projects[key]["environments"]["dev"].get("endpoint") for key in ("search", "chat")] == [RUNTIME.name, None]
    there = DEV.model_copy(update={"endpoint": RUNTIME.name})
    text, _ = adopted(new_file("1"), there, native, listed("Chat-Dev"))
    written = yaml.safe_load(text)
    assert written["environments"]["dev"]["endpoint"] == RUNTIME.name
    projects = written["projects"]
    assert [projects[key]["environments"]["dev"].get("endpoint") for key in ("search", "chat")] == [None, MANTLE.name]


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=str)
def test_a_new_environment_says_its_endpoint_if_the_defaults_have_another(tmp_path: Path, endpoint: Endpoint) -> None:
    text, _ = adopted(new_file("1"), DEV, listed("Search-Dev"))
    file = into(tmp_path, text + "defaults: {endpoint: bedrock-runtime}\n")
    prod = PROD.model_copy(update={"endpoint": endpoint.name})
    text, _ = adopted(file, prod, listed("Chat-Prod", endpoint=endpoint), path=tmp_path / "projects.yaml")
    written = yaml.safe_load(text)
    assert written["environments"]["prod"].get("endpoint") == (None if endpoint is RUNTIME else endpoint.name)
    assert written["projects"]["chat"]["environments"]["prod"] == {"id": listed("Chat-Prod", endpoint=endpoint).id}


def test_one_name_at_both_endpoints_is_two_entries_which_pair_endpoint_by_endpoint(tmp_path: Path) -> None:
    text, _ = adopted(new_file("1"), DEV, listed("A-Dev"))
    text, _ = adopted(into(tmp_path, text), DEV, listed("A-Dev", endpoint=RUNTIME))
    text, _ = adopted(into(tmp_path, text), PROD, listed("A-Prod", endpoint=RUNTIME), listed("A-Prod"))
    environments = {key: entry["environments"] for key, entry in yaml.safe_load(text)["projects"].items()}
    assert {key: {name: e.get("endpoint") for name, e in each.items()} for key, each in environments.items()} == {
        "a": {"dev": None, "prod": None},
        "a-2": {"dev": RUNTIME.name, "prod": RUNTIME.name},
    }


@pytest.mark.parametrize("tags", [{}, {"bedrock-project": "account-1/dev/search"}], ids=["id", "id and tag"])
def test_an_id_that_the_file_has_is_known_at_the_other_endpoint_too(tmp_path: Path, tags: Mapping[str, str]) -> None:
    here = listed("Search-Dev")
    text, _ = adopted(new_file("1"), DEV, here)
    there = ListedProject.of(here.project.model_copy(update={"tags": tags}), RegionalEndpoint(HOME, RUNTIME))
    made = plan([there], target_of(into(tmp_path, text), DEV), renamed_tags={})
    assert (made.adopted, made.left_out, made.known) == ((), (), (there,))


@pytest.mark.parametrize("written", ["region: eu-west-1", "endpoint: bedrock-runtime"])
def test_what_an_entry_says_for_all_its_environments_is_overridden(tmp_path: Path, written: str) -> None:
    text, _ = adopted(new_file("1"), DEV, listed("Search-Dev"))
    file = into(tmp_path, text.replace("    name: Search\n", f"    name: Search\n    {written}\n"))
    text, made = adopted(file, PROD, listed("Search-Prod"))
    field, _, _ = written.partition(":")
    home = {"region": HOME, "endpoint": MANTLE.name}[field]
    assert [one.is_new for one in made.adopted] == [False]
    assert yaml.safe_load(text)["projects"]["search"]["environments"]["prod"][field] == home


LEFT_OUT = {
    "a name out of bounds at its endpoint": (
        listed("n" * 128, endpoint=RUNTIME),
        "has a name that .*write an entry with `id: proj_.*` and another `name`",
    ),
    "a tag out of bounds at its endpoint": (listed("A", tags={"a": "é"}, endpoint=RUNTIME), "tag 'a' that "),
    "a tag key out of bounds at its endpoint": (listed("A", tags={"é": ""}, endpoint=RUNTIME), "tag key that "),
    "archived": (listed("A", status="archived"), "is archived"),
    "another inventory's": (listed("A", tags={"bedrock-project": "other/dev/a"}), "belongs to other/dev/a"),
    "that of an inventory with another key": (
        listed("A", tags={"project-of": "other/dev/a", "project-of-stack": "organization/other/dev"}),
        r"belongs to other/dev/a \(tag project-of, another `ownership_tag`\); release it there first",
    ),
    "50 tags": (listed("A", tags={f"k{n}": "" for n in range(50)}), "carries 50 tags"),
    "a tag of AWS's": (listed("A", tags={"aws:cloudformation:stack-name": "s"}), r'write `ignore_tags: \["aws:\*"\]`'),
    "a tag that the file keeps for users": (listed("A", tags={"x-a": "s"}), r'write `ignore_tags: \["x-\*"\]`'),
    "a tag key out of bounds": (listed("A", tags={"a;b": ""}), "tag key that contains ';'"),
    "a tag value out of bounds": (listed("A", tags={"a": "b;"}), "tag 'a' that contains ';'"),
    "two spellings": (listed("A", tags={"team": "a", "Team": "b"}), "carries 'Team' and 'team'"),
    "a name out of bounds": (listed("A\n"), "has a name that .*write an entry with `id: proj_.*` and another `name`"),
    "an id that no inventory can hold": (
        ListedProject.of(RemoteProject(id="PROJ-1", name="A", status="active"), RegionalEndpoint(HOME)),
        "has an id that .*proj_ followed by lowercase letters and digits",
    ),
    "two tag keys that look alike": (
        listed("A", tags={"Team": "a", "\uff34eam": "b"}),
        "carries 'Team' and '\uff34eam', which reports do not distinguish",
    ),
    "a space that is none": (listed("A", tags={"a": "b\u00a0c"}), r"tag 'a' that contains U\+00A0 NO-BREAK SPACE"),
    "a younger namesake": (
        listed("B-Dev", made=2),
        f"has the name of {listed('B-Dev', made=1).id}, which is older; write an entry with `id: .* and another `name`",
    ),
}


@pytest.mark.parametrize(("project", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_cannot_be_managed_is_left_out_with_the_reason(project: ListedProject, reason: str) -> None:
    _, made = adopted(new_file("1"), DEV, project, listed("B-Dev", made=1))
    assert [entry.listed.name for entry in made.adopted] == ["B-Dev"]
    [(left, said)] = made.left_out
    assert left == project
    assert re.search(reason, said)


def test_of_names_that_look_the_same_one_is_adopted(tmp_path: Path) -> None:
    composed, decomposed = listed("Caf\u00e9-Dev", made=1), listed("Cafe\u0301-Dev", made=2)
    text, made = adopted(new_file("1"), DEV, composed, decomposed)
    assert [entry.listed for entry in made.adopted] == [decomposed]
    reason = "has a name that differs in code points only (U+00E9, not U+0065 U+0301) from that of"
    assert made.left_out[0][0] == composed
    assert made.left_out[0][1].startswith(f"{reason} {decomposed.id}; write an entry")
    file = into(tmp_path, text)
    again = plan([composed], target_of(file, DEV), renamed_tags={})
    assert again.left_out[0][1].startswith(f"{reason} entry 'cafe' in dev; write `id: {composed.id}` there")


def test_of_namesakes_of_one_second_or_of_an_unknown_age_none_is_called_older() -> None:
    for made in (0, 1):
        here = listed("A", made=made)
        same = ListedProject.of(here.project.model_copy(update={"id": f"{here.id}9"}), here.where)
        _, planned = adopted(new_file("1"), DEV, here, same)
        [(left, reason)] = planned.left_out
        assert (left, reason.partition(";")[0]) == (same, f"has the name of {here.id}")


def test_what_one_endpoint_refuses_may_be_fine_at_the_other() -> None:
    _, made = adopted(new_file("1"), DEV, listed("n" * 128), listed("A", tags={"é": "é"}))
    assert made.left_out == ()


def test_48_tags_leave_room_for_our_two_and_49_do_not() -> None:
    full = [listed(name, tags={f"k{n}": "" for n in range(count)}) for name, count in (("A", 48), ("B", 49))]
    _, made = adopted(new_file("1"), DEV, *full)
    assert len(made.adopted) == 1
    assert "carries 49 tags" in str(made)


FILE = """\
version: 1
inventory: acme
environments:
  dev: {account: "111111111111", region: us-west-2, name_format: "{name}-Dev", tags: {Environment: Development}}
  test: {account: "111111111111", region: us-west-2, name_format: "{name}-Test"}
tag_keys: {Environment: {}}
defaults: {environments: [dev]}
projects:
"""
IN_THE_WAY = {
    "an entry of that name without an id": (
        "chat: {name: Chat}",
        "Chat-Dev",
        "has the name of entry 'chat' in dev; write `id: proj_.* if it is the same project, else write an entry",
    ),
    "an entry whose environments are a list": (
        "chat: {name: Chat, environments: [test]}",
        "Chat-Dev",
        r"seems to belong to entry 'chat'.*its `environments` is not a mapping.*write `dev: \{id: proj_",
    ),
    "an entry that moves": (
        "chat: {name: Chat, endpoint: bedrock-runtime, move_from_endpoint: bedrock-mantle, environments: {test: {}}}",
        "Chat-Dev",
        "its `move_from_endpoint` applies to all environments",
    ),
    "another environment's name": ("other: {name: Other}", "Chat-Test", "rerun with `--environment test`"),
}


@pytest.mark.parametrize(("entry", "name", "reason"), IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_the_file_decides_otherwise_is_left_to_its_author(
    tmp_path: Path, entry: str, name: str, reason: str
) -> None:
    file = into(tmp_path, f"{FILE}  {entry}\n")
    made = plan([listed(name)], target_of(file, file.inventory.environments["dev"]), renamed_tags={})  # type: ignore[union-attr]
    assert made.adopted == ()
    assert re.search(reason, made.left_out[0][1])


def test_an_entry_of_an_included_file_is_left_to_its_author(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text("projects: {chat: {name: Chat, environments: {test: {}}}}\n")
    file = into(tmp_path, FILE.replace("projects:\n", "include: {team.yaml: {}}\n"))
    made = plan([listed("Chat-Dev")], target_of(file, file.inventory.environments["dev"]), renamed_tags={})  # type: ignore[union-attr]
    assert made.adopted == ()
    assert re.search(r"seems to belong to entry 'chat'.*\(it is in .*team\.yaml\).*write `dev:", made.left_out[0][1])


def test_a_legacy_spelling_is_declared_as_the_right_one_and_what_that_changes_is_reported() -> None:
    project = listed("A", tags={"team": "Search"})
    made = plan([project], Target(environment=DEV), renamed_tags={"team": "Team"})
    file = new_file("1")
    inventory = check(with_projects(file, made, DEV), file, None)
    assert retagged(made, inventory, DEV) == {"a": "Team (none) → Search, team Search → (none)"}


def test_tags_that_the_file_gives_to_all_are_not_repeated_and_what_they_change_is_reported(tmp_path: Path) -> None:
    file = into(tmp_path, f"{FILE}  other: {{name: Other}}\n")
    dev = file.inventory.environments["dev"]  # type: ignore[union-attr]
    made = plan(
        [listed("A-Dev", tags={"Environment": "Development"}), listed("B-Dev")], target_of(file, dev), renamed_tags={}
    )
    text = with_projects(file, made, dev)
    assert "tags" not in yaml.safe_load(text)["projects"]["a"]
    assert retagged(made, check(text, file, None), dev) == {"b": "Environment (none) → Development"}


def test_a_file_whose_old_entries_would_change_is_refused(tmp_path: Path) -> None:
    file = into(tmp_path, f"{FILE}  other: {{name: Other}}\n")
    with pytest.raises(RefusedError, match="without changing others"):
        check(file.text.replace("Other", "Changed"), file, tmp_path / "projects.yaml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["projects.yaml"]
