"""What a mapping answers for each kind of value, and none at all, under a key; a report's order and severity."""

import pytest

from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar, joined
from bedrock_projects.inventory.reader import read_yaml

ROOT = "text: a\nquoted: ''\nlist: [a, [b], {c: d}, e, {f: g}]\nmapping: {h: i, j: {k: l}, m: [n]}\n"


@pytest.fixture
def root() -> Mapping:
    node = read_yaml(ROOT.encode(), "f", problems=ProblemList())
    assert isinstance(node, Mapping)
    return node


@pytest.mark.parametrize(
    ("key", "text", "items", "blocks", "mapping"),
    [
        ("text", "a", (), [], []),
        ("quoted", "", (), [], []),
        ("list", None, ("a", "e"), ["c", "f"], []),
        ("mapping", None, (), [], ["h", "j", "m"]),
        ("missing", None, (), [], []),
    ],
)
def test_a_mapping_answers_by_the_kind_that_is_asked_for(
    root: Mapping, key: str, text: str | None, items: tuple[str, ...], blocks: list[str], mapping: list[str]
) -> None:
    assert root.text(key) == text
    assert root.texts(key) == items
    assert tuple(item.text for item in root.items(key)) == items
    assert [next(iter(block.entries)) for block in root.blocks(key)] == blocks
    assert list(root.mapping(key).entries) == mapping


def test_a_mapping_sorts_its_entries_by_kind(root: Mapping) -> None:
    assert list(root.mappings()) == ["mapping"]
    assert {key: value.text for key, value in root.scalars().items()} == {"text": "a", "quoted": ""}
    assert list(root.mapping("mapping").mappings()) == ["j"]


def test_a_mapping_that_is_missing_is_where_it_would_be(root: Mapping) -> None:
    inner = root.mapping("mapping")
    absent = inner.mapping("j").mapping("missing")
    assert (absent.file, absent.line, absent.column, absent.path) == ("f", 4, 17, "mapping.j")
    assert (absent.entries, absent.keys, absent.broken, absent.size) == ({}, {}, frozenset(), 1)


@pytest.mark.parametrize(
    ("path", "key", "whole"),
    [("", "", ""), ("a", "", "a"), ("", "b", "b"), ("a", "b", "a.b"), ("a", "\x07\n", "a.\\x07\\n"), ("a", "é", "a.é")],
)
def test_a_path_is_one_line(path: str, key: str, whole: str) -> None:
    assert joined(path, key) == whole


def place(line: int, column: int = 1, path: str = "p") -> Scalar:
    return Scalar(text="", file="f", line=line, column=column, path=path, is_plain=True)


def test_problems_are_sorted_by_place_and_said_once() -> None:
    problems, other = ProblemList(), ProblemList()
    problems.warning(place(2), "late")
    problems.error(place(1, 5), "later in the line")
    problems.error(place(1, 5), "later in the line")
    problems.error(place(1, 2), "early", path="elsewhere")
    problems.error(place(3, path="q"), "with an empty path", path="")
    other.error(place(1, 2), "early", path="elsewhere")
    other.warning(place(1, 1), "first")
    problems.add(other)
    assert [(problem.severity, str(problem)) for problem in problems.all] == [
        ("warning", "f:1:1: p: first"),
        ("error", "f:1:2: elsewhere: early"),
        ("error", "f:1:5: p: later in the line"),
        ("warning", "f:2:1: p: late"),
        ("error", "f:3:1: with an empty path"),
    ]


def test_warnings_alone_are_no_errors() -> None:
    problems = ProblemList()
    assert not problems.has_errors
    problems.warning(place(1), "a")
    assert not problems.has_errors
    problems.error(place(1), "a")
    assert problems.has_errors
