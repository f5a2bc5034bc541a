"""`bedrock-projects use`: the project id for an application, and how to set it."""

import enum
from typing import Annotated

import typer

from bedrock_projects.attribution.using import SNIPPETS_OF, Request, snippet_from
from bedrock_projects.commands import options
from bedrock_projects.stacks.outputs import catalogue_and_source
from bedrock_projects.terminal import progress

EXAMPLES = options.examples(
    "use customer-chatbot --environment dev --client anthropic",
    "use customer-chatbot --environment prod --client env",
)


class Client(str, enum.Enum):
    """The client that sends the requests."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    LANGCHAIN = "langchain"
    LITELLM = "litellm"
    OPENAI_TYPESCRIPT = "openai-typescript"
    ANTHROPIC_TYPESCRIPT = "anthropic-typescript"
    AI_SDK = "ai-sdk"
    OPENAI_JAVA = "openai-java"
    OPENAI_GO = "openai-go"
    CLAUDE_CODE = "claude-code"
    ENV = "env"
    CURL = "curl"
    BOTO3 = "boto3"
    AWS_SDK_TYPESCRIPT = "aws-sdk-typescript"


_CLIENTS = "; ".join(f"{endpoint}: {', '.join(snippets)}" for endpoint, snippets in SNIPPETS_OF.items())


def use(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of the entry in the inventory.")],
    *,
    environment: Annotated[str, typer.Option(metavar="NAME", help="Environment to use.")],
    client: Annotated[
        Client | None,
        typer.Option(
            metavar="CLIENT", help=f"Client that sends requests (default: the first for its endpoint). {_CLIENTS}."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="Model in the snippet.")] = None,
    catalogue: options.Catalogue = None,
) -> None:
    """Print a client snippet that uses a project.

    Exit codes: 0 done, 1 no usable project (with the reason).
    """
    with progress("Reading the catalogue"):
        loaded_catalogue, source = catalogue_and_source(environment, catalogue)
    request = Request(key=key, environment=environment, client=client.value if client else None, model=model)
    typer.echo(snippet_from(loaded_catalogue, request, source=source), nl=False)
