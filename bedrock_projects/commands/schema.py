"""`bedrock-projects schema`: the JSON Schema of the inventory, for editors and other tools."""

import json
from typing import Annotated

import typer

from bedrock_projects.inventory.json_schema import included_schema, inventory_schema


def schema(
    *,
    included: Annotated[bool, typer.Option("--included", help="The one for files that an inventory includes.")] = False,
) -> None:
    """Print the JSON Schema of projects.yaml (draft 7)."""
    made = included_schema() if included else inventory_schema()
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))
