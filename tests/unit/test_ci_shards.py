"""What each job of a pipeline deploys: every environment once, and about as much for each job."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.ci.shards import STACK, shards_of
from bedrock_projects.model import Environment, Inventory, Project

NAMES = st.text("abc-", min_size=1, max_size=4)
SIZES = st.dictionaries(NAMES, st.integers(0, 400), max_size=12)


def an_inventory(sizes: dict[str, int]) -> Inventory:
    projects = tuple(
        Project(key=f"p{number}", environment=name, name="P", owner=f"acme/{name}/p{number}", location="p.yaml:1:1")
        for name, size in sizes.items()
        for number in range(size)
    )
    return Inventory(name="acme", environments={name: Environment(name=name) for name in sizes}, projects=projects)


def load(shard: list[str], sizes: dict[str, int]) -> int:
    return sum(STACK + sizes[name] for name in shard)


@given(SIZES, st.integers(1, 8))
def test_each_environment_is_in_one_shard_and_no_shard_is_empty(sizes: dict[str, int], number: int) -> None:
    shards = shards_of(sizes, an_inventory(sizes), number=number)
    assert sorted(name for shard in shards for name in shard) == sorted(sizes)
    assert len(shards) == min(number, len(sizes))
    assert all(shard == sorted(shard) != [] for shard in shards)


@given(SIZES.filter(bool), st.integers(1, 8))
def test_no_shard_has_more_to_do_than_four_thirds_of_the_best(sizes: dict[str, int], number: int) -> None:
    """The best is at least an equal part of all, and at least the largest environment."""
    loads = [load(shard, sizes) for shard in shards_of(sizes, an_inventory(sizes), number=number)]
    largest = STACK + max(sizes.values())
    # Graham's bound for any order, which the order by size only improves: an equal part, and the last one put on top.
    assert max(loads) <= sum(loads) / number + largest * (1 - 1 / number) + 1e-6
    assert max(loads) - min(loads) <= largest


@given(SIZES, st.integers(1, 8), st.randoms())
def test_the_order_of_the_names_makes_no_difference(sizes: dict[str, int], number: int, random: Random) -> None:
    shuffled = list(sizes)
    random.shuffle(shuffled)
    inventory = an_inventory(sizes)
    assert shards_of(shuffled, inventory, number=number) == shards_of(sizes, inventory, number=number)


def test_a_large_environment_is_alone_and_small_ones_go_together() -> None:
    sizes = {"large": 1000, "a": 10, "b": 10, "c": 10, "d": 10}
    assert shards_of(sizes, an_inventory(sizes), number=2) == [["large"], ["a", "b", "c", "d"]]


def test_the_start_of_a_stack_counts_too() -> None:
    """Environments without projects still take a run each."""
    sizes = {"big": 280, **{f"empty-{number}": 0 for number in range(5)}}
    assert sorted(map(len, shards_of(sizes, an_inventory(sizes), number=2))) == [2, 4]
