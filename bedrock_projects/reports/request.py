"""Parses and checks the options of `bedrock-projects costs`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Inventory
from bedrock_projects.reports.model import DateRange, Granularity, Grouping, TagFilter
from bedrock_projects.reports.periods import elapsed_dates, previous_dates, report_dates
from bedrock_projects.suggestions import did_you_mean

METRICS = {
    "unblended": "UnblendedCost",
    "net-unblended": "NetUnblendedCost",
    "amortized": "AmortizedCost",
    "net-amortized": "NetAmortizedCost",
    "blended": "BlendedCost",
}
"""The values of `--metric`, with Cost Explorer's names."""
TAG_SEPARATOR = "$"
"""Between a tag's key and its value in Cost Explorer's answers; AWS does not allow it in a key."""
_TAG_PREFIX = "tag:"


@dataclass(frozen=True, kw_only=True)
class ReportRequest:
    """The checked options.

    `previous` is the prior period, None without a comparison. `account` is that of the `environment`; None means every
    account that the credentials see.
    """

    grouping: Grouping
    filters: tuple[TagFilter, ...]
    dates: DateRange
    previous: DateRange | None
    granularity: Granularity
    metric: str
    ownership_tag_key: str
    environment: str | None = None
    account: str | None = None


def parse_request(
    inventory: Inventory,
    *,
    by: str,
    filters: Sequence[TagFilter],
    start: date | None,
    end: date | None,
    granularity: Granularity,
    metric: str,
    compare: bool,
    environment: str | None,
    today: date,
) -> ReportRequest:
    """Builds a request from the options; `metric` is a key of METRICS. Raises SettingsError if an option is wrong."""
    dates = report_dates(start, end, today=today)
    return ReportRequest(
        grouping=parse_grouping(by, inventory),
        filters=merge_filters(filters),
        dates=dates,
        previous=previous_dates(elapsed_dates(dates, today=today)) if compare else None,
        granularity=granularity,
        metric=METRICS[metric],
        ownership_tag_key=inventory.ownership_tag_key,
        environment=environment,
        account=account_of_environment(inventory, environment) if environment else None,
    )


def parse_grouping(by: str, inventory: Inventory) -> Grouping:
    """Reads `--by`: `project`, `model`, `service`, or the key of a tag.

    The prefix `tag:` marks a key that is one of those words, or that the inventory does not have. Without this rule a
    typing error would cost a request, and the report would show all spend as unallocated.
    """
    if by == "project":
        return Grouping(kind="project", tag_key=inventory.ownership_tag_key)
    if by == "model":
        return Grouping(kind="model")
    if by == "service":
        return Grouping(kind="service")
    key = by.removeprefix(_TAG_PREFIX)
    if not key:
        raise SettingsError("--by is empty; give a tag key, project, model or service")
    if TAG_SEPARATOR in key:
        raise SettingsError(
            f"--by {by!r}: a tag key cannot contain {TAG_SEPARATOR}; for a value, use --filter TAG=VALUE"
        )
    _check_key(f"--by {by}", by, inventory, words=("project", "model", "service"))
    return Grouping(kind="tag", tag_key=key)


def parse_filter(text: str, inventory: Inventory) -> TagFilter:
    """Reads `TAG=VALUE`, with `tag:` as `--by` has it; an empty value means spend without the tag."""
    key, sign, value = text.partition("=")
    if not (key and sign):
        raise SettingsError(f"--filter {text!r}: write TAG=VALUE, such as Team=DataScience")
    _check_key(f"--filter {text}", key, inventory)
    return TagFilter(tag_key=key.removeprefix(_TAG_PREFIX), values=(value,))


def _check_key(option: str, key: str, inventory: Inventory, *, words: Sequence[str] = ()) -> None:
    """Raises SettingsError for a key that the inventory does not have, unless it has the prefix `tag:`."""
    known = {*inventory.tag_keys, inventory.ownership_tag_key}
    if key not in known and not key.startswith(_TAG_PREFIX):
        raise SettingsError(
            f"{option}: unknown tag key {key!r}; {did_you_mean(key, {*known, *words})}; for a tag key outside the "
            f"inventory, write {_TAG_PREFIX}{key}"
        )


def merge_filters(filters: Sequence[TagFilter]) -> tuple[TagFilter, ...]:
    """Joins the filters of the same key into one, because several values of a key are alternatives."""
    values_by_key: dict[str, dict[str, None]] = {}
    for tag_filter in filters:
        values_by_key.setdefault(tag_filter.tag_key, {}).update(dict.fromkeys(tag_filter.values))
    return tuple(TagFilter(tag_key=key, values=tuple(values)) for key, values in values_by_key.items())


def describe_filters(filters: Sequence[TagFilter]) -> str:
    """Writes the filters as text, such as `Team = a or b and App absent`."""
    return " and ".join(_describe_filter(tag_filter) for tag_filter in filters)


def account_of_environment(inventory: Inventory, name: str) -> str:
    """The account of an environment: a report of an environment is one of its account, untagged spend included.

    Raises SettingsError if the environment has no account of its own.
    """
    account = inventory.environment(name).account
    if account is None:
        raise SettingsError(
            f"environment {name!r} has no `account`, so its spend cannot be separated; add `account` to the inventory, "
            "or omit --environment and use --by project or --filter"
        )
    sharing = sorted(
        environment.name for environment in inventory.environments.values() if environment.account == account
    )
    if len(sharing) > 1:
        raise SettingsError(
            f"environments {', '.join(sharing)} share account {account}, so their spend cannot be separated; omit "
            "--environment and use --by project, or --filter with a tag that differs"
        )
    return account


def _describe_filter(tag_filter: TagFilter) -> str:
    values = " or ".join(value for value in tag_filter.values if value)
    parts = [f"{tag_filter.tag_key} = {values}"] if values else []
    return " or ".join([*parts, f"{tag_filter.tag_key} absent"] if "" in tag_filter.values else parts)
