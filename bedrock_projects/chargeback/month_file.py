"""The file of a month: all that its statements were made from, and the statements, in one canonical JSON.

A closed month is read again without a request to AWS, and later rules change nothing in it. Its digest finds an edit of
the file, and each file names the digest of the one before it, so an edit that also mends the digest is found too.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from bedrock_projects.chargeback.budgets import MonthBudget
from bedrock_projects.chargeback.costs import MonthCosts
from bedrock_projects.chargeback.details import MonthDetails
from bedrock_projects.chargeback.rules import Chargeback, Value
from bedrock_projects.chargeback.statements import Statement
from bedrock_projects.errors import SettingsError
from bedrock_projects.json_reading import read_json

FORMAT: Final = 1
SourceKind = Literal["cost-explorer", "export"]
FileKind = Literal["provisional", "closed", "true-up"]
_DIGEST: Final = "digest"
_MOST_DIGITS: Final = 10_000
"""Of an amount, before or after its decimal point."""
_LATER: Final = ("accrual", "budgets", "centers", "source_change")
"""Fields that the first files lack. A file has them only with a value, so that the digests of the first ones stay."""


class Source(Value):
    """Where costs were read: its `name`, and the ETags of the files or the ids of the requests in `versions`.

    `delivered` is when AWS delivered an export (UTC), None for Cost Explorer. Files of a folder have no ETags.
    """

    kind: SourceKind
    name: str
    versions: tuple[str, ...] = ()
    delivered: datetime | None = None


class SourceChange(Value):
    """That a true-up was read from another source than the month before it: from `former`.

    `amounts` is what this alone makes by value: what the new source says minus what the former one says on the same
    day. None: not known, since the former source could not be read any more.
    """

    former: Source
    amounts: Mapping[str, Decimal] | None


class Booking(Value):
    """An entry of an earlier month that a closed month books: `amounts` by value, empty text for central."""

    month: str
    number: int
    digest: str
    currency: str
    amounts: Mapping[str, Decimal]


class MonthFile(Value):
    """A month that is provisional or closed, or what a true-up found.

    `month` is YYYY-MM. `number` counts the true-ups of a month from 1, and is 0 for others. `made_at` is UTC, and
    `commit` that of the inventory, None outside of git. `previous` is the digest of the file before this one, None for
    the first one and for what is provisional. `accrual` is the digest of the accrual that a closed month takes back.
    `rule_of` and `weights` are as in `Inputs`; `centers` are the cost centers of values that have one in the inventory.
    `budgets` are those of the inventory when the month was made, with what they count of it. `changes` are what a
    true-up adds to the booked totals by value; a later month books them. `source_change`: the month is read from
    another source from this true-up on.
    """

    format: Literal[1] = FORMAT
    kind: FileKind
    inventory: str
    month: str
    number: int = 0
    made_at: datetime
    commit: str | None = None
    previous: str | None = None
    accrual: str | None = None
    source: Source
    costs: MonthCosts
    rules: Chargeback
    rule_of: Mapping[str, str] = {}
    weights: Mapping[str, Mapping[str, Decimal]] = {}
    centers: Mapping[str, str] = {}
    books: tuple[Booking, ...] = ()
    statements: tuple[Statement, ...] = ()
    details: MonthDetails = MonthDetails()
    budgets: tuple[MonthBudget, ...] = ()
    changes: Mapping[str, Decimal] = {}
    source_change: SourceChange | None = None

    @property
    def name(self) -> str:
        """The name of its file."""
        return file_name(self.kind, self.month, number=self.number)

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        return _digest_of(self.content)

    @property
    def content(self) -> dict[str, Any]:
        """What the file has, but for the digest."""
        return {key: value for key, value in self.model_dump().items() if value or key not in _LATER}

    @property
    def totals(self) -> dict[str, Decimal]:
        """The booked total of each statement by value, empty text for central."""
        return {statement.value: statement.total for statement in self.statements}


def file_name(kind: FileKind, month: str, *, number: int = 0) -> str:
    """The name of the file of a month (YYYY-MM); `number` is that of a true-up."""
    return {
        "closed": f"{month}.json",
        "provisional": f"{month}.provisional.json",
        "true-up": f"{month}.true-up-{number}.json",
    }[kind]


def written(file: MonthFile) -> str:
    """The text of the file: the same for the same content."""
    content = file.content
    return _canonical({**content, _DIGEST: _digest_of(content)}) + "\n"


def parsed(text: str, *, name: str) -> MonthFile:
    """The content of a file of this name. Raises SettingsError if it is not one, or was edited."""
    try:
        content = read_json(text)
    except ValueError:
        raise SettingsError(f"{name} is not the file of a month; restore it from version control") from None
    if not isinstance(content, dict) or _DIGEST not in content:
        raise SettingsError(f"{name} is not the file of a month; restore it from version control")
    if content.get("format") != FORMAT:
        raise SettingsError(
            f"{name} has format {content.get('format')!r}, and this version reads {FORMAT}; upgrade bedrock-projects"
        )
    del content[_DIGEST]
    try:
        file = MonthFile.model_validate(content)
        is_as_written = written(file) == text
    except ValueError:  # of pydantic, or of a number that no month has
        is_as_written = False
    if not is_as_written:
        raise SettingsError(_edited(name))
    if file.name != name:
        raise SettingsError(f"{name} is the file {file.name}; give it its name back")
    return file


def _edited(name: str) -> str:
    return (
        f"{name} was edited after it was written; restore it from version control, and correct the month by "
        "`bedrock-projects chargeback true-up`"
    )


def _digest_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, default=_text, ensure_ascii=False, indent=1, sort_keys=True)


def _text(value: Decimal | date) -> str:
    if not isinstance(value, Decimal):
        return value.isoformat()
    if abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError(value)  # such as 1E+999999999, whose digits would fill the memory
    return f"{value:f}"
