"""Texts that tests hold word for word: compared, or, with `--update-expected`, rewritten.

A change of words is then one command, `make expected`, and a diff to read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tests.documents import LEFT_OUT, PROMPT, ROOT, VARYING, Command, Session, normal

OPTION = "--update-expected"
HINT = "if the new words are right, `make expected` writes them; read the diff"
_LIKE = 0.6


@dataclass(frozen=True)
class _Answer:
    """Lines to be written below a command at or after a line of a page."""

    page: str
    line: int
    command: Command
    lines: Sequence[str]


class Expected:
    """What becomes of a text that differs: the test fails, or the text is rewritten."""

    def __init__(self, *, updates: bool) -> None:
        self._updates = updates
        self._answers: list[_Answer] = []

    def check_file(self, path: Path, text: str) -> None:
        """Compares a text with that of a file; for a text that is empty there may be none."""
        kept = path.read_text("utf-8") if path.exists() else ""
        if self._updates and text != kept:
            path.write_text(text, "utf-8") if text else path.unlink()
        else:
            assert text == kept, HINT

    def difference(self, session: Session, command: Command, answer: Sequence[str]) -> str | None:
        """What differs between an answer and what the page prints below the command; None if nothing does."""
        if command.is_answered_by(answer):
            return None
        if self._updates:
            self._answers.append(_Answer(session.page, session.line, command, merged(command.answer, answer)))
            return None
        return f"{session.page}:{session.line}: $ {command.text}\n" + "\n".join(answer) + f"\n({HINT})"

    def write(self) -> None:
        """Writes the answers that differed, from the end of a page to its beginning: then no line moves before."""
        for answer in reversed(self._answers):
            _write(answer)


def merged(kept: Sequence[str], answer: Sequence[str]) -> list[str]:
    """The answer with what the page leaves out still left out, and with the page's own ids, dates and ports.

    A line of the page is replaced by the line of the answer that is most like it; one that nothing is like is dropped.
    """
    if not {*kept} & {*LEFT_OUT}:
        return [_as_kept(line, _most_like(line, kept)) for line in answer]
    lines, rest = [], list(answer)
    for line in kept:
        if line in LEFT_OUT:
            lines.append(line)
        elif (new := _most_like(line, rest)) is not None:
            lines.append(_as_kept(new, line))
            del rest[: rest.index(new) + 1]
    return lines if kept[-1] in LEFT_OUT else [*lines, *rest]


def _most_like(line: str, others: Sequence[str]) -> str | None:
    """The one of the other lines that is most like this one, apart from what varies; None if none is."""
    ratios = [SequenceMatcher(None, normal(line), normal(other)).ratio() for other in others]
    best = max(range(len(others)), key=ratios.__getitem__, default=None)
    return others[best] if best is not None and ratios[best] >= _LIKE else None


def _as_kept(line: str, kept: str | None) -> str:
    """The line with the ids, dates, ports and durations of the page's line."""
    for pattern, _ in VARYING:
        line = _with_values_of(kept or "", line, pattern)
    return line.rstrip()


def _with_values_of(kept: str, line: str, pattern: re.Pattern[str]) -> str:
    values = (match[0] for match in pattern.finditer(kept))
    return pattern.sub(lambda match: next(values, match[0]), line)


def _write(answer: _Answer) -> None:
    file = ROOT / answer.page
    lines, old = file.read_text("utf-8").split("\n"), answer.command.answer
    first = next(
        number
        for number in range(answer.line - 1, len(lines))
        if lines[number].strip() == f"{PROMPT}{answer.command.text}".strip()
        and [line.strip() for line in lines[number + 1 : number + 1 + len(old)]] == [line.strip() for line in old]
    )
    indent = lines[first][: lines[first].index(PROMPT)]
    lines[first + 1 : first + 1 + len(old)] = [f"{indent}{line}".rstrip() for line in answer.lines]
    file.write_text("\n".join(lines), "utf-8")
