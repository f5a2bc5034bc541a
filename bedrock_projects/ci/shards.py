"""Shares environments out among the jobs of a pipeline, so that all jobs take about as long."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from bedrock_projects.model import Inventory

STACK: Final = 275
"""How many projects take as long as the start of a stack.

Measured: an `up` takes 1.6 s and 5.8 s for each 1,000 projects (docs/large-inventories.md, "How it grows").
"""


def shards_of(environments: Iterable[str], inventory: Inventory, *, number: int) -> list[list[str]]:
    """The environments in at most `number` shards, none of them empty; names are sorted within each.

    The same inventory and names give the same shards. The environment with the most projects comes first, and each
    goes to the shard with the least to do. So the largest shard has at most 4/3 of what the best division would have
    (R. L. Graham, Bounds on Multiprocessing Timing Anomalies, 1969).
    """
    projects = Counter(entry.environment for entry in inventory.projects)
    largest_first = sorted(environments, key=lambda name: (-projects[name], name))
    shards: list[list[str]] = [[] for _ in range(min(number, len(largest_first)))]
    loads = [0] * len(shards)
    for name in largest_first:
        lightest = loads.index(min(loads))
        shards[lightest].append(name)
        loads[lightest] += STACK + projects[name]
    return [sorted(shard) for shard in shards]
