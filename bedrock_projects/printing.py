"""Text of others where it is shown: one function for each medium; that of YAML is in `yaml_printing`.

Others are all who fill in what we show: names, tags and files of an inventory, arguments, answers of AWS, messages of
the programs that we call. A reader sees each of their characters, and none of them works: no text steers a terminal,
changes the direction of text, starts a command of a CI service, or becomes a link, a mention or a formula.
"""

import io
import json
import re
import sys
import unicodedata
from collections.abc import Callable
from typing import Any, TextIO

from bedrock_projects.limits import is_hidden

_UNUSUAL = re.compile("[^ -~]")
# `::` at the beginning of a line: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
# GitHub and Azure Pipelines take `##[` and `##vso[` for one anywhere in a line.
_WORKFLOW_COMMAND = re.compile(r"^\s*:(?=:)|#(?=#\w*\[)")
# What GitHub and GitLab make a link or a mention of: @name, #1, !1, $1, %1, &1, ~name, ^1, :name:, a:1, GH-1, URLs, ids
# of commits. They search the text that is left of the markup, so only code is safe from it.
_REFERENCE = re.compile(r"[@#!$%&~^:]\w|://|www\.|GH-\d|\b(?=\d*[a-f])[0-9a-f]{7,64}\b", re.IGNORECASE)
_MARKDOWN = re.compile(r"`[^`]+`|(?P<word>[\w@#!$%&~^:/.+?=-]+)|(?P<mark>[\\`*\[\]<>|])")
_MARKS_IN_WORDS = re.compile("[_~$]")
_BLOCK = re.compile(r"^(?:(?=[#+=-])|\d+(?=[.)](?:\s|$)))")
_PIPE_IN_CODE = re.compile(r"(?<!\\)\|")
_FORMULA = re.compile(r"((?:^|;)\s*)(?=(\S))")
_SIGNS = frozenset("=+-@\N{MINUS SIGN}")


def visible_ends(text: str) -> str:
    """The text as it is; in quotes if it is blank, or if white space at one of its ends would not be seen."""
    return text if text and text == text.strip() else f"'{text}'"


def for_terminal(*lines: str) -> str:
    """The lines, for a terminal or the log of a job; each of them stays one line."""
    return "\n".join(map(_visible, lines))


class TerminalStream(io.TextIOBase):
    """A stream for people: all that is written to it is as `for_terminal` has it, line by line."""

    def __init__(self, stream: TextIO) -> None:
        self.exact = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # an attribute in typeshed
        """That of the stream."""
        return self.exact.encoding

    def write(self, text: str) -> int:
        """Keeps line breaks: it cannot know whose they are."""
        self.exact.write(for_terminal(*text.split("\n")))
        return len(text)

    def flush(self) -> None:
        """As the stream does."""
        self.exact.flush()

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self.exact.isatty()


def write_workflow_commands(text: str) -> None:
    """Writes to stdout commands of our own, whose values went through `for_workflow_command`."""
    stream = sys.stdout
    (stream.exact if isinstance(stream, TerminalStream) else stream).write(text)


def for_workflow_command(text: str, *, is_property: bool = False) -> str:
    """The message of a workflow command of GitHub, or one of its properties."""
    return re.sub("[%:,]" if is_property else "%", lambda match: f"%{ord(match[0]):02X}", _visible(text))


def for_markdown(text: str) -> str:
    """A paragraph of Markdown. What is between backticks stays code; what may become a link or mention becomes code."""
    return _BLOCK.sub(r"\g<0>\\", _MARKDOWN.sub(_as_markdown, " ".join(_visible(text).split())))


def for_markdown_table(text: str) -> str:
    """A cell of a table in Markdown, where a bar counts in code too."""
    return _PIPE_IN_CODE.sub(r"\|", for_markdown(text))


def for_csv(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: https://owasp.org/www-community/attacks/CSV_Injection.

    Full-width and other forms of a sign count as the sign. Some spreadsheets begin a new cell at a semicolon.
    """

    def guarded(match: re.Match[str]) -> str:
        return f"{match[1]}'" if unicodedata.normalize("NFKC", match[2])[0] in _SIGNS else match[1]

    return _FORMULA.sub(guarded, _visible(text))


def for_html(text: str) -> str:
    """The text of a page, before the template escapes its markup."""
    return _visible(text)


def for_json(value: Any, *, indent: int | None = 2) -> str:
    """JSON that says exactly the value; what is not to be shown as it is has JSON's own escapes."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return "\n".join(_WORKFLOW_COMMAND.sub(_as_json, escaped(line, _as_json)) for line in text.split("\n"))


def _visible(text: str) -> str:
    """The text on one line, with Python's escapes for what is hidden and for the beginning of a workflow command."""
    return _WORKFLOW_COMMAND.sub(as_python, escaped(text, as_python))


def escaped(text: str, escape: Callable[[re.Match[str]], str]) -> str:
    """The text with `escape` of each character that a reader would not see."""
    return _UNUSUAL.sub(lambda match: escape(match) if is_hidden(match[0]) else match[0], text)


def as_python(match: re.Match[str]) -> str:
    """The match with Python's escape, or its number, for its last character."""
    character = match[0][-1]
    shown = character.encode("unicode_escape").decode()
    return match[0][:-1] + (shown if shown != character else f"\\x{ord(character):02x}")


def _as_json(match: re.Match[str]) -> str:
    units = match[0][-1].encode("utf-16-be", "surrogatepass")
    return match[0][:-1] + "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _as_markdown(match: re.Match[str]) -> str:
    word = match["word"]
    if word:
        return f"`{word}`" if _REFERENCE.search(word) else _MARKS_IN_WORDS.sub(r"\\\g<0>", word)
    return f"\\{match['mark']}" if match["mark"] else match[0]
