"""`bedrock-projects use`: which project id, and how do I set it."""

import enum
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.attribution.catalogue import project_in
from bedrock_projects.attribution.snippets import SNIPPETS, Use
from bedrock_projects.stacks.outputs import catalogue_and_source


class Client(str, enum.Enum):
    """What sends the requests."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    LANGCHAIN = "langchain"
    LITELLM = "litellm"
    CLAUDE_CODE = "claude-code"
    ENV = "env"
    CURL = "curl"


def use(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The entry's key in the inventory.")],
    *,
    environment: Annotated[str, typer.Option(metavar="NAME", help="The environment to use it in.")],
    client: Annotated[Client, typer.Option(help="What sends the requests.")],
    model: Annotated[str | None, typer.Option(metavar="ID", help="The model that the snippet asks.")] = None,
    catalogue: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead of the stack's outputs: what CI published.")
    ] = None,
) -> None:
    """Print what a developer pastes to use a project.

    Exit codes: 0 done, 1 there is no such project to use, with the reason.
    """
    loaded_catalogue, source = catalogue_and_source(environment, catalogue)
    project = project_in(loaded_catalogue, key, environment, source=source)
    wanted = Use(
        key=key,
        environment=environment,
        project_id=project.id,
        region=project.region,
        base_url=project.base_url,
        model=model,
    )
    typer.echo(SNIPPETS[client.value](wanted), nl=False)
