"""Finds the rows of a month in tables of two columns, exactly: by what a table implies, and by differences.

Cost Explorer has no table of value, project and charge type. But of a project with one value, its charge types have
that value; of a project with one charge type, its values have that type. Only of a project with several of both is more
to be asked: its values by charge type, or, for all such projects together, each of their values but one; the last one
is the difference. Usage that is not a project is one project here, which has an empty owner.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from bedrock_projects.chargeback.source.reading import NO_PROJECT
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.reports.charge_types import ChargeType, charge_type
from bedrock_projects.reports.cost_data import CostTable, row_total

_NO_VALUE: Final = ""
Amount = tuple[str, str, ChargeType, Decimal]
"""A value, an owner, a charge type and what they have together."""


@dataclass(frozen=True, kw_only=True)
class Questions:
    """What the tables do not say yet: the values of these owners and the owners of these values, by charge type.

    A value means all billed values that count as it. Of an owner, the difference is one value more at most.
    """

    owners: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


class ProjectTables:
    """The tables by project, `by_charge` with charge types and `by_value` with values of the charged tag.

    `line` gives what a billed value counts as.
    """

    def __init__(self, by_charge: CostTable, by_value: CostTable, *, line: Callable[[str], str]) -> None:
        self._line = line
        self._charges = _sums(
            (owner, charge_type(name), row_total(row)) for (owner, name), row in by_charge.amounts.items()
        )
        self._values = _sums((owner, line(value), row_total(row)) for (owner, value), row in by_value.amounts.items())
        self._billed: defaultdict[str, set[str]] = defaultdict(set)
        for _, value in by_value.amounts:
            self._billed[line(value)].add(value)

    def only_value(self, owner: str) -> str | None:
        """The value of all that an owner has; None if there are several."""
        values = self._values.get(owner) or {_NO_VALUE: Decimal()}
        return next(iter(values)) if len(values) == 1 else None

    def billed_values(self, value: str) -> tuple[str, ...]:
        """The billed values that count as this one, sorted."""
        return tuple(sorted(self._billed[value]))

    def implied(self) -> Iterator[Amount]:
        """The amounts that the tables imply: of all owners but the split ones."""
        for owner, charges in self._charges.items():
            value = self.only_value(owner)
            if value is not None:
                yield from ((value, owner, kind, amount) for kind, amount in charges.items())
            elif len(charges) == 1:
                kind = next(iter(charges))
                yield from ((value, owner, kind, amount) for value, amount in self._values[owner].items())

    def questions(self) -> Questions:
        """What else must be asked, with as few requests as the two ways allow."""
        projects = tuple(sorted(self._split() - {NO_PROJECT}))
        values = sorted({value for owner in projects for value in self._values[owner]})
        left_out: set[str] = set()
        for value in values:
            owners = [owner for owner in projects if value in self._values[owner]]
            if not any(left_out & self._values[owner].keys() for owner in owners):
                left_out.add(value)
        no_project = tuple(self._split() & {NO_PROJECT})
        if len(projects) <= len(values) - len(left_out):
            return Questions(owners=(*no_project, *projects))
        asked = tuple(value for value in values if value not in left_out)
        return Questions(owners=no_project, values=asked)

    def asked(self, by_owner: Mapping[str, CostTable], by_value: Mapping[str, CostTable]) -> Iterator[Amount]:
        """The amounts of the split owners: `by_owner` has values by charge type, `by_value` owners by charge type."""
        for owner, table in by_owner.items():
            for (value, name), row in table.amounts.items():
                yield self._line(value), owner, charge_type(name), row_total(row)
        known: defaultdict[tuple[str, ChargeType], list[Decimal]] = defaultdict(list)
        rest = self._split() - by_owner.keys()
        for value, table in by_value.items():
            for (owner, name), row in table.amounts.items():
                if owner in rest:
                    known[owner, charge_type(name)].append(row_total(row))
                    yield value, owner, charge_type(name), row_total(row)
        for owner in sorted(rest):
            for last in self._values[owner].keys() - by_value.keys():
                for kind, amount in self._charges[owner].items():
                    yield last, owner, kind, exact_sum([amount, *(part.copy_negate() for part in known[owner, kind])])

    def _split(self) -> frozenset[str]:
        """The owners of which the tables do not imply the rows."""
        return frozenset(
            owner for owner, charges in self._charges.items() if self.only_value(owner) is None and len(charges) > 1
        )


_Part = TypeVar("_Part", bound=str)


def _sums(amounts: Iterable[tuple[str, _Part, Decimal]]) -> dict[str, dict[_Part, Decimal]]:
    """The sums by owner and part. One of 0 is there too: charges may cancel each other out."""
    parts: defaultdict[str, defaultdict[_Part, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for owner, part, amount in amounts:
        parts[owner][part].append(amount)
    return {owner: {part: exact_sum(each) for part, each in of_owner.items()} for owner, of_owner in parts.items()}
