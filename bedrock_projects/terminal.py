"""What a terminal shows beyond text: colours, and a line of progress. A pipe gets the text alone.

`NO_COLOR` and `TERM=dumb` count as rich reads them:
https://rich.readthedocs.io/en/stable/console.html#environment-variables
"""

import enum
import io
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO, TypeVar

from bedrock_projects.errors import BedrockProjectsError, InventoryError, NoDataError, Problem
from bedrock_projects.printing import TerminalStream, for_terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_T = TypeVar("_T")
_LEAST_ROOM = 30
"""With less room for the text of a report in columns, the terminal breaks the lines."""
_IN_BACKTICKS = re.compile(r"`[^`]+`")
_JOINT = "\0"  # `for_terminal` leaves none


class Style(str, enum.Enum):
    """What a part of a line is for the reader, and how rich shows it."""

    GOOD = "green"
    CAUTION = "yellow"
    BAD = "bold red"
    HEADING = "bold"
    FAINT = "dim"


@dataclass(frozen=True)
class Styled:
    """A part of a line, with its style."""

    text: str
    style: Style


@dataclass(frozen=True)
class Hanging:
    """A line of a report in columns: if a terminal is too narrow for `text`, it goes on below, `indent` from the left.

    What is in backticks stays together, so that it can be copied.
    """

    head: Sequence[str | Styled]
    text: str
    indent: int


Line = str | Styled | Hanging | Sequence[str | Styled]
"""A line: text, or its parts from left to right."""


def plain(line: Line) -> str:
    """The text of the line, as a pipe gets it."""
    return "".join(part if isinstance(part, str) else part.text for part in _parts(line))


def show(*lines: Line, err: bool = False) -> None:
    """Prints the lines to stdout or stderr. Text of others in them is safe: each part is as `for_terminal` has it."""
    stream = sys.stderr if err else sys.stdout
    console = _styled_console(stream)
    if console is None:
        _exact(stream).write("".join(f"{for_terminal(plain(line))}\n" for line in lines))
        return
    for line in lines:
        for text in _fitting(line, console.width):
            console.print(text, soft_wrap=True, highlight=False)


def stdout_console() -> "Console | None":
    """A console on stdout, for tables; None if stdout takes no styles. What it prints went through `for_terminal`."""
    return _styled_console(sys.stdout)


def show_error(error: BedrockProjectsError) -> None:
    """Prints the message of an error to stderr."""
    if isinstance(error, InventoryError):
        show(*map(line_of_problem, error.problems), err=True)
    else:
        first, *others = error.lines
        show(Styled(first, Style.BAD), *others, err=True)


def prepare_streams() -> None:
    """Lets stdout and stderr show every text, and a program read back what this one writes, in any locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an inventory may hold what the terminal cannot show
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")


@contextmanager
def for_people() -> Iterator[None]:
    """Makes all output as `for_terminal` has it; an expected error is one message on stderr, and ends the program.

    The exit code is then 1, or 3 if there is no cost data yet.
    """
    with redirect_stdout(TerminalStream(sys.stdout)), redirect_stderr(TerminalStream(sys.stderr)):
        try:
            yield
        except BedrockProjectsError as error:
            show_error(error)
            sys.exit(3 if isinstance(error, NoDataError) else 1)


@contextmanager
def question() -> Iterator[None]:
    """Keeps a question off stdout, where an answer for a program follows: Typer writes its last space there."""
    with redirect_stdout(sys.stderr):
        yield


def line_of_problem(problem: Problem) -> Sequence[str | Styled]:
    """The problem with its place, for a list that has warnings too; the text is that of `Problem.line_of_text`."""
    severity = [] if problem.severity == "error" else [Styled(f"{problem.severity}: ", Style.CAUTION)]
    place, _, message = f"{problem}".partition(": ")
    return [*severity, Styled(place, Style.HEADING), f": {message}"]


@contextmanager
def progress(action: str) -> Iterator[Callable[[str], None]]:
    """Shows on stderr what the command does and for how long, if that is a terminal; the line is gone at the end.

    Yields a function that changes the text. Nothing may be printed, and no question asked, in the meantime.
    """
    console = _styled_console(sys.stderr)
    if console is None or console.is_dumb_terminal:
        yield lambda _: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn("line"), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as shown:
        task = shown.add_task(for_terminal(action), total=None)
        yield lambda text: shown.update(task, description=for_terminal(text))


@contextmanager
def live_lines() -> Iterator[Callable[[Sequence[Line]], None] | None]:
    """Yields a function that shows lines on stderr in place of those before; None if that is not a terminal.

    The lines are gone at the end. Nothing may be printed in the meantime.
    """
    console = _styled_console(sys.stderr)
    if console is None or console.is_dumb_terminal:
        yield None
        return
    from rich.console import Group
    from rich.live import Live

    with Live(
        console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as shown:
        yield lambda lines: shown.update(Group(*map(_text, lines)), refresh=True)


def with_progress(action: str, items: Iterator[_T]) -> Iterator[_T]:
    """The items, with a line of progress while the next one is awaited; the caller may print between them."""
    end = object()
    while True:
        with progress(action):
            item = next(items, end)
        if item is end:
            return
        yield item  # type: ignore[misc]  # not the end


def _parts(line: Line) -> Sequence[str | Styled]:
    if isinstance(line, Hanging):
        return [*line.head, line.text]
    return [line] if isinstance(line, str | Styled) else line


def _text(line: Line) -> "Text":
    from rich.text import Text

    parts = ((part, "") if isinstance(part, str) else (part.text, part.style.value) for part in _parts(line))
    return Text.assemble(*((for_terminal(text), style) for text, style in parts))


def _fitting(line: Line, width: int) -> "Iterator[Text]":
    """The line, or its lines if it hangs and the terminal has room enough for columns."""
    whole = _text(line)
    if not isinstance(line, Hanging) or whole.cell_len <= width or width - line.indent < _LEAST_ROOM:
        yield whole
        return
    from rich.text import Text

    head = _text(line.head)
    together = _IN_BACKTICKS.sub(lambda code: code[0].replace(" ", _JOINT), for_terminal(line.text))
    first, *others = textwrap.wrap(
        together,
        width,
        initial_indent=" " * head.cell_len,
        subsequent_indent=" " * line.indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield head + Text(first[head.cell_len :].replace(_JOINT, " "))
    yield from (Text(other.replace(_JOINT, " ")) for other in others)


def _exact(stream: TextIO) -> TextIO:
    return stream.exact if isinstance(stream, TerminalStream) else stream


def _styled_console(stream: TextIO) -> "Console | None":
    """Rich takes longer to import than most commands need, so a pipe does without."""
    return _console(_exact(stream)) if stream.isatty() else None


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    return Console(file=stream, markup=False, emoji=False)
