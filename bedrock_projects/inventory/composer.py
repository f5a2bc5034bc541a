"""Builds nodes from the events of a YAML parser, without recursion: no depth and no alias can exhaust the machine."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn, cast

import yaml

from bedrock_projects.inventory.nodes import Mapping, Node, ProblemList, Scalar, Sequence, joined
from bedrock_projects.limits import DEEPEST_NESTING, MOST_NODES

_TEXT_TAGS = (None, "tag:yaml.org,2002:str")
_MERGE = "<<"
_SURROGATE = re.compile("[\ud800-\udfff]")


class StoppedError(Exception):
    """The document cannot be read any further; `remarks` says why."""

    def __init__(self, remarks: ProblemList) -> None:
        super().__init__(remarks.all)
        self.remarks = remarks


class DisputedError(yaml.YAMLError):
    """One parser accepts what another rejects."""


@dataclass(slots=True)
class _Open:
    """A list or mapping that has not ended yet; in a mapping, `key` is the one whose value comes next."""

    node: Sequence | Mapping
    anchor: str | None
    is_flow: bool
    start: int
    key: Scalar | None = None
    merged: tuple[Scalar, Node] | None = None

    def path_of(self, text: str) -> str:
        """The path of the next node; that of a key ends with its text."""
        if isinstance(self.node, Sequence):
            return f"{self.node.path}[{len(self.node.items)}]"
        return self.key.path if self.key else joined(self.node.path, text)

    def doubles_brace(self, event: yaml.Event) -> bool:
        """Whether the event and this mapping start as `{{`, which YAML reads as a mapping with a mapping as its key."""
        is_brace = isinstance(event, yaml.MappingStartEvent) and bool(event.flow_style)
        return is_brace and self.is_flow and isinstance(self.node, Mapping) and _index(event) == self.start + 1


class Composer:
    """Composes one document and adds its problems to `problems`."""

    def __init__(self, file: str, problems: ProblemList) -> None:
        self._file = file
        self._report = problems
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._root: Node | None = None

    def compose(self, events: Iterable[yaml.Event]) -> Node:
        """The root node. Raises StoppedError if the document cannot be read further, and YAMLError from the parser."""
        documents = 0
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._add(self._scalar(event))
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.AliasEvent):
                self._add(self._alias(event))
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, "a second YAML document starts here; keep one document per file (remove `---`)")
        root = self._root
        if root is None or (isinstance(root, Scalar) and root.is_null):
            place = Scalar(text="", file=self._file, line=1, column=1, path="", is_plain=True)
            self._report.error(
                place,
                "the file has no content, or only comments; restore it (for an inventory without projects, write "
                "`projects: {}`)",
            )
            raise StoppedError(self._report)
        return root

    def _place(self, event: yaml.Event, text: str = "") -> Scalar:
        mark = cast("yaml.Mark", event.start_mark)  # every event of a parser has one
        path = self._open[-1].path_of(text) if self._open else ""
        return Scalar(text=text, file=self._file, line=mark.line + 1, column=mark.column + 1, path=path, is_plain=False)

    def _stop(self, event: yaml.Event, message: str) -> NoReturn:
        self._report.error(self._place(event), message)
        raise StoppedError(self._report)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        if event.style == '"' and _SURROGATE.search(event.value):
            self._stop(
                event, "contains half a character (an escape from \\ud800 to \\udfff); write the whole character"
            )
        node = self._place(event, event.value)
        node.is_plain = event.implicit[0]
        if node.is_plain:
            self._settle(node)
        if event.tag is not None or event.anchor is not None:
            self._refuse_tag(event)
            self._name(event, node)
        return node

    def _settle(self, node: Scalar) -> None:
        """Settles differences between the two parsers about a string without quotes."""
        if not node.text and self._open:
            # libyaml and PyYAML place an empty value differently. Its key has the same place in both.
            place = self._open[-1].key or self._open[-1].node
            node.line, node.column = place.line, place.column
        # libyaml accepts this string, PyYAML rejects it. A file must read the same on every machine, so PyYAML decides.
        if "?" in node.text and any(collection.is_flow for collection in self._open):
            raise DisputedError

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._open) >= DEEPEST_NESTING:
            self._stop(event, f"is nested more than {DEEPEST_NESTING} levels deep; remove levels")
        self._refuse_tag(event)
        if self._open and self._open[-1].doubles_brace(event):
            self._stop(event, "`{{` starts an unfilled template; replace it with its value")
        place = (self._open[-1].key if self._open else None) or self._place(event)
        kind = Mapping if isinstance(event, yaml.MappingStartEvent) else Sequence
        if event.anchor:
            # The anchor has no node until its end comes. An alias inside of it would make a loop, and is rejected.
            self._name(event, None)
        node = kind(file=self._file, line=place.line, column=place.column, path=place.path)
        self._open.append(_Open(node, event.anchor, is_flow=bool(event.flow_style), start=_index(event)))

    def _end(self) -> None:
        ended = self._open.pop()
        node = ended.node
        # Only now all keys are known. A key after `<<` overrides a key from `<<`, too.
        if ended.merged and isinstance(node, Mapping):
            self._merge(node, ended.merged[1])
        if ended.anchor:
            self._anchors[ended.anchor] = node
        if node.size > MOST_NODES:
            self._report.error(node, f"expands to more than {MOST_NODES:,} values; use fewer aliases")
            raise StoppedError(self._report)
        self._add(node)

    def _name(self, event: yaml.NodeEvent, node: Node | None) -> None:
        if event.anchor in self._anchors:
            self._report.error(self._place(event), f"duplicate anchor &{event.anchor}; rename one of the two")
        if event.anchor:
            self._anchors[event.anchor] = node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self._anchors:
            remedy = f"define it before this alias, or put `*{event.anchor}` in quotes if it is a pattern"
            self._stop(event, f"unknown anchor &{event.anchor}; {remedy}")
        node = self._anchors[event.anchor]
        if node is None:
            self._stop(event, f"the alias *{event.anchor} is inside of its own anchor; remove it")
        return node

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag not in _TEXT_TAGS:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._stop(event, f"the YAML tag {tag} is not supported; remove it")

    def _add(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        top = self._open[-1]
        top.node.size += node.size
        if isinstance(top.node, Sequence):
            top.node.items.append(node)
        elif top.key is None:
            top.key = self._key(node)
        else:
            self._add_entry(top, node)
            top.key = None

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar) and not node.is_null:
            return node
        noun = "a key is empty" if isinstance(node, Scalar) else "a key is a list or a mapping"
        self._report.error(node, f"{noun}; write one word before the colon, with quotes if it has special characters")
        return Scalar(text="", file=self._file, line=node.line, column=node.column, path=node.path, is_plain=True)

    def _add_entry(self, top: _Open, value: Node) -> None:
        key, into = top.key, top.node
        if key is None or key.is_null or isinstance(into, Sequence):
            return  # a key that is null was reported before
        is_merge = key.is_plain and key.text == _MERGE
        first = (top.merged[0] if top.merged else None) if is_merge else into.keys.get(key.text)
        if first is not None:
            self._report.error(key, f"duplicate key, first in line {first.line}; keep one of the two")
        elif is_merge:
            top.merged = (key, value)
        else:
            into.keys[key.text] = key
            into.entries[key.text] = value

    def _merge(self, into: Mapping, value: Node) -> None:
        """Adds the missing entries of other mappings, the first of a list first."""
        own = set(into.entries)
        for source in value.items if isinstance(value, Sequence) else [value]:
            if not isinstance(source, Mapping):
                self._report.error(source, "`<<` needs the alias of a mapping, or a list of such aliases")
                return
            for name, node in source.entries.items():
                if name in own:
                    self._warn_of_loss(into.entries[name], node)
                elif name not in into.entries:
                    into.entries[name], into.keys[name] = node, source.keys[name]

    def _warn_of_loss(self, kept: Node, hidden: Node) -> None:
        if not (isinstance(kept, Mapping) and isinstance(hidden, Mapping)):
            return
        lost = sorted(hidden.entries.keys() - kept.entries.keys())
        if lost:
            self._report.warning(
                kept,
                f"replaces the mapping from `<<` (line {hidden.line}) and loses {', '.join(lost)}; repeat it here, or "
                "use `defaults`, whose tags are merged key by key",
            )


def _index(event: yaml.Event) -> int:
    """The offset of the event in the file, from 0."""
    mark = cast("yaml.Mark", event.start_mark)
    return mark.index
