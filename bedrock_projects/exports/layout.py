"""What a report reads of each line of any table of AWS Data Exports: the SQL of each value.

A table has a module of its own that says it for the columns that its files have, such as `cur2`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bedrock_projects.reports.model import DateRange, HourRange

NULL: Final = "CAST(NULL AS VARCHAR)"
"""A text that no line has."""


@dataclass(frozen=True, kw_only=True)
class LineQuery:
    """What a report reads: costs of the metric on these dates, with the values of tag keys.

    `periods` are those of the report, without a gap. `all_tag_keys` are those of the inventory. Without `accounts` all
    are read. `origins_without` is the tag key without which the origins of usage are read too: its resources and
    principals; empty for none.
    """

    metric: str
    periods: tuple[DateRange, ...]
    ownership_tag_key: str
    tag_keys: tuple[str, ...]
    all_tag_keys: frozenset[str]
    accounts: tuple[str, ...]
    origins_without: str = ""

    @property
    def is_by_hour(self) -> bool:
        """Whether the periods are hours."""
        return isinstance(self.periods[0], HourRange)

    @property
    def dates(self) -> DateRange:
        """All days."""
        return DateRange(start=self.periods[0].start, end=self.periods[-1].end)


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a report says of the table that an export has.

    `name` is empty for CUR 2.0. `selection` says what counts as Bedrock, and `without_models` why no line names its
    model. `notes_on_types` are sentences on line types.
    """

    name: str = ""
    selection: str
    without_models: str
    notes_on_types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LineColumns:
    """The SQL of each value of a line; texts are NULL if there are none. All of it is constants.

    `day` is that on which its use began (UTC), and `days` the number of days until it ended. `is_marked` says whether
    AWS marks the line as Bedrock, `waits_for_invoice` whether no invoice has it yet. `line_type` is never NULL.
    `project` is the value of the ownership tag, and `tags` are those of the query's keys. `cost` and `quantity` are
    decimals of 18 places. Lines count only under the `condition`. `parameters` are those of all of it. `unreadable`
    says for line types that have no cost in these files why.

    A table may have lines of other providers, which are `foreign`, and lines whose tags are not clear, of which one
    `contradicts` itself. `lacks_of_bedrock` names columns that only lines of Bedrock need and that are not there.

    `hour` is the hour of the day in which the use began, and `minutes` how long it was. What follows is NULL if the
    files do not have it; `lacking` says then by the name of the field what to do about it.
    """

    table: Table
    day: str
    days: str
    code: str
    name: str
    is_marked: str
    line_type: str
    currency: str
    account: str
    account_name: str
    model: str
    usage_type: str
    unit: str
    project: str
    tags: tuple[str, ...]
    cost: str
    quantity: str
    waits_for_invoice: str
    condition: str
    parameters: Mapping[str, Any]
    unreadable: Mapping[str, str]
    hour: str
    minutes: str
    foreign: str = "false"
    contradicts: str = "false"
    lacks_of_bedrock: str = ""
    invoice: str = NULL
    billing_entity: str = NULL
    resource_id: str = NULL
    iam_principal: str = NULL
    lacking: Mapping[str, str] = field(default_factory=dict)
