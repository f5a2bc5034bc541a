"""The client of Cost Explorer: two paid questions, and a count of how often they were asked.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.pages import pages_of
from bedrock_projects.aws.session import BILLING_REGION, client_config, open_client

Request = Mapping[str, Any]
"""The members of a request as boto3 takes them; dates are texts, `End` is exclusive."""

_ATTEMPTS = 4  # botocore waits at most 1, 2 and 4 seconds between them


class CostExplorerClient:
    """One method per question; errors are ServiceError. boto3 has no paginators here: pages are followed by hand.

    `requests` counts the answers so far. A request that was refused, by LimitExceededException say, is not counted:
    AWS does not say whether it costs. `before_request` is called with that count before each request; what it raises
    ends the report.
    """

    def __init__(self, credentials: Credentials, *, before_request: Callable[[int], None] = lambda _: None) -> None:
        self.requests = 0
        self._before_request = before_request
        self._credentials = credentials
        self._client = open_client("ce", credentials, region=BILLING_REGION, config=client_config(attempts=_ATTEMPTS))

    def cost_and_usage(self, request: Request) -> Iterator[dict[str, Any]]:
        """The pages of costs, one at a time; a period may go on over several (ce:GetCostAndUsage)."""
        action = "reading the costs (ce:GetCostAndUsage)"

        def ask(**token: str) -> dict[str, Any]:
            self._before_request(self.requests)
            with translate_errors(action, credentials=str(self._credentials)):
                page: dict[str, Any] = self._client.get_cost_and_usage(**request, **token)
            self.requests += 1
            return page

        return pages_of(ask, cursor="NextPageToken", action=action)

    def forecast(self, request: Request) -> dict[str, Any]:
        """The forecast as answered (ce:GetCostForecast)."""
        self._before_request(self.requests)
        with translate_errors("forecasting the costs (ce:GetCostForecast)", credentials=str(self._credentials)):
            answer: dict[str, Any] = self._client.get_cost_forecast(**request)
        self.requests += 1
        return answer
