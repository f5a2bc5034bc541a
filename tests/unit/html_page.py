"""Reads an HTML page for tests: its elements and the cells of its tables."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

_VOID = ("meta", "img", "input", "br", "hr", "link", "col", "rect", "path")


class Element(NamedTuple):
    """A start tag with its attributes and, as far as they do not belong to an element without end tag, its texts."""

    tag: str
    attributes: dict[str, str]
    texts: list[str]

    @property
    def text(self) -> str:
        """All text inside, with single spaces."""
        return " ".join("".join(self.texts).split())

    @property
    def classes(self) -> list[str]:
        """The words of its class."""
        return self.attributes.get("class", "").split()


class Page(HTMLParser):
    """A page that was read; `rows` has the rows of all tables in order, each with the name of its table."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.rows: list[tuple[str, list[Element]]] = []
        self._open: list[Element] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, [])
        self.elements.append(element)
        if tag == "tr":
            (table,) = (element for element in self._open if element.tag == "table")
            self.rows.append((table.attributes["aria-labelledby"], []))
        if tag in ("td", "th"):
            self.rows[-1][1].append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)

    def all(self, tag: str, *classes: str) -> list[Element]:
        """The elements of this tag that have these classes."""
        return [element for element in self.elements if element.tag == tag and set(classes) <= set(element.classes)]

    def table(self, name: str) -> list[list[str]]:
        """The texts of a table, row by row."""
        return [[cell.text for cell in row] for table, row in self.rows if table == name]

    def tables(self) -> Iterator[list[list[Element]]]:
        """Each table's rows."""
        for name in dict(self.rows):
            yield [row for table, row in self.rows if table == name]
