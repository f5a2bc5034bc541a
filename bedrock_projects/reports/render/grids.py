"""A table of texts, as the formats that draw tables take it."""

from dataclasses import dataclass

DRIVERS = "top cost drivers"
"""The heading of the column of drivers, which holds text."""
INDENT = "  "
"""What the name of a part of a line begins with."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: `heads` are its column headings, `footer` is the total, if any; `notes` are sentences below it.

    `has_names` says that each row begins with the name of a line, not with a sentence. The first `text_columns` hold
    text.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    footer: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    has_names: bool = True
    text_columns: int = 1

    def is_text(self, column: int) -> bool:
        """Whether the column holds text, not numbers."""
        return column < self.text_columns or self.heads[column] == DRIVERS
