"""`bedrock-projects review`: shows a reviewer what a change to the inventory will do."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.commands import options
from bedrock_projects.printing import for_json
from bedrock_projects.review import comparison as reviews
from bedrock_projects.review.rendering import as_lines, as_markdown
from bedrock_projects.review.revisions import load_at
from bedrock_projects.terminal import show

EXAMPLES = options.examples("review main", "review v1.4.0 HEAD --environment prod --format markdown")

CHANGES = 10
IRREVERSIBLE_CHANGES = 20


def review(
    *,
    base: Annotated[str, typer.Argument(metavar="BASE", help="What is deployed: a git revision or a file.")],
    head: Annotated[
        str | None, typer.Argument(metavar="HEAD", help="What is proposed (default: the current inventory file).")
    ] = None,
    environment: options.Environments = None,
    inventory: Annotated[
        Path, typer.Option(metavar="FILE", help="Inventory file within a revision.")
    ] = options.USUAL_INVENTORY,
    output: options.OutputWithMarkdown = options.TextMarkdownOrJson.TEXT,
    unfold: Annotated[bool, typer.Option("--unfold", help="List every project of a group.")] = False,
) -> None:
    """Show what a change to the inventory does in AWS (offline).

    Exit codes: 0 no changes, 10 changes, 20 irreversible changes, 1 an inventory is invalid.
    """
    before, after = load_at(base, inventory), load_at(head or str(inventory), inventory)
    reviewed = reviews.review(before, after, only=environment or ())
    if output is options.TextMarkdownOrJson.JSON:
        typer.echo(for_json(asdict(reviewed) | {"irreversible": reviewed.irreversible}))
    elif output is options.TextMarkdownOrJson.MARKDOWN:
        typer.echo(as_markdown(reviewed, unfold=unfold))
    else:
        show(*as_lines(reviewed, unfold=unfold))
    if reviewed.changes:
        raise typer.Exit(IRREVERSIBLE_CHANGES if reviewed.irreversible else CHANGES)
