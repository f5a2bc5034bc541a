"""The journal of a month: what finance books, so that it adds up to zero.

Each statement is charged to the cost centers of its projects, and the central cost center is relieved of the sum. What
is central stays where the invoice was booked, so it has no line.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bedrock_projects.chargeback.documents import Document, Row
from bedrock_projects.chargeback.rules import Central, Journal
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    """An amount on a cost center and an account of the general ledger; below 0, it relieves them."""

    period: str
    cost_center: str
    gl_account: str
    amount: Decimal
    currency: str
    text: str
    reference: str


def journal_lines(documents: Sequence[Document], rules: Journal, central: Central) -> tuple[JournalLine, ...]:
    """The lines by statement and cost center; their sum is 0. Statements of nothing have none.

    A row without a cost center of its own, such as tagged usage that is not a project, is on the one of its statement
    that has most. Raises SettingsError if a statement has none at all, or the central one is not known.
    """
    missing = [document.title for document in documents if document.value and not _centers(document, rules)]
    if missing:
        raise SettingsError(
            f"no project of {', '.join(missing)} has the tag {rules.cost_center}, so the journal has no cost center "
            "for it; add the tag to an entry"
        )
    if not central.cost_center:
        raise SettingsError("the journal needs a cost center to relieve; add `cost_center` to `chargeback: central`")
    lines: list[JournalLine] = []
    for document in documents:
        if document.value:
            lines += _lines(document, _by_center(document, rules), rules)
    relieved = exact_sum(line.amount for line in lines).copy_negate()
    if lines:
        head = documents[0].head
        lines.append(
            JournalLine(
                period=head.month,
                cost_center=central.cost_center,
                gl_account=rules.gl_account,
                amount=relieved,
                currency=head.currency,
                text=f"Bedrock {central.name}: charged to others",
                reference=f"{head.month}/all",
            )
        )
    return tuple(lines)


def _lines(document: Document, amounts: Mapping[str, Decimal], rules: Journal) -> list[JournalLine]:
    return [
        JournalLine(
            period=document.head.month,
            cost_center=center,
            gl_account=rules.gl_account,
            amount=amount,
            currency=document.head.currency,
            text=f"Bedrock {document.title}",
            reference=document.number,
        )
        for center, amount in sorted(amounts.items())
        if amount
    ]


def _by_center(document: Document, rules: Journal) -> dict[str, Decimal]:
    own = _centers(document, rules)
    most = max(own, key=lambda center: (own[center], center))
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for row in document.rows:
        amounts[_center(row, rules) or most].append(row.total)
    return {center: exact_sum(each) for center, each in amounts.items()}


def _centers(document: Document, rules: Journal) -> dict[str, Decimal]:
    """The cost centers of a statement's projects with their amounts."""
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for row in document.rows:
        if center := _center(row, rules):
            amounts[center].append(row.total)
    return {center: exact_sum(each) for center, each in amounts.items()}


def _center(row: Row, rules: Journal) -> str:
    return row.project.tags.get(rules.cost_center, "") if row.project else ""
