"""Computes what each line of a report consists of: charges, cost drivers, parts and quantities, for each period."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bedrock_projects.model import Inventory
from bedrock_projects.reports.charge_types import USAGE, is_usage
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    SERVICE,
    USAGE_TYPE,
    Column,
    CostData,
    CostTable,
    Group,
    add_rows,
)
from bedrock_projects.reports.derive import Rows, only_value, rows_by_value, rows_of, values_by_project
from bedrock_projects.reports.labels import NO_MODEL
from bedrock_projects.reports.model import UNTAGGED, Grouping
from bedrock_projects.reports.project_names import ProjectNames
from bedrock_projects.reports.query import column_of
from bedrock_projects.reports.request import ReportRequest
from bedrock_projects.reports.unit_costs import UsageAmount
from bedrock_projects.reports.usage_types import OWN_SERVICE, is_marketplace, is_marketplace_usage, model_name

OTHER_USAGE: Final = "usage not split by model"
"""The label of usage whose model the tables do not say."""
_MARKETPLACE: Final = "models billed through AWS Marketplace"


@dataclass(frozen=True, kw_only=True)
class LineRows:
    """The lines of a report by value, with an amount for each period.

    `charges` has AWS's charge types; `drivers` direct usage by model or usage type; `parts` the second grouping.
    `used` has quantities. Charges are complete: they add up to what the source has.
    """

    charges: Rows
    drivers: Rows
    parts: Rows
    used: Mapping[str, list[UsageAmount]]


def line_rows(request: ReportRequest, data: CostData, names: ProjectNames, inventory: Inventory) -> LineRows:
    """The rows of all lines; `data` may also be that of the prior period."""
    reader = _Reader(request, data, line=line_of(request.grouping, names, inventory))
    charges = reader.charges()
    return LineRows(
        charges=charges,
        drivers=_completed(reader.drivers(), charges),
        parts=_parts(request, data, names, inventory),
        used=reader.used(),
    )


def line_of(grouping: Grouping, names: ProjectNames, inventory: Inventory) -> Callable[[str], str]:
    """A function that gives the line of a value, such as the environment of an ownership tag, or the new name."""
    if grouping.kind == "environment":
        return names.environment
    tag_key = inventory.tag_keys.get(grouping.tag_key) if grouping.kind == "tag" else None
    return tag_key.current_value if tag_key else str


@dataclass(frozen=True)
class _Reader:
    """Reads the tables of a report by lines."""

    request: ReportRequest
    data: CostData
    line: Callable[[str], str]

    def charges(self) -> Rows:
        """Each line by AWS's charge types."""
        if self._reads_models():
            return self._charges_of_read_models()
        direct = self.data.find((self._own, CHARGE_TYPE))
        if direct is not None:
            return rows_of(direct, line=self.line)
        return rows_by_value(self.data.table((PROJECT, CHARGE_TYPE)), self._values(), otherwise=UNTAGGED)

    def drivers(self) -> Rows:
        """The direct usage of each line by model; that of a model by usage type."""
        if self._own == SERVICE:
            return _merged(self._usage_by_service(), line=lambda group: group[0], part=_model_of)
        if self._reads_models():
            return _merged(self._usage_by_service(), line=_model_of, part=lambda group: group[1])
        if self._own == MODEL:
            return rows_of(self.data.table((MODEL, USAGE_TYPE)), line=self.line)
        column = ACCOUNT if self._own == ACCOUNT else PROJECT
        models = self.data.find((column, MODEL))
        table = models or self.data.table((column, USAGE_TYPE))
        part = _named_model if models else model_of_usage_type
        if self._own.kind == "tag":
            return rows_by_value(table, self._values(), part=part)
        return rows_of(table, line=self.line, part=part)

    def used(self) -> Mapping[str, list[UsageAmount]]:
        """What each line used; nothing if the tables do not say it of every line."""
        if self._reads_models():
            return _quantities(self._usage_by_service(), line=lambda group, _: _model_of(group))
        direct = self.data.find((self._own, USAGE_TYPE))
        if direct is not None:
            return _quantities(direct, line=lambda group, _: self.line(group[0]))
        by_project = self.data.find((PROJECT, USAGE_TYPE))
        if self._own.kind != "tag" or by_project is None:
            return {}
        values = self._values()
        is_split = any(len(each) > 1 for periods in values.values() for each in periods)
        if is_split:
            return {}
        return _quantities(by_project, line=lambda group, index: only_value(values, group[0], index) or UNTAGGED)

    @property
    def _own(self) -> Column:
        return column_of(self.request.grouping)

    def _reads_models(self) -> bool:
        """Whether lines are models that the source does not name, so they are read from services and usage types."""
        return self._own == MODEL and bool(self.data.models_missing)

    def _usage_by_service(self) -> CostTable:
        return self.data.table((SERVICE, USAGE_TYPE))

    def _charges_of_read_models(self) -> Rows:
        """Usage by its model, and all other charges by that of their service; Bedrock's own services name none."""
        usage = _merged(self._usage_by_service(), line=_model_of, part=lambda _: USAGE)
        others = _merged(
            self.data.table((SERVICE, CHARGE_TYPE)),
            line=lambda group: model_name(group[0], "") if is_marketplace(group[0]) else UNTAGGED,
            part=lambda group: group[1],
        )
        lines = {
            line: {
                **usage.get(line, {}),
                **{name: row for name, row in others.get(line, {}).items() if not is_usage(name)},
            }
            for line in dict.fromkeys([*usage, *others])
        }
        return {line: by_type for line, by_type in lines.items() if by_type}

    def _values(self) -> Mapping[str, list[frozenset[str]]]:
        return values_by_project(self.data.table((PROJECT, self._own)), line=self.line)


def _parts(request: ReportRequest, data: CostData, names: ProjectNames, inventory: Inventory) -> Rows:
    """Each line by the second grouping; nothing if there is none, or if AWS has no models for it."""
    if request.second is None:
        return {}
    table = data.find((column_of(request.grouping), column_of(request.second)))
    if table is None:
        return {}
    first, second = (line_of(grouping, names, inventory) for grouping in request.groupings)
    return rows_of(table, line=first, part=second)


def usage_row(charges: Mapping[str, tuple[Decimal, ...]], *, periods: int) -> tuple[Decimal, ...]:
    """The direct usage of a line in each period."""
    return add_rows((row for record_type, row in charges.items() if is_usage(record_type)), periods=periods)


def _completed(drivers: Rows, charges: Rows) -> Rows:
    """The drivers, with what the charges have and they do not as one more driver."""
    completed: dict[str, dict[str, tuple[Decimal, ...]]] = {}
    for line, by_type in charges.items():
        parts = dict(drivers.get(line, {}))
        periods = len(next(iter(by_type.values()), ()))
        known = add_rows(parts.values(), periods=periods)
        rest = tuple(whole - part for whole, part in zip(usage_row(by_type, periods=periods), known, strict=True))
        if any(rest):
            parts[OTHER_USAGE] = rest
        completed[line] = parts
    return completed


def _quantities(table: CostTable, *, line: Callable[[Group, int], str]) -> Mapping[str, list[UsageAmount]]:
    """What was used, by lines; `line` names that of a group in a period.

    Added up first, because a year of many projects has a hundred thousand quantities, but few usage types.
    """
    used: defaultdict[str, dict[tuple[str, str], list[Decimal]]] = defaultdict(dict)
    for group, row in table.quantities.items():
        costs = table.amounts[group]
        for index, quantity in enumerate(row):
            if quantity is not None:
                sums = used[line(group, index)].setdefault((group[1], quantity.unit), [Decimal(), Decimal()])
                sums[0] += quantity.amount
                sums[1] += costs[index] or Decimal()
    return {
        name: [
            UsageAmount(usage_type=usage_type, unit=unit, quantity=quantity, cost=cost)
            for (usage_type, unit), (quantity, cost) in sums.items()
        ]
        for name, sums in used.items()
    }


def _merged(table: CostTable, *, line: Callable[[Group], str], part: Callable[[Group], str]) -> Rows:
    """The table by lines and parts that are read from both of its columns."""
    sums: defaultdict[str, dict[str, tuple[Decimal, ...]]] = defaultdict(dict)
    for group, row in table.amounts.items():
        name = part(group)
        earlier = sums[line(group)].get(name, ())
        sums[line(group)][name] = add_rows([earlier, row], periods=len(row))
    return sums


def _model_of(group: Group) -> str:
    return model_name(group[0], group[1])


def _named_model(model: str) -> str:
    return model or NO_MODEL


def model_of_usage_type(usage_type: str) -> str:
    """The model that a usage type names; those of AWS Marketplace name none, and are one."""
    return _MARKETPLACE if is_marketplace_usage(usage_type) else model_name(OWN_SERVICE, usage_type)
