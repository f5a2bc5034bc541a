"""Published projects (SSM parameters) and policies for inference, decided from the inventory alone."""

from dataclasses import dataclass
from typing import Literal

from bedrock_projects.arns import role_name
from bedrock_projects.aws.endpoints import ENDPOINTS, Endpoint
from bedrock_projects.cost_controls.budgets import cost_control_tags
from bedrock_projects.cost_controls.naming import fitting
from bedrock_projects.limits import INLINE_POLICY_NAME
from bedrock_projects.model import Inventory, Project
from bedrock_projects.stacks.settings import Settings


@dataclass(frozen=True, kw_only=True)
class PublishedValue:
    """An output of a project, `attribute`, that is published as a parameter; `noun` is its name in words."""

    attribute: Literal["id", "base_url", "region"]
    last: str
    noun: str

    def resource(self, key: str) -> str:
        """The name of the parameter's resource. States of the first version have that of the id."""
        return key if self.attribute == "id" else f"{key}.{self.last}"


PUBLISHED_VALUES = (
    PublishedValue(attribute="id", last="project-id", noun="id"),
    PublishedValue(attribute="base_url", last="base-url", noun="base URL"),
    PublishedValue(attribute="region", last="region", noun="region"),
)
"""What an application needs of its project, as far as its endpoint has it; the parameters end in these words."""


@dataclass(frozen=True, kw_only=True)
class ParameterInputs:
    """The SSM parameter with a value of the project `key`, in the region of the project; None: the stack's."""

    key: str
    value: PublishedValue
    resource: str
    former: tuple[str, ...]
    name: str
    region: str | None
    tags: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class PolicyInputs:
    """The inline policy that lets the role `role` use the project `key` of that endpoint."""

    key: str
    endpoint: Endpoint
    resource: str
    former: tuple[str, ...]
    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class PublicationInputs:
    """What a stack publishes, only in `account`; `region` is that of its environment."""

    parameters: tuple[ParameterInputs, ...] = ()
    policies: tuple[PolicyInputs, ...] = ()
    account: str | None = None
    region: str | None = None

    def __bool__(self) -> bool:
        return bool(self.parameters or self.policies)


def publication_inputs(settings: Settings, inventory: Inventory) -> PublicationInputs:
    """What the stack of an environment publishes for its active projects; a stack with `scope: billing` has none."""
    published = next(
        (publication for publication in inventory.publications if publication.environment == settings.environment), None
    )
    if settings.scope == "billing" or published is None:
        return PublicationInputs()
    environment = inventory.environment(settings.environment)
    active = [project for project in inventory.in_environment(environment.name) if project.status == "active"]
    prefix = published.parameters
    return PublicationInputs(
        parameters=tuple(
            _parameter(project, value, prefix, inventory, settings)
            for project in active
            for value in PUBLISHED_VALUES
            if prefix and (value.attribute != "base_url" or ENDPOINTS[project.endpoint].host)
        ),
        policies=tuple(
            _policy(project, arn, inventory) for project in active for arn in published.inference.get(project.key, ())
        ),
        account=inventory.account_of(environment.name),
        region=environment.region or settings.region,
    )


def _parameter(
    project: Project, value: PublishedValue, prefix: str, inventory: Inventory, settings: Settings
) -> ParameterInputs:
    return ParameterInputs(
        key=project.key,
        value=value,
        resource=value.resource(project.key),
        former=tuple(map(value.resource, project.aliases)),
        name=f"{prefix}/{project.key}/{value.last}",
        region=project.region or settings.region,
        tags=cost_control_tags(inventory, project.environment, project.key),
    )


def _policy(project: Project, arn: str, inventory: Inventory) -> PolicyInputs:
    role = role_name(arn)
    return PolicyInputs(
        key=project.key,
        endpoint=ENDPOINTS[project.endpoint],
        resource=f"{project.key}.{role}",
        former=tuple(f"{alias}.{role}" for alias in project.aliases),
        name=fitting(f"{inventory.name}.{project.environment}.{project.key}", INLINE_POLICY_NAME),
        role=role,
    )
