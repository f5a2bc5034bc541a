"""What the layers say becomes one project: nearest wins, tags key by key."""

from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.errors import InventoryError
from bedrock_projects.inventory import load
from bedrock_projects.model import Environment, Export, ExportCreation, Project, RenamedValue
from tests.unit.inventory_files import FOLDER, inventory, minimal, project, project_in

TAGGED = """\
version: 1
inventory: acme
environments: {dev: {tags: {%s}}}
tag_keys: {a: {}, b: {}, c: {}, d: {}}
include: {team.yaml: {}}
defaults: {environments: [dev], tags: {%s}}
"""
TEAM = """\
defaults: {tags: {%s}}
projects:
  search:
    name: Search
    tags: {%s}
    environments: {dev: {tags: {%s}}}
"""
LAYERS = ("defaults", "team", "environment", "entry", "override")
"""From far to near."""

placements = st.dictionaries(st.sampled_from("abcd"), st.sets(st.sampled_from(LAYERS), min_size=1))


@given(placements)
def test_of_the_layers_that_give_a_tag_the_nearest_wins(
    tmp_path_factory: pytest.TempPathFactory, placements: dict[str, set[str]]
) -> None:
    """Each layer writes its own name as the value."""

    def tags(layer: str) -> str:
        return ", ".join(f"{key}: {layer}" for key, layers in placements.items() if layer in layers)

    folder = tmp_path_factory.mktemp("layers")
    (folder / "team.yaml").write_text(TEAM % (tags("team"), tags("entry"), tags("override")))
    merged = project(folder, TAGGED % (tags("environment"), tags("defaults")))
    assert merged.tags == {key: max(layers, key=LAYERS.index) for key, layers in placements.items()}


def test_the_only_value_that_a_file_may_use_is_nearer_than_the_inventorys_defaults(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(TEAM % ("", "", ""))
    text = TAGGED.replace("team.yaml: {}", "team.yaml: {tags: {a: [mine], b: [mine, yours]}}")
    assert project(tmp_path, text % ("", "a: far, b: yours")).tags == {"a": "mine", "b": "yours"}


VALUES = {
    "protect": ("true", "false"),
    "on_remove": ("archive", "release"),
    "data_retention": ("none", "aws_review"),
    "region": ("us-east-1", "eu-west-1"),
}
"""Two values of each field."""

MISSING = {("defaults", "region"), ("environment", "on_remove")}
"""Layers that do not have a field."""

RIVALS = [
    (field, far, near)
    for field in VALUES
    for far, near in combinations(("defaults", "environment", "entry", "override"), 2)
    if not {(far, field), (near, field)} & MISSING
]


@pytest.mark.parametrize(("field", "far", "near"), RIVALS)
@pytest.mark.parametrize("order", [1, -1])
def test_of_two_layers_that_give_a_field_the_nearer_wins(
    field: str, far: str, near: str, order: int, tmp_path: Path
) -> None:
    far_value, near_value = VALUES[field][::order]
    said = {far: f"{field}: {far_value}", near: f"{field}: {near_value}"}
    merged = project(
        tmp_path,
        f"version: 1\ninventory: acme\nenvironments: {{dev: {{{said.get('environment', '')}}}}}\n"
        f"defaults: {{{said.get('defaults', '')}}}\nprojects:\n  search:\n    name: Search\n"
        f"    {said.get('entry', '')}\n    environments: {{dev: {{{said.get('override', '')}}}}}\n",
    )
    assert str(getattr(merged, field)).replace("True", "true").replace("False", "false") == near_value


def test_what_nobody_says_has_its_default(tmp_path: Path) -> None:
    assert project(tmp_path, minimal()) == Project(
        key="search",
        environment="dev",
        name="Search",
        owner="acme/dev/search",
        location=f"{(tmp_path / 'projects.yaml').as_posix()}:6:3",
    )


def test_the_default_tag_equal_to_the_entrys_is_not_a_difference(tmp_path: Path) -> None:
    top = "tag_keys: {env: {}, team: {}}\ndefaults: {tags: {env: dev}}"
    both = project(tmp_path, minimal("tags: {env: dev, team: a}", top=top))
    assert both.tags == {"env": "dev", "team": "a"}
    assert project(tmp_path, minimal("tags: {team: a}", top=top)) == both


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("", "<value>"),
        (", pattern: 'CC-[0-9]+'", "a value that matches CC-[0-9]+"),
        (", values: [Search]", "Search"),
        (", values: [Search, Shop, Chat]", "Search, Shop or Chat"),
    ],
)
def test_a_tag_that_is_missing_is_named_with_what_to_write(rule: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(InventoryError) as refused:
        inventory(tmp_path, minimal(top=f"tag_keys: {{Team: {{required: true{rule}}}}}"))
    assert str(refused.value).endswith(f":6:3: projects.search.tags.Team: is missing in dev; add Team: {value}")


def test_what_happens_on_removal_is_said_only_where_the_entry_says_it(tmp_path: Path) -> None:
    adopted = project(tmp_path, minimal("id: proj_abc"))
    assert (adopted.adopt_id, adopted.on_remove) == ("proj_abc", None)
    assert project(tmp_path, minimal("id: proj_abc, on_remove: archive")).on_remove == "archive"


def test_the_format_of_the_environment_makes_the_name_but_an_overriding_name_is_exact(tmp_path: Path) -> None:
    text = (
        "version: 1\ninventory: acme\n"
        'environments: {dev: {name_format: "{name}-Dev"}, prod: {name_format: "{name}-P"}}\n'
        "projects:\n  search: {name: Search, environments: {dev: {}, prod: {name: LegacySearch}}}\n"
    )
    read = inventory(tmp_path, text)
    assert project_in(read, "search", "dev").name == "Search-Dev"
    assert project_in(read, "search", "prod").name == "LegacySearch"


@pytest.mark.parametrize(
    ("entry", "override", "line", "path"),
    [("Name", "name: a&b", 6, "projects.search.environments.dev.name"), ("a&b", "", 5, "projects.search.name")],
)
def test_a_name_that_may_be_refused_is_shown_where_it_is_written(
    entry: str, override: str, line: int, path: str, tmp_path: Path
) -> None:
    text = (
        "version: 1\ninventory: acme\nenvironments: {dev: {}}\nprojects:\n"
        f"  search: {{name: {entry},\n    environments: {{dev: {{{override}}}}}}}\n"
    )
    [warning] = inventory(tmp_path, text).warnings
    assert (warning.line, warning.path) == (line, path)
    assert warning.message.startswith("AWS may refuse 'a&b'; its user guide allows ")


@pytest.mark.parametrize(
    ("entry", "environment", "top", "previous"),
    [
        ("", "", "", ()),
        ("aliases: [find]", "", "", ("acme/dev/find",)),
        ("", "aliases: [test]", "", ("acme/test/search",)),
        ("", "", "previous_owner: {inventory: shop}", ("shop/dev/search",)),
        ("", "", "previous_owner: {ownership_tag: former}", ()),
        ("previous_owner: other/dev/find", "", "", ("other/dev/find",)),
        (
            "aliases: [find], previous_owner: other/dev/a",
            "aliases: [test]",
            "previous_owner: {inventory: shop}",
            (
                "acme/dev/find",
                "acme/test/search",
                "acme/test/find",
                "shop/dev/search",
                "shop/dev/find",
                "shop/test/search",
                "shop/test/find",
                "other/dev/a",
            ),
        ),
    ],
)
def test_former_names_are_former_owners(
    entry: str, environment: str, top: str, previous: tuple[str, ...], tmp_path: Path
) -> None:
    read = project(tmp_path, minimal(entry, environment, top))
    assert read.owner == "acme/dev/search"
    assert read.previous_owners == previous


def test_former_names_of_the_inventory_and_its_tag_are_kept(tmp_path: Path) -> None:
    top = "ownership_tag: acme:project\nprevious_owner: {inventory: shop, ownership_tag: former}"
    read = inventory(tmp_path, minimal(top=top))
    assert read.ownership_tag_key == "acme:project"
    assert (read.previous_name, read.previous_ownership_tag_key) == ("shop", "former")


def test_the_inventory_and_its_environments_have_what_the_file_says() -> None:
    read = load(FOLDER / "valid" / "every-field.yaml")
    sections = {"projects", "tag_keys", "budgets", "anomaly_alerts", "publications", "exports", "chargeback"}
    assert read.model_dump(exclude=sections) == {
        "name": "acme-retail",
        "ownership_tag_key": "acme:project",
        "previous_name": "acme",
        "previous_ownership_tag_key": "bedrock-project",
        "environments": {
            "dev": {
                "name": "dev",
                "account": "011111111111",
                "region": "us-west-2",
                "name_format": "{name}-Dev",
                "description": "For trying things out",
                "tags": {"Environment": "Development"},
                "protect": False,
                "endpoint": "bedrock-mantle",
                "data_retention": "inherit",
                "aliases": ("development",),
                "role_arn": "arn:aws:iam::011111111111:role/bedrock-projects",
                "preview_role_arn": "arn:aws:iam::011111111111:role/previews",
            },
            "prod": Environment(
                name="prod",
                endpoint="bedrock-runtime",
                data_retention="none",
                role_arn="arn:aws:iam::022222222222:role/prod",
                account="022222222222",
                preview_role_arn="arn:aws:iam::022222222222:role/preview-of-prod",
            ).model_dump(),
        },
        "environment_groups": {"everything": ("dev", "prod"), "production": ("prod",)},
        "billing": {
            "account": "099999999999",
            "role_arn": "arn:aws:iam::099999999999:role/billing",
            "preview_role_arn": "arn:aws:iam::099999999999:role/previews",
        },
        "ignore_tags": ("c7n:*", "temporary-?"),
        "warnings": (),
    }
    assert {key: tag_key.cost_allocation for key, tag_key in read.tag_keys.items()} == {
        "CostCenter": True,
        "Environment": True,
        "Owner": False,
        "Team": True,
    }
    assert read.tag_keys["Team"].renamed == (
        RenamedValue(former="Find", current="Lookup", since=date(2026, 1, 1)),
        RenamedValue(former="Lookup", current="Search", since=date(2026, 10, 15)),
    )
    assert read.exports == (
        Export(name="acme-cur2", table="cur2", location="s3://acme-billing/cur2/daily-cur2"),
        Export(name="copy", table="cur2", location="copies/cur2"),
        Export(
            name="new",
            table="cur2",
            location="s3://acme-bedrock-costs/exports/new",
            creation=ExportCreation(
                bucket="acme-bedrock-costs",
                region="eu-west-1",
                granularity="hourly",
                rows="bedrock",
                iam_principals=True,
            ),
        ),
    )


def test_an_export_that_the_stack_creates_has_defaults(tmp_path: Path) -> None:
    [export] = inventory(
        tmp_path, minimal(top="exports: {bedrock: {table: cur2, create: true, bucket: acme-costs, region: us-east-1}}")
    ).exports
    assert export.creation == ExportCreation(bucket="acme-costs", region="us-east-1")
    assert (export.creation.granularity, export.creation.rows, export.creation.iam_principals) == (
        "daily",
        "all",
        False,
    )


def test_an_environment_without_protect_has_that_of_the_defaults(tmp_path: Path) -> None:
    assert not inventory(tmp_path, minimal(top="defaults: {protect: false}")).environments["dev"].protect


def test_projects_are_sorted_by_environment_and_key(tmp_path: Path) -> None:
    read = inventory(
        tmp_path,
        "version: 1\ninventory: acme\nenvironments: {prod: {}, dev: {}}\ndefaults: {environments: [prod, dev]}\n"
        "projects: {b: {name: B}, a: {name: A}}\n",
    )
    assert [(merged.environment, merged.key) for merged in read.projects] == [
        ("dev", "a"),
        ("dev", "b"),
        ("prod", "a"),
        ("prod", "b"),
    ]


def test_an_included_file_has_its_own_defaults_and_what_it_is_granted() -> None:
    read = load(FOLDER / "valid" / "files-of-teams.yaml")
    tags = {(merged.environment, merged.key): merged.tags for merged in read.projects}
    assert tags["prod", "search"] == {
        "CostCenter": "CC-2001",
        "Environment": "Production",
        "Stage": "beta",
        "Team": "Search",
    }
    assert tags["dev", "ranking"]["Stage"] == "alpha"
    assert ("dev", "search") not in tags
    assert tags["dev", "shop"]["CostCenter"] == "CC-3001"
    assert {merged.location.rsplit("/")[-1] for merged in read.projects if merged.key == "search"} == {
        "search.yaml:6:3"
    }


def test_words_that_yaml_would_read_otherwise_stay_text() -> None:
    read = load(FOLDER / "valid" / "text-as-written.yaml")
    assert read.environments["no"].account == "011111111111"
    assert project_in(read, "yes", "no").name == "0123"
    assert project_in(read, "yes", "on").tags == {
        "cost-center": "0123",
        "country": "no",
        "flag": "true",
        "hex": "0x1F",
        "number": "1e3",
        "old-cost-center": "0089",
        "on": "call",
        "release": "1.10",
        "review-by": "2026-01-31",
        "size": "1_000",
        "time": "12:30:45",
    }


def test_a_merge_key_merges_one_level_only() -> None:
    read = load(FOLDER / "valid" / "anchors-and-merge-keys.yaml")
    assert project_in(read, "cart").tags == {"CostCenter": "CC-1002", "Team": "Shop"}
    assert project_in(read, "checkout").tags == {"Stage": "beta", "Team": "Shop"}
    assert project_in(read, "wishlist").tags == {"Stage": "ga"}
    assert (project_in(read, "gifts").tags, project_in(read, "gifts").description) == (
        {"Stage": "beta", "Team": "Shop"},
        "From the second",
    )


def test_an_environment_that_is_wrong_hides_no_defect_of_the_next(tmp_path: Path) -> None:
    text = minimal(top="tag_keys: {Team: {required: true}}").replace("{dev: {}}", "{dev: 5, prod: {}}")
    with pytest.raises(InventoryError) as error:
        inventory(tmp_path, text.replace("[dev]", "[dev, prod]"))
    assert [problem.path for problem in error.value.problems] == ["environments.dev", "projects.search.tags.Team"]


def test_a_region_that_the_service_is_not_known_in_is_hinted_at_in_an_override_too(tmp_path: Path) -> None:
    text = minimal().replace("[dev]", "{dev: {region: us-west-1}}")
    [warning] = inventory(tmp_path, text).warnings
    assert warning.path == "projects.search.environments.dev.region"


@pytest.mark.parametrize("entry", ["tags: {Team: [a]}", "tags: 5"])
def test_a_tag_that_is_given_and_wrong_is_not_missing_as_well(entry: str, tmp_path: Path) -> None:
    top = "tag_keys: {Team: {required: true}}"
    for text in (minimal(entry, top=top), minimal(top=top).replace("[dev]", f"{{dev: {{{entry}}}}}")):
        with pytest.raises(InventoryError) as error:
            inventory(tmp_path, text)
        assert len(error.value.problems) == 1


def test_the_rename_in_the_documentation_reads_as_the_page_says(tmp_path: Path) -> None:
    page = (FOLDER.parents[1] / "docs" / "inventory.md").read_text("utf-8")
    section = page.partition("### When a tag value changes\n")[2].partition("\n### ")[0]
    _, example, text = section.split("```", 2)
    read = inventory(tmp_path, example.removeprefix("yaml\n").replace("Team: Sourcing", "Team: Procurement"))
    [warning] = read.warnings
    assert f'"{warning.message}"' in text
    assert read.tag_keys["Team"].current_value("Procurement") == "Sourcing"


def test_an_override_by_name_is_merged_over_that_of_the_group() -> None:
    read = load(FOLDER / "valid" / "roles-of-one-account.yaml")
    blue, green = ({project.key: project for project in read.in_environment(name)} for name in ("blue", "green"))
    assert [place["search"].protect for place in (blue, green)] == [False, False]
    assert [place["search"].tags for place in (blue, green)] == [{}, {"Team": "Search"}]
    inference = {publication.environment: sorted(publication.inference) for publication in read.publications}
    assert inference == {"blue": ["chat", "search"], "green": ["chat"]}
    many = load(FOLDER / "valid" / "many-accounts.yaml")
    overridden = {project.environment: project for project in many.projects if project.key == "overridden"}
    assert {name: (project.tags, project.region, project.protect) for name, project in overridden.items()} == {
        "care-prod": ({"Stage": "Production", "Team": "Shop"}, None, False),
        "shop-prod": ({"Stage": "Production", "Team": "Search"}, "eu-west-1", False),
    }
