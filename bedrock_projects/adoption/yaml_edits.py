"""Adds keys to mappings of a YAML file and leaves the rest of its text unchanged.

It inserts text at the positions of PyYAML's nodes. A round trip through a library (ruamel.yaml) would keep comments
too, but rewrite every line: indentation, quotes and line width would change in a file that people review line by line.
Callers parse the result again before they use it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from bedrock_projects.errors import RefusedError
from bedrock_projects.yaml_printing import for_yaml

Written: TypeAlias = bool | str | Sequence[str] | Mapping[str, "Written"]

_WIDTH = 120
_STEP = 2


@dataclass(frozen=True)
class Addition:
    """Keys to append to the mapping at the path; missing mappings are created."""

    path: tuple[str, ...]
    content: Mapping[str, Written]


@dataclass(frozen=True, order=True)
class _Edit:
    """Text to insert at an index instead of `cut` characters; at the same index, deeper nesting comes first."""

    at: int
    outward: int
    text: str
    cut: int = 0


def insert(text: str, additions: Sequence[Addition]) -> str:
    """The text with the additions.

    Raises RefusedError for an alias (`*name`), and for a value that is not a mapping.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    edits: list[_Edit] = []
    for addition in additions:
        if addition.content:
            edits.extend(_edits(text, root, addition))
    # From the end to the beginning, so that an edit does not move the indexes of the remaining edits.
    for edit in sorted(edits, reverse=True):
        text = text[: edit.at] + edit.text + text[edit.at + edit.cut :]
    return text


def _edits(text: str, root: yaml.Node | None, addition: Addition) -> list[_Edit]:
    node, content, column = root, addition.content, 0
    for depth, key in enumerate(addition.path):
        child = _child(node, key)
        if child is None:
            for missing in reversed(addition.path[depth:]):
                content = {missing: content}
            break
        name, node = child
        # An addition to an alias would change all other uses of its anchor.
        if not isinstance(node, yaml.MappingNode) or not _is_in_place(name, node):
            where = ".".join(addition.path[: depth + 1])
            raise RefusedError(
                f"line {name.start_mark.line + 1}: {where}: cannot add to an alias or to a value that is not a "
                "mapping; write it as a mapping"
            )
        column = name.start_mark.column + _STEP
    if not isinstance(node, yaml.MappingNode):
        raise RefusedError("line 1: the file is not a mapping; write it as a mapping")
    if not node.flow_style:
        return [_block_edit(text, node, content)]
    if node.value:
        return [_flow_edit(node, content)]
    return _edits_of_empty(text, node, content, column=column)


def _child(node: yaml.Node | None, key: str) -> tuple[yaml.ScalarNode, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                return name, value
    return None


def _is_in_place(key: yaml.Node, value: yaml.Node) -> bool:
    """Whether the value follows its key; the position of an alias is that of its anchor."""
    return bool(value.start_mark.index >= key.end_mark.index)


def _block_edit(text: str, node: yaml.MappingNode, content: Mapping[str, Written]) -> _Edit:
    column = node.value[0][0].start_mark.column
    at = _after_comments(text, _line_end(text, _content_end(text, node)), column=column)
    return _Edit(at, -column, _block(text, content, column=column, spaced=_is_spaced(text, node)))


def _flow_edit(node: yaml.MappingNode, content: Mapping[str, Written]) -> _Edit:
    key, value = node.value[-1]
    if _is_in_place(key, value):
        return _Edit(value.end_mark.index, -key.start_mark.index, f", {_flow(content)}")
    first = node.value[0][0].start_mark.index
    return _Edit(first, -first, f"{_flow(content)}, ")


def _edits_of_empty(text: str, node: yaml.MappingNode, content: Mapping[str, Written], *, column: int) -> list[_Edit]:
    """A block replaces an empty mapping at the end of a line; a comment keeps its line."""
    start, end = text.rindex("{", 0, node.end_mark.index), node.end_mark.index
    line_end = _line_end(text, end)
    rest = text[end:line_end].strip()
    if rest and not rest.startswith("#"):
        return [_Edit(start + 1, -start, _flow(content))]
    before = len(text[:start].rstrip(" "))
    return [
        _Edit(before, 0, "", cut=end - before),
        _Edit(line_end, -column, _block(text, content, column=column, spaced=False)),
    ]


def _content_end(text: str, node: yaml.Node) -> int:
    """The index after the node's last character; a block's own end mark comes after the comments that follow."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if isinstance(last, tuple):
            key, node = last
            if not _is_in_place(key, node):
                return int(key.end_mark.index)
        else:
            if last.start_mark.index < node.start_mark.index:
                return len(text[: node.end_mark.index].rstrip())
            node = last
    return len(text[: node.end_mark.index].rstrip())


def _line_end(text: str, index: int) -> int:
    newline = text.find("\n", index)
    end = len(text) if newline < 0 else newline
    return end - 1 if text[index:end].endswith("\r") else end


def _after_comments(text: str, at: int, *, column: int) -> int:
    """The index after the comment lines that follow directly with at least the same indentation."""
    while at < len(text):
        start = text.find("\n", at) + 1
        end = _line_end(text, start)
        line = text[start:end]
        if start == 0 or not line.lstrip(" ").startswith("#") or len(line) - len(line.lstrip(" ")) < max(column, 1):
            break
        at = end
    return at


def _is_spaced(text: str, node: yaml.MappingNode) -> bool:
    """Whether a blank line precedes the last key."""
    before = text[: node.value[-1][0].start_mark.index].splitlines()[:-1]
    while before and before[-1].lstrip().startswith("#"):
        before.pop()
    return len(node.value) > 1 and bool(before) and not before[-1].strip()


def _block(text: str, content: Mapping[str, Written], *, column: int, spaced: bool) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    blocks = []
    for key, value in content.items():
        # Without a style, PyYAML would write a mapping of only scalars in braces.
        style = False if isinstance(value, bool | str) else None
        dumped = for_yaml({key: value}, flow_style=style, width=_WIDTH - column)
        lines = dumped.rstrip("\n").split("\n")
        blocks.append((newline if spaced else "") + "".join(newline + " " * column + line for line in lines))
    return "".join(blocks)


def _flow(content: Mapping[str, Written]) -> str:
    return for_yaml(dict(content), flow_style=True, width=float("inf")).strip()[1:-1]
