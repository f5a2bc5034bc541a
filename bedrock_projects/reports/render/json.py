"""Writes the report as JSON, with the fields of `reports.model` as stable keys.

Amounts and shares are exact texts; dates and times are ISO 8601; both ends of a range of dates are included.
"""

from dataclasses import asdict
from datetime import date
from decimal import Decimal

from bedrock_projects.printing import for_json
from bedrock_projects.reports.model import Report


def render(report: Report) -> str:
    """Writes the text."""
    return for_json(asdict(report), default=_text) + "\n"


def _text(value: Decimal | date) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else value.isoformat()
