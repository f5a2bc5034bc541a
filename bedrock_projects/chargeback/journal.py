"""The journal of a month: what finance books, so that it adds up to zero.

Each statement is charged to the cost centers of its projects, and the central cost center is relieved of the sum. What
is central stays where the invoice was booked, so it has no line.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bedrock_projects.chargeback.documents import Document, center_of, centers_of
from bedrock_projects.chargeback.rules import Chargeback, Journal
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


def journal_lines(documents: Sequence[Document], rules: Chargeback) -> tuple[JournalLine, ...]:
    """The lines by statement and cost center; their sum is 0. Statements of nothing have none.

    A row is on the cost center of its project, if the project has the statement's value in the inventory. All other
    rows are on the one of these that has most; without any, on that of the value, or on the central one. Raises
    SettingsError if the rules have no journal or no central cost center.
    """
    journal, central = rules.journal, rules.central
    if not journal:
        raise SettingsError("the rules have no `journal`; add it to `chargeback`")
    if not (central and central.cost_center):
        raise SettingsError("the journal needs a cost center to relieve; add `cost_center` to `chargeback: central`")
    lines: list[JournalLine] = []
    for document in documents:
        if document.value:
            lines += _lines(document, _by_center(document, rules.by, journal, otherwise=central.cost_center), journal)
    charged = exact_sum(line.amount for line in lines)
    if charged:
        head = documents[0].head
        lines.append(
            JournalLine(
                period=head.month,
                cost_center=central.cost_center,
                gl_account=journal.gl_account,
                amount=charged.copy_negate(),
                currency=head.currency,
                text=f"Bedrock {central.name}: charged to others",
                reference=f"{head.inventory}/{head.month}/all{'/accrual' if head.state == 'provisional' else ''}",
            )
        )
    return tuple(lines)


def reversal(lines: Iterable[JournalLine]) -> tuple[JournalLine, ...]:
    """What takes the lines of an accrual back when its month is closed."""
    return tuple(
        replace(line, amount=line.amount.copy_negate(), reference=f"{line.reference}-reversal") for line in lines
    )


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


def _by_center(document: Document, by: str, rules: Journal, *, otherwise: str) -> dict[str, Decimal]:
    own = centers_of(document.rows, value=document.value, by=by, key=rules.cost_center)
    most = max(own, key=lambda center: (own[center], center)) if own else document.cost_center or otherwise
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for row in document.rows:
        amounts[center_of(row.project, value=document.value, by=by, key=rules.cost_center) or most].append(row.total)
    return {center: exact_sum(each) for center, each in amounts.items()}
