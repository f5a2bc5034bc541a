"""The catalogue: which project an application uses in which environment, as a file that CI publishes.

docs/using-projects.md describes it. It contains ids and no secrets. This module imports the standard library and light
modules only: a developer's `use` reads a catalogue with them (decision 14).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from bedrock_projects.arns import account_in
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, Endpoint, is_own_url
from bedrock_projects.errors import SettingsError
from bedrock_projects.json_reading import read_json
from bedrock_projects.limits import (
    ACCOUNT,
    ENVIRONMENT_NAME,
    INVENTORY_NAME,
    NO_PROJECT_ID,
    PROJECT_ID,
    PROJECT_KEY,
    REGION,
    STATUSES,
    Limit,
    Status,
)
from bedrock_projects.printing import for_json
from bedrock_projects.suggestions import did_you_mean

VERSION: Final = 1

# A later version may have written the catalogue and may know more regions.
_REGION: Final = replace(REGION, known=())
_BASE_URL: Final = re.compile(r"(https?://[A-Za-z0-9.:\[\]_-]+(/[A-Za-z0-9._/-]*)?/v1)?")


@dataclass(frozen=True, kw_only=True)
class CatalogueProject:
    """A project as the stack's output `projects` has it; `arn` and `base_url` are empty without a project.

    `endpoint` is a name of `ENDPOINTS`; `base_url` is also empty if the endpoint has none.
    """

    id: str
    arn: str
    name: str
    region: str
    status: Status
    base_url: str
    endpoint: str = MANTLE.name

    @property
    def of(self) -> Endpoint:
        """The endpoint whose requests name the project."""
        return ENDPOINTS[self.endpoint]

    @property
    def account(self) -> str | None:
        """The account in the ARN."""
        return account_in(self.arn)


@dataclass(frozen=True, kw_only=True)
class CatalogueEnvironment:
    """What one stack deployed. `region` and `base_url` are for entries without their own region."""

    account: str | None
    region: str | None
    base_url: str | None
    projects: Mapping[str, CatalogueProject]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The environments of one inventory whose stacks were read.

    `declared` has every entry of the inventory with all its environments, deployed or not.
    """

    inventory: str
    environments: Mapping[str, CatalogueEnvironment]
    declared: Mapping[str, Sequence[str]]

    def as_json(self) -> str:
        """The file's text; equal catalogues have equal texts."""
        return f"{for_json({'version': VERSION} | asdict(self))}\n"


def read_catalogue(path: Path) -> Catalogue:
    """Reads a file that `bedrock-projects catalogue` wrote; SettingsError says what is wrong."""
    try:
        return catalogue_from(path.read_bytes())
    except FileNotFoundError:
        raise SettingsError(
            f"{path} does not exist; create it with `bedrock-projects catalogue --into {path}`"
        ) from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{path} is not a catalogue of version {VERSION}: {error}") from None


def catalogue_from(text: str | bytes) -> Catalogue:
    """The catalogue in the text of a file; ValueError says what is wrong, and where.

    A later version may add fields; a reader of version 1 ignores them.
    """
    whole = _Node(read_json(text))
    version = whole.field("version")
    if version.value != VERSION or isinstance(version.value, bool):
        raise version.invalid(f"must be {VERSION}")
    return Catalogue(
        inventory=whole.field("inventory").text(INVENTORY_NAME),
        environments={
            node.name(ENVIRONMENT_NAME): _environment(node) for node in whole.field("environments").entries()
        },
        declared={node.key: [item.text() for item in node.items()] for node in whole.field("declared").entries()},
    )


def project_from(key: str, value: object) -> CatalogueProject:
    """A project of the stack's output `projects`; ValueError says what is wrong, and where."""
    node = _Node(value, (key,))
    node.name(PROJECT_KEY)
    return _project(node)


@dataclass(frozen=True)
class _Node:
    """A value in a JSON file, and the keys that lead to it."""

    value: Any
    place: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.place[-1]

    def invalid(self, violation: str) -> ValueError:
        return ValueError(f"{'.'.join(self.place)}: {violation}" if self.place else violation)

    def entries(self) -> Sequence["_Node"]:
        """The values of an object, each with its key."""
        if not isinstance(self.value, dict):
            raise self.invalid("must be an object")
        return [_Node(value, (*self.place, key)) for key, value in self.value.items()]

    def items(self) -> Sequence["_Node"]:
        """The values of a list, each with its index."""
        if not isinstance(self.value, list):
            raise self.invalid("must be a list")
        return [_Node(value, (*self.place, str(index))) for index, value in enumerate(self.value)]

    def field(self, key: str) -> "_Node":
        """The value of a key that an object must have."""
        by_key = {node.key: node for node in self.entries()}
        if key not in by_key:
            raise _Node(None, (*self.place, key)).invalid("is missing")
        return by_key[key]

    def field_or(self, key: str, default: str) -> "_Node":
        """The value of a key that an object may have."""
        return next((node for node in self.entries() if node.key == key), _Node(default, (*self.place, key)))

    def name(self, limit: Limit) -> str:
        """The key of this value."""
        return _Node(self.key, self.place).text(limit)

    def text(self, limit: Limit | None = None, *besides: str) -> str:
        """The string, which is within the limit or one of `besides`."""
        if not isinstance(self.value, str):
            raise self.invalid("must be a string")
        violation = limit.violation(self.value) if limit and self.value not in besides else None
        if violation:
            raise self.invalid(violation)
        return self.value

    def choice(self, *choices: str) -> str:
        """The string, which is one of the choices."""
        if self.value not in choices:
            raise self.invalid(f"must be one of {', '.join(choices)}")
        return self.text()

    def text_or_null(self, limit: Limit | None = None) -> str | None:
        return None if self.value is None else self.text(limit)


def _environment(node: _Node) -> CatalogueEnvironment:
    return CatalogueEnvironment(
        account=node.field("account").text_or_null(ACCOUNT),
        region=node.field("region").text_or_null(_REGION),
        base_url=node.field("base_url").text_or_null(),
        projects={project.name(PROJECT_KEY): _project(project) for project in node.field("projects").entries()},
    )


def _project(node: _Node) -> CatalogueProject:
    return CatalogueProject(
        id=node.field("id").text(PROJECT_ID, NO_PROJECT_ID),
        arn=node.field("arn").text(),
        name=node.field("name").text(),
        region=node.field("region").text(_REGION),
        status=_status(node.field("status")),
        base_url=_base_url(node.field("base_url")),
        # An earlier version knew one endpoint and wrote no name.
        endpoint=node.field_or("endpoint", MANTLE.name).choice(*ENDPOINTS),
    )


def _status(node: _Node) -> Status:
    for status in STATUSES:
        if node.value == status:
            return status
    raise node.invalid(f"must be one of {', '.join(STATUSES)}")


def _base_url(node: _Node) -> str:
    if not _BASE_URL.fullmatch(node.text()):
        raise node.invalid("must be a URL that ends in /v1, or empty")
    return node.text()


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
    has_url = bool(project.base_url) or project.of.host is not None
    if has_url and not is_own_url(project.base_url):
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
