"""The switches of the local AWS: where the service's answer is unknown or differs between reports, both can be had.

The default of each is what was seen live, else what is documented, else the choice named in the service's rules.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from local_aws.accounts import DEFAULT_REGION

REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "sa-east-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-south-1",
    "eu-north-1",
    "ap-south-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-northeast-1",
    "us-gov-west-1",
)


class Settings(BaseModel):
    """All switches; `LocalAws.settings(name=value)` changes them, a reset puts them back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Projects API: limits
    regions: tuple[str, ...] = REGIONS
    projects_per_account: Annotated[int, Field(ge=0)] = 1000
    projects_limit_per: Literal["account", "region"] = "account"
    projects_limit_counts_archived: bool = False
    projects_limit_status: Literal[400, 429] = 400
    projects_quota: Literal["with_usage", "without_usage", "unlisted"] = "with_usage"  # what Service Quotas lists
    tags_per_project: Literal[50, 200] = 50
    tags_counted: Literal["after", "additions_first"] = "after"  # of an update that adds and removes
    names: Literal["schema", "guide"] = "schema"  # guide: at most 64, words, unique
    duplicate_names: Literal["allowed", "refused"] = "allowed"

    # Projects API: archived projects
    archived_get: Literal["answered", "not_found"] = "answered"
    archived_update: Literal["refused", "carried_out", "not_found"] = "refused"
    archived_archive: Literal["answered", "refused"] = "answered"

    archived_inference: Literal["refused", "answered"] = "refused"

    # Projects API: shape of the answers
    omit_fields: frozenset[Literal["arn", "tags", "data_retention", "archived_at", "created_at"]] = frozenset()
    write_answers: Literal["whole", "bare"] = "whole"  # bare: of create, update and archive; just the id
    list_tags: Literal["full", "empty"] = "full"
    list_archived: Literal["on_request", "always", "never"] = "on_request"
    list_paging: Literal["honoured", "ignored", "stuck"] = "honoured"  # stuck: the first page again and again
    list_last_id: Literal["last_item", "another_item"] = "last_item"  # another_item: as in the manual's sample

    # The native Projects API (client bedrock)
    project_stores: Literal["one", "two"] = "two"  # one: both APIs show the same projects, ids and tags
    native_requests_a_second: Annotated[float | None, Field(gt=0)] = None  # of an account in a region; None: any number
    native_projects_per_account: Annotated[int | None, Field(ge=0)] = None  # active ones; None: any number
    native_archived_get: Literal["answered", "not_found"] = "answered"
    native_archived_update: Literal["refused", "carried_out", "not_found"] = "refused"
    native_archived_tag: Literal["refused", "carried_out", "not_found"] = "refused"
    native_refusal: Literal["ValidationException", "ConflictException"] = "ValidationException"  # default, archived
    native_tag_lag: Annotated[int, Field(ge=0)] = 0  # how many reads after a write still show the tags before it

    # Inference on bedrock-runtime
    runtime_project_error: Literal["ValidationException", "ResourceNotFoundException", "AccessDeniedException"] = (
        "ValidationException"  # of a project that is unknown, archived or elsewhere
    )
    runtime_usage_tags: Literal["tagged", "untagged"] = "untagged"  # whether its lines of the bill carry the project's

    # Resource Groups Tagging API: what it makes of the type bedrock:project
    project_index: Literal["knows", "refuses", "empty", "lags", "unsupported"] = "knows"  # refuses: every caller
    index_lag_seconds: Annotated[float, Field(ge=0)] = 60.0  # lags: it shows the tags of so long ago

    # CloudWatch: reports differ on the series of AWS/BedrockMantle; holds for what is metered from then on
    metric_series: Literal["all", "project_and_model"] = "all"

    # Bearer keys
    bearer_region: str = DEFAULT_REGION

    # Billing
    undiscovered_key: Literal["live", "documented"] = "live"
    discovery_hours: Annotated[float, Field(ge=0)] = 24.0
    active_keys: Annotated[int, Field(ge=0)] = 500
    backfill_hours: Annotated[float, Field(ge=0)] = 2.0
    backfill_outcome: Literal["SUCCEEDED", "FAILED"] = "SUCCEEDED"

    # Cost Explorer
    cost_data: Literal["available", "unavailable"] = "available"  # unavailable: as in an account's first hours
    cost_history_months: Literal[14, 38] = 14  # 38 where it is enabled, and beyond 14 by month only
    bill_final_day: Annotated[int, Field(ge=1, le=28)] = 1  # of the next month; until then a month is estimated
    invoice_day: Annotated[int, Field(ge=1, le=28)] = 3  # of the next month, when its bill is invoiced
    credit_memo_amounts: Literal["negative", "positive"] = "negative"  # their sign is unknown
    cost_page_size: Annotated[int, Field(ge=1)] = 1000  # groups, or values, on a page; AWS's own is not known
    marketplace_tags: Literal["kept", "missing"] = "kept"  # whether lines of Marketplace models carry the project's
    credit_tags: Literal["missing", "kept"] = "missing"  # whether credits carry the tags that a line was given
    product_attributes: Literal["answered", "refused"] = "answered"  # nobody has reported an answer for any account
    cost_analytics_metrics: Literal["answered", "refused"] = "answered"  # ListCost and so on; for whom is unknown
    resource_costs: Literal["on", "off"] = "on"  # costs by resource; AWS has them off until the payer switches them on
    forecast_history_days: Annotated[int, Field(ge=1)] = 7  # full days since the first cost that a forecast takes
