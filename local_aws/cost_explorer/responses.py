"""The four operations on cost allocation tags, for JSON 1.1.

Not imitated: the wording of messages that nobody has reported.
"""

import base64
import json
from typing import Any

from local_aws.clock import unix
from local_aws.cost_explorer import rules
from local_aws.cost_explorer.exceptions import (
    BackfillLimitExceededException,
    InvalidNextTokenException,
    LinkedAccountError,
    ValidationException,
)
from local_aws.cost_explorer.models import Backfill, TagKey, month_start
from local_aws.cost_explorer.validation import Members
from local_aws.messages import Response, json_response
from local_aws.service import Call
from local_aws.state import State

_STATUSES = ("Active", "Inactive")
_TYPES = ("AWSGenerated", "UserDefined")
_PAGE, _MAX_PAGE, _MAX_KEYS, _MAX_UPDATES = 100, 1000, 100, 20
_BACKFILL_MONTHS = 12
_DAY = 86_400.0


def list_tags(state: State, call: Call) -> Response:
    """ListCostAllocationTags."""
    payer = _payer(state, call)
    members = Members.of(call.request)
    status = members.text("Status", allowed=_STATUSES)
    kind = members.text("Type", allowed=_TYPES)
    keys = members.texts("TagKeys", high=_MAX_KEYS)
    size = members.number("MaxResults", low=1, high=_MAX_PAGE)
    token = members.text("NextToken")
    members.check()
    listed = [
        tag.shown()
        for tag in _known(state, payer).values()
        if status in (None, tag.status) and kind in (None, tag.type) and (keys is None or tag.key in keys)
    ]
    question = json.dumps([status, kind, keys])
    page, following = _page(listed, size or _PAGE, token, question)
    return _answer({"CostAllocationTags": page, **following})


def update_status(state: State, call: Call) -> Response:
    """UpdateCostAllocationTagsStatus."""
    payer = _payer(state, call)
    members = Members.of(call.request)
    wishes = [
        (entry.text("TagKey", required=True) or "", entry.text("Status", required=True, allowed=_STATUSES))
        for entry in members.structures("CostAllocationTagsStatus", high=_MAX_UPDATES)
    ]
    members.check()
    wanted = dict(wishes)
    if len(wanted) < len(wishes):
        message = "Failed to update Cost Allocation Tag: the request names a tag key more than once"
        raise ValidationException(message, rule=rules.TWICE)
    known = _known(state, payer)
    missing = [key for key in wanted if key not in known]
    if missing and state.settings.undiscovered_key == "live":
        message = f"Failed to update Cost Allocation Tag: Tag keys not found: {','.join(missing)}"
        raise ValidationException(message, rule=rules.NOT_FOUND)
    changed = [known[key] for key, status in wanted.items() if key in known and known[key].status != status]
    _check_active(known, changed, limit=state.settings.active_keys)
    for tag in changed:
        tag.switch(now=state.clock.now())
    errors = [{"TagKey": key, "Code": "TagKeysNotFoundException", "Message": "Tag keys not found"} for key in missing]
    return _answer({"Errors": errors})


def start_backfill(state: State, call: Call) -> Response:
    """StartCostAllocationTagBackfill."""
    payer = _payer(state, call)
    members = Members.of(call.request)
    start = members.text("BackfillFrom", required=True) or ""
    members.check()
    now = state.clock.now()
    _check_backfill_date(start, now)
    backfills = state.billing.backfills(payer)
    if backfills and now < backfills[0].completed_at:
        raise BackfillLimitExceededException(
            "A request to backfill is already in progress. Once the previous request is complete, "
            "you can create another request."
        )
    if backfills and now < backfills[0].requested_at + _DAY:
        raise BackfillLimitExceededException("You can request a backfill once every 24 hours.")
    completed_at = now + state.settings.backfill_hours * 3600
    backfill = Backfill(start, now, completed_at, state.settings.backfill_outcome)
    backfills.insert(0, backfill)
    return _answer({"BackfillRequest": backfill.shown(now)})


def backfill_history(state: State, call: Call) -> Response:
    """ListCostAllocationTagBackfillHistory."""
    payer = _payer(state, call)
    members = Members.of(call.request)
    size = members.number("MaxResults", low=1, high=_MAX_PAGE)
    token = members.text("NextToken")
    members.check()
    now = state.clock.now()
    shown = [backfill.shown(now) for backfill in state.billing.backfills(payer)]
    page, following = _page(shown, size or _PAGE, token, "history")
    return _answer({"BackfillRequests": page, **following})


def _payer(state: State, call: Call) -> str:
    account = call.identity.account
    if state.accounts.payer(account) != account:
        raise LinkedAccountError
    return account


def _known(state: State, payer: str) -> dict[str, TagKey]:
    hours = state.settings.discovery_hours
    return state.billing.keys(payer, payer_of=state.accounts.payer, now=state.clock.now(), discovery_hours=hours)


def _check_active(known: dict[str, TagKey], changed: list[TagKey], *, limit: int) -> None:
    active = sum(tag.status == "Active" for tag in known.values())
    switched_on = sum(tag.status == "Inactive" for tag in changed)
    switched_off = len(changed) - switched_on
    if switched_on and active + switched_on - switched_off > limit:
        message = f"Failed to update Cost Allocation Tag: at most {limit} tag keys can be active"
        raise ValidationException(message, rule=rules.ACTIVE)


def _check_backfill_date(start: str, now: float) -> None:
    try:
        moment = unix(start)
    except ValueError:
        message = f"BackfillFrom is not a date such as 2026-01-01T00:00:00Z: {start}"
        raise ValidationException(message, rule=rules.BACKFILL_DATE) from None
    if moment != month_start(moment) or not month_start(now, months_back=_BACKFILL_MONTHS) <= moment <= now:
        message = "BackfillFrom must be the first day of a month, at most 12 months back"
        raise ValidationException(message, rule=rules.BACKFILL_DATE)


def _page(items: list[Any], size: int, token: str | None, question: str) -> tuple[list[Any], dict[str, str]]:
    """The page that the token names, and the token of the next one."""
    start = 0 if token is None else _offset(token, question)
    end = start + size
    return items[start:end], {"NextToken": _token(end, question)} if end < len(items) else {}


def _token(offset: int, question: str) -> str:
    return base64.urlsafe_b64encode(f"{offset} {question}".encode()).decode()


def _offset(token: str, question: str) -> int:
    try:
        offset, _, asked = base64.urlsafe_b64decode(token).decode().partition(" ")
        number = int(offset)
    except ValueError:
        raise InvalidNextTokenException from None
    if asked != question:
        raise InvalidNextTokenException
    return number


def _answer(payload: dict[str, Any]) -> Response:
    return json_response(payload, content_type="application/x-amz-json-1.1")
