"""Ties the bill of the report's dates to its invoices: each amount belongs to one, or to none yet."""

from datetime import date
from decimal import Decimal

from bedrock_projects.reports.cost_data import CostData
from bedrock_projects.reports.line_facts import Invoices
from bedrock_projects.reports.periods import first_of_month, last_of_month
from bedrock_projects.reports.request import ReportRequest

_FINAL = (
    "every line with an amount has an invoice; AWS may still post credits, refunds and support (on the 6th or 7th of "
    "the next month)"
)
_PART = "the report covers a part of the bill: an invoice may have more than these lines"


def invoices_of(request: ReportRequest, data: CostData) -> Invoices | None:
    """The invoices of the bill; None if the source does not name them, or if a filter leaves out spend."""
    if data.invoices is None or request.filters:
        return None
    amounts = sorted(data.invoices, key=lambda invoice: (invoice.month, not invoice.id, -invoice.total, invoice.id))
    open_months = _open_months(data)
    is_partial = bool(request.accounts) or not _has_whole_months(request)
    return Invoices(
        amounts=tuple(amounts),
        total=sum((invoice.total for invoice in amounts), Decimal()),
        is_provisional=bool(open_months),
        is_partial=is_partial,
        notes=(*_status(open_months), *([_PART] if is_partial else [])),
    )


def _open_months(data: CostData) -> list[date]:
    """The months in which lines wait for their invoice."""
    pairs = zip(data.bill.periods, data.bill.estimated, strict=True)
    return sorted({first_of_month(dates.start) for dates, is_estimated in pairs if is_estimated})


def _status(open_months: list[date]) -> list[str]:
    if open_months:
        named = ", ".join(f"{month:%b %Y}" for month in open_months)
        return [f"provisional: AWS has not issued an invoice for every line of {named}, so amounts may change"]
    return [_FINAL]


def _has_whole_months(request: ReportRequest) -> bool:
    dates = request.dates
    return dates.start.day == 1 and dates.end == last_of_month(dates.end)
