"""What `bedrock-projects use` prints, and the reading of a whole call of it without Typer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedrock_projects.attribution.catalogue import Catalogue, project_in, read_catalogue
from bedrock_projects.attribution.runtime_snippets import RUNTIME_SNIPPETS
from bedrock_projects.attribution.snippets import SNIPPETS, Use
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.errors import SettingsError

COMMAND = "use"
OPTIONS = ("--environment", "--client", "--model", "--catalogue")
"""All options of the command; a test compares them with those that Typer reads."""

SNIPPETS_OF: Mapping[Endpoint, Mapping[str, Callable[[Use], str]]] = {MANTLE: SNIPPETS, RUNTIME: RUNTIME_SNIPPETS}
"""The snippets for the projects of each endpoint, by client; the first is the default."""

CLIENTS = tuple(dict.fromkeys(client for snippets in SNIPPETS_OF.values() for client in snippets))
"""All values of `--client`."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a developer asks for; `client` is one of CLIENTS.

    `client` None: the default of the project's endpoint. `model` None: that of the snippet.
    """

    key: str
    environment: str
    client: str | None = None
    model: str | None = None


def snippet_from(catalogue: Catalogue, request: Request, *, source: str) -> str:
    """The snippet for the project; SettingsError if it cannot be used. `source` names the catalogue in messages."""
    project = project_in(catalogue, request.key, request.environment, source=source)
    use = Use(
        key=request.key,
        environment=request.environment,
        project_id=project.id,
        region=project.region,
        base_url=project.base_url,
        model=request.model,
    )
    snippets = SNIPPETS_OF[project.of]
    client = request.client or next(iter(snippets))
    if client not in snippets:
        *others, last = snippets
        raise SettingsError(
            f"{request.key!r} in {request.environment!r} is a project of {project.endpoint}, which `--client {client}` "
            f"does not reach; use `--client` {', '.join(others)} or {last}"
        )
    return snippets[client](use)


def snippet_from_file(request: Request, file: Path) -> str:
    """The snippet for the project in that catalogue; SettingsError if the file or the project cannot be used."""
    return snippet_from(read_catalogue(file), request, source=str(file))


def complete_call(arguments: Sequence[str]) -> tuple[Request, Path] | None:
    """A call of `use` with all that a catalogue needs; None for any other, which Typer reads or refuses."""
    if list(arguments[:1]) != [COMMAND]:
        return None
    options, keys = _split(arguments[1:])
    if not {*options} <= {*OPTIONS} or len(keys) != 1 or any(value.startswith("-") for value in options.values()):
        return None
    if options.get("--client", CLIENTS[0]) not in CLIENTS or not {"--environment", "--catalogue"} <= {*options}:
        return None
    request = Request(
        key=keys[0],
        environment=options["--environment"],
        client=options.get("--client"),
        model=options.get("--model"),
    )
    return request, Path(options["--catalogue"])


def _split(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options with their values, and the other arguments. A value that is missing, or given twice, is `-`."""
    options: dict[str, str] = {}
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, sign, value = argument.partition("=")
        if name.startswith("-"):
            given = value if sign else next(rest, "-")
            options[name] = "-" if name in options else given
        else:
            others.append(argument)
    return options, others
