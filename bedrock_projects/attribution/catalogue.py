"""The catalogue: which project an application uses in which environment, as a file that CI publishes.

Made from the outputs of stacks and the inventory beside them; its shape is in docs/using-projects.md. It holds ids,
which are no secrets, and nothing that is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bedrock_projects.arns import account_in
from bedrock_projects.aws.endpoints import is_own_url
from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import (
    ACCOUNT,
    ENVIRONMENT_NAME,
    INVENTORY_NAME,
    NO_PROJECT_ID,
    PROJECT_ID,
    PROJECT_KEY,
    REGION,
    Limit,
)
from bedrock_projects.model import Inventory, Status
from bedrock_projects.printing import for_json
from bedrock_projects.suggestions import did_you_mean


class _Part(BaseModel):
    # A later version may add fields: whoever reads version 1 goes on without them.
    model_config = ConfigDict(frozen=True, extra="ignore")


def _text(limit: Limit, *besides: str) -> AfterValidator:
    def check(text: str) -> str:
        violation = None if text in besides else limit.violation(text)
        if violation:
            raise ValueError(violation)
        return text

    return AfterValidator(check)


# A later version, which wrote the catalogue, may know more regions.
_Region = Annotated[str, _text(replace(REGION, known=()))]


class CatalogueProject(_Part):
    """A project as the stack's output `projects` has it; `arn` and `base_url` are empty where there is no project."""

    id: Annotated[str, _text(PROJECT_ID, NO_PROJECT_ID)]
    arn: str
    name: str
    region: _Region
    status: Status
    base_url: Annotated[str, Field(pattern=r"^(https?://[A-Za-z0-9.:\[\]_-]+(/[A-Za-z0-9._/-]*)?/v1)?$")]

    @property
    def account(self) -> str | None:
        """The account in the ARN."""
        return account_in(self.arn)


class CatalogueEnvironment(_Part):
    """What one stack deployed. `region` and `base_url` are where its entries are that name no region of their own."""

    account: Annotated[str, _text(ACCOUNT)] | None
    region: _Region | None
    base_url: str | None
    projects: Mapping[Annotated[str, _text(PROJECT_KEY)], CatalogueProject]


class Catalogue(_Part):
    """The environments of one inventory, those of the stacks that were read.

    `declared` has every entry of the inventory with all its environments, deployed or not.
    """

    version: Literal[1]
    inventory: Annotated[str, _text(INVENTORY_NAME)]
    environments: Mapping[Annotated[str, _text(ENVIRONMENT_NAME)], CatalogueEnvironment]
    declared: Mapping[str, Sequence[str]]

    def as_json(self) -> str:
        """The file's text: the same catalogue is the same text."""
        return f"{for_json(self.model_dump(mode='json'))}\n"


@dataclass(frozen=True)
class Deployed:
    """What is known of one stack: its environment's region, and its output `projects` as JSON."""

    stack: str
    environment: str
    region: str | None
    projects: Mapping[str, Any]


def catalogue_of(inventory: Inventory, stacks: Sequence[Deployed]) -> Catalogue:
    """The catalogue of these stacks; SettingsError where two are one environment, or an output is none of ours."""
    environments: dict[str, CatalogueEnvironment] = {}
    for deployed in stacks:
        name = deployed.environment
        if name in environments:
            raise SettingsError(f"stack {deployed.stack}: environment {name!r} has another stack already; give one")
        environments[name] = _environment(inventory, deployed)
    declared: dict[str, list[str]] = {}
    for entry in inventory.projects:
        declared.setdefault(entry.key, []).append(entry.environment)
    return Catalogue(
        version=1,
        inventory=inventory.name,
        environments=dict(sorted(environments.items())),
        declared=dict(sorted(declared.items())),
    )


def _environment(inventory: Inventory, deployed: Deployed) -> CatalogueEnvironment:
    try:
        projects = {key: CatalogueProject.model_validate(value) for key, value in sorted(deployed.projects.items())}
        return CatalogueEnvironment(
            account=next(
                (project.account for project in projects.values() if project.account),
                inventory.environment(deployed.environment).account,
            ),
            region=deployed.region,
            base_url=next((project.base_url for project in projects.values() if project.region == deployed.region), "")
            or None,
            projects=projects,
        )
    except ValidationError as error:
        raise SettingsError(f"stack {deployed.stack}, output `projects`: {_first(error)}") from None


def read_catalogue(path: Path) -> Catalogue:
    """Reads a file that `bedrock-projects catalogue` wrote; SettingsError says what is wrong with it."""
    try:
        return Catalogue.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise SettingsError(
            f"{path} does not exist; write it with `bedrock-projects catalogue --into {path}`"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise SettingsError(f"{path} is no catalogue of version 1: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False)[0]
    where = ".".join(map(str, detail["loc"]))
    return f"{where}: {detail['msg']}" if where else str(detail["msg"])


def project_in(catalogue: Catalogue, key: str, environment: str, *, source: str) -> CatalogueProject:
    """The active project of an entry in an environment; SettingsError says why there is none, and where to look.

    `source` names where the catalogue came from, for the messages. Nobody's API key may go to another host than AWS's.
    """
    place = environment_of(catalogue, environment, source=source)
    project = place.projects.get(key)
    if project is None:
        raise SettingsError(_missing(catalogue, key, environment))
    if project.status == "archived":
        raise SettingsError(
            f"{key} is archived in {environment} ({project.id}): it cannot be used any more. Ask the owners of the "
            "inventory for a new entry"
        )
    if project.status == "released":
        raise SettingsError(
            f"{key} is released in {environment}: {project.id} is no project of this inventory any more. Ask who looks "
            "after it now"
        )
    if not is_own_url(project.base_url):
        raise SettingsError(
            f"{source}: the URL of {key} in {environment} is {project.base_url or 'empty'}, which is not AWS's: an API "
            "key would be sent there. Take the catalogue from those who deploy; if it is theirs, `pulumi up` without "
            "AWS_ENDPOINT_URL corrects it"
        )
    return project


def environment_of(catalogue: Catalogue, environment: str, *, source: str) -> CatalogueEnvironment:
    """An environment of the catalogue; SettingsError where it is not in it."""
    if environment in catalogue.environments:
        return catalogue.environments[environment]
    there = ", ".join(catalogue.environments)
    known = {*catalogue.environments, *(name for several in catalogue.declared.values() for name in several)}
    if environment in known:
        raise SettingsError(
            f"environment {environment!r} is in inventory {catalogue.inventory}, but not in {source}, which has "
            f"{there}; read its stack too, or take its own catalogue"
        )
    raise SettingsError(
        f"inventory {catalogue.inventory} has no environment {environment!r}: {did_you_mean(environment, known)}"
    )


def _missing(catalogue: Catalogue, key: str, environment: str) -> str:
    declared = catalogue.declared.get(key, ())
    if environment in declared:
        return (
            f"{key} is pending in {environment}: it is in the inventory, and its project is not made yet. It is after "
            "the next `pulumi up`; a catalogue shows it once it is written anew"
        )
    elsewhere = {name for name, place in catalogue.environments.items() if key in place.projects}
    if elsewhere | set(declared):
        return f"{key} is not in {environment}; it is in {', '.join(sorted(elsewhere | set(declared)))}"
    known = {*catalogue.declared, *catalogue.environments[environment].projects}
    return f"inventory {catalogue.inventory} has no project {key!r}: {did_you_mean(key, known)}"
