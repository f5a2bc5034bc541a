"""CUR 2.0 (table COST_AND_USAGE_REPORT): which columns a report needs of it, and what each means.

CUR 2.0 has a fixed schema of which an export selects columns:
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html. A column that is not there would read as no
cost or as no tag, so its absence is an error that names the setting of the export.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from bedrock_projects.cost_tags.key_forms import FORMS, NORMALIZED, normalized
from bedrock_projects.cost_tags.key_forms import RESOURCE_TAGS as IN_TAGS
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports import expressions as sql
from bedrock_projects.exports.layout import NULL, LineColumns, LineQuery, Table
from bedrock_projects.exports.schema import Schema

ACCOUNT: Final = "line_item_usage_account_id"
ACCOUNT_NAME: Final = "line_item_usage_account_name"
BILLING_ENTITY: Final = "bill_billing_entity"
CODE: Final = "line_item_product_code"
CURRENCY: Final = "line_item_currency_code"
END: Final = "line_item_usage_end_date"
FAMILY: Final = "product_product_family"
IAM_PRINCIPAL: Final = "line_item_iam_principal"
INVOICE: Final = "bill_invoice_id"
LINE_TYPE: Final = "line_item_line_item_type"
NET_COST: Final = "line_item_net_unblended_cost"
PARENT: Final = "split_line_item_parent_resource_id"
PRODUCT: Final = "product"
QUANTITY: Final = "line_item_usage_amount"
RESOURCE_ID: Final = "line_item_resource_id"
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
FAMILY_OF_BEDROCK: Final = "Amazon Bedrock"
"""The product family of Bedrock's lines since 2026-07-20, those of AWS Marketplace included (seen)."""
_OPTIONAL: Final[Mapping[str, tuple[str, str]]] = {
    "billing_entity": (
        BILLING_ENTITY,
        f"what bills a line is not known: select {BILLING_ENTITY} in the export's query",
    ),
    "resource_id": (
        RESOURCE_ID,
        (
            "the export has no resource ids: an export with INCLUDE_RESOURCES (Include resource IDs) and "
            f"{RESOURCE_ID} has them"
        ),
    ),
    "iam_principal": (
        IAM_PRINCIPAL,
        f"the export has no IAM principals: an export with INCLUDE_IAM_PRINCIPAL_DATA and {IAM_PRINCIPAL} has them",
    ),
}
"""Columns that a report can do without, by the names of `LineColumns`, each with the advice if it is missing."""
TABLE: Final = Table(
    selection="lines of which the family, the product code or the name is Bedrock's",
    without_models="the export names no model on these dates; AWS does since 2026-07-20",
)
_RESERVATION: Final = "reservation_reservation_a_r_n"

AMORTIZED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "SavingsPlanCoveredUsage": (
        ("savings_plan_net_savings_plan_effective_cost", "savings_plan_savings_plan_effective_cost"),
    ),
    "SavingsPlanRecurringFee": (("savings_plan_total_commitment_to_date",), ("-savings_plan_used_commitment",)),
    "SavingsPlanNegation": (),
    "SavingsPlanUpfrontFee": (),
    "DiscountedUsage": (("reservation_net_effective_cost", "reservation_effective_cost"),),
    "RIFee": (
        (
            "reservation_net_unused_amortized_upfront_fee_for_billing_period",
            "reservation_unused_amortized_upfront_fee_for_billing_period",
        ),
        ("reservation_net_unused_recurring_fee", "reservation_unused_recurring_fee"),
    ),
}
"""What makes the net amortized cost of lines of commitments: a sum, each part the first column that has a value.

The form is AWS's own, in its library of queries (amortized_cost_by_charge_type.sql, awslabs/aws-well-architected-labs):
https://wellarchitectedlabs.com/cost-optimization/cur_queries/queries/global/. That a net column comes before the plain
one is documented: it has a value only if discounts apply. AWS names no net amount for the unused part of a savings
plan, so that is before discounts. The fee of a reservation that was paid upfront is 0: `reservation_reservation_a_r_n`.
"""


def line_columns(schema: Schema, query: LineQuery) -> LineColumns:
    """What a report reads of each line. Raises SettingsError if the files lack a column that it needs."""
    _check(schema, query)
    entries = {
        f"key{index}": _tag_entry(schema, key) for index, key in enumerate((query.ownership_tag_key, *query.tag_keys))
    }
    project, *tags = (sql.entry(schema, column, parameter) for parameter, (column, _) in entries.items())
    return LineColumns(
        table=TABLE,
        day=sql.day(schema, START),
        days=f"{sql.day(schema, END)} - {sql.day(schema, START)}",
        code=sql.text(CODE),
        name=sql.entry(schema, PRODUCT, "name"),
        is_marked=f"coalesce({FAMILY} = $family, false)",
        line_type=f"coalesce({sql.text(LINE_TYPE)}, '')",
        currency=sql.text(CURRENCY),
        account=sql.text(ACCOUNT),
        account_name=sql.text(ACCOUNT_NAME) if schema.has(ACCOUNT_NAME) else NULL,
        model=sql.entry(schema, PRODUCT, "model"),
        usage_type=sql.text(USAGE_TYPE),
        unit=sql.text(UNIT),
        project=project,
        tags=tuple(tags),
        cost=_COSTS[query.metric].sql(schema),
        quantity=sql.money(schema, QUANTITY),
        waits_for_invoice=f"{sql.text(INVOICE)} IS NULL",
        # Split cost allocation adds lines below a line that is there too.
        condition=f"{sql.text(PARENT)} IS NULL" if schema.has(PARENT) else "true",
        hour=f"hour({sql.moment(schema, START)})",
        minutes=f"date_diff('minute', {sql.moment(schema, START)}, {sql.moment(schema, END)})",
        invoice=sql.text(INVOICE),
        lacking={name: advice for name, (column, advice) in _OPTIONAL.items() if not schema.has(column)},
        **{name: sql.text(column) for name, (column, _) in _OPTIONAL.items() if schema.has(column)},
        unreadable=_unreadable(schema) if query.metric == "NetAmortizedCost" else {},
        parameters={
            "family": FAMILY_OF_BEDROCK,
            "name": sql.entry_key(schema, PRODUCT, "product_name"),
            "model": sql.entry_key(schema, PRODUCT, "model"),
            **{parameter: sql.entry_key(schema, column, key) for parameter, (column, key) in entries.items()},
        },
    )


def missing_columns(schema: Schema) -> list[str]:
    """The columns that reports need and no file has, those by effective cost too."""
    has_tags = schema.has(TAGS) or schema.has(RESOURCE_TAGS)
    return schema.missing({*REQUIRED, NET_COST, *([] if has_tags else [TAGS])})


def _unreadable(schema: Schema) -> dict[str, str]:
    """Why the effective cost of lines of a type cannot be read: a column of commitments is not there."""
    missing = {"Fee": _RESERVATION} if not schema.has(_RESERVATION) else {}
    for line_type, parts in AMORTIZED.items():
        for part in parts:
            names = [name.lstrip("-") for name in part]
            if not any(map(schema.has, names)):
                missing.setdefault(line_type, names[-1])
    return {
        line_type: f"effective cost needs the column {column}; select it in the export's query, or use --cost billed"
        for line_type, column in missing.items()
    }


def _check(schema: Schema, query: LineQuery) -> None:
    """Raises SettingsError if the files lack a column that a report of this cost by these tag keys needs."""
    if missing := schema.missing({*REQUIRED, *_COSTS[query.metric].columns}):
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
        keys = (query.ownership_tag_key, *query.tag_keys)
        _check_collisions(schema, keys, {*query.all_tag_keys, *keys})


def _check_collisions(schema: Schema, tag_keys: Sequence[str], known: Collection[str]) -> None:
    for key in tag_keys:
        same = sorted(other for other in known if normalized(other) == normalized(key))
        if len(same) > 1:
            raise SettingsError(
                f"{schema.of}: {' and '.join(same)} are both {normalized(key)} in {RESOURCE_TAGS}; select the column "
                f"{TAGS} in the export's query, which has keys as they are"
            )


def _tag_entry(schema: Schema, key: str) -> tuple[str, str]:
    """The map column that has a tag key's values, and the key in this map."""
    return (TAGS, FORMS[IN_TAGS](key)) if schema.has(TAGS) else (RESOURCE_TAGS, FORMS[NORMALIZED](key))


def _effective(schema: Schema) -> str:
    cases = [
        f"WHEN '{line_type}' THEN {_sum(schema, parts)}"
        for line_type, parts in AMORTIZED.items()
        if all(any(schema.has(name.lstrip("-")) for name in part) for part in parts)
    ]
    rest = f"coalesce({sql.money(schema, NET_COST)}, {sql.money(schema, UNBLENDED_COST)})"
    if schema.has(_RESERVATION):
        is_upfront = f"{LINE_TYPE} = 'Fee' AND {sql.text(_RESERVATION)} IS NOT NULL"
        rest = f"CASE WHEN {is_upfront} THEN {sql.NOTHING} ELSE {rest} END"
    return f"CASE {LINE_TYPE} {' '.join(cases)} ELSE {rest} END"


def _sum(schema: Schema, parts: tuple[tuple[str, ...], ...]) -> str:
    """The sum of the parts, those with a minus subtracted."""
    sums = [sql.NOTHING]
    for part in parts:
        there = (sql.money(schema, name.lstrip("-")) for name in part if schema.has(name.lstrip("-")))
        sums.append(f"{'-' if part[0].startswith('-') else '+'} coalesce({', '.join(there)}, {sql.NOTHING})")
    return " ".join(sums)


class _Cost(NamedTuple):
    """A cost: the columns of every line that it needs, and its SQL."""

    columns: tuple[str, ...]
    sql: Callable[[Schema], str]


_COSTS: Final = {
    "UnblendedCost": _Cost((UNBLENDED_COST,), lambda schema: sql.money(schema, UNBLENDED_COST)),
    "NetAmortizedCost": _Cost((UNBLENDED_COST, NET_COST), _effective),
}
"""The costs of `schema.COSTS`."""
