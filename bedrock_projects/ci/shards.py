"""Shares environments out among the jobs of a pipeline, so that all jobs take about as long."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bedrock_projects.model import Inventory

STACK: Final = 275
"""How many projects take as long as the start of a stack.

Measured: an `up` takes 1.6 s and 5.8 s for each 1,000 projects (docs/large-inventories.md, "How it grows").
"""


@dataclass(frozen=True)
class Shard:
    """What one job has to do: its number, from 1, and the names of environments, sorted."""

    shard: int
    environments: tuple[str, ...]


def shards_of(inventory: Inventory, number: int, *, only: Collection[str]) -> list[Shard]:
    """The environments in at most `number` shards, by shard; those that are not in `only` are left out at the end.

    So the shard of an environment depends on the inventory alone, and jobs of several runs with the same number can
    wait for each other. A shard of which nothing is left is left out too.

    The environment with the most projects comes first, and each goes to the shard with the least to do. So the largest
    shard has at most 4/3 of what the best division would have (R. L. Graham, Bounds on Multiprocessing Timing
    Anomalies, 1969).
    """
    projects = Counter(entry.environment for entry in inventory.projects)
    largest_first = sorted(inventory.environments, key=lambda name: (-projects[name], name))
    shards: list[list[str]] = [[] for _ in range(min(number, len(largest_first)))]
    loads = [0] * len(shards)
    for name in largest_first:
        lightest = loads.index(min(loads))
        shards[lightest].append(name)
        loads[lightest] += STACK + projects[name]
    left = (tuple(sorted(name for name in shard if name in only)) for shard in shards)
    return [Shard(index, names) for index, names in enumerate(left, 1) if names]
