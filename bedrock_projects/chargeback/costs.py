"""The cost of a month as a chargeback reads it: a frozen table, the same of each source."""

from datetime import date
from decimal import Decimal

from bedrock_projects.chargeback.rules import Value
from bedrock_projects.reports.charge_types import ChargeType


class CostRow(Value):
    """An amount of Bedrock, as AWS billed it.

    `value` is that of the charged tag on the usage, empty without it; `owner` that of the ownership tag, empty for
    usage that is not a project. `charge_type` is neither tax nor support.
    """

    value: str
    owner: str
    charge_type: ChargeType
    amount: Decimal


class MonthInvoice(Value):
    """An invoice or a credit memo of the month, in the currency of the bill."""

    id: str
    amount: Decimal


class MonthCosts(Value):
    """What a source says of a month, exactly.

    `month` is its first day. `rows` are all of Bedrock without tax and support; `bedrock` is the same from a sum of the
    source's own. `tax` and `support` are Bedrock's part of them. `bill` is the whole bill, tax and support included,
    and `rest` what it has apart from `bedrock`, each from a sum of its own. `invoices` None: the source or the basis
    has none, and `without_invoices` says in a sentence why. `estimated`: AWS may still change the amounts.
    """

    month: date
    currency: str
    rows: tuple[CostRow, ...]
    bedrock: Decimal
    rest: Decimal
    bill: Decimal
    tax: Decimal = Decimal()
    support: Decimal = Decimal()
    invoices: tuple[MonthInvoice, ...] | None = None
    without_invoices: str = ""
    estimated: bool = False
