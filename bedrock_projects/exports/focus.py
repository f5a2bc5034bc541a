"""FOCUS 1.0 and 1.2 with AWS columns (tables FOCUS_1_0_AWS, FOCUS_1_2_AWS): what a report reads of each charge.

https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-focus-1-2-aws-columns.html
https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-focus-1-0-aws-columns.html
Documented: the columns. Seen in queries: the usage type is SkuMeter in 1.2 and x_UsageType in 1.0. FOCUS has no column
for the model, and ChargeCategory joins AWS's line types into five. Unknown: in which form `Tags` has a key.
"""

from collections.abc import Mapping
from typing import Final

from bedrock_projects.cost_tags.key_forms import FORMS
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports import expressions as sql
from bedrock_projects.exports.layout import NULL, LineColumns, LineQuery, Table
from bedrock_projects.exports.schema import Schema

ACCOUNT: Final = "SubAccountId"
ACCOUNT_NAME: Final = "SubAccountName"
BILLED_COST: Final = "BilledCost"
CATEGORY: Final = "ChargeCategory"
CODE: Final = "x_ServiceCode"
CURRENCY: Final = "BillingCurrency"
EFFECTIVE_COST: Final = "EffectiveCost"
END: Final = "ChargePeriodEnd"
INVOICE: Final = "InvoiceId"
PROVIDER: Final = "ProviderName"
QUANTITY: Final = "ConsumedQuantity"
RESOURCE_ID: Final = "ResourceId"
SERVICE: Final = "ServiceName"
START: Final = "ChargePeriodStart"
TAGS: Final = "Tags"
UNIT: Final = "ConsumedUnit"
USAGE_TYPES: Final = ("SkuMeter", "x_UsageType")
"""The columns that have the usage type, in 1.2 and in 1.0."""
_EITHER_USAGE_TYPE: Final = f"{USAGE_TYPES[0]} (FOCUS 1.2) or {USAGE_TYPES[1]} (FOCUS 1.0)"

REQUIRED: Final = (BILLED_COST, CURRENCY, CATEGORY, END, START, QUANTITY, UNIT, PROVIDER, SERVICE, ACCOUNT, TAGS)
"""The columns that every report needs."""
_AWS: Final = "AWS"
"""The provider of AWS's own charges (seen); those of AWS Marketplace have it too."""
_COSTS: Final[Mapping[str, str]] = {"UnblendedCost": BILLED_COST, "NetAmortizedCost": EFFECTIVE_COST}
"""The columns of the costs of `schema.COSTS`."""
_SELECTION: Final = "charges of which the service or its code is Bedrock's"
_WITHOUT_MODELS: Final = "FOCUS has no column for the model"
_NOTES_ON_TYPES: Final = {"Adjustment": "FOCUS does not tell discounts from refunds: both are other charges"}
_NO_RESOURCES: Final = f"the export has no resource ids: select {RESOURCE_ID} in its query"
_LACKING: Final = {
    "billing_entity": "what bills a charge is not known: FOCUS has no column for it",
    "iam_principal": "FOCUS has no IAM principals; an export of CUR 2.0 may have them",
}
"""What no export of FOCUS has, by the names of `LineColumns`."""
_NO_INVOICES: Final = "the export has no invoice ids (FOCUS 1.0 has none), so all amounts count as estimated"


def is_focus(schema: Schema) -> bool:
    """Whether the columns are those of FOCUS."""
    return schema.has(BILLED_COST) or schema.has(CATEGORY)


def line_columns(schema: Schema, query: LineQuery) -> LineColumns:
    """What a report reads of each charge. Raises SettingsError if the files lack a column that it needs."""
    cost = _COSTS[query.metric]
    if missing := schema.missing({*REQUIRED, cost}):
        raise SettingsError(
            f"{schema.of} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; select "
            f"{'them' if len(missing) > 1 else 'it'} in the export's query (Data Exports, FOCUS), then wait for the "
            "next delivery"
        )
    keys = (query.ownership_tag_key, *query.tag_keys)
    forms = {f"key{index}_{form}": text for index, key in enumerate(keys) for form, text in enumerate(_written(key))}
    project, *tags = (_value(schema, index) for index in range(len(keys)))
    has_invoices = schema.has(INVOICE)
    usage_type = next((name for name in USAGE_TYPES if schema.has(name)), None)
    is_of_aws = f"coalesce({sql.text(PROVIDER)} = $aws, false)"
    return LineColumns(
        table=Table(
            name=f"FOCUS {'1.2' if has_invoices or schema.has(USAGE_TYPES[0]) else '1.0'}",
            selection=_SELECTION,
            without_models=_WITHOUT_MODELS,
            notes_on_types=_NOTES_ON_TYPES,
        ),
        day=sql.day(schema, START),
        days=f"{sql.day(schema, END)} - {sql.day(schema, START)}",
        code=sql.text(CODE) if schema.has(CODE) else NULL,
        name=sql.text(SERVICE),
        is_marked="false",
        line_type=f"coalesce({sql.text(CATEGORY)}, '')",
        currency=sql.text(CURRENCY),
        account=sql.text(ACCOUNT),
        account_name=sql.text(ACCOUNT_NAME) if schema.has(ACCOUNT_NAME) else NULL,
        model=NULL,
        usage_type=sql.text(usage_type) if usage_type else NULL,
        unit=sql.text(UNIT),
        project=project,
        tags=tuple(tags),
        cost=sql.money(schema, cost),
        quantity=sql.money(schema, QUANTITY),
        # Without invoice ids nobody can say that an amount is final.
        waits_for_invoice=f"{sql.text(INVOICE)} IS NULL" if has_invoices else "true",
        condition=is_of_aws,
        hour=f"hour({sql.moment(schema, START)})",
        minutes=f"date_diff('minute', {sql.moment(schema, START)}, {sql.moment(schema, END)})",
        invoice=sql.text(INVOICE) if has_invoices else NULL,
        resource_id=sql.text(RESOURCE_ID) if schema.has(RESOURCE_ID) else NULL,
        lacking={
            **_LACKING,
            **({} if schema.has(RESOURCE_ID) else {"resource_id": _NO_RESOURCES}),
            **({} if has_invoices else {"invoice": _NO_INVOICES}),
        },
        parameters={
            "aws": _AWS,
            **{parameter: sql.entry_key(schema, TAGS, text) for parameter, text in forms.items()},
        },
        unreadable={},
        foreign=f"NOT {is_of_aws}",
        contradicts=" OR ".join(_contradicts(schema, index) for index in range(len(keys))),
        lacks_of_bedrock="" if usage_type else _EITHER_USAGE_TYPE,
    )


def missing_columns(schema: Schema) -> list[str]:
    """The columns that reports need and no file has, those by effective cost too."""
    has_usage_type = any(map(schema.has, USAGE_TYPES))
    return sorted([*schema.missing({*REQUIRED, EFFECTIVE_COST}), *([] if has_usage_type else [_EITHER_USAGE_TYPE])])


def _written(key: str) -> list[str]:
    """The key in all forms in which `Tags` may have it; which of them AWS writes is unknown."""
    return [written(key) for written in FORMS.values()]


def _forms(schema: Schema, index: int) -> list[str]:
    return [sql.entry(schema, TAGS, f"key{index}_{form}") for form in range(len(FORMS))]


def _value(schema: Schema, index: int) -> str:
    """The value of a tag key, in any form."""
    return f"coalesce({', '.join(_forms(schema, index))})"


def _contradicts(schema: Schema, index: int) -> str:
    """Whether a charge has several forms of a key with different values."""
    value = _value(schema, index)
    return f"({' OR '.join(f'coalesce({form} <> {value}, false)' for form in _forms(schema, index))})"
