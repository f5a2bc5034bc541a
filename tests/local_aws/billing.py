"""boto3's unchanged `ce` client of one account, and what it raises."""

from collections.abc import Callable
from typing import Any, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws import LocalAws
from tests.local_aws.mantle import ACCOUNT, Mantle


class Billing:
    """boto3's `ce` client of one account, without retries and without its own checks of parameters."""

    def __init__(self, url: str, account: str = ACCOUNT) -> None:
        config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
        self.client: Any = boto3.client(
            "ce",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=f"local-{account}",
            aws_secret_access_key="local-secret",
            config=config,
        )

    def tags(self, **filters: Any) -> dict[str, str]:
        """Key to status of what is listed, AWS's own keys aside."""
        listed = self.client.list_cost_allocation_tags(**filters)["CostAllocationTags"]
        return {tag["TagKey"]: tag["Status"] for tag in listed if tag["Type"] == "UserDefined"}

    def update(self, **statuses: str) -> list[dict[str, str]]:
        """Sets statuses; the errors of the answer."""
        wishes = [{"TagKey": key, "Status": status} for key, status in statuses.items()]
        answer = self.client.update_cost_allocation_tags_status(CostAllocationTagsStatus=wishes)
        return cast("list[dict[str, str]]", answer["Errors"])

    def backfill(self, start: str) -> dict[str, str]:
        """Starts a backfill."""
        answer = self.client.start_cost_allocation_tag_backfill(BackfillFrom=start)
        return cast("dict[str, str]", answer["BackfillRequest"])

    def history(self, **paging: Any) -> list[dict[str, str]]:
        """The backfills, newest first."""
        answer = self.client.list_cost_allocation_tag_backfill_history(**paging)
        return cast("list[dict[str, str]]", answer["BackfillRequests"])


def refusal(call: Callable[[], object]) -> tuple[int, str, str]:
    """Status, code and message of the error that the call raises."""
    with pytest.raises(ClientError) as error:
        call()
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def use(aws: LocalAws, account: str = ACCOUNT, region: str = "us-west-2", **tags: str) -> None:
    """Billed use of a new project with these tags."""
    aws.usage(Mantle(aws.url, account=account, region=region).create("P", tags=tags)["id"])
