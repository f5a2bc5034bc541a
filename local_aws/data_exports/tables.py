"""The tables that an export can be of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from local_aws.data_exports import cur2, focus
from local_aws.data_exports.columns import CUR2, CUR2_DEFAULT, Type
from local_aws.data_exports.definition import DataExport, Table
from local_aws.data_exports.files import Row
from local_aws.data_exports.lines import Line, discounted_months


@dataclass(frozen=True)
class Layout:
    """A table: its name at AWS, its columns, those that an export has by default, how a partition is written.

    `version` is that of FOCUS, "" for CUR 2.0.
    """

    name: str
    columns: Mapping[str, Type]
    default: tuple[str, ...]
    partition: str
    version: str = ""

    def rows(self, lines: Sequence[Line], export: DataExport) -> list[Row]:
        """The rows of a billing period."""
        if self.version:
            return [focus.row(line, tag_keys=export.tag_keys) for line in lines]
        net = discounted_months(lines)
        return [cur2.row(line, net=line.month in net) for line in lines]


LAYOUTS: Final[dict[Table, Layout]] = {
    "cur2": Layout("COST_AND_USAGE_REPORT", CUR2, CUR2_DEFAULT, "BILLING_PERIOD"),
    "focus-1.0": Layout("FOCUS_1_0_AWS", focus.FOCUS_1_0, tuple(focus.FOCUS_1_0), "billing_period", "1.0"),
    "focus-1.2": Layout("FOCUS_1_2_AWS", focus.FOCUS_1_2, tuple(focus.FOCUS_1_2), "billing_period", "1.2"),
}
