"""Checks of the Projects API of the SDKs' client `bedrock`, read-only."""

import re
from typing import Final

from bedrock_projects.aws.endpoints import RUNTIME
from bedrock_projects.conformance.checks import Answers, Reason, Seen
from bedrock_projects.conformance.live import listing
from bedrock_projects.conformance.live.guest import Guest, seen
from bedrock_projects.limits import RETENTION_MODES, UNMANAGED_ID

# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_TagResource.html: the pattern of an ARN in it
_ID: Final = re.compile(r"proj_[a-z2-7]{20}")


def includes_archived(guest: Guest) -> Answers:
    """The list without a filter, and that of archived projects."""
    archived = {item["id"] for item in listing.native_projects_of(guest, statusFilter="archived")}
    if not archived:
        return {}
    listed = {item["id"] for item in listing.native_projects_of(guest)}
    return {"archived": Seen("included" if archived <= listed else "left out")}


def id_pattern(guest: Guest) -> Answers:
    """All ids but that of `default`."""
    ids = [item["id"] for item in listing.native_projects_of(guest) if item["id"] != UNMANAGED_ID]
    if not ids:
        return {}
    return {"ids": Seen("documented form" if all(map(_ID.fullmatch, ids)) else "another form")}


def default_tags(guest: Guest) -> Seen | Reason:
    """What the tags of `default` are; its ARN is read from the list."""
    arns = [item.get("arn") for item in listing.native_projects_of(guest) if item["id"] == UNMANAGED_ID]
    if not arns or not arns[0]:
        return Reason.NOTHING_TO_LOOK_AT
    answer = guest.ask(RUNTIME.action("ListTagsForResource"), resourceARN=arns[0])
    if answer.refusal:
        return seen("refused", answer)
    return Seen("some" if answer.body.get("tags") else "none")


def account_mode(guest: Guest) -> Answers:
    """The mode that the account has, which is not changed."""
    answer = guest.ask(RUNTIME.action("GetAccountDataRetention"))
    if answer.refusal:
        return {"mode": Reason.REFUSED}
    return {"mode": Seen("documented" if answer.body.get("mode") in RETENTION_MODES else "another")}
