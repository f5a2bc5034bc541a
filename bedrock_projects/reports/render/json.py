"""The report as JSON: the fields of `reports.model` under their own names, stable.

Amounts and shares are texts, exact; days and moments are ISO 8601; both ends of a span are included.
"""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal

from bedrock_projects.reports.model import Report


def render(report: Report) -> str:
    """The text."""
    return json.dumps(asdict(report), indent=2, ensure_ascii=False, default=_text) + "\n"


def _text(value: Decimal | date) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else value.isoformat()
