"""The rules of a chargeback, as values. A closed month keeps the rules that it was made with."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

Method = Literal["proportional", "even", "fixed", "weights"]
"""How an amount is split; the first three are the words of AWS's split charge rules.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/splitcharge-cost-categories.html
"""
Basis = Literal["billed", "effective"]
Passing = Literal["as_billed", "central"]
"""Whose discounts and refunds are: those whose usage has them, or all of them central."""
CreditPassing = Literal["central", "as_billed", "proportional"]
Addition = Literal["exclude", "central", "proportional"]
"""What becomes of Bedrock's tax and support, which AWS bills apart from usage."""


class Value(BaseModel):
    """What the rules, the costs and the file of a month are made of: it never changes, and has no field of others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Split(Value):
    """How an amount is split among values of the charged tag.

    `to` empty: all with direct cost. `shares` are per cent by value, for `fixed`; they add up to 100. `weights` is the
    path of a CSV relative to the folder of the inventory, for `weights`, with `{month}` (YYYY-MM) in it or not.
    """

    method: Method
    to: tuple[str, ...] = ()
    shares: Mapping[str, Decimal] = {}
    weights: str | None = None


class SharedCost(Value):
    """The cost of projects that a rule splits; `projects` are keys of entries, in all environments."""

    name: str
    projects: tuple[str, ...]
    split: Split


class Central(Value):
    """Who carries what no rule passes on."""

    name: str
    cost_center: str | None = None


class Adjustment(Value):
    """An amount that is not AWS's, in the currency of the bill."""

    description: str
    amount: Decimal
    split: Split


class Journal(Value):
    """What the lines of `journal.csv` are booked on: `cost_center` is the tag key that names it."""

    cost_center: str
    gl_account: str


class Closed(Value):
    """The closed months: their folder, relative to that of the inventory, and when they change.

    A month can be closed from that day of the next month on. A smaller change than `smallest_true_up`, in the currency
    of the bill, waits.
    """

    folder: str = "chargeback"
    not_before_day: int = 8
    smallest_true_up: Decimal = Decimal("1.00")


class Chargeback(Value):
    """All rules. `by` is the tag key that statements are for. `unallocated` None: central.

    `adjustments` are by month (YYYY-MM).
    """

    by: str
    cost: Basis = "billed"
    central: Central | None = None
    shared: tuple[SharedCost, ...] = ()
    unallocated: Split | None = None
    discounts: Passing = "as_billed"
    refunds: Passing = "as_billed"
    credits: CreditPassing = "central"
    tax: Addition = "exclude"
    support: Addition = "exclude"
    adjustments: Mapping[str, tuple[Adjustment, ...]] = {}
    journal: Journal | None = None
    closed: Closed = Closed()
