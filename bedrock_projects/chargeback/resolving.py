"""What a month needs besides its costs: the shared rule of each project, cost centers, and weights from files.

A closed month keeps them in its file, so later changes of the inventory or of a CSV file change nothing in it.
"""

import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from glob import escape
from pathlib import Path
from typing import Final

from bedrock_projects.chargeback.month_file import file_name
from bedrock_projects.chargeback.rules import Chargeback, SharedCost
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.errors import Problem, SettingsError
from bedrock_projects.inventory.charged_values import charged_values, source_values
from bedrock_projects.limits import MONTH_PLACEHOLDER
from bedrock_projects.model import Inventory
from bedrock_projects.suggestions import did_you_mean

_COLUMNS: Final = ["value", "weight"]
_ANY_MONTH: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9]"
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"-?[0-9.]*,[0-9]+", re.ASCII)


def rule_of(rules: Chargeback, inventory: Inventory, owners: Iterable[str]) -> dict[str, str]:
    """The name of the shared cost by ownership tag, for those projects that have one.

    `owners` are the ownership tags of the costs; all tags that the entries of the inventory have or had are added, so
    that a later correction finds them. An entry counts under its previous names too. A tag of this inventory without an
    entry is that of a removed one: the key at its end counts.
    """
    shared = {key: cost.name for cost in rules.shared for key in cost.projects}
    key_of = {
        owner: project.key for project in inventory.projects for owner in (*project.previous_owners, project.owner)
    }
    current = {alias: project.key for project in inventory.projects for alias in project.aliases}
    names = {inventory.name, inventory.previous_name}
    found: dict[str, str] = {}
    for owner in sorted({*owners, *key_of}):
        key = key_of.get(owner) or _key_of_removed(owner, names)
        key = current.get(key, key)
        if key in shared:
            found[owner] = shared[key]
    return found


def value_centers(rules: Chargeback, inventory: Inventory) -> dict[str, str]:
    """The cost center of each value of the charged tag whose projects in the inventory have one and the same."""
    if not rules.journal:
        return {}
    centers: defaultdict[str, set[str]] = defaultdict(set)
    for project in inventory.projects:
        value, center = (project.tags.get(key) for key in (rules.by, rules.journal.cost_center))
        if value and center:
            centers[value].add(center)
    return {value: next(iter(found)) for value, found in sorted(centers.items()) if len(found) == 1}


def _key_of_removed(owner: str, inventories: Collection[str | None]) -> str:
    """The key in an ownership tag of one of these inventories; empty for any other tag."""
    inventory, _, rest = owner.partition("/")
    return rest.partition("/")[2] if inventory in inventories else ""


def weights_of(
    rules: Chargeback, inventory: Inventory, *, folder: Path, month: str
) -> dict[str, Mapping[str, Decimal]]:
    """The weights of a month (YYYY-MM) by shared cost and value, for those shared costs that have a file.

    `folder` is that of the inventory. Raises SettingsError with what is wrong with all of the files.
    """
    weights: dict[str, Mapping[str, Decimal]] = {}
    faults: list[str] = []
    for cost in rules.shared:
        if cost.split.weights is None:
            continue
        try:
            weights[cost.name] = read_weights(
                cost.split.weights, folder=folder, month=month, names=_names(rules, cost, inventory)
            )
        except SettingsError as error:
            faults += error.lines
    if faults:
        raise SettingsError(*faults)
    return weights


def _names(rules: Chargeback, cost: SharedCost, inventory: Inventory) -> dict[str, str]:
    """The values that may share the cost, by their current and former names."""
    values = charged_values(rules.by, inventory.projects, inventory.tag_keys)
    values -= source_values(rules.by, inventory.projects, cost.projects)
    tag_key = inventory.tag_keys.get(rules.by)
    former = {value: tag_key.current_value(value) for value in tag_key.former_values} if tag_key else {}
    return {value: value for value in values} | {name: value for name, value in former.items() if value in values}


def weights_problems(inventory: Inventory, *, file: Path) -> list[Problem]:
    """What is wrong with the files of weights that the rules of the inventory in `file` name.

    A file without `{month}` in its path must be there. Of the others those that are there are checked, but not those of
    closed months, which keep their weights.
    """
    rules, folder = inventory.chargeback, file.parent
    problems: list[Problem] = []
    if rules is None:
        return problems
    for cost in rules.shared:
        for name in _files(cost.split.weights, folder=folder, closed=folder / rules.closed.folder):
            _, faults = _read(name, folder=folder, names=_names(rules, cost, inventory))
            if (folder / name).exists():
                place = (folder / name).as_posix()
                problems += [Problem(place, fault.line or 1, 1, "", fault.message) for fault in faults]
            else:
                path = f"chargeback.shared.{cost.name}.weights"
                problems += [Problem(file.as_posix(), 1, 1, path, fault.text(name)) for fault in faults]
    return problems


def _files(path: str | None, *, folder: Path, closed: Path) -> Iterator[str]:
    """The names of the files to check for a path in the rules."""
    if path and MONTH_PLACEHOLDER in path:
        before, *_ = parts = path.split(MONTH_PLACEHOLDER)
        for found in sorted(folder.glob(_ANY_MONTH.join(map(escape, parts)))):
            name = found.relative_to(folder).as_posix()
            month = name[len(before) :][: len("YYYY-MM")]
            # A path may have the month twice.
            if name == path.replace(MONTH_PLACEHOLDER, month) and not (closed / file_name("closed", month)).exists():
                yield name
    elif path:
        yield path


def read_weights(path: str, *, folder: Path, month: str, names: Mapping[str, str]) -> dict[str, Decimal]:
    """The weights in a CSV file with the columns `value` and `weight`, sorted by value.

    `path` is relative to `folder`, and `{month}` in it is the month (YYYY-MM). `names` are the values that the file may
    name, with the value that each one counts for. A byte order mark and the line ends of Windows are accepted.

    Raises SettingsError with a sentence for each fault. At least one weight is above 0 then.
    """
    name = path.replace(MONTH_PLACEHOLDER, month)
    weights, faults = _read(name, folder=folder, names=names)
    if faults:
        raise SettingsError(*(fault.text(name) for fault in faults))
    return weights


class _FaultError(Exception):
    """What is wrong with a file of weights; `line` is 0 if it is with all of it."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def text(self, name: str) -> str:
        """The sentence for a file of that name."""
        return f"{name}, line {self.line}: {self.message}" if self.line else f"{name}: {self.message}"


def _read(name: str, *, folder: Path, names: Mapping[str, str]) -> tuple[dict[str, Decimal], list[_FaultError]]:
    """The weights, sorted by value, and what is wrong with them."""
    try:
        rows = _rows(_text(folder, name))
    except _FaultError as fault:
        return {}, [fault]
    faults: list[_FaultError] = []
    lines: dict[str, int] = {}
    weights: dict[str, list[Decimal]] = {}
    for line, row in rows:
        message = _fault(row, names) or _repeated(row[0], lines)
        if message:
            faults.append(_FaultError(message, line=line))
            continue
        lines[row[0]] = line
        weights.setdefault(names[row[0]], []).append(Decimal(row[1]))
    if not faults and not any(weight for of_value in weights.values() for weight in of_value):
        faults.append(_FaultError("has no weight above 0; write at least one"))
    return {value: exact_sum(weights[value]) for value in sorted(weights)}, faults


def _text(folder: Path, name: str) -> str:
    file = Path(os.path.realpath(folder / name))
    if not file.is_relative_to(os.path.realpath(folder)):
        raise _FaultError("is outside of the folder of the inventory; write a file below it")
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise _FaultError(f"is missing; write it with the columns {','.join(_COLUMNS)}") from None
    except OSError as error:
        raise _FaultError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _FaultError("is not in UTF-8; save it as CSV in UTF-8") from None


def _rows(text: str) -> Sequence[tuple[int, list[str]]]:
    """The rows after the header that are not empty, with their last lines. Lines may end as on any system."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise _FaultError(f"cannot be read as CSV ({error}); correct it", line=reader.line_num) from None
    columns = f"write {','.join(_COLUMNS)}, with a comma between columns"
    if not rows:
        raise _FaultError(f"is empty; in its first line, {columns}")
    line, header = rows[0]
    if header != _COLUMNS:
        raise _FaultError(f"the columns are {','.join(header)!r}; {columns}", line=line)
    return rows[1:]


def _fault(row: Sequence[str], names: Mapping[str, str]) -> str | None:
    """What is wrong with a row, and what to write instead; None if nothing is."""
    if len(row) != len(_COLUMNS):
        counted = "1 column" if len(row) == 1 else f"{len(row)} columns"
        return f"has {counted}; write {len(_COLUMNS)}, a value and a weight with a decimal point"
    value, weight = row
    if value not in names:
        return f"{value!r} cannot share this cost; {did_you_mean(value, names)}"
    if _DECIMAL_COMMA.fullmatch(weight):
        return f"the weight {weight!r} has a comma; write a decimal point, and nothing between thousands"
    if not _NUMBER.fullmatch(weight):
        return f"the weight {weight!r} is not a number; write digits, with a decimal point if needed"
    if Decimal(weight) < 0:
        return f"the weight {weight} is below 0; write 0 or more"
    return None


def _repeated(value: str, lines: Mapping[str, int]) -> str | None:
    return f"{value!r} is also in line {lines[value]}; write one line with the sum" if value in lines else None
