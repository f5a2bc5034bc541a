"""`bedrock-projects schema`: the JSON Schema of the inventory, for editors and other tools."""

from typing import Annotated

import typer

from bedrock_projects.commands.options import examples
from bedrock_projects.inventory.json_schema import included_schema, inventory_schema
from bedrock_projects.printing import for_json

EXAMPLES = examples("schema > projects.schema.json", "schema --included > included.schema.json")


def schema(
    *,
    included: Annotated[bool, typer.Option("--included", help="Schema for included files.")] = False,
) -> None:
    """Print the JSON Schema of projects.yaml (draft 7)."""
    made = included_schema() if included else inventory_schema()
    typer.echo(for_json(made))
