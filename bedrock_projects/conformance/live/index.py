"""Checks of the Resource Groups Tagging API, read-only."""

from collections.abc import Collection
from typing import Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.conformance.checks import Answers, Reason, Seen
from bedrock_projects.conformance.live import listing
from bedrock_projects.conformance.live.guest import Guest, decided, seen
from bedrock_projects.conformance.read_only import SAMPLE

_OPERATION: Final = "resourcegroupstaggingapi:GetResources"
_UNKNOWN_TYPE: Final = "InvalidParameterException"
"""Documented for a parameter that is not valid, such as a type that the API does not know."""


def indexed_ids(guest: Guest, endpoint: Endpoint) -> set[str]:
    """The ids of the endpoint's projects that the index shows; NotCheckedError if it refuses."""
    items = listing.pages_of(
        guest,
        _OPERATION,
        "ResourceTagMappingList",
        cursor="PaginationToken",
        ResourceTypeFilters=[_type(endpoint)],
    )
    return {item.get("ResourceARN", "").rpartition("/")[2] for item in items}


def knows_projects(guest: Guest) -> Answers:
    """Whether projects that have tags are in the index, for each API."""
    return {
        "projects": decided(lambda: _shown(guest, MANTLE)),
        "native": decided(lambda: _shown(guest, RUNTIME)),
    }


def _shown(guest: Guest, endpoint: Endpoint) -> Seen | Reason:
    tagged = _tagged(guest, endpoint)
    first = guest.ask(_OPERATION, ResourceTypeFilters=[_type(endpoint)])
    if first.refusal is None:
        return _compared(tagged, indexed_ids(guest, endpoint))
    return seen("type refused", first) if first.refusal.code == _UNKNOWN_TYPE else Reason.REFUSED


def _compared(tagged: Collection[str], indexed: set[str]) -> Seen | Reason:
    if not tagged:
        return Reason.NOTHING_TO_LOOK_AT
    missing = set(tagged) - indexed
    return Seen("shown" if not missing else "none" if missing == set(tagged) else "some missing")


def _tagged(guest: Guest, endpoint: Endpoint) -> list[str]:
    """Ids of some active projects that have tags."""
    if endpoint is MANTLE:
        sample = listing.named(listing.projects_of(guest))[:SAMPLE]
        return [item["id"] for item in sample if (listing.read(guest, MANTLE, item["id"]) or {}).get("tags")]
    sample = listing.named(listing.native_projects_of(guest))[:SAMPLE]
    return [item["id"] for item in sample if "arn" in item and _has_tags(guest, item["arn"])]


def _has_tags(guest: Guest, arn: str) -> bool:
    answer = guest.ask(RUNTIME.action("ListTagsForResource"), resourceARN=arn)
    return not answer.refusal and bool(answer.body.get("tags"))


def _type(endpoint: Endpoint) -> str:
    return f"{endpoint.arn_service}:project"
