"""Parses and checks the options of `bedrock-projects costs`, before any request is paid for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import ACCOUNT
from bedrock_projects.model import Inventory
from bedrock_projects.printing import visible_ends
from bedrock_projects.reports.charge_types import PLURALS, ChargeType
from bedrock_projects.reports.model import DateRange, Granularity, Grouping, GroupKind, TagFilter
from bedrock_projects.suggestions import alternatives, did_you_mean, listed

COSTS: Final[Mapping[str, str]] = {
    "billed": "UnblendedCost",
    "effective": "NetAmortizedCost",
    "list": "ListCost",
    "unblended": "UnblendedCost",
    "net-unblended": "NetUnblendedCost",
    "amortized": "AmortizedCost",
    "net-amortized": "NetAmortizedCost",
    "blended": "BlendedCost",
}
"""The values of `--cost` with Cost Explorer's names; it takes those names too."""
METRICS: Final = (
    *dict.fromkeys(COSTS.values()),
    "BilledCost",
    "ContractedCost",
    "PublicEquivalentBilledCost",
    "PublicOnDemandCost",
)
"""Cost Explorer's names of costs: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html"""
DEFAULT_COST: Final = "billed"
_TAG_PREFIX: Final = "tag:"
_WORDS: Final = tuple(kind for kind in get_args(GroupKind) if kind != "tag")
_EXCLUDABLE: Final[Mapping[str, ChargeType]] = {
    name: kind for kind, name in PLURALS.items() if kind not in ("usage", "other")
}
_MOST_GROUPINGS: Final = 2
_OWNED: Final = ("project", "environment")
"""The groupings that are read from the ownership tag."""


@dataclass(frozen=True, kw_only=True)
class ReportRequest:
    """The checked options.

    `groupings` are one or two. `previous` is the prior period, None without a comparison. `cost` is the basis as the
    user named it, `metric` Cost Explorer's name of it. `accounts` are those of the `environments` and of `--account`;
    empty means every account that the credentials see. `excluded` are charge types. `usage` says that tokens and unit
    costs are shown.
    """

    groupings: tuple[Grouping, ...]
    filters: tuple[TagFilter, ...] = ()
    dates: DateRange
    previous: DateRange | None = None
    granularity: Granularity
    cost: str = DEFAULT_COST
    metric: str = COSTS[DEFAULT_COST]
    ownership_tag_key: str
    environments: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    excluded: tuple[ChargeType, ...] = ()
    usage: bool = False

    @property
    def grouping(self) -> Grouping:
        """The dimension of the lines."""
        return self.groupings[0]

    @property
    def second(self) -> Grouping | None:
        """The dimension within each line."""
        return self.groupings[1] if len(self.groupings) > 1 else None


def parse_request(
    inventory: Inventory,
    *,
    by: Sequence[str],
    filters: Sequence[str],
    dates: DateRange,
    previous: DateRange | None,
    granularity: Granularity,
    cost: str,
    exclude: Sequence[str],
    environments: Sequence[str],
    accounts: Sequence[str],
    usage: bool = False,
) -> ReportRequest:
    """Builds a request from the options as they were written. Raises SettingsError if one of them is wrong.

    `environments` are names, groups and patterns.
    """
    chosen = tuple(dict.fromkeys(name for text in environments for name in inventory.select([text])))
    return ReportRequest(
        groupings=parse_groupings(by, inventory),
        filters=merge_filters([parse_filter(text, inventory) for text in filters]),
        dates=dates,
        previous=previous,
        granularity=granularity,
        cost=cost,
        metric=parse_cost(cost),
        ownership_tag_key=inventory.ownership_tag_key,
        environments=chosen,
        accounts=chosen_accounts(inventory, chosen, accounts),
        excluded=parse_excluded(exclude),
        usage=usage,
    )


def parse_groupings(by: Sequence[str], inventory: Inventory) -> tuple[Grouping, ...]:
    """Reads all `--by` options: one grouping or two, separated by a comma or given one by one."""
    words = [word.strip() for text in by for word in text.split(",")]
    if not all(words):
        raise SettingsError(f"--by is empty; give a tag key, {alternatives(_WORDS)}")
    if len(words) > _MOST_GROUPINGS:
        raise SettingsError(
            f"--by {','.join(words)}: Cost Explorer groups by two things at most; leave out {words[2]} or run again"
        )
    groupings = tuple(parse_grouping(word, inventory) for word in words)
    if len(set(groupings)) < len(groupings):
        raise SettingsError(f"--by {','.join(words)}: the two are the same; give two different ones")
    if {grouping.kind for grouping in groupings} == {"project", "environment"}:
        raise SettingsError("--by project already names the environment of each project; leave out environment")
    return groupings


def parse_grouping(by: str, inventory: Inventory) -> Grouping:
    """Reads one word of `--by`: `project`, `environment`, `account`, `model`, `service`, or the key of a tag.

    The prefix `tag:` marks a key that is one of those words, or that the inventory does not have. Without this rule a
    typing error would cost a request, and the report would show all spend as unallocated. The ownership tag is
    `project`, because its values name projects.
    """
    for kind in get_args(GroupKind):
        if by == kind != "tag":
            return Grouping(kind=kind, tag_key=inventory.ownership_tag_key if kind in _OWNED else "")
    key = by.removeprefix(_TAG_PREFIX)
    if not key:
        raise SettingsError(f"--by {by}: give a key after {_TAG_PREFIX}")
    if "$" in key:
        raise SettingsError(f"--by {by!r}: a tag key cannot contain $; for a value, use --filter TAG=VALUE")
    _check_key(f"--by {by}", by, inventory, words=_WORDS)
    if key == inventory.ownership_tag_key:
        return Grouping(kind="project", tag_key=key)
    return Grouping(kind="tag", tag_key=key)


def parse_filter(text: str, inventory: Inventory) -> TagFilter:
    """Reads `TAG=VALUE`, with `tag:` as `--by` has it; an empty value means spend without the tag.

    A value that no project of the inventory has is refused too, unless the key has the prefix.
    """
    key, sign, value = text.partition("=")
    if not (key and sign):
        raise SettingsError(f"--filter {text!r}: write TAG=VALUE, such as Team=DataScience")
    _check_key(f"--filter {text}", key, inventory)
    known = inventory.known_values(key)
    if value and known and value not in known:
        raise SettingsError(
            f"--filter {text}: no project has {key} = {value!r}; "
            + did_you_mean(value, known, remedy=f"for a value outside the inventory, write {_TAG_PREFIX}{text}")
        )
    tag_key = key.removeprefix(_TAG_PREFIX)
    return TagFilter(tag_key=tag_key, values=_same_value(inventory, tag_key, value))


def parse_cost(text: str) -> str:
    """Reads `--cost`: a basis, or one of Cost Explorer's names; gives the latter."""
    if text in METRICS:
        return text
    if text not in COSTS:
        raise SettingsError(f"--cost {text}: unknown cost; {did_you_mean(text, {*COSTS, *METRICS})}")
    return COSTS[text]


def parse_excluded(texts: Sequence[str]) -> tuple[ChargeType, ...]:
    """Reads all `--exclude` options: charge types in the plural, separated by commas or given one by one."""
    words = [word.strip() for text in texts for word in text.split(",")]
    for word in words:
        if word not in _EXCLUDABLE:
            raise SettingsError(f"--exclude {word}: unknown charge type; {did_you_mean(word, _EXCLUDABLE)}")
    return tuple(dict.fromkeys(_EXCLUDABLE[word] for word in words))


def merge_filters(filters: Sequence[TagFilter]) -> tuple[TagFilter, ...]:
    """Joins the filters of the same key into one, because several values of a key are alternatives."""
    values_by_key: dict[str, dict[str, None]] = {}
    for tag_filter in filters:
        values_by_key.setdefault(tag_filter.tag_key, {}).update(dict.fromkeys(tag_filter.values))
    return tuple(TagFilter(tag_key=key, values=tuple(values)) for key, values in values_by_key.items())


def describe_filters(filters: Sequence[TagFilter]) -> str:
    """Writes the filters as text, such as `Team = a or b and App absent`."""
    return " and ".join(_describe_filter(tag_filter) for tag_filter in filters)


def chosen_accounts(inventory: Inventory, environments: Sequence[str], accounts: Sequence[str]) -> tuple[str, ...]:
    """The accounts to which the options restrict the report; empty for all.

    A report of an environment is one of its account, unallocated spend included. Raises SettingsError for an unknown
    environment or account, and for an environment whose spend cannot be separated.
    """
    of_environments = [_account_of_environment(inventory, name, environments) for name in environments]
    known = {environment.account for environment in inventory.environments.values() if environment.account}
    for account in accounts:
        if violation := ACCOUNT.violation(account):
            raise SettingsError(f"--account {account}: {violation}")
        if known and account not in known:
            raise SettingsError(
                f"--account {account}: no environment of the inventory has it; "
                + did_you_mean(account, known, remedy="for all accounts, use --by account")
            )
    return tuple(dict.fromkeys([*of_environments, *accounts]))


def _account_of_environment(inventory: Inventory, name: str, chosen: Collection[str]) -> str:
    account = inventory.environment(name).account
    if account is None:
        raise SettingsError(
            f"environment {name!r} has no `account`, so its spend cannot be separated; add `account` to the inventory, "
            "or omit --environment and use --by environment or --filter"
        )
    sharing = {environment.name for environment in inventory.environments.values() if environment.account == account}
    if not sharing <= set(chosen):
        raise SettingsError(
            f"environments {listed(sorted(sharing))} share account {account}, so their spend cannot be separated; "
            "give all of them, or use --by environment"
        )
    return account


def _same_value(inventory: Inventory, key: str, value: str) -> tuple[str, ...]:
    """The value with all that `renamed` joins with it."""
    tag_key = inventory.tag_keys.get(key)
    if tag_key is None:
        return (value,)
    former = (rename.former for rename in tag_key.renamed)
    current = tag_key.current_value(value)
    return tuple(dict.fromkeys([value, current, *(name for name in former if tag_key.current_value(name) == current)]))


def _check_key(option: str, key: str, inventory: Inventory, *, words: Sequence[str] = ()) -> None:
    """Raises SettingsError for a key that the inventory does not have, unless it has the prefix `tag:`."""
    known = {*inventory.tag_keys, inventory.ownership_tag_key}
    if key not in known and not key.startswith(_TAG_PREFIX):
        raise SettingsError(
            f"{option}: unknown {'grouping' if words else 'tag key'} {key!r}; "
            + did_you_mean(
                key, {*known, *words}, remedy=f"for a tag key outside the inventory, write {_TAG_PREFIX}{key}"
            )
        )


def _describe_filter(tag_filter: TagFilter) -> str:
    values = " or ".join(visible_ends(value) for value in tag_filter.values if value)
    parts = [f"{tag_filter.tag_key} = {values}"] if values else []
    return " or ".join([*parts, f"{tag_filter.tag_key} absent"] if "" in tag_filter.values else parts)
