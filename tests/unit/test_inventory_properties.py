"""What must hold of any inventory, not only of those in the fixtures."""

import random
import re
from functools import cache
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedrock_projects import limits
from bedrock_projects.inventory import dump, load
from bedrock_projects.limits import Limit
from bedrock_projects.model import Billing, Environment, Inventory, Project, RenamedValue, TagKey, owners
from bedrock_projects.suggestions import simplified
from tests.unit import cost_control_strategies as controls
from tests.unit.chargeback_strategies import chargebacks

UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow])
UNPLACED: dict[str, Any] = {"warnings": True, "projects": {"__all__": {"location"}}}


WORDS = st.from_regex(re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,8}", re.ASCII), fullmatch=True).filter(
    lambda word: not word.startswith("x-")
)
"""Names of inventories, environments and projects."""

LETTERS = st.characters(codec="utf-8", categories=["L", "N"], include_characters=" _.:/=+-@")


@cache
def texts(limit: Limit) -> st.SearchStrategy[str]:
    """Texts within a limit: ordinary ones, such that YAML has a meaning for, and any."""
    awkward = st.sampled_from(
        ["no", "null", "~", "0123", "1.10", "2026-01-31", "true", "a: b", "- a", "# a", "a #b", "{a}"]
    )
    lettered = st.text(LETTERS, min_size=limit.shortest, max_size=8).map(str.strip)
    anything = st.text(st.characters(codec="utf-8"), min_size=limit.shortest, max_size=8)
    return st.one_of(WORDS, awkward, lettered, anything if limit is limits.DESCRIPTION else lettered).filter(
        lambda text: limit.violation(text) is None
    )


tag_keys = texts(limits.TAG_KEY).filter(lambda key: not key.startswith("x-"))
modes = st.sampled_from([None, *limits.RETENTION_MODES])
regions = st.sampled_from([None, "us-west-2", "eu-west-1"])


accounts = st.from_regex(re.compile("[0-9]{12}", re.ASCII), fullmatch=True)


@st.composite
def places(draw: st.DrawFn, accounts: st.SearchStrategy[str] = accounts) -> dict[str, str]:
    """An account, and perhaps roles in it."""
    account = draw(accounts)
    roles = {"role_arn": f"arn:aws:iam::{account}:role/deploy", "preview_role_arn": f"arn:aws:iam::{account}:role/a/b"}
    return {"account": account} | {key: roles[key] for key in draw(st.sets(st.sampled_from(sorted(roles))))}


@st.composite
def taxonomies(draw: st.DrawFn) -> dict[str, TagKey]:
    keys = draw(st.lists(tag_keys, max_size=4, unique_by=simplified))
    return {key: draw(taxonomy_keys(key)) for key in sorted(keys)}


@st.composite
def taxonomy_keys(draw: st.DrawFn, key: str) -> TagKey:
    values = draw(st.none() | st.lists(texts(limits.TAG_VALUE), min_size=1, max_size=3, unique=True).map(tuple))
    pattern = None if values else draw(st.sampled_from([None, "CC-[0-9]{4}"]))
    return TagKey(
        key=key,
        required=draw(st.booleans()),
        values=values,
        pattern=pattern,
        renamed=() if values == ("",) else draw(renames(allowed_values(values, pattern), listed=values or ())),
        cost_allocation=draw(st.booleans()),
        enforce=draw(st.sampled_from(["error", "warn"])),
        description=draw(st.none() | texts(limits.DESCRIPTION)),
    )


def allowed_values(values: tuple[str, ...] | None, pattern: str | None) -> st.SearchStrategy[str]:
    if values:
        return st.sampled_from(values)
    return matching(pattern) if pattern else texts(limits.TAG_VALUE)


@cache
def matching(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(pattern), fullmatch=True)


@st.composite
def renames(draw: st.DrawFn, allowed: st.SearchStrategy[str], *, listed: tuple[str, ...]) -> tuple[RenamedValue, ...]:
    """Renames in any order, some of which continue others: each leads to the next one, or to an allowed value."""
    names = texts(limits.FORMER_TAG_VALUE).filter(lambda name: name not in listed)
    former = draw(st.lists(names, max_size=3, unique=True))
    days = sorted(draw(st.lists(st.dates(), min_size=len(former), max_size=len(former))))
    last = allowed.filter(lambda value: value and value not in former)
    currents = [draw(st.sampled_from([None, *former[index:]])) or draw(last) for index in range(1, len(former) + 1)]
    drawn = [
        RenamedValue(former=name, current=current, since=since)
        for name, current, since in zip(former, currents, days, strict=True)
    ]
    return tuple(draw(st.permutations(drawn)))


@st.composite
def tag_sets(draw: st.DrawFn, taxonomy: dict[str, TagKey], given_tags: dict[str, str], *, full: bool) -> dict[str, str]:
    """Tags that keep to the taxonomy, some with former values, on top of those given."""
    needed = {key for key, tag_key in taxonomy.items() if tag_key.required and full}
    chosen = needed | set(draw(st.lists(st.sampled_from(sorted(taxonomy)), unique=True)) if taxonomy else [])
    tags = dict(given_tags)
    for key in sorted(chosen):
        tag_key = taxonomy[key]
        former = st.sampled_from(sorted(tag_key.former_values)) if tag_key.renamed else st.nothing()
        tags[key] = draw(allowed_values(tag_key.values, tag_key.pattern) | former)
    return {key: tags[key] for key in sorted(tags)}


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Any inventory without errors; names are kept apart by the key and environment in them."""
    taxonomy = draw(taxonomies())
    environment_names = draw(st.lists(WORDS, min_size=2, max_size=5, unique=True))
    spare = environment_names[-1:]
    name, former, *_ = draw(st.lists(WORDS, min_size=2, max_size=2, unique=True))
    environments = {
        environment_name: Environment(
            name=environment_name,
            region=draw(regions),
            name_format=draw(st.sampled_from(["{name}", "{name}-Prod", "{name} (dev)", "a-{name}"])),
            description=draw(st.none() | texts(limits.DESCRIPTION)),
            tags=draw(tag_sets(taxonomy, {}, full=False)),
            protect=draw(st.booleans()),
            data_retention=draw(modes),
            **draw(st.just({}) | places()),
            aliases=tuple(spare) if environment_name == environment_names[0] and draw(st.booleans()) else (),
        )
        for environment_name in sorted(environment_names[:-1])
    }
    previous_name = draw(st.sampled_from([None, former]))
    keys = draw(st.lists(WORDS, max_size=5, unique=True))
    projects = draw(
        projects_of(keys, inventory=name, previous=previous_name, environments=environments, taxonomy=taxonomy)
    )
    ownership_tag_key = draw(st.sampled_from(["bedrock-project", "Bedrock:Owner"]))
    return Inventory(
        name=name,
        ownership_tag_key=ownership_tag_key,
        previous_name=previous_name,
        previous_ownership_tag_key=draw(st.sampled_from([None, "former-project"])),
        environments=environments,
        environment_groups=draw(groups(environments)),
        billing=draw(st.none() | places().map(Billing.model_validate)) if "billing" not in environments else None,
        tag_keys=taxonomy,
        ignore_tags=draw(st.sampled_from([(), ("c7n:*",), ("c7n:*", "a?:*")])) if not taxonomy else (),
        projects=tuple(sorted(projects, key=lambda project: (project.environment, project.key))),
        budgets=draw(controls.budgets(projects, taxonomy)),
        anomaly_alerts=draw(controls.anomaly_alerts(projects, ownership_tag_key)),
        publications=draw(controls.publications(projects, environments)),
        exports=draw(controls.exports()),
        chargeback=draw(chargebacks(projects, taxonomy)),
    )


@st.composite
def groups(draw: st.DrawFn, environments: dict[str, Environment]) -> dict[str, tuple[str, ...]]:
    names = draw(st.lists(WORDS.filter(lambda name: name not in {*environments, "billing"}), max_size=2, unique=True))
    members = st.lists(st.sampled_from(sorted(environments)), min_size=1, unique=True)
    return {name: tuple(sorted(draw(members))) for name in sorted(names)}


@st.composite
def projects_of(
    draw: st.DrawFn,
    keys: list[str],
    *,
    inventory: str,
    previous: str | None,
    environments: dict[str, Environment],
    taxonomy: dict[str, TagKey],
) -> list[Project]:
    """Projects of the first half of the keys; the other half are aliases."""
    half = (len(keys) + 1) // 2
    projects = []
    for key, alias in zip_longest(keys[:half], keys[half:]):
        aliases = (alias,) if alias and draw(st.booleans()) else ()
        shared = {"key": key, "aliases": aliases, "description": draw(st.none() | texts(limits.DESCRIPTION))}
        short = draw(texts(limits.PROJECT_NAME))
        chosen = draw(st.lists(st.sampled_from(sorted(environments)), min_size=1, unique=True))
        projects += [
            draw(
                project_of(
                    shared,
                    short=short,
                    names=(inventory, previous),
                    environment=environments[environment_name],
                    taxonomy=taxonomy,
                )
            )
            for environment_name in chosen
        ]
    return projects


@st.composite
def project_of(
    draw: st.DrawFn,
    shared: dict[str, Any],
    *,
    short: str,
    names: tuple[str, str | None],
    environment: Environment,
    taxonomy: dict[str, TagKey],
) -> Project:
    key = shared["key"]
    owner, *formerly = owners(
        inventories=names,
        environments=(environment.name, *environment.aliases),
        keys=(key, *shared["aliases"]),
    )
    ordinary = environment.name_format.replace("{name}", f"{short}.{key}.{environment.name}")
    adopt_id = draw(st.none() | st.just(f"proj_{key.encode().hex()}{environment.name.encode().hex()}"))
    taken_from = draw(st.sampled_from([(), (f"other/{environment.name}/{key}",)])) if names[0] != "other" else ()
    return Project(
        **shared,
        environment=environment.name,
        name=draw(st.sampled_from([ordinary, f"{key}/{environment.name}"])),
        tags=draw(tag_sets(taxonomy, environment.tags, full=True)),
        region=environment.region or draw(regions),
        move_from=None if adopt_id else draw(st.sampled_from([None, "us-east-2"])),
        data_retention=draw(modes) or environment.data_retention,
        status=draw(st.sampled_from(["active", "archived", "released"])),
        protect=draw(st.booleans()),
        on_remove=draw(st.sampled_from(["archive", "release"])),
        adopt_id=adopt_id,
        owner=owner,
        previous_owners=(*formerly, *taken_from),
        location="projects.yaml:1:1",
    )


def load_text(**files: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / f"{name}.yaml").write_text(text, "utf-8")
        return load(Path(folder) / "projects.yaml").model_dump(exclude=UNPLACED)


def shuffled(value: Any, order: random.Random) -> Any:
    """The same mappings in another order; lists keep theirs, since `values` and such are shown in it.

    So do shared costs, which are split in it.
    """
    if not isinstance(value, dict):
        return value
    keys = list(value)
    order.shuffle(keys)
    return {key: value[key] if key == "shared" else shuffled(value[key], order) for key in keys}


def written(value: Any) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False)
    return text


@pytest.mark.parametrize("description", ["a\x85b", "a\u2028b", "\ufeffa", "a\x07\tb\r\nc", " a\n\n b \n", "a: b # c"])
def test_a_description_survives_with_every_character(description: str) -> None:
    dev = Environment(name="dev", description=description)
    text = dump(Inventory(name="acme", environments={"dev": dev}))
    assert load_text(projects=text)["environments"]["dev"]["description"] == description


@settings(UNHURRIED, max_examples=60)
@given(inventories(), st.randoms(use_true_random=False), st.data())
def test_an_inventory_survives_dump_and_load_in_any_order_of_keys_and_of_files(
    inventory: Inventory, order: random.Random, data: st.DataObject
) -> None:
    """One test for the three: to draw an inventory takes ten times as long as all of them."""
    text = dump(inventory)
    expected = inventory.model_dump(exclude=UNPLACED)
    assert load_text(projects=text) == expected
    content = yaml.safe_load(text)
    assert load_text(projects=written(shuffled(content, order))) == expected
    moved = data.draw(st.lists(st.sampled_from(sorted(content["projects"])), unique=True)) if inventory.projects else []
    team = {"projects": {key: content["projects"].pop(key) for key in moved}}
    split = {**content, "include": {"team.yaml": {}}}
    assert load_text(projects=written(split), team=written(team)) == expected
