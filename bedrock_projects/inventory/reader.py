"""Reads YAML exactly: every scalar is the string as written, every key is unique, every node knows its place.

YAML's own guesses (`no`, `0123`, `1.10`, dates) are not made. Anchors and aliases work as usual. A merge key `<<` adds
the entries of other mappings, one level deep. Explicit tags (`!Ref`) are rejected. libyaml parses if it is installed.
If it finds an error, PyYAML's own parser decides, so that messages do not depend on the machine.
"""

import re
from pathlib import Path
from typing import TypeAlias

import yaml

from bedrock_projects.inventory.composer import Composer, StoppedError
from bedrock_projects.inventory.nodes import Node, ProblemList, Scalar
from bedrock_projects.limits import code_point

Parser: TypeAlias = "type[yaml.SafeLoader] | type[yaml.CSafeLoader]"
_PARSER: Parser = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_UNREADABLE = re.compile(
    "[^\t\n\r -~\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_TOO_LARGE = "invalid YAML: a number or an escape is too large; write a smaller one"
_UNFINISHED_MERGE = "`{}` is a conflict marker of git; finish the merge: keep the right lines and remove the markers"
_LARGE_NUMBER = re.compile(r"\\U(?!00(?:0[0-9A-Fa-f]|10))[0-9A-Fa-f]{8}|^%YAML.*[0-9]{9}", re.MULTILINE)
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?=[ \r\n]|\Z)", re.MULTILINE)
_TEMPLATE = re.compile(r"\$\{|\{\{")
_NO_SPACE = re.compile(r"^[\s{,-]*([\w-]+:)[^\s:/]")
_EMPTY = re.compile(r"^.*:\s+(\{\s*\}|\[\s*\])\s*(?:#.*)?$")
_NO_CONTENT = re.compile(r"^\s*(?:#.*)?$")
_LINE_BREAKS = re.compile("\r\n|[\n\r]")


def read_file(path: Path, problems: ProblemList) -> Node | None:
    """Reads a file; messages name it by this path."""
    file = path.as_posix()
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        problems.error(_at("", file), "no such file; change to the folder of the inventory, or name its file")
        return None
    except OSError as error:
        problems.error(_at("", file), f"cannot be read: {error.strerror}")
        return None
    return read_yaml(data, file, problems=problems)


def read_yaml(data: bytes, file: str, *, problems: ProblemList, parser: Parser = _PARSER) -> Node | None:
    """The one document in the file, or None if a reported problem makes it unusable."""
    text = _decode(data, file, problems=problems)
    if text is None:
        return None
    if parser is not yaml.SafeLoader and "\t" not in text:  # the two parsers treat tabs differently
        try:
            return _compose(text, file, problems=problems, parser=parser)
        except (yaml.YAMLError, StoppedError):
            pass  # the other parser reports the problem below
    try:
        return _compose(text, file, problems=problems, parser=yaml.SafeLoader)
    except StoppedError as stopped:
        problems.add(stopped.remarks)
    except yaml.MarkedYAMLError as error:
        conflict = _CONFLICT.search(text)
        if conflict:
            problems.error(_at(text[: conflict.start()], file), _UNFINISHED_MERGE.format(conflict[0]))
        else:
            problems.error(_place_of(error, file), _words_of(error, text))
    except (ValueError, OverflowError):  # PyYAML passes numbers that are too large to chr() and int()
        number = _LARGE_NUMBER.search(text)
        problems.error(_at(text[: number.start()] if number else "", file), _TOO_LARGE)
    return None


def _compose(text: str, file: str, *, problems: ProblemList, parser: Parser) -> Node:
    """Reports nothing if it raises an exception."""
    remarks = ProblemList()
    node = Composer(file, remarks).compose(yaml.parse(text, Loader=parser))
    problems.add(remarks)
    return node


def _decode(data: bytes, file: str, *, problems: ProblemList) -> str | None:
    """UTF-8, with or without a byte order mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        problems.error(_at("", file), "the file looks like UTF-16 or UTF-32; save it as UTF-8")
        return None
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        place = _at(data[: error.start].decode(), file)
        problems.error(place, f"byte 0x{data[error.start]:02X} is not UTF-8 (perhaps Latin-1); save the file as UTF-8")
        return None
    unreadable = _UNREADABLE.search(text)
    if unreadable:
        place = _at(text[: unreadable.start()], file)
        problems.error(place, f"{code_point(unreadable[0])} is not allowed in a YAML file; remove it")
        return None
    return text


def _at(before: str, file: str) -> Scalar:
    """The place after this text."""
    breaks = list(_LINE_BREAKS.finditer(before))
    column = len(before) - (breaks[-1].end() if breaks else 0) + 1
    return _place(file, line=len(breaks) + 1, column=column)


def _place_of(error: yaml.MarkedYAMLError, file: str) -> Scalar:
    mark = error.problem_mark or error.context_mark
    return _place(file, line=mark.line + 1, column=mark.column + 1) if mark else _place(file, line=1, column=1)


def _place(file: str, *, line: int, column: int) -> Scalar:
    return Scalar(text="", file=file, line=line, column=column, path="", is_plain=True)


def _words_of(error: yaml.MarkedYAMLError, text: str) -> str:
    context = f" ({error.context}, line {error.context_mark.line + 1})" if error.context and error.context_mark else ""
    hint = _slip(error, text) or "check for a missing quote, bracket or colon, or a truncated file"
    return f"invalid YAML: {error.problem}{context}; {hint}"


def _slip(error: yaml.MarkedYAMLError, text: str) -> str | None:
    """The probable mistake, by the line where the parser stopped and the line where the current value began."""
    lines = _LINE_BREAKS.split(text)
    marks = (error.problem_mark, error.context_mark)
    is_below = (error.problem or "").startswith("expected <block end>") and error.problem_mark
    if is_below and (empty := _empty_above(lines[: is_below.line])):
        return empty
    numbers = [mark.line for mark in marks if mark]
    for number in [*numbers, *(max(number - 1, 0) for number in numbers)]:
        template, no_space = _TEMPLATE.search(lines[number]), _NO_SPACE.match(lines[number])
        if template:
            return f"line {number + 1} seems to contain an unfilled template (`{template[0]}`)"
        if no_space:
            return f"line {number + 1} seems to need a space after `{no_space[1]}`"
    return None


def _empty_above(lines: list[str]) -> str | None:
    """What to do if the last line with content has `{}` or `[]` as its value, and something is written below it."""
    numbered = reversed([*enumerate(lines, 1)])
    number, line = next(((at, line) for at, line in numbered if not _NO_CONTENT.match(line)), (0, ""))
    empty = _EMPTY.match(line)
    return f"line {number} has the value `{empty[1]}`; remove it to write below that line" if empty else None
