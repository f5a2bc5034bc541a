"""The data exports that a stack creates, in the form of AWS: decided from the inventory alone.

An export belongs to the management account and exists once: the stack with `scope: billing` declares all, or the stack
of the only environment does. AWS delivers no month before the export's own, and none again. So what makes a new export
of an old one is refused: https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bedrock_projects.cost_controls.budgets import cost_control_tags
from bedrock_projects.errors import RefusedError
from bedrock_projects.exports import cur2
from bedrock_projects.model import EXPORT_PREFIX, Export, ExportCreation, Inventory
from bedrock_projects.stacks.settings import Settings

TABLE: Final = "COST_AND_USAGE_REPORT"
OLD_VERSION_DAYS: Final = 30
"""How long a bucket keeps what a later refresh replaced: over the two weeks for which AWS refreshes a closed month."""
REPORT_COLUMNS: Final = frozenset({*cur2.REQUIRED, cur2.TAGS, cur2.NET_COST})
"""What all reports need of every line, those by effective cost too."""
_MORE: Final = (
    "bill_bill_type",
    "bill_billing_period_start_date",
    "bill_invoicing_entity",
    "bill_payer_account_id",
    "line_item_legal_entity",
    "line_item_line_item_description",
    "line_item_operation",
    "product_region_code",
    "reservation_reservation_a_r_n",
    "savings_plan_savings_plan_a_r_n",
)
"""Columns that no report needs, and that a question about a bill does."""


@dataclass(frozen=True, kw_only=True)
class ExportInputs:
    """One export and its bucket; `name` is its name in the stack and in AWS."""

    name: str
    creation: ExportCreation
    query: str
    tags: dict[str, str]

    def definition(self, account: str) -> dict[str, Any]:
        """The export of this account as the resource expects it.

        All properties of the table are there, and the billing view: AWS adds those that are left out, and the AWS
        provider took that for a change (https://github.com/hashicorp/terraform-provider-aws/issues/43978).
        """
        return {
            "name": self.name,
            "data_queries": [
                {
                    "query_statement": self.query,
                    "table_configurations": {
                        TABLE: {
                            "BILLING_VIEW_ARN": f"arn:aws:billing::{account}:billingview/primary",
                            "INCLUDE_CAPACITY_RESERVATION_DATA": "FALSE",
                            "INCLUDE_IAM_PRINCIPAL_DATA": str(self.creation.iam_principals).upper(),
                            "INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY": "FALSE",
                            "INCLUDE_RESOURCES": "TRUE",
                            "INCLUDE_SPLIT_COST_ALLOCATION_DATA": "FALSE",
                            "TIME_GRANULARITY": self.creation.granularity.upper(),
                        }
                    },
                }
            ],
            "destination_configurations": [
                {
                    "s3_destinations": [
                        {
                            "s3_bucket": self.creation.bucket,
                            "s3_prefix": EXPORT_PREFIX,
                            "s3_region": self.creation.region,
                            "s3_output_configurations": [
                                {
                                    "format": "PARQUET",
                                    "compression": "PARQUET",
                                    "output_type": "CUSTOM",
                                    "overwrite": "OVERWRITE_REPORT",
                                }
                            ],
                        }
                    ]
                }
            ],
            "refresh_cadences": [{"frequency": "SYNCHRONOUS"}],
        }


@dataclass(frozen=True, kw_only=True)
class CreatedExports:
    """The exports that a stack creates; `left_out` are names of those that another stack must create."""

    exports: tuple[ExportInputs, ...] = ()
    left_out: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exports)


def created_exports(settings: Settings, inventory: Inventory) -> CreatedExports:
    """The exports that a stack with these settings creates."""
    created = [(export, export.creation) for export in inventory.exports if export.creation]
    if settings.scope == "projects":
        return CreatedExports()
    if settings.scope == "all" and len(inventory.environments) > 1:
        return CreatedExports(left_out=tuple(export.name for export, _ in created))
    return CreatedExports(exports=tuple(_inputs(export, creation, inventory) for export, creation in created))


def columns(*, iam_principals: bool) -> tuple[str, ...]:
    """The columns that a created export selects: all that reports read, and more. `SELECT *` is refused by AWS."""
    needed = {*REPORT_COLUMNS, cur2.ACCOUNT_NAME, cur2.BILLING_ENTITY, cur2.RESOURCE_ID, *_MORE}
    needed.update(name.lstrip("-") for parts in cur2.AMORTIZED.values() for part in parts for name in part)
    return tuple(sorted({*needed, cur2.IAM_PRINCIPAL} if iam_principals else needed))


def bucket_policy(bucket: str, account: str) -> str:
    """The policy of an export's bucket, as JSON: Data Exports of this account may write, and nobody without TLS.

    Both principals, both kinds of ARN, and the bucket itself are documented:
    https://docs.aws.amazon.com/cur/latest/userguide/dataexports-s3-bucket.html.
    """
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    sources = [
        f"arn:aws:bcm-data-exports:us-east-1:{account}:export/*",
        f"arn:aws:cur:us-east-1:{account}:definition/*",
    ]
    delivery = {
        "Sid": "DataExportsDelivers",
        "Effect": "Allow",
        "Principal": {"Service": ["bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"]},
        "Action": ["s3:GetBucketPolicy", "s3:PutObject"],
        "Resource": resources,
        "Condition": {"StringLike": {"aws:SourceAccount": account, "aws:SourceArn": sources}},
    }
    transport = {
        "Sid": "OnlyOverTLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [delivery, transport]})


def check_held(exports: Sequence[ExportInputs], held: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises RefusedError if a run would replace an export, or its bucket.

    `held` are the inputs of the export resources in the state, by name. AWS has no update of these settings
    (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/bcmdataexports/export.go).
    """
    for export in exports:
        if export.name not in held:
            continue
        before, after = _settings_of(held[export.name]), _settings(export.creation)
        if unknown := [name for name in after if not before[name]]:
            raise RefusedError(
                f"export {export.name!r}: the state does not say its {', '.join(unknown)}, so a run might replace the "
                "export; run `pulumi refresh`, and look at the export in Billing if that does not help"
            )
        changed = [name for name in after if before[name] != after[name]]
        if changed:
            changes = ", ".join(f"{name} {before[name]} → {after[name]}" for name in changed)
            former = ", ".join(f"`{name}: {before[name]}`" for name in changed)
            raise RefusedError(
                f"export {export.name!r} in the inventory: {changes}. AWS would replace the export, and delivers no "
                f"earlier month again. Write {former} again; for other settings, add a second export with a bucket of "
                "its own"
            )


def left_out_notice(left_out: Sequence[str]) -> str:
    """One warning that names the exports that this stack does not create; `left_out` is not empty."""
    return (
        f"this stack does not create the data exports of the inventory: {', '.join(left_out)}. Create them with a "
        "stack that has `scope: billing`"
    )


def _inputs(export: Export, creation: ExportCreation, inventory: Inventory) -> ExportInputs:
    selected = ", ".join(columns(iam_principals=creation.iam_principals))
    where = f" WHERE {cur2.FAMILY} = '{cur2.FAMILY_OF_BEDROCK}'" if creation.rows == "bedrock" else ""
    return ExportInputs(
        name=export.name,
        creation=creation,
        query=f"SELECT {selected} FROM {TABLE}{where}",  # noqa: S608  constants
        tags=cost_control_tags(inventory, None, export.name),
    )


def _settings(creation: ExportCreation) -> dict[str, str]:
    """The settings whose change makes a new export or a new bucket, as the inventory writes them."""
    return {
        "bucket": creation.bucket,
        "region": creation.region,
        "granularity": creation.granularity,
        "iam_principals": str(creation.iam_principals).lower(),
    }


def _settings_of(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The same settings of a resource in the state; empty if AWS did not answer with one."""
    definition = inputs["export"]
    table = definition["dataQueries"][0]["tableConfigurations"][TABLE]
    destination = definition["destinationConfigurations"][0]["s3Destinations"][0]
    return {
        "bucket": destination["s3Bucket"],
        "region": destination["s3Region"],
        "granularity": table.get("TIME_GRANULARITY", "").lower(),
        "iam_principals": table.get("INCLUDE_IAM_PRINCIPAL_DATA", "").lower(),
    }
