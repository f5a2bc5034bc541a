"""The columns that files have, of any table, and which costs a report may ask an export for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from bedrock_projects.errors import SettingsError

COSTS: Final = ("UnblendedCost", "NetAmortizedCost")
"""The costs that an export has, by Cost Explorer's names."""


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The columns of the files of a delivery, with the types that DuckDB reads them as; `of` names the delivery."""

    of: str
    types: Mapping[str, str]

    def has(self, column: str) -> bool:
        """Whether any of the files has the column."""
        return column in self.types

    def is_timestamp(self, column: str) -> bool:
        """Whether the column has times, not texts."""
        return self.types[column].startswith("TIMESTAMP")

    def missing(self, columns: Collection[str]) -> list[str]:
        """Those of the columns that no file has."""
        return sorted(column for column in columns if not self.has(column))


def check_cost(metric: str) -> None:
    """Raises SettingsError if an export has no cost that means the same."""
    if metric in COSTS:
        return
    reason = (
        "an export has the public price of the highest tier only, which is another amount"
        if metric in ("ListCost", "PublicOnDemandCost", "PublicEquivalentBilledCost")
        else "an export is read for billed and effective cost"
    )
    raise SettingsError(f"--cost {metric}: {reason}; use --source cost-explorer, or --cost billed or effective")
