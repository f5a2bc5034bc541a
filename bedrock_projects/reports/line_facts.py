"""What only the lines of a bill can say: their invoices, who spends what is unallocated, and facts about the lines.

A source that gives tables alone, such as Cost Explorer, has none of it, and its report leaves it out. The fields of
these classes are keys of the JSON output, as those of `reports.model`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bedrock_projects.reports.usage_types import UsageKind


@dataclass(frozen=True, kw_only=True)
class InvoiceAmount:
    """The sum of the lines of one invoice in one month of the bill.

    `month` is its first day. `id` is empty for lines without an invoice. `billing_entity` says what bills it, as AWS
    writes it: `AWS` or `AWS Marketplace`; None if the source does not say.
    """

    month: date
    id: str
    billing_entity: str | None
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class Invoices:
    """The invoices of the bill of these dates; `amounts` add up to `total`, which is that of the bill.

    `is_provisional` says that AWS has not issued all invoices of these months. `is_partial` says that the dates or the
    accounts are a part of the bill, so that an invoice may have more. `notes` say both in words, and what may follow.
    """

    amounts: tuple[InvoiceAmount, ...]
    total: Decimal
    is_provisional: bool
    is_partial: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class UsageOrigin:
    """Direct usage of one account, usage type, resource and IAM principal.

    The last two are empty if AWS names none on the lines, and None if the source does not have them. `share` is of the
    unallocated usage; None if that is not above 0.
    """

    account: str
    usage_type: str
    resource_id: str | None
    iam_principal: str | None
    total: Decimal
    share: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class UnallocatedUsage:
    """The unallocated direct usage by its origins, the largest first.

    `others` is the sum of the `other_origins` further ones, so that everything adds up to `total`. `notes` say which
    columns the source lacks.
    """

    largest: tuple[UsageOrigin, ...]
    others: Decimal
    other_origins: int
    total: Decimal
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UnitPrice:
    """What a line of the report used of one model and kind, and what a unit of it cost.

    `value` and `label` are those of the line. `unit` is `1M tokens` for tokens, else what AWS wrote, empty if it wrote
    none. `unit_price` is the cost of one unit; None if the quantity is not above 0.
    """

    value: str
    label: str
    model: str
    kind: UsageKind
    quantity: Decimal
    unit: str
    cost: Decimal
    unit_price: Decimal | None


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """Counts of lines that answer what AWS does not document: both are about usage of Bedrock.

    `project_lines` carry the ownership tag; of these, `project_lines_with_arn` have the ARN of a project as their
    resource id. `marketplace_lines` are billed by AWS Marketplace; of these, `marketplace_lines_with_project` carry the
    ownership tag. None if the source lacks the column. `notes` say which.
    """

    project_lines: int
    project_lines_with_arn: int | None
    marketplace_lines: int | None
    marketplace_lines_with_project: int | None
    notes: tuple[str, ...] = ()
