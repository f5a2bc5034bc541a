"""The client of Billing's cost allocation tags.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.models import Backfill, StatusChange, TagKeyState, TagStatus
from bedrock_projects.aws.pages import pages_of
from bedrock_projects.aws.session import BILLING_REGION, client_config, open_client
from bedrock_projects.batches import batches
from bedrock_projects.errors import AmbiguousError, ServiceError

_BATCH = 20
_PAGE = 1000
_ATTEMPTS = 5
_UNKNOWN_KEYS = re.compile(r"tag keys not found:\s*(?P<keys>.*)", re.IGNORECASE)


class BillingClient:
    """One method per question; errors are ServiceError. Keys are only ever those of type UserDefined."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._client = open_client("ce", credentials, region=BILLING_REGION, config=client_config(attempts=_ATTEMPTS))

    def statuses(self) -> dict[str, TagStatus]:
        """Lists every key that Billing knows, with its status; a key that no billed resource carried is not in it."""
        return {key: state.status for key, state in self.tag_keys().items()}

    def tag_keys(self) -> dict[str, TagKeyState]:
        """The same, with the day of the last change of each status."""
        action = "listing the cost allocation tags (ce:ListCostAllocationTags)"
        ask = partial(self._client.list_cost_allocation_tags, Type="UserDefined", MaxResults=_PAGE)
        with translate_errors(action, credentials=str(self._credentials)):
            return {
                tag["TagKey"]: TagKeyState(status=tag["Status"], changed_on=_day(tag.get("LastUpdatedDate")))
                for page in pages_of(ask, cursor="NextToken", action=action)
                for tag in page["CostAllocationTags"]
                if tag["Type"] == "UserDefined"
            }

    def set_status(self, keys: Sequence[str], status: TagStatus) -> StatusChange:
        """Sets the status of the keys, 20 in a request, then lists them once to confirm what was written.

        A request that fails ends it; what was done before counts. Never raises ServiceError: see `StatusChange.error`.
        """
        sending = _Sending(self._client, status, credentials=str(self._credentials))
        for batch in batches(sorted(keys), _BATCH):
            sending.send(batch)
            if sending.failure:
                break
        return self._confirmed(sending, keys)

    def start_backfill(self, since: date) -> None:
        """Asks Billing to apply today's status of all keys to the costs since the first day of a month.

        ThrottledError if one was asked for within the last 24 hours, or still runs.
        """
        with translate_errors(
            "starting a backfill (ce:StartCostAllocationTagBackfill)", credentials=str(self._credentials)
        ):
            self._client.start_cost_allocation_tag_backfill(BackfillFrom=f"{since.isoformat()}T00:00:00Z")

    def backfills(self) -> list[Backfill]:
        """Lists the backfills asked for so far, the latest first."""
        action = "listing the backfills (ce:ListCostAllocationTagBackfillHistory)"
        ask = self._client.list_cost_allocation_tag_backfill_history
        with translate_errors(action, credentials=str(self._credentials)):
            backfills = [
                Backfill(
                    since=item["BackfillFrom"],
                    requested_at=item["RequestedAt"],
                    status=item["BackfillStatus"],
                    completed_at=item.get("CompletedAt", ""),
                )
                for page in pages_of(ask, cursor="NextToken", action=action)
                for item in page["BackfillRequests"]
            ]
        return sorted(backfills, key=lambda backfill: backfill.requested_at, reverse=True)

    def _confirmed(self, sending: "_Sending", keys: Sequence[str]) -> StatusChange:
        """What was written, as Billing lists it; nothing is asked if nothing was."""
        done, reasons = sending.accepted, list(sending.refused)
        if sending.accepted or sending.lost:
            try:
                active = {key for key, status in self.statuses().items() if status == "Active"}
            except ServiceError as error:
                reasons.append(f"not confirmed: {_names(sending.accepted)} ({error})")
            else:
                written = sending.accepted | sending.lost
                done = written & active if sending.status == "Active" else written - active
                if sending.accepted - done:
                    names = _names(sending.accepted - done)
                    reasons.append(f"answered without an error, but not listed as {sending.status}: {names}")
        left = set(keys) - done - sending.unknown
        failure = None
        if sending.failure and left:
            failure = sending.failure.with_hint("; ".join([*reasons, f"not {sending.status} yet: {_names(left)}"]))
        elif reasons:
            failure = ServiceError("; ".join(reasons), action=sending.action)
        return StatusChange(done=frozenset(done), unknown=frozenset(sending.unknown), error=failure)


class _Sending:
    """The requests that set a status, and what their answers say.

    The keys that were answered without an error are `accepted`, those of a request whose answer did not come `lost`,
    `refused` are the reasons for single keys, `failure` is why no more requests are sent.
    """

    def __init__(self, client: Any, status: TagStatus, *, credentials: str) -> None:
        self.status = status
        self.action = f"setting cost allocation tags {status} (ce:UpdateCostAllocationTagsStatus)"
        self.accepted: set[str] = set()
        self.lost: set[str] = set()
        self.unknown: set[str] = set()
        self.refused: list[str] = []
        self.failure: ServiceError | None = None
        self._client = client
        self._credentials = credentials

    def send(self, batch: Sequence[str]) -> None:
        """Sends one request.

        An unknown key is documented as an entry of `Errors`; live the whole request fails and names it. Then the others
        of its batch are sent once more.
        """
        try:
            with translate_errors(self.action, credentials=self._credentials):
                answer = self._client.update_cost_allocation_tags_status(
                    CostAllocationTagsStatus=[{"TagKey": key, "Status": self.status} for key in batch]
                )
        except ServiceError as error:
            missing = _named_as_unknown(error.message, batch)
            self.unknown |= missing
            rest = [key for key in batch if key not in missing]
            if not missing:
                self.failure = error
                self.lost |= set(batch) if isinstance(error, AmbiguousError) else set()
            elif rest:
                self.send(rest)
            return
        self._read(answer.get("Errors", []), batch)

    def _read(self, errors: Sequence[Mapping[str, str]], batch: Sequence[str]) -> None:
        for error in errors:
            if "notfound" in error["Code"].lower() or "not found" in error["Message"]:
                self.unknown.add(error["TagKey"])
            else:
                self.refused.append(f"{error['TagKey']}: {error['Message']} ({error['Code']})")
        self.accepted |= set(batch) - {error["TagKey"] for error in errors}


def _day(moment: str | None) -> date | None:
    """The day of a moment such as `2026-10-05T00:00:00Z`."""
    return date.fromisoformat(moment[:10]) if moment else None


def _named_as_unknown(message: str, batch: Sequence[str]) -> set[str]:
    """The keys of the batch that an answer like "Tag keys not found: a,b" names."""
    match = _UNKNOWN_KEYS.search(message)
    named = {key.strip() for key in match["keys"].split(",")} if match else set()
    return {key for key in batch if key in named}


def _names(keys: Collection[str]) -> str:
    return ", ".join(sorted(keys))
