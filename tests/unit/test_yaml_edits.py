"""Text that is added to a YAML file: where it goes, and what it looks like there."""

from itertools import permutations

import pytest
import yaml

from bedrock_projects.adoption.yaml_edits import Addition, Written, insert
from bedrock_projects.errors import RefusedError

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
    "a block whose last list ends in an alias": (
        "x: &x 1\na:\n  k:\n    - *x\nz: 1\n",
        "x: &x 1\na:\n  k:\n    - *x\n  n:\n    v: {}\nz: 1\n",
    ),
    "a block of two keys": ("a:\n  k: 1\n  l: 1\n", "a:\n  k: 1\n  l: 1\n  n:\n    v: {}\n"),
    "a block with a blank line before its only key": ("a:\n\n  k: 1\n", "a:\n\n  k: 1\n  n:\n    v: {}\n"),
    "a block with blank lines and a last value of lines": (
        "a:\n  k: 1\n\n  l:\n    m: 1\n",
        "a:\n  k: 1\n\n  l:\n    m: 1\n\n  n:\n    v: {}\n",
    ),
    "a block with blank lines and a comment before the last key": (
        "a:\n  k: 1\n\n  # about l\n  l: 1\n",
        "a:\n  k: 1\n\n  # about l\n  l: 1\n\n  n:\n    v: {}\n",
    ),
    "a block before a line of spaces": (
        "a:\n  k: 1\n    \n  # apart\nz: 1\n",
        "a:\n  k: 1\n  n:\n    v: {}\n    \n  # apart\nz: 1\n",
    ),
    "a flow mapping that ends in a key alone": ("a: {k}\n", "a: {k, n: {v: {}}}\n"),
    "an empty mapping between others": ("y: {b: 1}\na: {}\nz: {b: 1}\n", "y: {b: 1}\na:\n  n:\n    v: {}\nz: {b: 1}\n"),
    "a mapping that is missing after a comment of one space": (
        "z: 1\n # of z\n",
        "z: 1\n # of z\na:\n  n:\n    v: {}\n",
    ),
    "a file that is an empty mapping": ("{}  # none\n", "  # none\na:\n  n:\n    v: {}\n"),
}


@pytest.mark.parametrize(("before", "after"), INSERTED.values(), ids=INSERTED)
def test_text_is_inserted_in_the_style_of_what_is_around_it(before: str, after: str) -> None:
    assert insert(before, [Addition(("a",), {"n": {"v": {}}})]) == after


WORDS = [f"word-{number:02}" for number in range(16)]
LONG = " ".join(WORDS[:11])
CONTENT: dict[str, Written] = {"z": {"y": "ü", "b": {}, "a": "MAX"}, "é": {"long": LONG, "many-words": WORDS}}
"""Keys out of order, letters beyond ASCII, a text of 87 characters, a list that takes more than a line."""


def test_a_block_keeps_order_and_letters_and_is_as_wide_as_a_reviewer_reads() -> None:
    assert insert("a:\n  k: 1\n", [Addition(("a",), CONTENT)]) == (
        "a:\n  k: 1\n  z:\n    y: ü\n    b: {}\n    a: MAX\n"
        f"  é:\n    long: {LONG}\n    many-words: [{', '.join(WORDS[:12])},\n      {', '.join(WORDS[12:])}]\n"
    )


def test_a_flow_mapping_keeps_order_and_letters_and_its_one_line() -> None:
    assert insert("a: {k: 1}\n", [Addition(("a",), CONTENT)]) == (
        f"a: {{k: 1, z: {{y: ü, b: {{}}, a: MAX}}, é: {{long: {LONG}, many-words: [{', '.join(WORDS)}]}}}}\n"
    )


@pytest.mark.parametrize("text", ["a:\n  k:\n    l: 1\n", "a:\n  k: {}\n", "a:\n  k: {l: 1}\n"])
@pytest.mark.parametrize("order", list(permutations([("a", "k"), ("a",), ("b",)])))
def test_several_additions_at_one_place_are_put_deepest_first(text: str, order: list[tuple[str, ...]]) -> None:
    added: dict[str, Written] = {"m": {"v": {}}}
    before = yaml.safe_load(text)
    after = yaml.safe_load(insert(text, [Addition(path, added) for path in order]))
    assert after == {"a": {"k": {**before["a"]["k"], **added}, **added}, "b": added}


@pytest.mark.parametrize("value", [True, "text", "true", "a: b", ["l"], {}, {"k": "v"}, {"k": ["l"]}])
@pytest.mark.parametrize("text", ["a:\n  k: 1\n", "a: {}\n", "a: {k: 1}\n", "z: 1\n"])
def test_any_value_is_added_as_it_is(text: str, value: Written) -> None:
    before = yaml.safe_load(text)
    after = yaml.safe_load(insert(text, [Addition(("a",), {"n": value, "m": value})]))
    assert after == {**before, "a": {**before.get("a", {}), "n": value, "m": value}}


def test_nothing_is_added_where_there_is_nothing_to_add() -> None:
    assert insert("a: 1\n", [Addition(("a",), {}), Addition(("b",), {"c": {}})]) == "a: 1\nb:\n  c: {}\n"


WRITE_OUT = "cannot add to an alias or to a value that is not a mapping; write it as a mapping"


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("b: &b {k: 1}\na: *b\n", ("a",), f"line 2: a: {WRITE_OUT}"),
        ("a: [1]\n", ("a",), f"line 1: a: {WRITE_OUT}"),
        ("x:\n  y:\n    z: 1\n", ("x", "y", "z"), f"line 3: x.y.z: {WRITE_OUT}"),
        ("x:\n  y: 1\n", ("x", "y", "z"), f"line 2: x.y: {WRITE_OUT}"),
        ("[1]\n", ("a",), "line 1: the file is not a mapping; write it as a mapping"),
        ("", ("a",), "line 1: the file is not a mapping; write it as a mapping"),
    ],
)
def test_nothing_is_added_to_an_alias_or_another_type(text: str, path: tuple[str, ...], message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        insert(text, [Addition(path, {"n": {}})])
    assert str(refused.value) == message
