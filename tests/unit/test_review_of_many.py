"""A review of many environments says once what they have in common, and what changes about accounts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.inventory import load
from bedrock_projects.review.comparison import ALL_ENVIRONMENTS, Change, EnvironmentReview, environments_touched, review
from bedrock_projects.review.grouping import FEW_ENVIRONMENTS, apart
from bedrock_projects.review.notes import Note
from bedrock_projects.review.rendering import as_lines, as_markdown
from bedrock_projects.terminal import plain
from tests.unit.command_line import Done, run

ENVIRONMENTS = """\
  u1-dev: {account: "111111111111"}
  u1-prod: {account: "111111111112"}
  u2-dev: {account: "111111111113"}
  u2-prod: {account: "111111111114"}
  u3-dev: {account: "111111111115"}
  u3-prod: {account: "111111111116"}
  u4-dev: {account: "111111111117"}
  u4-prod: {account: "111111111118"}
"""
ROLE = "arn:aws:iam::{account}:role/"
ENTRIES = "{name: Search, tags: {CostCenter: CC-1}, environments: [production, trials]}"


def written(
    tmp_path: Path,
    entries: str,
    *,
    top: str = "",
    groups: str = '{production: ["*-prod"], trials: ["*-dev"]}',
    environments: str = ENVIRONMENTS,
    file: str = "after.yaml",
) -> Path:
    path = tmp_path / file
    path.write_text(
        f"version: 1\ninventory: acme\n{top}\nenvironments:\n{environments}environment_groups: {groups}\n"
        f"tag_keys: {{CostCenter: {{}}}}\nprojects: {{{entries}}}\n"
    )
    return path


def reviewed(before: Path, after: Path, *options: str) -> Done:
    return run("review", before.name, after.name, *options, folder=before.parent)


def test_the_same_change_in_many_environments_is_one_line(tmp_path: Path) -> None:
    before = written(tmp_path, f"search: {ENTRIES}, chat: {ENTRIES.replace('Search', 'Chat')}", file="before.yaml")
    after = written(
        tmp_path,
        f"search: {ENTRIES.replace('CC-1', 'CC-2')}, chat: {{name: Talk, tags: {{CostCenter: CC-1}}, "
        "environments: [u1-dev, u1-prod, trials, production]}, new: {name: New, environments: [u1-dev]}",
    )
    done = reviewed(before, after)
    assert done.out.splitlines() == [
        "17 changes in 8 environments, none irreversible.",
        "",
        "several environments",
        "",
        "  Renamed: id unchanged",
        "    chat in 8 environments (u1-dev, u1-prod, u2-dev, …): name Chat → Talk",
        "",
        "  Retagged: earlier costs keep the old value, reports split here",
        "    search in 8 environments (u1-dev, u1-prod, u2-dev, …): CostCenter CC-1 → CC-2",
        "",
        "u1-dev",
        "",
        "  Created",
        "    new",
    ]
    markdown = reviewed(before, after, "--format", "markdown").out
    assert "- `search` in 8 environments (`u1-dev`, `u1-prod`, `u2-dev`, …): `CostCenter CC-1 → CC-2`\n" in markdown
    unfolded = reviewed(before, after, "--unfold").out
    assert unfolded.count("    search: CostCenter CC-1 → CC-2") == 8
    assert "several environments" not in unfolded


def test_other_projects_with_the_same_change_are_counted_and_some_are_named(tmp_path: Path) -> None:
    before = written(tmp_path, f"search: {ENTRIES}", file="before.yaml")
    own = ", ".join(f"own-{unit}: {{name: Own{unit}, environments: ['u{unit}-*']}}" for unit in (1, 2, 3, 4))
    done = reviewed(before, written(tmp_path, own))
    assert done.out.startswith("! 16 changes in 8 environments, 8 irreversible.\n")
    assert "    8 projects in 8 environments (u1-dev/own-1, u1-prod/own-1, u2-dev/own-2, …)\n" in done.out
    assert "  ! Archived (irreversible)\n    search in 8 environments (u1-dev, u1-prod, u2-dev, …)\n" in done.out
    assert "    search in 8 environments (u1-dev, u1-prod, u2-dev, …): the project is protected" in done.out


NAMES = st.lists(st.sampled_from([f"e{number}" for number in range(12)]), unique=True, min_size=1)
CHANGES = st.builds(
    Change,
    kind=st.sampled_from(["created", "archived", "budget"]),
    what=st.sampled_from(["", "x"]),
    key=st.sampled_from("abc"),
    irreversible=st.booleans(),
)
NOTES = st.builds(Note, text=st.sampled_from(["n", "m"]), keys=st.lists(st.sampled_from("abc"), unique=True).map(tuple))


@given(NAMES.map(sorted), st.data(), st.booleans())
def test_what_is_common_and_what_is_left_are_all_there_is(
    names: list[str], data: st.DataObject, everywhere: bool
) -> None:
    reviews = [
        EnvironmentReview(
            name,
            tuple(sorted(data.draw(st.sets(CHANGES, min_size=1)))),
            tuple(data.draw(st.lists(NOTES, unique_by=lambda note: note.text))),
        )
        for name in [*names, *([ALL_ENVIRONMENTS] if everywhere else [])]
    ]
    common, rest = apart(reviews)
    changes = [
        (name, one.kind, one.what, key, one.irreversible)
        for one in common
        if one.kind
        for name, keys in one.places.items()
        for key in keys
    ]
    changes += [(r.environment, c.kind, c.what, c.key, c.irreversible) for r in rest for c in r.changes]
    assert sorted(changes) == sorted(
        (r.environment, c.kind, c.what, c.key, c.irreversible) for r in reviews for c in r.changes
    )
    notes = [(name, one.what, keys) for one in common if not one.kind for name, keys in one.places.items()]
    notes += [(r.environment, note.text, note.keys) for r in rest for note in r.notes]
    assert sorted(notes) == sorted((r.environment, note.text, note.keys) for r in reviews for note in r.notes)
    assert not common or len(reviews) > FEW_ENVIRONMENTS


def test_roles_groups_and_the_stack_of_billing_are_named_as_what_they_are(tmp_path: Path) -> None:
    search = f"search: {ENTRIES.replace('production, trials', 'u1-dev')}"
    one = written(tmp_path, search, file="before.yaml")
    other = written(
        tmp_path,
        search,
        top='defaults: {role_arn: "arn:aws:iam::{account}:role/deploy"}\n'
        'billing: {account: "999999999999", role_arn: "arn:aws:iam::{account}:role/billing"}',
        groups='{production: [u1-prod, u2-prod, u4-prod], all: ["*"]}',
    )
    done = reviewed(one, other)
    assert (done.code, done.out.splitlines()[0]) == (0, "No changes to projects.")
    words = "the stack assumes `arn:aws:iam::{account}:role/deploy` instead of no role; nothing changes in AWS"
    assert f"    8 environments (u1-dev, u1-prod, u2-dev, …): {words}\n" in done.out
    billing = "it manages what is for all environments, and stacks without `scope` manage projects only"
    assert done.out.splitlines()[-5:] == [
        "  Before merging",
        f"    new stack 'billing' in account 999999999999: {billing}",
        "    new environment group 'all': 'u1-dev', 'u1-prod', 'u2-dev', 'u2-prod', 'u3-dev' and 3 more",
        "    the environment group 'production' loses 'u3-prod'",
        "    the environment group 'trials' is removed",
    ]
    back = reviewed(other, one).out
    assert "instead of `arn:aws:iam::{account}:role/deploy`" in back
    assert "the inventory no longer declares the stack 'billing'" in back
    assert "the environment group 'production' gains 'u3-prod'" in back


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            '{account: "999999999999"}',
            '{account: "888888888888"}',
            "the stack 'billing' is in account 888888888888 instead of 999999999999",
        ),
        (
            '{account: "999999999999"}',
            '{account: "999999999999", preview_role_arn: "arn:aws:iam::{account}:role/look"}',
            "billing: previews assume `arn:aws:iam::{account}:role/look` instead of no role",
        ),
        (
            '{account: "999999999999", role_arn: "arn:aws:iam::999999999999:role/a"}',
            f'{{account: "999999999999", role_arn: "{ROLE}a", preview_role_arn: "{ROLE}look"}}',
            "billing: previews assume `arn:aws:iam::{account}:role/look` instead of `role_arn`",
        ),
    ],
)
def test_changes_of_the_stack_of_billing_are_named(tmp_path: Path, before: str, after: str, words: str) -> None:
    one = written(tmp_path, "", top=f"billing: {before}", file="before.yaml")
    assert words in reviewed(one, written(tmp_path, "", top=f"billing: {after}")).out


def test_a_changed_role_touches_its_environments_and_billing_touches_all(tmp_path: Path) -> None:
    search = f"search: {ENTRIES}"
    before = load(written(tmp_path, search))
    role = ENVIRONMENTS.replace('111111111112"', '111111111112", role_arn: "arn:aws:iam::{account}:role/deploy"')
    assert environments_touched(before, load(written(tmp_path, search, environments=role))) == ["u1-prod"]
    groups = '{production: ["*-prod"], trials: ["*-dev"], more: ["u1-*"]}'
    assert environments_touched(before, load(written(tmp_path, search, groups=groups))) == []
    billing = load(written(tmp_path, search, top='billing: {account: "999999999999"}'))
    assert environments_touched(before, billing) == sorted(before.environments)


def test_groups_and_patterns_of_either_inventory_select_environments(tmp_path: Path) -> None:
    before = load(written(tmp_path, f"search: {ENTRIES}"))
    after = load(written(tmp_path, "", groups='{late: ["u4-*"]}'))
    assert [one.environment for one in review(before, after, only=["late", "u1-prod"]).environments] == [
        "u1-prod",
        "u4-dev",
        "u4-prod",
    ]
    assert [one.environment for one in review(before, after, only=["trials"]).environments] == [
        "u1-dev",
        "u2-dev",
        "u3-dev",
        "u4-dev",
    ]


def test_in_markdown_a_role_stays_one_word(tmp_path: Path) -> None:
    before = written(tmp_path, "", file="before.yaml")
    after = written(tmp_path, "", top='defaults: {role_arn: "arn:aws:iam::{account}:role/deploy"}')
    both = load(before), load(after)
    assert "assumes `arn:aws:iam::{account}:role/deploy` instead" in as_markdown(review(*both), unfold=False)
    assert any("{account}:role/deploy" in plain(line) for line in as_lines(review(*both), unfold=False))
