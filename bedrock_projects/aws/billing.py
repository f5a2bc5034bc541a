"""The client of Billing's cost allocation tags.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from bedrock_projects.aws.credentials import BillingCredentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.models import Backfill, TagStatus
from bedrock_projects.aws.session import client_config, open_client
from bedrock_projects.batches import batches
from bedrock_projects.errors import ServiceError

_REGION = "us-east-1"  # where Cost Explorer has its endpoint, whatever the region of the projects
_BATCH = 20
_PAGE = 1000
_ATTEMPTS = 5
_UNKNOWN_KEYS = re.compile(r"tag keys not found:\s*(?P<keys>.*)", re.IGNORECASE)


class BillingClient:
    """One method per question; errors are ServiceError. Keys are only ever those of type UserDefined."""

    def __init__(self, credentials: BillingCredentials) -> None:
        self._credentials = credentials
        self._client = open_client("ce", credentials, region=_REGION, config=client_config(attempts=_ATTEMPTS))

    def statuses(self) -> dict[str, TagStatus]:
        """Lists every key that Billing knows, with its status; a key that no billed resource carried is not in it."""
        request: dict[str, Any] = {"Type": "UserDefined", "MaxResults": _PAGE}
        statuses: dict[str, TagStatus] = {}
        with translate_errors(
            "listing the cost allocation tags (ce:ListCostAllocationTags)", credentials=str(self._credentials)
        ):
            while True:
                page = self._client.list_cost_allocation_tags(**request)
                statuses |= {
                    tag["TagKey"]: tag["Status"] for tag in page["CostAllocationTags"] if tag["Type"] == "UserDefined"
                }
                if not page.get("NextToken"):
                    return statuses
                request["NextToken"] = page["NextToken"]

    def set_status(self, keys: Sequence[str], status: TagStatus) -> set[str]:
        """Sets the status of the keys, 20 in a request; returns those that Billing does not know after all.

        An unknown key is documented as an entry of `Errors`; live the whole request fails and names it. Then the others
        of its batch are sent once more.
        """
        unknown: set[str] = set()
        for batch in batches(sorted(keys), _BATCH):
            missing = self._set_batch(batch, status)
            unknown |= missing
        return unknown

    def start_backfill(self, since: date) -> None:
        """Asks Billing to apply today's status of all keys to the costs since the first day of a month.

        ThrottledError where one was asked for within the last 24 hours, or still runs.
        """
        with translate_errors(
            "starting a backfill (ce:StartCostAllocationTagBackfill)", credentials=str(self._credentials)
        ):
            self._client.start_cost_allocation_tag_backfill(BackfillFrom=f"{since.isoformat()}T00:00:00Z")

    def backfills(self) -> list[Backfill]:
        """Lists the backfills asked for so far, the latest first."""
        action = "listing the backfills (ce:ListCostAllocationTagBackfillHistory)"
        backfills: list[Backfill] = []
        request: dict[str, Any] = {}
        with translate_errors(action, credentials=str(self._credentials)):
            while True:
                page = self._client.list_cost_allocation_tag_backfill_history(**request)
                backfills += [
                    Backfill(
                        since=item["BackfillFrom"],
                        requested_at=item["RequestedAt"],
                        status=item["BackfillStatus"],
                        completed_at=item.get("CompletedAt", ""),
                    )
                    for item in page["BackfillRequests"]
                ]
                if not page.get("NextToken"):
                    return sorted(backfills, key=lambda backfill: backfill.requested_at, reverse=True)
                request["NextToken"] = page["NextToken"]

    def _set_batch(self, batch: Sequence[str], status: TagStatus) -> set[str]:
        action = f"setting cost allocation tags {status} (ce:UpdateCostAllocationTagsStatus)"
        try:
            with translate_errors(action, credentials=str(self._credentials)):
                answer = self._client.update_cost_allocation_tags_status(
                    CostAllocationTagsStatus=[{"TagKey": key, "Status": status} for key in batch]
                )
        except ServiceError as error:
            missing = _named_as_unknown(error.message, batch)
            if not missing:
                raise
            rest = [key for key in batch if key not in missing]
            return missing | (self._set_batch(rest, status) if rest else set())
        errors = answer.get("Errors", [])
        missing = {
            error["TagKey"]
            for error in errors
            if "notfound" in error["Code"].lower() or "not found" in error["Message"]
        }
        others = [error for error in errors if error["TagKey"] not in missing]
        if others:
            reasons = "; ".join(f"{error['TagKey']}: {error['Message']} ({error['Code']})" for error in others)
            raise ServiceError(reasons, action=action)
        return missing


def _named_as_unknown(message: str, batch: Sequence[str]) -> set[str]:
    """The keys of the batch that an answer like "Tag keys not found: a,b" names."""
    match = _UNKNOWN_KEYS.search(message)
    named = {key.strip() for key in match["keys"].split(",")} if match else set()
    return {key for key in batch if key in named}
