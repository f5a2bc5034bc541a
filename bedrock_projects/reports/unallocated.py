"""Splits the spend that has no value of the tag by cause and by account."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.reports.answers import Answers, CostTable
from bedrock_projects.reports.model import (
    Account,
    AccountAmount,
    CauseKind,
    Line,
    UnallocatedCause,
    UnallocatedSpend,
)
from bedrock_projects.reports.percentages import shares
from bedrock_projects.reports.request import ReportRequest
from bedrock_projects.reports.usage_types import is_marketplace

CAUSES: Mapping[CauseKind, str] = {
    "default project": "the default project",
    "bedrock-runtime": "bedrock-runtime and other usage without a project tag",
    "marketplace": "models billed through AWS Marketplace",
}
"""The causes that a report can identify, as other commands name them."""


def unallocated_spend(request: ReportRequest, line: Line, answers: Answers) -> UnallocatedSpend:
    """The line of the unallocated spend with its two splits, as far as the answers have them."""
    if not line.total:
        return UnallocatedSpend(line=line)
    causes: tuple[UnallocatedCause, ...] = ()
    if answers.unallocated_usage:
        causes = split_by_cause(
            line.total,
            answers.unallocated_usage,
            tag_key=request.grouping.tag_key,
            is_ownership_tag=request.grouping.tag_key == request.ownership_tag_key,
        )
    accounts: tuple[AccountAmount, ...] = ()
    if answers.unallocated_accounts:
        accounts = split_by_account(line.total, answers.unallocated_accounts, answers.accounts)
    elif len(answers.accounts) == 1:
        accounts = _account_amounts({answers.accounts[0].id: line.total}, answers.accounts)
    return UnallocatedSpend(line=line, causes=causes, accounts=accounts)


def split_by_cause(
    total: Decimal, table: CostTable, *, tag_key: str, is_ownership_tag: bool
) -> tuple[UnallocatedCause, ...]:
    """Splits the `total` by cause, the largest first; the table is by SERVICE and USAGE_TYPE.

    Every project has the ownership tag, so `is_ownership_tag` rules out projects as a cause.
    """
    sums: dict[CauseKind, Decimal] = {}
    for (service, usage_type), row in table.amounts.items():
        kind = _cause_kind(service, usage_type)
        sums[kind] = sums.get(kind, Decimal()) + sum(row, Decimal())
    # The table may miss some of the total: AWS may change costs between two queries, and Cost Explorer groups spend
    # with an empty tag value together with spend without the tag.
    sums["unknown"] = total - table.total
    by_amount = sorted(((kind, amount) for kind, amount in sums.items() if amount), key=lambda item: -item[1])
    return tuple(
        UnallocatedCause(
            kind=kind, label=_cause_label(kind, tag_key, is_ownership_tag=is_ownership_tag), total=amount, share=share
        )
        for (kind, amount), share in zip(by_amount, shares([amount for _, amount in by_amount]), strict=True)
    )


def split_by_account(total: Decimal, table: CostTable, accounts: Sequence[Account]) -> tuple[AccountAmount, ...]:
    """Splits the `total` by account, the largest first; the table is by LINKED_ACCOUNT."""
    sums = {account_id: sum(row, Decimal()) for (account_id,), row in table.amounts.items()}
    if total != table.total:
        sums["unknown"] = total - table.total
    return _account_amounts({account_id: amount for account_id, amount in sums.items() if amount}, accounts)


def _account_amounts(sums: Mapping[str, Decimal], accounts: Sequence[Account]) -> tuple[AccountAmount, ...]:
    by_id = {account.id: account for account in accounts}
    by_amount = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        AccountAmount(account=by_id.get(account_id, Account(id=account_id)), total=amount, share=share)
        for (account_id, amount), share in zip(by_amount, shares([amount for _, amount in by_amount]), strict=True)
    )


def _cause_kind(service: str, usage_type: str) -> CauseKind:
    if is_marketplace(service):
        return "marketplace"
    return "default project" if MANTLE.usage_type_mark in usage_type else "bedrock-runtime"


def _cause_label(kind: CauseKind, tag_key: str, *, is_ownership_tag: bool) -> str:
    if kind == "default project":
        others = "" if is_ownership_tag else f" and projects without {tag_key}"
        return f"{MANTLE.name}: the default project{others}"
    if kind == "bedrock-runtime":
        return CAUSES[kind]
    if kind == "marketplace":
        return f"models billed through AWS Marketplace, without {tag_key}"
    return f"difference between queries, or {tag_key} with an empty value"
