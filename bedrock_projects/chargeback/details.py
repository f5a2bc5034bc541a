"""What statements show in addition to amounts: who a project is, what it used, and what the source did not say.

All of it is kept in the file of a month, so that a closed month is shown again as it was.
"""

from collections.abc import Mapping
from decimal import Decimal

from bedrock_projects.chargeback.rules import Value
from bedrock_projects.reports.usage_types import UsageKind


class BilledAccount(Value):
    """An account as AWS bills it; `name` is empty if the source does not have it."""

    id: str
    name: str = ""


class ModelUsage(Value):
    """Direct usage of one model and kind; `model` says in words if there is none.

    `unit` is `1M tokens` for tokens, else what AWS wrote, empty if it wrote none. `cost` is before discounts and
    credits.
    """

    model: str
    kind: UsageKind
    quantity: Decimal
    unit: str
    cost: Decimal

    @property
    def unit_price(self) -> Decimal | None:
        """What a unit costs, rounded to 28 digits; None if the quantity is not above 0."""
        return self.cost / self.quantity if self.quantity > 0 else None


class OwnerDetails(Value):
    """The project of an ownership tag, as the inventory has it now.

    All but `owner` and `accounts` are empty for a project that the inventory never had. `state` is `active`,
    `archived`, `released` or `unlisted`; `tags` are those of the entry, without the ownership tag.
    """

    owner: str
    key: str = ""
    name: str = ""
    environment: str = ""
    state: str = "unlisted"
    region: str = ""
    id: str = ""
    tags: Mapping[str, str] = {}
    accounts: tuple[BilledAccount, ...] = ()


class LineUsage(Value):
    """What a value of the charged tag used of a project, the largest cost first; `owner` is empty for no project."""

    value: str
    owner: str
    usage: tuple[ModelUsage, ...]


class MonthDetails(Value):
    """The details of a month.

    `owners` and `usage` are sorted. A line that is not in `usage` has none, or the source does not say it of a value.
    `renamed` are former values of the charged tag, with the names that they count as; a true-up keeps them.
    `other_charge_types` are AWS's names of those that count as `other`. `notes` are sentences on what the source lacks
    and how tax and support were found. `requests` were paid for, `price` is that of all of them in US dollars.
    """

    owners: tuple[OwnerDetails, ...] = ()
    usage: tuple[LineUsage, ...] = ()
    renamed: Mapping[str, str] = {}
    other_charge_types: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    requests: int = 0
    price: Decimal = Decimal()

    @property
    def accounts(self) -> frozenset[str]:
        """The ids of the accounts that the projects are billed in."""
        return frozenset(account.id for owner in self.owners for account in owner.accounts)

    def project(self, owner: str) -> OwnerDetails | None:
        """The project of an ownership tag; None for what is not a project."""
        return next((each for each in self.owners if each.owner == owner), None)

    def usage_of(self, value: str, owner: str) -> tuple[ModelUsage, ...]:
        """What a value used of a project; empty if it is not known."""
        return next((each.usage for each in self.usage if (each.value, each.owner) == (value, owner)), ())
