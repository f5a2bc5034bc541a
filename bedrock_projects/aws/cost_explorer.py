"""The client of Cost Explorer: three paid questions, and a count of how often they were asked.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bedrock_projects.aws.credentials import BillingCredentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.session import BILLING_REGION, client_config, open_client

PRICE = Decimal("0.01")
"""US dollars for each request, page by page: https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/"""

Request = Mapping[str, Any]
"""The members of a request as boto3 takes them; dates are texts, `End` is exclusive."""

_ATTEMPTS = 4  # botocore waits at most 1, 2 and 4 seconds between them


class CostExplorerClient:
    """One method per question; errors are ServiceError. boto3 has no paginators here: pages are followed by hand.

    `requests` counts the answers so far. A request that was refused, by LimitExceededException say, is not counted:
    AWS does not say whether it costs.
    """

    def __init__(self, credentials: BillingCredentials) -> None:
        self.requests = 0
        self._credentials = credentials
        self._client = open_client("ce", credentials, region=BILLING_REGION, config=client_config(attempts=_ATTEMPTS))

    def dimension_values(self, request: Request) -> list[dict[str, Any]]:
        """The values of a dimension, `Value` with `Attributes` each, of all pages (ce:GetDimensionValues)."""
        action = f"listing the values of {request['Dimension']} (ce:GetDimensionValues)"
        pages = self._pages("get_dimension_values", request, action=action)
        return [value for page in pages for value in page["DimensionValues"]]

    def cost_and_usage(self, request: Request) -> Iterator[dict[str, Any]]:
        """The pages of costs, one at a time; a period may go on over several (ce:GetCostAndUsage)."""
        return self._pages("get_cost_and_usage", request, action="reading the costs (ce:GetCostAndUsage)")

    def forecast(self, request: Request) -> dict[str, Any]:
        """The forecast as answered (ce:GetCostForecast)."""
        with translate_errors("forecasting the costs (ce:GetCostForecast)", credentials=str(self._credentials)):
            answer: dict[str, Any] = self._client.get_cost_forecast(**request)
        self.requests += 1
        return answer

    def _pages(self, operation: str, request: Request, *, action: str) -> Iterator[dict[str, Any]]:
        call = getattr(self._client, operation)
        token: dict[str, str] = {}
        while True:
            with translate_errors(action, credentials=str(self._credentials)):
                page: dict[str, Any] = call(**request, **token)
            self.requests += 1
            yield page
            if not page.get("NextPageToken"):
                return
            token = {"NextPageToken": page["NextPageToken"]}
