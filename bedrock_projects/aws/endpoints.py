"""AWS's endpoints that know projects, and their words: plain values, without boto3 (decision 10).

What is particular to an endpoint is here or in its module below `aws.projects`, and nowhere else.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from bedrock_projects import limits
from bedrock_projects.limits import Limit


@dataclass(frozen=True)
class TokenMetric:
    """A count of tokens, which has one name by project, and another by project and model."""

    by_project: str
    by_model: str


@dataclass(frozen=True, kw_only=True)
class MetricNames:
    """How CloudWatch counts requests of an endpoint and their tokens: namespace, metrics, and their two dimensions."""

    namespace: str
    requests: str
    input_tokens: TokenMetric
    output_tokens: TokenMetric
    project_dimension: str
    model_dimension: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Endpoint:
    """One API that manages projects and takes inference requests for them.

    `iam_prefix` is before IAM actions, `arn_service` in the ARNs of projects, `usage_type_mark` in the usage types
    of its requests in Billing, empty if they do not tell. `metrics` is None if CloudWatch does not count requests by
    project, `host` is None if no OpenAI client is served, `regions` is None if nobody has listed them.
    The limits are of the final name of a project, of its tags with the ownership tag, and of the active projects of an
    account: whether archived ones count, AWS does not say; None is a limit that nobody knows.
    """

    name: str
    iam_prefix: str
    arn_service: str
    inference_actions: tuple[str, ...]
    metrics: MetricNames | None
    usage_type_mark: str
    host: str | None
    regions: tuple[str, ...] | None
    project_name: Limit
    tag_key: Limit
    tag_value: Limit
    tags_per_project: int
    projects_per_account: int | None

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__

    def action(self, operation: str) -> str:
        """The IAM action of that name."""
        return f"{self.iam_prefix}:{operation}"

    def project_arns(self, region: str, account: str) -> str:
        """The pattern that the ARNs of all projects of an account have in a region; both may be `*`.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        """
        partition = "aws-us-gov" if region.startswith("us-gov-") else "aws"
        return f"arn:{partition}:{self.arn_service}:{region}:{account}:project/*"

    def base_url(self, region: str, *, override: str | None = None) -> str:
        """What an OpenAI client of this region's projects takes as its `base_url`; empty if there is none.

        `override` is another host's URL.
        """
        return f"{(override or self.host.format(region=region)).rstrip('/')}/v1" if self.host else ""


MANTLE_METRICS = MetricNames(
    namespace="AWS/BedrockMantle",
    requests="Inferences",
    input_tokens=TokenMetric("TotalInputTokens", "InputTokens"),
    output_tokens=TokenMetric("TotalOutputTokens", "OutputTokens"),
    project_dimension="Project",
    model_dimension="Model",
)
"""https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-mantle-metrics.html"""

MANTLE = Endpoint(
    name="bedrock-mantle",
    iam_prefix="bedrock-mantle",
    arn_service="bedrock-mantle",
    inference_actions=("bedrock-mantle:CreateInference",),
    metrics=MANTLE_METRICS,
    usage_type_mark="-mantle-",
    host="https://bedrock-mantle.{region}.api.aws",
    regions=limits.REGIONS,
    project_name=limits.PROJECT_NAME,
    tag_key=limits.TAG_KEY,
    tag_value=limits.TAG_VALUE,
    tags_per_project=limits.TAGS_PER_PROJECT,
    projects_per_account=limits.PROJECTS_PER_ACCOUNT,
)
"""The endpoint with OpenAI's and Anthropic's APIs.

https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html
"""

RUNTIME = Endpoint(
    name="bedrock-runtime",
    iam_prefix="bedrock",
    arn_service="bedrock",
    inference_actions=("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"),
    metrics=None,  # https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
    usage_type_mark="",
    host=None,
    regions=None,
    project_name=limits.RUNTIME_PROJECT_NAME,
    tag_key=limits.ASCII_TAG_KEY,
    tag_value=limits.ASCII_TAG_VALUE,
    tags_per_project=limits.TAGS_PER_PROJECT,
    projects_per_account=None,
)
"""The endpoint with `Converse` and `InvokeModel`; the client `bedrock` of AWS's SDKs manages its projects.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateProject.html
"""

ENDPOINTS = {endpoint.name: endpoint for endpoint in (MANTLE, RUNTIME)}
"""All endpoints, by the name that an inventory has."""


_OWN_HOST = re.compile(
    rf"(?:vpce-[a-z0-9-]+\.)?{MANTLE.name}(?:-fips)?\.(?:{limits.REGION.pattern})(?:\.vpce)?\.(?:api\.aws|amazonaws\.com)"
)


def is_own_url(url: str) -> bool:
    """Whether an API key that is sent to the URL reaches AWS's endpoint over TLS, or stays on this machine.

    The name must be the endpoint's, with a VPC endpoint before it at most: anybody can get some other name below
    amazonaws.com, for a bucket or a load balancer.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets around what is not an IPv6 address
        return False
    host = parts.hostname or ""
    if host == "localhost" or _is_loopback(host):
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and _OWN_HOST.fullmatch(host) is not None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class RegionalEndpoint:
    """An endpoint in a region: the key of every client, listing and account."""

    region: str
    endpoint: Endpoint = MANTLE

    def __str__(self) -> str:
        return self.region if self.endpoint is MANTLE else f"{self.region} ({self.endpoint})"
