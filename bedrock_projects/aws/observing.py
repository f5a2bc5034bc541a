"""Sends single requests as they are, and shows what came back: for `conformance`, which looks at AWS itself.

The other clients retry, follow pages and translate answers, which hides what is to be seen here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore import exceptions as aws
from botocore import xform_name

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.aws.errors import translated
from bedrock_projects.aws.projects import open_raw_client
from bedrock_projects.aws.projects.answers import readable
from bedrock_projects.aws.session import BILLING_REGION, client_config, open_client
from bedrock_projects.errors import AmbiguousError, ServiceError

_ASKS: Final = ("CreateChatCompletion", "CreateMessage")
_WRITES: Final = ("CreateProject", "UpdateProject", "ArchiveProject")
SENT: Final[Mapping[str, tuple[str, ...]]] = {
    MANTLE.iam_prefix: ("ListProjects", "GetProject", *_WRITES, *_ASKS),
    RUNTIME.iam_prefix: (
        *("ListProjects", "GetProject", "ListTagsForResource", "GetAccountDataRetention"),
        *(*_WRITES, "TagResource"),
    ),
    "resourcegroupstaggingapi": ("GetResources",),
    RUNTIME.name: ("Converse",),
    "cloudwatch": ("ListMetrics", "GetMetricData"),
    "sts": ("GetCallerIdentity",),
    "ce": ("ListCostAllocationTags", "GetCostAndUsage", "GetCostAndUsageWithResources", "GetDimensionValues"),
    "budgets": ("DescribeBudgets",),
    "service-quotas": ("ListServiceQuotas",),
}
"""The operations that an observer can send, by botocore's name of the service."""

# botocore takes the page of a proxy for an answer without members.
_ALWAYS_THERE: Final = {
    MANTLE.action("ListProjects"): "data",
    **{MANTLE.action(name): "id" for name in ("GetProject", *_WRITES, *_ASKS)},
    f"{RUNTIME.name}:Converse": "output",
    "cloudwatch:GetMetricData": "MetricDataResults",
    "resourcegroupstaggingapi:GetResources": "ResourceTagMappingList",
    "ce:ListCostAllocationTags": "CostAllocationTags",
    "ce:GetCostAndUsage": "ResultsByTime",
    "ce:GetCostAndUsageWithResources": "ResultsByTime",
    "ce:GetDimensionValues": "DimensionValues",
    "service-quotas:ListServiceQuotas": "Quotas",
    "sts:GetCallerIdentity": "Account",
}
_PROJECTS: Final = {endpoint.iam_prefix: endpoint for endpoint in (MANTLE, RUNTIME)}
_AWS_NAMES: Final = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws")
_IN_BILLING_REGION: Final = ("ce", "budgets")


@dataclass(frozen=True)
class Answer:
    """What AWS answered: the body of a success, or the error of a refusal."""

    body: Mapping[str, Any] = field(default_factory=dict)
    refusal: ServiceError | None = None


class Observer:
    """Sends each request once; makes a client for a service when it is first asked.

    `user_agent` is on each request, and so in CloudTrail.
    """

    def __init__(self, credentials: Credentials, region: str, *, user_agent: str) -> None:
        self.region = region
        self._credentials = credentials
        self._user_agent = user_agent
        self._clients: dict[str, Any] = {}

    @property
    def is_aws(self) -> bool:
        """Whether the requests go to AWS, and not to an endpoint that the settings of the machine name."""
        return all(self._client(service).meta.endpoint_url.endswith(_AWS_NAMES) for service in _PROJECTS)

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        """The answer to `service:Operation`; raises ServiceError if none came, or none that can be read."""
        service, _, name = operation.partition(":")
        if name not in SENT[service]:
            raise ValueError(operation)
        action, credentials = f"sending {operation}", str(self._credentials)
        try:
            with readable("the answer cannot be read", action=action):
                body = getattr(self._client(service), xform_name(name))(**parameters)
        except aws.ClientError as error:
            return Answer(refusal=translated(error, action, credentials))
        except (aws.BotoCoreError, aws.HTTPClientError, ValueError) as error:
            raise translated(error, action, credentials) from None
        whole = _without_nulls(body)
        if _ALWAYS_THERE.get(operation, "ResponseMetadata") not in whole:
            raise AmbiguousError("the answer cannot be read", action=action)
        return Answer({name: value for name, value in whole.items() if name != "ResponseMetadata"})

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._opened(service)
        return self._clients[service]

    def _opened(self, service: str) -> Any:
        if service in _PROJECTS:
            return open_raw_client(
                self._credentials, _PROJECTS[service], region=self.region, user_agent=self._user_agent
            )
        region = BILLING_REGION if service in _IN_BILLING_REGION else self.region
        config = client_config(attempts=1, user_agent=self._user_agent)
        return open_client(service, self._credentials, region=region, config=config)


def _without_nulls(value: Any) -> Any:
    """The same without what is null: botocore leaves it out of structures, but not out of lists and maps."""
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_without_nulls(part) for part in value if part is not None]
    return value
