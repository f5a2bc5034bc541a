"""The pages of the documentation: their code, their links, and the sessions that tests replay.

A session is a block of code, fenced or indented, with a line that begins with `$ `. Such a line is a command; the
lines below it, up to the next one, are its answer.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
PROMPT = "$ "
COMMENT_BEHIND = re.compile(r"^\S.* # ", re.MULTILINE)
PAGES = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"),
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md")),
)
# Which test replays the sessions of a page, each of them and in their order.
REPLAYED_BY = {
    "README.md": "tests/engine/test_readme.py",
    "docs/adopting.md": "tests/local_aws/test_docs.py",
    "docs/chargeback.md": "tests/local_aws/test_docs.py",
    "docs/command-line.md": "tests/local_aws/test_docs.py",
    "docs/costs.md": "tests/local_aws/test_docs.py",
    "docs/data-exports.md": "tests/local_aws/test_docs.py",
    "docs/operations.md": "tests/local_aws/test_docs.py",
    "docs/tutorial.md": "tests/engine/test_tutorial.py",
}
_PARSER = MarkdownIt("commonmark").enable("table")
# What differs from run to run.
VARYING = (
    (re.compile(r"proj_[a-z0-9]{20}"), "proj_ID"),
    (re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?"), "DATE"),
    (re.compile(r"\(\d+(\.\d+)?s\)"), "(TIME)"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"request [0-9a-f-]+…?\)"), "request ID)"),
)
# A line in place of any number of lines.
LEFT_OUT = ("...", "…")


@dataclass(frozen=True)
class Code:
    """A block of code of a page; `line` counts from 1, `language` is empty where none is named."""

    page: str
    line: int
    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """What is typed, and the lines that are answered."""

    text: str
    answer: tuple[str, ...]

    def is_answered_by(self, lines: Sequence[str]) -> bool:
        """Whether these lines are the answer, apart from ids, dates, ports and durations, and what it leaves out."""
        parts = (r"(?:.*\n)*?" if line in LEFT_OUT else re.escape(normal(line) + "\n") for line in self.answer)
        return re.fullmatch("".join(parts), "".join(normal(line) + "\n" for line in lines)) is not None


@dataclass(frozen=True)
class Session:
    """Commands of one block, in their order."""

    page: str
    line: int
    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        """The first command: by it tests tell sessions apart."""
        return self.commands[0].text


def codes(page: str) -> list[Code]:
    """The blocks of code of a page."""
    return [
        Code(page, token.map[0] + 1 + (token.type == "fence"), token.info.partition(" ")[0], token.content)
        for token in tokens(page)
        if token.type in ("fence", "code_block") and token.map
    ]


def snippets(page: str) -> list[str]:
    """All code of a page, in blocks and within sentences."""
    return [token.content for token in tokens(page) if token.type in ("fence", "code_block", "code_inline")]


def tokens(page: str) -> Iterator[Token]:
    """What the page consists of, the parts of sentences too."""
    for token in parsed(source(page)):
        yield token
        yield from token.children or ()


def source(page: str) -> str:
    """The Markdown of the page."""
    return (ROOT / page).read_text("utf-8")


@functools.cache  # some twenty tests look at each page
def parsed(text: str) -> tuple[Token, ...]:
    """The blocks of a Markdown text, each with its place."""
    return tuple(_PARSER.parse(text))


def sessions(page: str) -> list[Session]:
    """The sessions of a page."""
    return [_session(code) for code in codes(page) if re.search(rf"^{re.escape(PROMPT)}", code.text, re.MULTILINE)]


def _session(code: Code) -> Session:
    before, *parts = re.split(rf"^{re.escape(PROMPT)}", code.text, flags=re.MULTILINE)
    assert not before, f"{code.page}:{code.line}: a session begins with a command"
    commands = [Command(text, tuple(answer)) for text, *answer in (part.splitlines() for part in parts)]
    return Session(code.page, code.line, tuple(commands))


def normal(line: str) -> str:
    """The line with a word in place of what differs from run to run."""
    for pattern, name in VARYING:
        line = pattern.sub(name, line)
    return line.rstrip()
