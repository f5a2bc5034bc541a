"""What AWS charges for requests, in US dollars."""

from decimal import Decimal
from typing import Final

COST_EXPLORER_REQUEST: Final = Decimal("0.01")
"""Each request to Cost Explorer, page by page: https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/"""
