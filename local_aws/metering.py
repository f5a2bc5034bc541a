"""What inference used, as Billing and CloudWatch will count it: the meters that the endpoint writes and they read.

The tags of a line are those that the project carried at the time of use, as with any AWS resource:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html
Not imitated: the hours until a use shows up in Cost Explorer.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Endpoint = Literal["bedrock-mantle", "bedrock-runtime"]


@dataclass(frozen=True)
class Meter:
    """What is counted together. `minute` is the unix time of its start, divided by 60; `tags` are sorted pairs.

    `project` is an id or `default`; `model` is the id that the request named, on `bedrock-runtime` the one that
    `bedrock-mantle` has for that model.
    """

    account: str
    region: str
    project: str
    model: str
    minute: int
    tags: tuple[tuple[str, str], ...]
    endpoint: Endpoint = "bedrock-mantle"


@dataclass
class Usage:
    """What was counted. Requests that failed for the client's fault use no tokens."""

    requests: int = 0
    client_errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


class MeterStore:
    """All meters, in the order of their first use."""

    def __init__(self) -> None:
        self._meters: defaultdict[Meter, Usage] = defaultdict(Usage)

    def count(
        self,
        meter: Meter,
        *,
        input_tokens: int,
        output_tokens: int,
        cache_read_tokens: int = 0,
        cache_write_tokens: int = 0,
    ) -> None:
        """A request that was answered."""
        usage = self._meters[meter]
        usage.requests += 1
        usage.input_tokens += input_tokens
        usage.output_tokens += output_tokens
        usage.cache_read_tokens += cache_read_tokens
        usage.cache_write_tokens += cache_write_tokens

    def count_client_error(self, meter: Meter) -> None:
        """A request that was refused after its project was found."""
        self._meters[meter].client_errors += 1

    def __iter__(self) -> Iterator[tuple[Meter, Usage]]:
        return iter(self._meters.items())
