"""The catalogue: which project an application uses in which environment, as a file that CI publishes.

It is made from the outputs of stacks and their inventory; docs/using-projects.md describes it. It contains ids and no
secrets.
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
    # A later version may add fields; a reader of version 1 ignores them.
    model_config = ConfigDict(frozen=True, extra="ignore")


def _text(limit: Limit, *besides: str) -> AfterValidator:
    def check(text: str) -> str:
        violation = None if text in besides else limit.violation(text)
        if violation:
            raise ValueError(violation)
        return text

    return AfterValidator(check)


# A later version may have written the catalogue and may know more regions.
_Region = Annotated[str, _text(replace(REGION, known=()))]


class CatalogueProject(_Part):
    """A project as the stack's output `projects` has it; `arn` and `base_url` are empty without a project."""

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
    """What one stack deployed. `region` and `base_url` are for entries without their own region."""

    account: Annotated[str, _text(ACCOUNT)] | None
    region: _Region | None
    base_url: str | None
    projects: Mapping[Annotated[str, _text(PROJECT_KEY)], CatalogueProject]


class Catalogue(_Part):
    """The environments of one inventory whose stacks were read.

    `declared` has every entry of the inventory with all its environments, deployed or not.
    """

    version: Literal[1]
    inventory: Annotated[str, _text(INVENTORY_NAME)]
    environments: Mapping[Annotated[str, _text(ENVIRONMENT_NAME)], CatalogueEnvironment]
    declared: Mapping[str, Sequence[str]]

    def as_json(self) -> str:
        """The file's text; equal catalogues have equal texts."""
        return f"{for_json(self.model_dump(mode='json'))}\n"


@dataclass(frozen=True)
class Deployed:
    """One stack: its environment's region, and its output `projects` as JSON."""

    stack: str
    environment: str
    region: str | None
    projects: Mapping[str, Any]


def catalogue_of(inventory: Inventory, stacks: Sequence[Deployed]) -> Catalogue:
    """The catalogue of these stacks; SettingsError if two have the same environment, or an output is invalid."""
    environments: dict[str, CatalogueEnvironment] = {}
    for deployed in stacks:
        name = deployed.environment
        if name in environments:
            raise SettingsError(
                f"stack {deployed.stack!r}: environment {name!r} already has another stack; name only one"
            )
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
        raise SettingsError(f"stack {deployed.stack!r}, output `projects`: {_first(error)}") from None


def read_catalogue(path: Path) -> Catalogue:
    """Reads a file that `bedrock-projects catalogue` wrote; SettingsError says what is wrong."""
    try:
        return Catalogue.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise SettingsError(
            f"{path} does not exist; create it with `bedrock-projects catalogue --into {path}`"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise SettingsError(f"{path} is not a catalogue of version 1: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False)[0]
    where = ".".join(map(str, detail["loc"]))
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def project_in(catalogue: Catalogue, key: str, environment: str, *, source: str) -> CatalogueProject:
    """The active project of an entry in an environment; SettingsError says why there is none, and what to do.

    `source` names the origin of the catalogue in messages. An API key must not be sent to a host other than AWS's.
    """
    place = environment_of(catalogue, environment, source=source)
    project = place.projects.get(key)
    if project is None:
        raise SettingsError(_missing(catalogue, key, environment))
    if project.status == "archived":
        raise SettingsError(
            f"{key!r} is archived in {environment!r} ({project.id}) and cannot be used any more; ask the owners of the "
            "inventory for a new entry"
        )
    if project.status == "released":
        raise SettingsError(
            f"{key!r} is released in {environment!r}: this inventory does not manage {project.id} any more; ask its "
            "new owners"
        )
    if not is_own_url(project.base_url):
        raise SettingsError(
            f"{source}: the URL of {key!r} in {environment!r} is {project.base_url or 'empty'}, not AWS's, and an API "
            "key would be sent there. Get the catalogue from the team that deploys. If it is theirs, run `pulumi up` "
            "without AWS_ENDPOINT_URL"
        )
    return project


def environment_of(catalogue: Catalogue, environment: str, *, source: str) -> CatalogueEnvironment:
    """An environment of the catalogue; SettingsError if it is missing."""
    if environment in catalogue.environments:
        return catalogue.environments[environment]
    there = ", ".join(catalogue.environments)
    known = {*catalogue.environments, *(name for several in catalogue.declared.values() for name in several)}
    if environment in known:
        raise SettingsError(
            f"environment {environment!r} is in inventory {catalogue.inventory!r}, but not in {source} (which has "
            f"{there}); read its stack too, or use its own catalogue"
        )
    raise SettingsError(
        f"unknown environment {environment!r} in inventory {catalogue.inventory!r}; {did_you_mean(environment, known)}"
    )


def _missing(catalogue: Catalogue, key: str, environment: str) -> str:
    declared = catalogue.declared.get(key, ())
    if environment in declared:
        return (
            f"{key!r} is pending in {environment!r}: it is in the inventory, but its project does not exist yet. Run "
            "`pulumi up`, then write the catalogue again"
        )
    elsewhere = {name for name, place in catalogue.environments.items() if key in place.projects}
    if elsewhere | set(declared):
        return f"{key!r} is not in {environment!r}; it is in {', '.join(sorted(elsewhere | set(declared)))}"
    known = {*catalogue.declared, *catalogue.environments[environment].projects}
    return f"unknown entry {key!r} in inventory {catalogue.inventory!r}; {did_you_mean(key, known)}"
