"""From the words of the command line to a checked wish."""

from collections.abc import Sequence
from datetime import date

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Inventory
from bedrock_projects.reports.answers import SEPARATOR
from bedrock_projects.reports.model import Granularity, Grouping, TagFilter
from bedrock_projects.reports.periods import before, elapsed, span_of
from bedrock_projects.reports.query import METRICS, Wish

_TAG = "tag:"


def wish_of(
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
) -> Wish:
    """The wish of a report; `metric` is a key of METRICS. Raises SettingsError where something does not fit."""
    span = span_of(start, end, today=today)
    return Wish(
        grouping=grouping_of(by, inventory),
        filters=together(filters),
        span=span,
        previous=before(elapsed(span, today=today)) if compare else None,
        granularity=granularity,
        metric=METRICS[metric],
        ownership_tag_key=inventory.ownership_tag_key,
        account=account_of(inventory, environment) if environment else None,
    )


def grouping_of(by: str, inventory: Inventory) -> Grouping:
    """What `--by` means: `project`, `model`, `service`, a tag's key, or `tag:` and the key where it is one of those."""
    if by == "project":
        return Grouping(kind="project", tag_key=inventory.ownership_tag_key)
    if by == "model":
        return Grouping(kind="model")
    if by == "service":
        return Grouping(kind="service")
    key = by.removeprefix(_TAG)
    if not key:
        raise SettingsError("--by needs a tag's key, or project, model or service")
    if SEPARATOR in key:
        raise SettingsError(f"--by {by!r}: a tag's key has no {SEPARATOR}; a value is for --filter TAG=VALUE")
    return Grouping(kind="tag", tag_key=key)


def filter_of(text: str) -> TagFilter:
    """The filter that `TAG=VALUE` means; an empty value stands for spend without the tag."""
    key, sign, value = text.partition("=")
    if not (key and sign):
        raise SettingsError(f"--filter {text!r}: write it as TAG=VALUE, such as Team=DataScience")
    return TagFilter(tag_key=key, values=(value,))


def together(filters: Sequence[TagFilter]) -> tuple[TagFilter, ...]:
    """One filter for each key: values of the same key are alternatives."""
    values: dict[str, dict[str, None]] = {}
    for each in filters:
        values.setdefault(each.tag_key, {}).update(dict.fromkeys(each.values))
    return tuple(TagFilter(tag_key=key, values=tuple(found)) for key, found in values.items())


def account_of(inventory: Inventory, name: str) -> str:
    """The account of an environment, which is how its spend is told, that without a project included.

    Raises SettingsError where it has none of its own.
    """
    account = inventory.environment(name).account
    if account is None:
        raise SettingsError(
            f"environment {name!r} says no `account`, so its spend cannot be told: add it to the inventory, or leave "
            "--environment out and use --by project or --filter"
        )
    sharing = sorted(each.name for each in inventory.environments.values() if each.account == account)
    if len(sharing) > 1:
        raise SettingsError(
            f"environments {', '.join(sharing)} share account {account}, so the spend of one cannot be told: leave "
            "--environment out and use --by project, or --filter with a tag that differs"
        )
    return account
