"""Decides from the columns that files have what a report can read from them, before it reads a line.

CUR 2.0 has a fixed schema of which an export selects columns:
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html. A column that is not there would read as no
cost or as no tag, so its absence is an error that names the setting of the export.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bedrock_projects.errors import SettingsError

ACCOUNT: Final = "line_item_usage_account_id"
ACCOUNT_NAME: Final = "line_item_usage_account_name"
CODE: Final = "line_item_product_code"
CURRENCY: Final = "line_item_currency_code"
END: Final = "line_item_usage_end_date"
FAMILY: Final = "product_product_family"
INVOICE: Final = "bill_invoice_id"
LINE_TYPE: Final = "line_item_line_item_type"
NET_COST: Final = "line_item_net_unblended_cost"
PARENT: Final = "split_line_item_parent_resource_id"
PRODUCT: Final = "product"
QUANTITY: Final = "line_item_usage_amount"
RESOURCE_TAGS: Final = "resource_tags"
START: Final = "line_item_usage_start_date"
TAGS: Final = "tags"
UNBLENDED_COST: Final = "line_item_unblended_cost"
UNIT: Final = "pricing_unit"
USAGE_TYPE: Final = "line_item_usage_type"

REQUIRED: Final = (
    INVOICE,
    CURRENCY,
    LINE_TYPE,
    CODE,
    UNBLENDED_COST,
    ACCOUNT,
    QUANTITY,
    END,
    START,
    USAGE_TYPE,
    UNIT,
    PRODUCT,
    FAMILY,
)
"""The columns that every report needs, and one of the two that have tags."""
COSTS: Final[Mapping[str, tuple[str, ...]]] = {
    "UnblendedCost": (UNBLENDED_COST,),
    "NetAmortizedCost": (UNBLENDED_COST, NET_COST),
}
"""The costs that an export has, by Cost Explorer's names, and the columns of every line that they need."""
_FOCUS: Final = "BilledCost"
_RESOURCE_TAG: Final = "resourceTags/"


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


def check_schema(schema: Schema, metric: str, tag_keys: Sequence[str], *, all_tag_keys: Collection[str]) -> None:
    """Raises SettingsError if the files lack a column that a report of this cost by these tag keys needs.

    `all_tag_keys` are those of the inventory.
    """
    if schema.has(_FOCUS):
        raise SettingsError(f"{schema.of} is an export of FOCUS; only CUR 2.0 can be read: create an export of CUR 2.0")
    if missing := schema.missing({*REQUIRED, *COSTS[metric]}):
        raise SettingsError(
            f"{schema.of} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; select "
            f"{'them' if len(missing) > 1 else 'it'} in the export's query (Data Exports, CUR 2.0), then wait for the "
            "next delivery"
        )
    if not (schema.has(TAGS) or schema.has(RESOURCE_TAGS)):
        raise SettingsError(
            f"{schema.of} lacks the column {TAGS}, so no line has a tag; select it in the export's query (Data "
            "Exports, CUR 2.0), then wait for the next delivery"
        )
    if not schema.has(TAGS):
        _check_collisions(schema, tag_keys, {*all_tag_keys, *tag_keys})


def tag_entry(schema: Schema, key: str) -> tuple[str, str]:
    """The map column that has a tag key's values, and the key in this map."""
    return (TAGS, _RESOURCE_TAG + key) if schema.has(TAGS) else (RESOURCE_TAGS, normalized(key))


def normalized(key: str) -> str:
    """A user-defined tag key as the map `resource_tags` has it: `CostCenter` is `user_cost_center`.

    Seen in real exports: `user_` and small letters, `_` for all else and between the words of CamelCase.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    return "user_" + re.sub(r"[^a-z0-9]", "_", words.lower())


def _check_collisions(schema: Schema, tag_keys: Sequence[str], known: Collection[str]) -> None:
    for key in tag_keys:
        same = sorted(other for other in known if normalized(other) == normalized(key))
        if len(same) > 1:
            raise SettingsError(
                f"{schema.of}: {' and '.join(same)} are both {normalized(key)} in {RESOURCE_TAGS}; select the column "
                f"{TAGS} in the export's query, which has keys as they are"
            )
