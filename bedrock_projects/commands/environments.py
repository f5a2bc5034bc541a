"""`bedrock-projects environments`: the environments of an inventory, for the matrix of a CI job."""

from collections.abc import Sequence
from dataclasses import asdict

import typer

from bedrock_projects import inventory as inventories
from bedrock_projects.ci.shards import Shard, shards_of
from bedrock_projects.commands import options
from bedrock_projects.printing import for_json
from bedrock_projects.review.comparison import environments_touched
from bedrock_projects.review.revisions import load_at
from bedrock_projects.terminal import show

EXAMPLES = options.examples("environments", "environments --shards 8 --format json")


def environments(
    *,
    inventory: options.InventoryFile = options.USUAL_INVENTORY,
    environment: options.Environments = None,
    changed_since: options.ChangedSince = None,
    shards: options.Shards = None,
    output: options.Output = options.TextOrJson.TEXT,
) -> None:
    """List environments: all, some, or those of a change.

    With `--shards`, a line (an item in JSON) is what one job of a pipeline deploys; all jobs have about as much to do.
    """
    after = inventories.load(inventory)
    names = list(after.select(environment or ["*"]))
    if changed_since is not None:
        touched = environments_touched(load_at(changed_since, inventory), after)
        names = [name for name in names if name in touched]
    if shards is not None:
        _show_shards(shards_of(after, shards, only=names), output)
    elif output is options.TextOrJson.JSON:
        typer.echo(for_json(names, indent=None))
    else:
        show(*names)


def _show_shards(shards: Sequence[Shard], output: options.TextOrJson) -> None:
    if output is options.TextOrJson.JSON:
        typer.echo(for_json([asdict(shard) for shard in shards], indent=None))
    else:
        show(*(" ".join(shard.environments) for shard in shards))
