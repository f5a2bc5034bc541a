"""The rules of cost allocation tags, each with how it is known."""

from typing import Final

from local_aws.rules import REFERENCE, Rule

_TAGS = f"{REFERENCE}, Cost allocation tags"
_MODEL = "botocore's model of ce, 2017-10-25"
_CHOICE = "choice of the local AWS"

LINKED: Final = Rule("linked-account", "only a management or standalone account may, list included", "seen", _TAGS)
SHAPE: Final = Rule("shape", "lengths, enumerations and required members as modelled", "documented", _MODEL)
TWICE: Final = Rule("key-twice", "an update names a key once", "assumed", _CHOICE)
NOT_FOUND: Final = Rule("keys-not-found", "a key that Billing has not discovered fails the whole call", "seen", _TAGS)
ACTIVE: Final = Rule("active-keys", "500 active keys in a payer account", "documented", _TAGS)
TOKEN: Final = Rule("next-token", "a page's token holds for the same question only", "documented", _MODEL)
BACKFILL_DATE: Final = Rule("backfill-date", "first day of a month, at most 12 months back", "documented", _TAGS)
BACKFILL_ONCE: Final = Rule("backfill-once", "one in 24 h, and none while one runs", "documented", _TAGS)

_READ = "2026-11-28"
_NEWER = "2026-11-29"
_ATTRIBUTES = "botocore's model of ce, 2017-10-25, ProductAttributeValues, as of 1.44.8"
_METRICS = "github.com/withcoral/coral/pull/1062"
_START_END = "github.com/zoph-io/instance-watcher/issues/18"
ONE_ROOT: Final = Rule("one-root", "one operator in each expression", "seen", "github.com/aws/aws-sdk-java/issues/1645")
TWO_OPERANDS: Final = Rule(
    "two-operands", "And and Or take two at least", "seen", "github.com/aws-samples/aws-cost-explorer-report/issues/27"
)
MATCH_OPTIONS: Final = Rule("match-options", "EQUALS, CASE_SENSITIVE, for tags ABSENT", "documented", _MODEL)
HOURLY: Final = Rule("hourly", "data of hours is opt-in, and off here", "seen", "github.com/aws/aws-sdk/issues/590")
DATE: Final = Rule("date", "a date is YYYY-MM-DD", "documented", _MODEL)
START_END: Final = Rule("start-end", "start is before end", "seen", _START_END)
FORECAST_START_END: Final = Rule(
    "forecast-start-end", "the same, in other words", "seen", "github.com/zoph-io/instance-watcher/issues/13"
)
END: Final = Rule(
    "end", "end is the first of the next month at the latest", "seen", "github.com/aws/aws-sdk-js/issues/2732"
)
START: Final = Rule("start", "start is not after today", "documented", _MODEL)
OLD_START: Final = Rule(
    "old-start",
    "beyond 14 months start is the first of a month",
    "seen",
    "github.com/redhat-performance/cloud-governance/pull/1011",
)
OLDEST_START: Final = Rule(
    "oldest-start",
    "start is in this month or the 13 before, or 37 if they are enabled",
    "seen",
    "code of others that quotes the message, and docs of Cost Explorer",
    "2026-11-29",
)
OLD_DAYS: Final = Rule("old-days", "beyond 14 months by month only", "documented", _MODEL, _READ)
METRICS: Final = Rule("metrics", "at least one of the documented metrics, in either spelling", "seen", _METRICS)
GROUPS: Final = Rule("groups", "at most two groups", "documented", _MODEL)
GROUP_KEY: Final = Rule("group-key", "not every dimension can be grouped by", "documented", _MODEL)
SORT: Final = Rule("sort", "neither SearchString nor NextPageToken with SortBy", "documented", _MODEL)
RESOURCES_OFF: Final = Rule(
    "resource-costs", "costs by resource are opt-in; how AWS refuses them is not known", "documented", _MODEL, _NEWER
)
RESOURCE_DAYS: Final = Rule(
    "resource-days", "costs by resource start 14 days ago at most", "documented", _MODEL, _NEWER
)
RESOURCE_ID: Final = Rule("resource-id", "they are grouped or filtered by RESOURCE_ID", "documented", _MODEL, _NEWER)
SAME_QUESTION: Final = Rule("same-question", "the parameters stay the same from page to page", "documented", _MODEL)
NO_DATA: Final = Rule(
    "no-data", "an account has no data in its first hours", "seen", "github.com/intuit/costBuddy/issues/5"
)
FORECAST_START: Final = Rule("forecast-start", "a forecast starts today or later", "assumed", _CHOICE)
FORECAST_SPAN: Final = Rule("forecast-span", "3 months by day, 18 by month", "documented", _MODEL)
HISTORY: Final = Rule(
    "history", "a forecast takes some days of history", "seen", "github.com/zoph-io/instance-watcher/issues/38"
)

ATTRIBUTES: Final = Rule("attributes", "some accounts have no product attributes", "assumed", _CHOICE, _READ)
ATTRIBUTES_START: Final = Rule(
    "attributes-start",
    "a period with product attributes starts on 2026-09-01 or later",
    "documented",
    _ATTRIBUTES,
    _READ,
)
ATTRIBUTES_SERVICE: Final = Rule(
    "attributes-service",
    "a SERVICE filter with them has names of Amazon Bedrock only",
    "documented",
    _ATTRIBUTES,
    _READ,
)
ATTRIBUTES_WHOLE: Final = Rule(
    "attributes-whole", "it is in every branch of an Or, and not inside Not", "documented", _ATTRIBUTES, _READ
)
ATTRIBUTES_SERVICE_REQUIRED: Final = Rule(
    "attributes-service-required",
    "GetDimensionValues and GetTags take ProductAttributes with a SERVICE filter only",
    "documented",
    _ATTRIBUTES,
    _READ,
)
ATTRIBUTES_OPERATION: Final = Rule(
    "attributes-operation", "GetCostForecast does not support them", "documented", _ATTRIBUTES, _READ
)
ATTRIBUTES_VALUES: Final = Rule(
    "attributes-values", "ProductAttributes have Values, or ABSENT", "documented", _ATTRIBUTES, _READ
)
ATTRIBUTES_ABSENT: Final = Rule("attributes-absent", "ABSENT goes with nothing else", "documented", _ATTRIBUTES, _READ)
ATTRIBUTES_CONTEXT: Final = Rule(
    "attributes-context", "values of product attributes are in COST_AND_USAGE only", "documented", _ATTRIBUTES, _READ
)
DIMENSION_KEY: Final = Rule(
    "dimension-key", "DimensionKey goes with PRODUCT_ATTRIBUTE only", "documented", _ATTRIBUTES, _READ
)
SORTED_KEYS: Final = Rule("sorted-keys", "the keys of attributes can not be sorted", "documented", _ATTRIBUTES, _READ)
