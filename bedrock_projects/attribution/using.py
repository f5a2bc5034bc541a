"""What `bedrock-projects use` prints, and the reading of a whole call of it without Typer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bedrock_projects.attribution.catalogue import Catalogue, project_in, read_catalogue
from bedrock_projects.attribution.snippets import SNIPPETS, Use

COMMAND = "use"
OPTIONS = ("--environment", "--client", "--model", "--catalogue")
"""All options of the command; a test compares them with those that Typer reads."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a developer asks for; `client` is a key of SNIPPETS, `model` None: that of the snippet."""

    key: str
    environment: str
    client: str
    model: str | None


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
    return SNIPPETS[request.client](use)


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
    if options.get("--client") not in SNIPPETS or not {"--environment", "--catalogue"} <= {*options}:
        return None
    request = Request(
        key=keys[0],
        environment=options["--environment"],
        client=options["--client"],
        model=options.get("--model"),
    )
    return request, Path(options["--catalogue"])


def _split(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options with their values, and the other arguments. A value that is missing is `-`."""
    options: dict[str, str] = {}
    others: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, sign, value = argument.partition("=")
        if name.startswith("-"):
            options[name] = value if sign else next(rest, "-")
        else:
            others.append(argument)
    return options, others
