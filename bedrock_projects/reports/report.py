"""Computes the finished report from the cost data, without further requests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from bedrock_projects.model import Inventory
from bedrock_projects.reports.charge_types import CHARGE_TYPES, ChargeType, charge_type, unknown_types
from bedrock_projects.reports.cost_changes import Comparison, find_cost_changes
from bedrock_projects.reports.cost_data import (
    CostData,
    ForecastAnswer,
    add_rows,
    has_all_periods,
    one_currency,
    periods_with_data,
)
from bedrock_projects.reports.derive import Rows
from bedrock_projects.reports.forecast import forecast_month
from bedrock_projects.reports.invoices import invoices_of
from bedrock_projects.reports.labels import Labels, account_of_projects, accounts_of
from bedrock_projects.reports.line_facts import UnitPrice
from bedrock_projects.reports.lines import OTHER_USAGE, line_of, line_rows
from bedrock_projects.reports.missing_data import missing_data_notes
from bedrock_projects.reports.model import (
    UNTAGGED,
    CostChange,
    CostDriver,
    Grouping,
    Header,
    HourRange,
    Line,
    LinePart,
    Period,
    ProjectName,
    ProjectUse,
    Report,
    UnallocatedSpend,
)
from bedrock_projects.reports.percentages import percent, percent_change, shares
from bedrock_projects.reports.periods import is_partial
from bedrock_projects.reports.project_names import ProjectIds, ProjectNames
from bedrock_projects.reports.reconciliation import reconcile
from bedrock_projects.reports.request import ReportRequest
from bedrock_projects.reports.unallocated import unallocated_spend
from bedrock_projects.reports.unit_costs import usage_of
from bedrock_projects.reports.unit_prices import unit_prices

NOT_SPLIT: Final = "charges without a model"
"""The label of what a line has and its parts do not, because the source does not say which part it is."""
_WEEK: Final = 7
_ALLOCATED: Final = ("project", "environment", "tag")
"""The groupings that have unallocated spend."""

_Parts = Mapping[str, tuple[Decimal, ...]]


def build_report(
    request: ReportRequest,
    data: CostData,
    inventory: Inventory,
    *,
    now: datetime,
    ids: ProjectIds | None = None,
    use: Mapping[str, ProjectUse] | None = None,
    notes: Sequence[str] = (),
) -> Report:
    """Computes the report.

    `now` is the time of its creation. `ids` are the project ids of a catalogue. `use` is what CloudWatch counted, by
    ownership tag. `notes` come before those of the report itself.
    """
    builder = _Builder(request, data, inventory, now=now, names=ProjectNames(inventory, ids), use=use or {})
    report = builder.report()
    return replace(report, notes=(*notes, *report.notes))


class _Builder:
    """Computes one report from its parts."""

    def __init__(
        self,
        request: ReportRequest,
        data: CostData,
        inventory: Inventory,
        *,
        now: datetime,
        names: ProjectNames,
        use: Mapping[str, ProjectUse],
    ) -> None:
        self._request, self._data, self._inventory, self._now = request, data, inventory, now
        self._names, self._use = names, use
        self._accounts = accounts_of(data, inventory)
        self._account_of_project = account_of_projects(data)
        self._labels = Labels(inventory, names, self._accounts)
        self._periods = _periods(request, data, today=now.date())
        self._rows = line_rows(request, data, names, inventory)
        self._previous = line_rows(request, data.previous, names, inventory) if data.previous else None
        self._is_comparable = data.previous is not None and has_all_periods(data.previous.bill)

    def report(self) -> Report:
        """The whole report."""
        request, data = self._request, self._data
        lines = self._lines()
        unallocated = [line for line in lines if request.grouping.kind in _ALLOCATED and line.value == UNTAGGED]
        total = _total(lines, columns=len(self._periods), compares=self._is_comparable)
        forecast = None
        if isinstance(data.forecast, ForecastAnswer):
            forecast = forecast_month(data.forecast, self._periods, total.amounts, today=self._now.date())
        reconciliation = reconcile(request, data, reported=total.total)
        others = unknown_types(name for by_type in self._rows.charges.values() for name in by_type)
        notes = missing_data_notes(
            request, data, self._inventory, periods=self._periods, reconciliation=reconciliation, unknown_types=others
        )
        return Report(
            header=self._header(),
            periods=self._periods,
            lines=tuple(line for line in lines if line not in unallocated),
            unallocated=self._unallocated(unallocated[0]) if unallocated else None,
            total=total,
            largest_changes=self._changes({line.value: line.label for line in lines}),
            forecast=forecast,
            other_charge_types=others,
            reconciliation=reconciliation,
            notes=notes,
            invoices=invoices_of(request, data),
            unit_prices=self._unit_prices(),
            line_facts=data.line_facts,
        )

    def _unit_prices(self) -> tuple[UnitPrice, ...] | None:
        if self._data.usage_by_model is None:
            return None
        grouping = self._request.grouping
        return unit_prices(
            self._data.usage_by_model,
            line=line_of(grouping, self._names, self._inventory),
            label=lambda value: self._labels.label(grouping, value),
            has_models=not self._data.models_missing,
        )

    def _lines(self) -> tuple[Line, ...]:
        """A line for each value of the report's dates or the prior period, the largest first."""
        values = dict.fromkeys([*self._rows.charges, *(self._previous.charges if self._previous else ())])
        if self._request.grouping.kind in _ALLOCATED:
            # Always, so that the report also says if nothing is unallocated.
            values.setdefault(UNTAGGED)
        charges = [_charges(self._rows.charges.get(value, {})) for value in values]
        usage = [by_type.get("usage", Decimal()) for by_type in charges]
        lines = [
            self._line(value, by_type, share)
            for value, by_type, share in zip(values, charges, shares(usage), strict=True)
        ]
        return tuple(sorted(lines, key=lambda line: (-line.total, line.value)))

    def _line(self, value: str, charges: Mapping[ChargeType, Decimal], share: Decimal | None) -> Line:
        grouping = self._request.grouping
        amounts = add_rows(self._rows.charges.get(value, {}).values(), periods=len(self._periods))
        total = sum(amounts, Decimal())
        previous = _sum(self._previous.charges.get(value, {})) if self._previous and self._is_comparable else None
        used = self._rows.used.get(value)
        return Line(
            value=value,
            label=self._labels.label(grouping, value),
            mark=self._labels.mark(grouping, value),
            amounts=amounts,
            total=total,
            share=share,
            charges=charges,
            charges_by_period=tuple(
                _charges(self._rows.charges.get(value, {}), index) for index in range(len(self._periods))
            ),
            project=self._project(value) if grouping.kind == "project" and value else None,
            previous=previous,
            change=None if previous is None else total - previous,
            change_percent=None if previous is None else percent_change(total - previous, previous),
            drivers=_drivers(self._rows.drivers.get(value, {})),
            parts=self._parts(value, total),
            usage=usage_of(used) if used else None,
            use=self._use.get(value) if grouping.kind == "project" else None,
        )

    def _parts(self, value: str, total: Decimal) -> tuple[LinePart, ...]:
        second = self._request.second
        if second is None:
            return ()
        totals = {part: sum(row, Decimal()) for part, row in self._rows.parts.get(value, {}).items()}
        parts = [
            LinePart(
                value=part,
                label=self._labels.label(second, part),
                mark=self._labels.mark(second, part),
                total=amount,
                project=self._project(part) if second.kind == "project" and part else None,
            )
            for part, amount in totals.items()
            if amount
        ]
        rest = total - sum(totals.values(), Decimal())
        if parts and rest:
            # Parts by model are usage, of what AWS itself calls Bedrock.
            label = NOT_SPLIT if second.kind == "model" else "difference between queries"
            parts.append(LinePart(value="", label=label, total=rest, is_rest=True))
        return tuple(sorted(parts, key=lambda part: (-part.total, part.value)))

    def _project(self, value: str) -> ProjectName | None:
        project = self._names.find(value)
        account = self._accounts.get(self._account_of_project.get(value, ""))
        return replace(project, account=account.id, account_name=account.name) if project and account else project

    def _unallocated(self, line: Line) -> UnallocatedSpend:
        grouping = Grouping(kind="project", tag_key=self._request.ownership_tag_key)
        return unallocated_spend(
            self._request,
            line,
            self._data,
            accounts=self._accounts,
            project_label=lambda value: self._labels.marked(grouping, value),
        )

    def _changes(self, labels: Mapping[str, str]) -> tuple[CostChange, ...]:
        """Changes of direct usage from the prior period, if the report compares; otherwise from period to period."""
        rows = self._rows.drivers
        if self._request.previous:
            if not (self._previous and self._is_comparable):
                return ()
            comparison = Comparison(
                before=self._request.previous,
                after=self._request.dates,
                spent_before=_spent(self._previous.drivers),
                spent_after=_spent(rows),
            )
            return find_cost_changes([comparison], labels)
        comparisons = [
            Comparison(
                before=self._periods[one].dates,
                after=self._periods[two].dates,
                spent_before=_spent(rows, one),
                spent_after=_spent(rows, two),
            )
            for one, two in self._pairs()
        ]
        return find_cost_changes(comparisons, labels)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """The periods to compare: a month with the one before, a day with the same day of the week before; no hours.

        Usage follows the days of the week, so each weekend would look like a drop.
        """
        if self._request.granularity == "hour":
            return
        step = _WEEK if self._request.granularity == "day" else 1
        # Only whole periods, because one that is not over always looks like a drop.
        whole = [index for index, period in enumerate(self._periods) if period.has_data and not period.partial]
        yield from ((index - step, index) for index in whole if index - step in whole)

    def _header(self) -> Header:
        request, data = self._request, self._data
        tables = [*data.tables.values(), *(data.previous.tables.values() if data.previous else ())]
        tagged = (service for service, _ in (data.tagged_elsewhere.amounts if data.tagged_elsewhere else ()))
        restriction = f"{data.selection}, and all spend with the tag {request.ownership_tag_key}"
        return Header(
            inventory=self._inventory.name,
            tag_keys=tuple(sorted(self._inventory.tag_keys)),
            environments=request.environments,
            accounts=tuple(self._accounts.values()),
            span=request.dates,
            granularity=request.granularity,
            source=data.source,
            cost=request.cost,
            metric=request.metric,
            currency=one_currency(table.currency for table in tables),
            grouping=request.grouping,
            second=request.second,
            filters=request.filters,
            excluded=request.excluded,
            restriction=restriction,
            restricted_accounts=request.accounts,
            services=tuple(sorted({*data.services, *tagged})),
            paid_requests=data.requests,
            price=data.price,
            created_at=self._now,
            previous=request.previous,
            previous_estimated=data.previous is not None and any(data.previous.bill.estimated),
        )


def _periods(request: ReportRequest, data: CostData, *, today: date) -> tuple[Period, ...]:
    has_data = periods_with_data(data.bill)
    return tuple(
        Period(
            start=dates.start,
            end=dates.end,
            estimated=estimated,
            partial=is_partial(dates, request.granularity, today=today),
            has_data=has,
            hour=dates.hour if isinstance(dates, HourRange) else None,
        )
        for dates, estimated, has in zip(data.bill.periods, data.bill.estimated, has_data, strict=True)
    )


def _charges(by_type: _Parts, period: int | None = None) -> dict[ChargeType, Decimal]:
    """The charges of a line in one period or in all, in the order of CHARGE_TYPES, without those that it lacks."""
    sums: dict[ChargeType, Decimal] = {}
    for record_type, row in by_type.items():
        kind = charge_type(record_type)
        sums[kind] = sums.get(kind, Decimal()) + (sum(row, Decimal()) if period is None else row[period])
    return {kind: sums[kind] for kind in CHARGE_TYPES if kind in sums}


def _added(charges: Sequence[Mapping[ChargeType, Decimal]]) -> dict[ChargeType, Decimal]:
    """The charges of several lines together."""
    return {
        kind: sum((by_type.get(kind, Decimal()) for by_type in charges), Decimal())
        for kind in CHARGE_TYPES
        if any(kind in by_type for by_type in charges)
    }


def _drivers(parts: _Parts) -> tuple[CostDriver, ...]:
    """The parts of a line's usage, the largest first; none if no part has a name."""
    if parts.keys() <= {OTHER_USAGE}:
        return ()
    sums = {part: sum(row, Decimal()) for part, row in parts.items()}
    total = sum(sums.values(), Decimal())
    return tuple(
        CostDriver(label=part, total=amount, share=percent(amount, total) if total > 0 else None)
        for part, amount in sorted(sums.items(), key=lambda item: (-item[1], item[0]))
        if amount
    )


def _total(lines: Sequence[Line], *, columns: int, compares: bool) -> Line:
    total = sum((line.total for line in lines), Decimal())
    previous = sum((line.previous or Decimal() for line in lines), Decimal()) if compares else None
    charges = _added([line.charges for line in lines])
    return Line(
        value="",
        label="Total",
        amounts=add_rows((line.amounts for line in lines), periods=columns),
        total=total,
        share=Decimal("100.0") if any(line.share is not None for line in lines) else None,
        charges=charges,
        charges_by_period=tuple(_added([line.charges_by_period[index] for line in lines]) for index in range(columns)),
        previous=previous,
        change=None if previous is None else total - previous,
        change_percent=None if previous is None else percent_change(total - previous, previous),
    )


def _spent(rows: Rows, period: int | None = None) -> dict[str, dict[str, Decimal]]:
    """The spend of each line by part, in one period or in all."""
    return {
        value: {part: sum(row, Decimal()) if period is None else row[period] for part, row in parts.items()}
        for value, parts in rows.items()
    }


def _sum(parts: _Parts) -> Decimal:
    return sum((amount for row in parts.values() for amount in row), Decimal())
