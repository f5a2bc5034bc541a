"""What the level `follow-up` looks at, days after a run of the level `paid`: Billing's tag keys, and its lines."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.conformance.checks import OTHER, Answers, NotCheckedError, Reason, Seen
from bedrock_projects.conformance.create import MARKER_KEY
from bedrock_projects.conformance.follow_up import (
    AGE,
    KNOWN_LATER,
    KNOWN_WITHIN,
    MOST_PAGES,
    NOT_KNOWN,
    RESOURCE_DAYS,
    SEVERAL_FORMS,
)
from bedrock_projects.conformance.live import quotas
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.private_file import NAME, PrivateFile, load
from bedrock_projects.cost_tags.key_forms import forms_in
from bedrock_projects.errors import NoDataError, RefusedError
from bedrock_projects.reports.charge_types import USAGE_RECORD_TYPES
from bedrock_projects.reports.line_facts import LineFacts
from bedrock_projects.reports.model import DateRange
from bedrock_projects.reports.periods import time_period
from bedrock_projects.reports.usage_types import (
    is_bedrock,
    is_marketplace_usage,
    is_of_project_endpoint,
    usage_kind,
)

_PROJECT: Final = "of the OpenAI-shaped API"
_MARKETPLACE: Final = "of Marketplace"
_RUNTIME: Final = "of bedrock-runtime"
_KINDS: Final[Mapping[Endpoint, frozenset[str]]] = {
    MANTLE: frozenset({_PROJECT, _MARKETPLACE}),
    RUNTIME: frozenset({_RUNTIME, _MARKETPLACE}),
}
"""The kinds that a line of an endpoint can be: Marketplace's usage types do not tell the endpoint."""


@dataclass(frozen=True)
class FollowUp:
    """The paid run that is looked at `now`, and what the lines of its days show in a data export.

    `facts` are of the lines with the marker tag, `tag_keys` all keys of its months by the column of tags. Both are None
    without an export.
    """

    paid: PrivateFile
    now: datetime
    facts: LineFacts | None = None
    tag_keys: Mapping[str, Collection[str]] | None = None

    @property
    def started(self) -> datetime:
        """When the run began."""
        return datetime.fromisoformat(self.paid.started)

    @property
    def age(self) -> timedelta:
        """How long ago it began."""
        return self.now - self.started

    @property
    def region(self) -> str:
        """Where it ran."""
        return self.paid.region

    @property
    def days(self) -> DateRange:
        """The days (UTC) whose lines may be of the run: a run may go on after midnight."""
        day = self.started.astimezone(timezone.utc).date()
        return DateRange(start=day, end=day + timedelta(days=1))

    def asked(self, endpoint: Endpoint) -> bool:
        """Whether a model answered for the run's project of that endpoint."""
        return any(project.was_answered for project in self.paid.projects if project.endpoint == endpoint.name)


def paid_run(folder: Path, account: str, *, now: datetime) -> FollowUp:
    """The paid run whose private file is in the folder.

    RefusedError if there is none, if it is of another account, or had no answer.
    """
    path, paid = folder / NAME, load(folder)
    if paid is None:
        raise RefusedError(f"{path} does not exist; give the folder of a run with --paid as --output")
    if paid.account != account:
        raise RefusedError(f"{path} is of another account; give that account's digits, or another folder as --output")
    run = FollowUp(paid, now)
    try:
        is_later = run.age >= timedelta()
    except (TypeError, ValueError):
        is_later = False
    if not is_later:
        raise RefusedError(f"{path} has no time of its run; give another folder as --output")
    if not any(project.was_answered for project in paid.projects):
        raise RefusedError(
            f"{path} names no request that a model answered; run --paid first, with a model that answers"
        )
    return run


def follow_up_looks(run: FollowUp) -> Mapping[str, Callable[[Guest], Answers]]:
    """The looks of the level by name of the check."""
    return {
        "billing.key-known-after": partial(_key_known, run),
        "cost.tag-on-project-line": partial(_tag_on, _PROJECT, MANTLE, run),
        "cost.tag-on-marketplace-line": partial(_tag_on, _MARKETPLACE, MANTLE, run),
        "cost.runtime-carries-tags": partial(_tag_on, _RUNTIME, RUNTIME, run),
        "cost.resource-id-is-project-arn": partial(_resource_id, run),
        "export.tag-key-form": partial(_key_form, run),
        "quota.archived-count": partial(quotas.archived_count, now=run.now),
    }


def _key_known(run: FollowUp, guest: Guest) -> Answers:
    """Usage of the native API may not tell Billing of a key, so that it is not known proves nothing then."""
    is_known = _marker_key(guest) is not None
    hours = next((hours for hours in KNOWN_WITHIN if run.age <= timedelta(hours=hours)), None)
    if is_known:
        return {"key": Seen(f"within {hours} hours" if hours else KNOWN_LATER)}
    if hours:
        return {"key": Reason.TOO_EARLY}
    return {"key": Seen(NOT_KNOWN)} if run.asked(MANTLE) else {}


def _marker_key(guest: Guest) -> Mapping[str, Any] | None:
    """The marker tag as Billing knows it; None if it does not. NotCheckedError in a member account."""
    answer = guest.ask("ce:ListCostAllocationTags", TagKeys=[MARKER_KEY])
    if answer.refusal:
        raise NotCheckedError(Reason.REFUSED)
    return next((key for key in answer.body["CostAllocationTags"] if key.get("TagKey") == MARKER_KEY), None)


def _tag_on(kind: str, endpoint: Endpoint, run: FollowUp, guest: Guest) -> Answers:
    """Whether lines of that kind carry the tag. A line without it is the run's only if it can be nothing else."""
    if run.age < AGE:
        raise NotCheckedError(Reason.TOO_EARLY)
    if not run.asked(endpoint):
        return {}
    tagged = _kinds(run, guest, {"Key": MARKER_KEY, "Values": [run.paid.run]}, most_pages=1)
    if kind in tagged:
        return {"tag": Seen("carried")}
    if not _was_active(_marker_key(guest), run.started):
        raise NotCheckedError(Reason.KEY_NOT_ACTIVE)
    untagged = _kinds(run, guest, {"Key": MARKER_KEY, "MatchOptions": ["ABSENT"]}, most_pages=MOST_PAGES)
    if kind not in untagged:
        return {}
    if (tagged | untagged) & _KINDS[endpoint] != {kind}:
        raise NotCheckedError(Reason.OTHER_USAGE)
    return {"tag": Seen("missing")}


def _was_active(key: Mapping[str, Any] | None, moment: datetime) -> bool:
    """Whether the key was active at that moment, and has been since."""
    if key is None or key.get("Status") != "Active" or not key.get("LastUpdatedDate"):
        return False
    try:
        changed = datetime.fromisoformat(key["LastUpdatedDate"].replace("Z", "+00:00"))
    except ValueError:
        return False
    return (changed if changed.tzinfo else changed.replace(tzinfo=timezone.utc)) <= moment


def _kinds(run: FollowUp, guest: Guest, tag: Mapping[str, Any], *, most_pages: int) -> set[str]:
    """The kinds of the lines of Bedrock's tokens with that tag, in the account, on the day of the run and the next."""
    own = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [run.paid.account]}}
    usage = {"Dimensions": {"Key": "RECORD_TYPE", "Values": list(USAGE_RECORD_TYPES)}}
    parameters: dict[str, Any] = {
        "TimePeriod": time_period(run.days),
        "Granularity": "DAILY",
        "Metrics": ["UsageQuantity"],
        "Filter": {"And": [own, usage, {"Tags": tag}]},
        "GroupBy": [{"Type": "DIMENSION", "Key": key} for key in ("SERVICE", "USAGE_TYPE")],
    }
    found: set[str] = set()
    for _ in range(most_pages):
        answer = guest.ask("ce:GetCostAndUsage", **parameters)
        if isinstance(answer.refusal, NoDataError):
            raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
        if answer.refusal:
            raise NotCheckedError(Reason.REFUSED)
        groups = (group["Keys"] for period in answer.body["ResultsByTime"] for group in period.get("Groups", ()))
        found |= {
            _kind(usage_type)
            for service, usage_type in groups
            if is_bedrock(service) and usage_kind(usage_type) != "other"
        }
        if not answer.body.get("NextPageToken"):
            return found
        parameters["NextPageToken"] = answer.body["NextPageToken"]
    raise NotCheckedError(Reason.TOO_MANY)


def _resource_id(run: FollowUp, guest: Guest) -> Answers:
    """By the export, which was read before the level began; without one by Cost Explorer, if that is switched on."""
    if run.facts is None:
        lines, with_arn = _resources(run, guest)
    elif run.facts.project_lines_with_arn is None:
        return {}
    else:
        lines, with_arn = run.facts.project_lines, run.facts.project_lines_with_arn
    if not lines:
        return {}
    if with_arn == lines:
        return {"resource-id": Seen("ARN of a project")}
    return {"resource-id": Seen("of some lines only" if with_arn else "something else")}


def _resources(run: FollowUp, guest: Guest) -> tuple[int, int]:
    """How many resources the run's lines name, and how many of them are projects' ARNs."""
    if run.age < AGE:
        raise NotCheckedError(Reason.TOO_EARLY)
    if run.days.start < run.now.astimezone(timezone.utc).date() - RESOURCE_DAYS:
        raise NotCheckedError(Reason.TOO_OLD)
    answer = guest.ask(
        "ce:GetCostAndUsageWithResources",
        TimePeriod=time_period(run.days),
        Granularity="DAILY",
        Metrics=["UsageQuantity"],
        Filter={
            "And": [
                {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [run.paid.account]}},
                {"Tags": {"Key": MARKER_KEY, "Values": [run.paid.run]}},
            ]
        },
        GroupBy=[{"Type": "DIMENSION", "Key": "RESOURCE_ID"}],
    )
    if isinstance(answer.refusal, NoDataError):
        raise NotCheckedError(Reason.NOT_SWITCHED_ON)
    if answer.refusal:
        raise NotCheckedError(Reason.REFUSED)
    groups = [group["Keys"][0] for period in answer.body["ResultsByTime"] for group in period.get("Groups", ())]
    ends = tuple(f":project/{project.id}" for project in run.paid.projects if project.id)
    return len(groups), sum(resource.startswith("arn:") and resource.endswith(ends) for resource in groups)


def _key_form(run: FollowUp, guest: Guest) -> Answers:
    del guest  # as above
    if run.tag_keys is None:
        raise NotCheckedError(Reason.NO_EXPORT)
    return {column: seen for column, keys in run.tag_keys.items() if (seen := _form_of(keys))}


def _form_of(keys: Collection[str]) -> Seen | None:
    """The form of the marker key; None if no line carries it."""
    forms = forms_in(keys, MARKER_KEY)
    if forms:
        return Seen(forms[0] if len(forms) == 1 else SEVERAL_FORMS)
    words = MARKER_KEY.split("-")
    return Seen(OTHER) if any(all(word in key.lower() for word in words) for key in keys) else None


def _kind(usage_type: str) -> str:
    if is_of_project_endpoint(usage_type):
        return _PROJECT
    return _MARKETPLACE if is_marketplace_usage(usage_type) else _RUNTIME
