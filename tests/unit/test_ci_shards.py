"""What each job of a pipeline deploys: every environment once, and about as much for each job."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.ci.shards import STACK, Shard, shards_of
from bedrock_projects.model import Environment, Inventory, Project

NAMES = st.text("abc-", min_size=1, max_size=4)
SIZES = st.dictionaries(NAMES, st.integers(0, 400), max_size=12)


def an_inventory(sizes: dict[str, int]) -> Inventory:
    """Of the projects of an environment, only their number matters here: it has one of them that often."""
    projects: list[Project] = []
    for name, size in sizes.items():
        project = Project(key="p", environment=name, name="P", owner=f"acme/{name}/p", location="p.yaml:1:1")
        projects += [project] * size
    environments = {name: Environment(name=name) for name in sizes}
    return Inventory.model_construct(name="acme", environments=environments, projects=tuple(projects))


def shared(sizes: dict[str, int], number: int, *, only: Iterable[str] | None = None) -> list[Shard]:
    return shards_of(an_inventory(sizes), number, only=set(sizes if only is None else only))


def load(shard: Shard, sizes: dict[str, int]) -> int:
    return sum(STACK + sizes[name] for name in shard.environments)


@given(SIZES, st.integers(1, 8))
def test_each_environment_is_in_one_shard_and_no_shard_is_empty(sizes: dict[str, int], number: int) -> None:
    shards = shared(sizes, number)
    assert sorted(name for shard in shards for name in shard.environments) == sorted(sizes)
    assert [shard.shard for shard in shards] == list(range(1, min(number, len(sizes)) + 1))
    assert all([*shard.environments] == sorted(shard.environments) != [] for shard in shards)


@given(SIZES.filter(bool), st.integers(1, 8))
def test_no_two_shards_differ_by_more_than_the_largest_environment(sizes: dict[str, int], number: int) -> None:
    """Or the last environment would have gone to the smaller one."""
    loads = [load(shard, sizes) for shard in shared(sizes, number)]
    assert max(loads) - min(loads) <= STACK + max(sizes.values())


@given(SIZES, st.integers(1, 8), st.data())
def test_what_a_change_touches_stays_in_its_shard(sizes: dict[str, int], number: int, data: st.DataObject) -> None:
    """Two runs with the same inventory never have a stack in jobs of two numbers."""
    touched = data.draw(st.sets(st.sampled_from(sorted(sizes)))) if sizes else set()
    home = {name: shard.shard for shard in shared(sizes, number) for name in shard.environments}
    of_change = {name: shard.shard for shard in shared(sizes, number, only=touched) for name in shard.environments}
    assert of_change == {name: home[name] for name in touched}


@given(SIZES, st.integers(1, 8))
def test_the_order_of_the_file_makes_no_difference(sizes: dict[str, int], number: int) -> None:
    assert shared(dict(reversed(sizes.items())), number) == shared(sizes, number)


def test_a_large_environment_is_alone_and_small_ones_go_together() -> None:
    sizes = {"large": 1000, "a": 10, "b": 10, "c": 10}
    assert shared(sizes, 2) == [Shard(1, ("large",)), Shard(2, ("a", "b", "c"))]


def test_the_start_of_a_stack_counts_too() -> None:
    """Environments without projects still take a run each."""
    sizes = {"big": 280, **{f"empty-{number}": 0 for number in range(5)}}
    assert sorted(len(shard.environments) for shard in shared(sizes, 2)) == [2, 4]
