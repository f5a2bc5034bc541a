"""Splits the spend that has no value of the tag by cause and by account."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.reports.charge_types import PLURALS, USAGE, is_usage
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    PROJECT,
    USAGE_TYPE,
    CostData,
    CostTable,
    row_total,
)
from bedrock_projects.reports.derive import rows_of, values_by_project
from bedrock_projects.reports.line_facts import UnallocatedUsage
from bedrock_projects.reports.model import (
    UNTAGGED,
    Account,
    AccountAmount,
    CauseKind,
    Line,
    UnallocatedCause,
    UnallocatedSpend,
)
from bedrock_projects.reports.percentages import percent
from bedrock_projects.reports.query import column_of
from bedrock_projects.reports.request import ReportRequest
from bedrock_projects.reports.usage_types import is_marketplace_usage, is_of_project_endpoint

CAUSES: Mapping[CauseKind, str] = {
    "key not active": "usage before the tag key was active",
    "default project": "requests that name no project",
    "bedrock-runtime": "bedrock-runtime and other usage without a project tag",
    "marketplace": "models billed through AWS Marketplace",
}
"""The causes that a report can identify, as other commands name them."""

_NAMED: Final = 3
"""The most projects that a cause names."""


class _Cause(NamedTuple):
    kind: CauseKind
    label: str
    total: Decimal
    is_usage: bool = True


def unallocated_spend(
    request: ReportRequest,
    line: Line,
    data: CostData,
    *,
    accounts: Mapping[str, Account],
    project_label: Callable[[str], str],
) -> UnallocatedSpend:
    """The line of the unallocated spend with its two splits, as far as the data have them.

    `accounts` are those of the report by id; `project_label` names the project of an ownership tag.
    """
    if not any(line.charges.values()):
        return UnallocatedSpend(line=line)
    spend = _Spend(request, line, data)
    return UnallocatedSpend(
        line=line,
        causes=_with_shares(spend.causes(project_label), line) if is_known(request.grouping.tag_key, data) else (),
        accounts=_account_amounts(spend.by_account(), line, accounts),
        usage=_usage_with_shares(data.unallocated_usage) if data.unallocated_usage else None,
    )


def is_known(tag_key: str, data: CostData) -> bool:
    """Whether reports know the tag key. If not, that explains all untagged spend."""
    answer = data.tag_keys
    return tag_key not in answer.keys or answer.error is not None or answer.statuses.get(tag_key) == "Active"


class _Spend:
    """The unallocated spend of a report by project, environment or tag.

    Causes are of direct usage; each other charge type is a cause of its own. The usage without a project is what is
    left of the line after the projects without the tag. If it is less than its usage types add up to, the rest of them
    carries the tag.
    """

    def __init__(self, request: ReportRequest, line: Line, data: CostData) -> None:
        self._key = request.grouping.tag_key
        self._line = line
        self._data = data
        own = column_of(request.grouping)
        self._by_value = None if own == PROJECT else data.table((PROJECT, own))
        self._before = _sums(data.before_activation)
        since = data.tag_keys.active_since.get(self._key)
        # Billing has one day for a key. If costs carry the key before it, that day is one of a second activation.
        is_later = since is not None and since > request.dates.end
        self._since = None if is_later and self._carries_tag() else since
        self._is_activated_later = is_later and self._since is not None

    def causes(self, project_label: Callable[[str], str]) -> list[_Cause]:
        """The causes; they add up to the line's total."""
        usage = self._line.charges.get("usage", Decimal())
        if self._is_activated_later:
            causes = [self._activation(usage)]
        else:
            without = self._usage_without_value()
            causes = [
                self._activation(sum(self._before.values(), Decimal())),
                self._projects(without, project_label),
                *self._usage_types(usage - sum(without.values(), Decimal())),
            ]
        causes += [
            _Cause("charge type", f"{PLURALS[kind]} without {self._key}", amount, is_usage=False)
            for kind, amount in self._line.charges.items()
            if kind != "usage"
        ]
        return [cause for cause in causes if cause.total]

    def by_account(self) -> dict[str, Decimal]:
        """The spend by account, as far as the tables say; nothing if usage without a project carries the tag."""
        in_accounts = self._data.table((ACCOUNT, PROJECT))
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for (account, project), row in in_accounts.amounts.items():
            if project == UNTAGGED:
                sums[account] += row_total(row)
        if self._by_value is None:
            return sums
        if self._has_tagged_usage():
            return {}
        accounts_of: defaultdict[str, set[str]] = defaultdict(set)
        for account, project in in_accounts.amounts:
            accounts_of[project].add(account)
        for (project, value), row in self._by_value.amounts.items():
            if project != UNTAGGED and value == UNTAGGED and len(accounts_of[project]) == 1:
                sums[next(iter(accounts_of[project]))] += row_total(row)
        return sums

    def _activation(self, total: Decimal) -> _Cause:
        return _Cause("key not active", f"before {self._key} was activated in Billing on {self._since}", total)

    def _projects(self, without: Mapping[str, Decimal], project_label: Callable[[str], str]) -> _Cause:
        """Usage of projects without a value of the tag; every project has the ownership tag."""
        before: defaultdict[str, Decimal] = defaultdict(Decimal)
        for (project, _), amount in self._before.items():
            before[project] += amount
        amounts = {project: amount - before[project] for project, amount in without.items()}
        by_amount = sorted(((-amount, project) for project, amount in amounts.items() if amount))
        names = [project_label(project) for _, project in by_amount]
        named = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        total = sum(amounts.values(), Decimal())
        return _Cause("project without tag", f"projects without {self._key}: {named}", total)

    def _usage_types(self, loose: Decimal) -> list[_Cause]:
        """Usage without a project by its usage types; `loose` is how much of it has no value of the tag."""
        sums: defaultdict[CauseKind, Decimal] = defaultdict(Decimal)
        whole = Decimal()
        for (project, usage_type), amount in _sums(self._data.table((PROJECT, USAGE_TYPE))).items():
            if project == UNTAGGED:
                whole += amount
                sums[_cause_kind(usage_type)] += amount - self._before.get((project, usage_type), Decimal())
        labels: Mapping[CauseKind, str] = {
            "default project": f"{MANTLE.name}: {CAUSES['default project']}",
            "bedrock-runtime": CAUSES["bedrock-runtime"],
            "marketplace": f"{CAUSES['marketplace']}, without a project",
        }
        causes = [_Cause(kind, labels[kind], amount) for kind, amount in sums.items()]
        if self._has_tagged_usage():
            label = f"less usage without a project that carries {self._key}, such as inference profiles"
            return [*causes, _Cause("tagged usage", label, loose - whole, is_usage=False)]
        return [
            *causes,
            _Cause("unknown", f"difference between queries, or {self._key} with an empty value", loose - whole),
        ]

    def _usage_without_value(self) -> dict[str, Decimal]:
        """The direct usage of projects that has no value of the tag."""
        if self._by_value is None:
            return {}
        usage = rows_of(self._data.table((PROJECT, CHARGE_TYPE)), line=str, part=_usage_or_other)
        split = self._data.usage_by_value or self._by_value
        sums: dict[str, Decimal] = {}
        for project, periods in values_by_project(self._by_value).items():
            if project == UNTAGGED:
                continue
            whole, part = usage.get(project, {}).get(USAGE), split.amounts.get((project, UNTAGGED))
            for index, values in enumerate(periods):
                # A project that has the tag nowhere has none of it on its usage.
                row = whole if values == {UNTAGGED} else part if UNTAGGED in values else None
                sums[project] = sums.get(project, Decimal()) + ((row[index] if row else None) or Decimal())
        return sums

    def _has_tagged_usage(self) -> bool:
        """Whether usage without a project carries the tag, as that of an inference profile may."""
        return self._by_value is not None and any(
            project == UNTAGGED and value != UNTAGGED and any(row)
            for (project, value), row in self._by_value.amounts.items()
        )

    def _carries_tag(self) -> bool:
        table = self._by_value or self._data.table((PROJECT, CHARGE_TYPE))
        place = 1 if self._by_value is not None else 0
        return any(group[place] != UNTAGGED and any(row) for group, row in table.amounts.items())


def _usage_or_other(record_type: str) -> str:
    return USAGE if is_usage(record_type) else record_type


def _sums(table: CostTable | None) -> dict[tuple[str, ...], Decimal]:
    return {group: row_total(row) for group, row in table.amounts.items()} if table else {}


def _with_shares(causes: Collection[_Cause], line: Line) -> tuple[UnallocatedCause, ...]:
    """The causes, usage first, each with its share of the unallocated usage.

    Usage that carries the tag is in one of the other causes, and no table says in which, so then they have no shares.
    """
    is_exact = all(cause.kind != "tagged usage" for cause in causes)
    usage = line.charges.get("usage", Decimal())
    by_amount = sorted(causes, key=lambda cause: (not cause.is_usage, -cause.total))
    return tuple(
        UnallocatedCause(
            kind=cause.kind,
            label=cause.label,
            total=cause.total,
            share=percent(cause.total, usage) if is_exact and cause.is_usage and usage > 0 else None,
        )
        for cause in by_amount
    )


def _usage_with_shares(usage: UnallocatedUsage) -> UnallocatedUsage:
    if usage.total <= 0:
        return usage
    return replace(
        usage, largest=tuple(replace(origin, share=percent(origin.total, usage.total)) for origin in usage.largest)
    )


def _account_amounts(
    sums: Mapping[str, Decimal], line: Line, accounts: Mapping[str, Account]
) -> tuple[AccountAmount, ...]:
    """The accounts, the largest first; only usage has shares, which a credit would make meaningless."""
    if not sums:
        return ()
    total = line.total
    is_usage = all(kind == "usage" or not amount for kind, amount in line.charges.items())
    rest = total - sum(sums.values(), Decimal())
    amounts: Sequence[tuple[str, Decimal]] = [*sums.items(), ("unknown", rest)]
    by_amount = sorted((item for item in amounts if item[1]), key=lambda item: (-item[1], item[0]))
    return tuple(
        AccountAmount(
            account=accounts.get(account_id, Account(id=account_id)),
            total=amount,
            share=percent(amount, total) if is_usage and total > 0 else None,
        )
        for account_id, amount in by_amount
    )


def _cause_kind(usage_type: str) -> CauseKind:
    if is_marketplace_usage(usage_type):
        return "marketplace"
    return "default project" if is_of_project_endpoint(usage_type) else "bedrock-runtime"
