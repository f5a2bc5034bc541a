"""A text that does harm in every medium where it is shown as it is, and what each medium looks like without harm."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bedrock_projects.limits import is_hidden

HOSTILE = (
    "=1+1\u202eA\u2066B\u200bC\u3164D\x1b[31mE\x07\r\nFAKE line\n::error::pwned\n\t##[error]x \u2028"
    "\U000e0041@acme/team #1 !2 https://evil.example/x www.evil.example <script>x</script> **b** `c` [d](e) a|b \ud800"
)
"""What it may do: turn text around, hide, colour, ring, begin lines, commands, mentions, links, markup and formulas."""

TEXT = "".join(character for character in HOSTILE if character != "\ud800")
"""The same in UTF-8, which has no half of a character."""

PRINTABLE = "=1+1 @acme/team #1 https://evil.example/x <script>x</script> **b** `c` [d](e) a|b"
"""What of it may stand in an XML document."""

_COMMAND = re.compile(r"\s*::|.*##\w*\[")
_REFERENCE = re.compile(r"[@#!]\w|://|www\.")


def check_lines(text: str) -> None:
    """A terminal, or the log of a job."""
    for line in text.split("\n"):
        assert not any(map(is_hidden, line)), ascii(line)
        assert not _COMMAND.match(line), ascii(line)
        assert not line.startswith("FAKE"), ascii(line)


def check_json(text: str) -> Any:
    """JSON, which says exactly what there is; the answer is what it says."""
    check_lines(text)
    return json.loads(text)


def check_csv(text: str) -> list[dict[str, str]]:
    """A table that a spreadsheet reads as text; the answer is its rows."""
    check_lines(text)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert not [cell for row in rows for cell in row.values() if cell and cell[0] in "=+@" and not _is_number(cell)]
    return rows


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9.]+", cell) is not None


def check_markdown(text: str) -> None:
    """A comment in which nobody is mentioned, and nothing is a link."""
    check_lines(text)
    for token in _flat(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)):
        assert token.type not in ("link_open", "image", "html_inline", "html_block"), token
        assert token.type != "text" or not _REFERENCE.search(token.content), token.content


def _flat(tokens: list[Token]) -> list[Token]:
    return [part for token in tokens for part in (token, *_flat(token.children or []))]


def check_html(text: str) -> None:
    """A page without elements that others wrote."""
    check_lines(text)
    parser = _Tags()
    parser.feed(text)
    assert "script" not in parser.tags


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)
