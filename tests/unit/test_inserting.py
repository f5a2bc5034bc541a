"""Text that is added to a YAML file: where it goes, and what it looks like there."""

import pytest
import yaml

from bedrock_projects.errors import RefusedError
from bedrock_projects.inventory.inserting import Addition, insert

INSERTED = {
    "a block": ("a:\n  k: 1  # one\nz: 1\n", "a:\n  k: 1  # one\n  n:\n    v: {}\nz: 1\n"),
    "a block and the comments that belong to it": (
        "a:\n  k: 1\n  # more of k\n# about z\nz: 1\n",
        "a:\n  k: 1\n  # more of k\n  n:\n    v: {}\n# about z\nz: 1\n",
    ),
    "a block with blank lines": ("a:\n  k: 1\n\n  l: 1\n\nz: 1", "a:\n  k: 1\n\n  l: 1\n\n  n:\n    v: {}\n\nz: 1"),
    "a block with wide steps": ("a:\n    k: 1\n", "a:\n    k: 1\n    n:\n      v: {}\n"),
    "a block that ends in a text of lines": ("a:\n  k: |\n    t\n\nz: 1", "a:\n  k: |\n    t\n  n:\n    v: {}\n\nz: 1"),
    "a block that ends in a list": ("a:\n  k:\n  - 1\n", "a:\n  k:\n  - 1\n  n:\n    v: {}\n"),
    "a block that ends in an alias": ("b: &b {c: 1}\na:\n  k: *b\n", "b: &b {c: 1}\na:\n  k: *b\n  n:\n    v: {}\n"),
    "a flow mapping": ("a: {k: 1}  # one\n", "a: {k: 1, n: {v: {}}}  # one\n"),
    "a flow mapping with a last comma": ("a: {k: 1, }\n", "a: {k: 1, n: {v: {}}, }\n"),
    "a flow mapping that ends in an alias": (
        "b: &b {c: 1}\na: {k: *b}\n",
        "b: &b {c: 1}\na: {n: {v: {}}, k: *b}\n",
    ),
    "an empty mapping": ("a: {}  # none\nz: 1\n", "a:  # none\n  n:\n    v: {}\nz: 1\n"),
    "an empty mapping inside another": ("{a: {}, z: 1}", "{a: {n: {v: {}}}, z: 1}"),
    "a mapping that is missing": ("z: 1\n", "z: 1\na:\n  n:\n    v: {}\n"),
    "no line end at the end": ("a:\n  k: 1", "a:\n  k: 1\n  n:\n    v: {}"),
    "lines as on Windows": ("a:\r\n  k: 1\r\nz: 1\r\n", "a:\r\n  k: 1\r\n  n:\r\n    v: {}\r\nz: 1\r\n"),
    "a byte order mark": ("\ufeffa:\n  k: 1\n", "\ufeffa:\n  k: 1\n  n:\n    v: {}\n"),
    "an anchor": ("a: &a {}\n", "a: &a\n  n:\n    v: {}\n"),
}


@pytest.mark.parametrize(("before", "after"), INSERTED.values(), ids=INSERTED)
def test_text_is_inserted_in_the_manner_of_what_stands_around_it(before: str, after: str) -> None:
    assert insert(before, [Addition(("a",), {"n": {"v": {}}})]) == after


def test_several_additions_at_one_place_are_put_deepest_first() -> None:
    text = insert("a:\n  k:\n    l: {}\n", [Addition(("b",), {"n": {}}), Addition(("a", "k"), {"m": {"v": {}}})])
    assert yaml.safe_load(text) == {"a": {"k": {"l": {}, "m": {"v": {}}}}, "b": {"n": {}}}


@pytest.mark.parametrize("text", ["b: &b {k: 1}\na: *b\n", "a: [1]\n", "[1]\n"])
def test_nothing_is_added_where_no_mapping_of_its_own_stands(text: str) -> None:
    with pytest.raises(RefusedError, match=r"^line [12]: .*mapping"):
        insert(text, [Addition(("a",), {"n": {}})])
