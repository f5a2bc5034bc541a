"""Bytes to nodes: exact, with places, and never a traceback."""

import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bedrock_projects.errors import InventoryError, Problem
from bedrock_projects.inventory import dump, load
from bedrock_projects.inventory.nodes import Mapping, Node, ProblemList, Scalar, Sequence
from bedrock_projects.inventory.reader import Parser, read_yaml
from bedrock_projects.limits import code_point

FOLDER = Path(__file__).parents[1] / "inventories"
FILES = sorted(FOLDER.rglob("*.yaml"))
PARSERS = [pytest.param(yaml.SafeLoader, id="pure"), pytest.param(yaml.CSafeLoader, id="libyaml")]
SNIPPETS = [path.read_bytes() for path in FILES if path.stat().st_size < 2000]
PIECES = [
    *(character.encode() for character in "[]{}:,-?&*!|>'\"%~\\é\n\t"),
    *(b"---", b"...", b"<<", b"  ", b"\r\n", b"projects", b"tags", b"&a", b"*a", b"\xef\xbb\xbf", b"\x85"),
]
WORDS = (
    "no on n y yes off True false 0123 0089 0x1F 0b1 0o17 1_000 1.10 1e3 .5 +1 12:30:45 2026-01-31 "
    "2026-01-31T00:00:00Z = .inf .NaN nil None"
)


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """A good or bad inventory with something put in, taken out or cut off."""
    data = draw(st.sampled_from(SNIPPETS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        taken = draw(st.sampled_from([0, 0, 1, 5, len(data)]))
        data = data[:start] + draw(st.sampled_from([b"", *PIECES])) + data[start + taken :]
    return data


any_bytes = st.one_of(
    st.binary(max_size=40), st.lists(st.sampled_from(PIECES), max_size=12).map(b" ".join), damaged_files()
)


def plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


def read(text: str | bytes, parser: Parser = yaml.CSafeLoader) -> tuple[Node | None, ProblemList]:
    problems = ProblemList()
    data = text if isinstance(text, bytes) else text.encode()
    return read_yaml(data, "projects.yaml", problems=problems, parser=parser), problems


def read_good(text: str | bytes, parser: Parser = yaml.CSafeLoader) -> Mapping:
    node, problems = read(text, parser)
    assert problems.all == ()
    assert isinstance(node, Mapping)
    return node


def problems_of(data: bytes) -> tuple[Problem, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "projects.yaml"
        path.write_bytes(data)
        try:
            return load(path).warnings
        except InventoryError as error:
            return error.problems or (Problem("", 0, 0, "", "an error without problems"),)


@given(any_bytes)
@example(b"%YAML 1." + b"1" * 5000)
@example(b'a: "\\UFFFFFFFF"')
@example(b"[" * 100_000)
@example(b"- " * 20_000)
@example(b"{a: " * 20_000)
@example(b"? " * 20_000)
@example(b"a: &a [*a]")
@example(b"version: 1\ninventory: ~\nenvironments: {~: ~}\nprojects: {a: {name: [], tags: []}}")
def test_any_bytes_give_an_inventory_or_problems_with_a_place(data: bytes) -> None:
    for problem in problems_of(data):
        assert problem.line >= 1
        assert problem.column >= 1
        # A path keeps the spaces of a key, such as U+2003, which Python does not count as printable.
        assert all(c.isprintable() or unicodedata.category(c) == "Zs" for c in str(problem))
        assert str(problem).encode()


def test_both_parsers_read_a_file_alike() -> None:
    assert len(FILES) > 100
    for path in FILES:
        pure, libyaml = (read(path.read_bytes(), parser) for parser in (yaml.SafeLoader, yaml.CSafeLoader))
        assert (pure[0], pure[1].all) == (libyaml[0], libyaml[1].all), path


@pytest.mark.parametrize("text", ["a: b\t\n", "a: \t\n", "a\tb: c\n", "a:\n\t- b\n", 'a: "b\tc"\n', "a: b\t# c\n"])
def test_both_parsers_think_alike_of_tabs(text: str) -> None:
    pure, libyaml = (read(text, parser) for parser in (yaml.SafeLoader, yaml.CSafeLoader))
    assert (pure[0], pure[1].all) == (libyaml[0], libyaml[1].all)


@given(damaged_files())
def test_both_parsers_find_the_same_fault(data: bytes) -> None:
    pure, libyaml = (read(data, parser) for parser in (yaml.SafeLoader, yaml.CSafeLoader))
    assert pure[0] == libyaml[0]
    assert pure[1].all == libyaml[1].all


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("word", WORDS.split())
def test_a_word_stays_as_written_as_key_and_value(word: str, parser: Parser) -> None:
    assert plain(read_good(f"{word}: {word}\nb: [{word}]\nc: {{{word}: {word}}}", parser)) == {
        word: word,
        "b": [word],
        "c": {word: word},
    }


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
@pytest.mark.parametrize("parser", PARSERS)
def test_nothing_is_nothing_unless_in_quotes(word: str, parser: Parser) -> None:
    bare = read_good(f"a: {word}", parser).entries["a"]
    quoted = read_good(f'a: "{word}"', parser).entries["a"]
    assert isinstance(bare, Scalar)
    assert isinstance(quoted, Scalar)
    assert (bare.is_null, quoted.is_null) == (True, False)
    assert quoted.text == word


@pytest.mark.parametrize("parser", PARSERS)
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(parser: Parser) -> None:
    text = "projects:\n  search:\n    name: Search\n    description: |\n      Two\n      lines\n"
    windows = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert read_good(windows, parser) == read_good(text, parser)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_another_unicode_encoding_is_named(encoding: str) -> None:
    node, problems = read("version: 1\n".encode(encoding))
    assert node is None
    assert [str(problem) for problem in problems.all] == [
        "projects.yaml:1:1: the file looks like UTF-16 or UTF-32; save it as UTF-8"
    ]


@pytest.mark.parametrize("parser", PARSERS)
def test_places_count_characters_from_one(parser: Parser) -> None:
    root = read_good("é: {süß: [ü, b],\n  c: 𝄞 }\n", parser)
    inner = root.entries["é"]
    assert isinstance(inner, Mapping)
    listed, text = inner.entries["süß"], inner.entries["c"]
    assert isinstance(listed, Sequence)
    places = [(node.line, node.column, node.path) for node in (root.keys["é"], inner, listed, listed.items[1], text)]
    assert places == [(1, 1, "é"), (1, 1, "é"), (1, 5, "é.süß"), (1, 14, "é.süß[1]"), (2, 6, "é.c")]


@pytest.mark.parametrize("anchored", ["{b: c}", "[b]", "b", '"b"', "!!str b"])
def test_an_alias_is_the_node_that_it_names(anchored: str) -> None:
    root = read_good(f"a: &x {anchored}\nd: *x\n")
    assert root.entries["d"] is root.entries["a"]


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", {"a": "1", "b": "3"}),
        ("x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x}", {"a": "1", "b": "3"}),
        ("x: &x {a: 1}\nz: &z {a: 2, b: 2}\ny: {<<: [*x, *z]}", {"a": "1", "b": "2"}),
        ("x: &x {a: 1}\nz: &z {<<: *x, b: 2}\ny: {<<: *z}", {"a": "1", "b": "2"}),
        ("y: {'<<': {a: 1}}", {"<<": {"a": "1"}}),
    ],
)
def test_a_merge_key_brings_what_is_not_there_yet(text: str, merged: object) -> None:
    assert plain(read_good(text).entries["y"]) == merged


@pytest.mark.parametrize(
    ("brought", "own", "lost"),
    [
        ("{b: 1}", "{b: 2}", None),
        ("{b: 1}", "{b: 2, c: 3}", None),
        ("{b: 1, c: 1}", "{b: 2}", "c"),
        ("{c: 1, b: 1, d: 1}", "{d: 2}", "b, c"),
        ("text", "{b: 2}", None),
        ("{b: 1}", "text", None),
        ("[b]", "{b: 2}", None),
        ("text", "text", None),
    ],
)
def test_what_a_merge_key_brings_and_loses_within_an_entry_is_named(brought: str, own: str, lost: str | None) -> None:
    node, problems = read(f"x: &x\n  a: {brought}\ny:\n  <<: *x\n  a: {own}\n")
    assert isinstance(node, Mapping)
    message = (
        f"projects.yaml:5:3: y.a: replaces the mapping from `<<` (line 2) and loses {lost}; repeat it here, or "
        "use `defaults`, whose tags are merged key by key"
    )
    assert [str(problem) for problem in problems.all] == ([message] if lost else [])
    assert {problem.severity for problem in problems.all} <= {"warning"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{a: b} c",
            "1:8: invalid YAML: expected '<document start>', but found '<scalar>'",
        ),
        (
            "a:\n  - [b\n",
            "3:1: invalid YAML: expected ',' or ']', but got '<stream end>' (while parsing a flow sequence, line 2)",
        ),
    ],
)
@pytest.mark.parametrize("parser", PARSERS)
def test_what_is_not_yaml_is_one_line_with_its_place(text: str, message: str, parser: Parser) -> None:
    node, problems = read(text, parser)
    assert node is None
    advice = "check for a missing quote, bracket or colon, or a truncated file"
    assert [str(problem) for problem in problems.all] == [f"projects.yaml:{message}; {advice}"]
    assert [problem.path for problem in problems.all] == [""]


@pytest.mark.parametrize(
    ("text", "line", "value"),
    [
        ("a: {}\n  b: 1\n", 1, "{}"),
        ("x: 1\na: { }  # none yet\n\n  # the first\n  b:\n    c: 1\n", 2, "{ }"),
        ("x:\n  a: []\n    - b\n", 2, "[]"),
    ],
)
@pytest.mark.parametrize("parser", PARSERS)
def test_an_empty_value_with_lines_below_it_is_named(text: str, line: int, value: str, parser: Parser) -> None:
    node, problems = read(text, parser)
    assert node is None
    [problem] = problems.all
    assert str(problem).endswith(f"; line {line} has the value `{value}`; remove it to write below that line")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n", "2:1: `<<<<<<<`"),
        ("a:\n  b: [\n<<<<<<< HEAD\n  1\n=======\n  2]\n>>>>>>> other\n", "3:1: `<<<<<<<`"),
        ("a: 1\r\n=======\r\nb: 2\r\n", "2:1: `=======`"),
        ("a: 1\n||||||| base\n", "2:1: `|||||||`"),
        ("a: 1\n>>>>>>>", "2:1: `>>>>>>>`"),
    ],
)
@pytest.mark.parametrize("parser", PARSERS)
def test_a_merge_that_is_not_finished_is_named_by_its_first_marker(text: str, place: str, parser: Parser) -> None:
    node, problems = read(text, parser)
    assert node is None
    [problem] = problems.all
    assert str(problem).startswith(f"projects.yaml:{place} is a conflict marker")


@pytest.mark.parametrize("line", ["<<<<<<<x", "========", "# <<<<<<< HEAD"])
def test_what_is_not_a_conflict_marker_is_not_taken_for_one(line: str) -> None:
    _, problems = read(f"a: 1\n{line}\nb: [\n")
    assert "invalid YAML" in str(problems.all[0])


@pytest.mark.parametrize("line", ["<<<<<<< HEAD", "======="])
def test_a_text_of_several_lines_may_hold_what_looks_like_a_conflict_marker(line: str) -> None:
    assert plain(read_good(f"a: |\n  {line}\n")) == {"a": f"{line}\n"}


@pytest.mark.parametrize(
    "text",
    [
        "{a: 1, a: 2}",
        "a:\n  b:\n    - {c: 1, c: 2}",
        "x-own: {a: {b: 1, b: 2}}",
        "{<<: {a: 1}, <<: {b: 1}}",
        "{a: 1, 'a': 2}",
    ],
)
def test_a_key_given_twice_is_found_at_every_depth(text: str) -> None:
    _, problems = read(text)
    assert [problem.message.split(",")[0] for problem in problems.all] == ["duplicate key"]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("text", ["{a: b?c}", "[a?]", "{a: {b: c}, d?e: f}"])
def test_a_question_mark_in_braces_needs_quotes_whichever_parser_reads(text: str, parser: Parser) -> None:
    _, problems = read(text, parser)
    assert ["but got '?'" in problem.message for problem in problems.all] == [True]


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x07", "\x7f", "\x85", "\ufeff", "\ufffe", *map(chr, [*range(0x2028, 0x202F), *range(0x2066, 0x206A)])],
)
def test_a_character_that_editors_hide_is_refused_at_its_place(character: str) -> None:
    node, problems = read(f"a: b\nc: é{character}d\n")
    assert node is None
    assert [str(problem) for problem in problems.all] == [
        f"projects.yaml:2:5: {code_point(character)} is not allowed in a YAML file; remove it"
    ]
    _, problems = read(f"a: b  # a comment {character}\n")
    assert "is not allowed in a YAML file" in str(problems.all[0])
    assert plain(read_good(f'a: "\\u{ord(character):04x}"')) == {"a": character}


def test_a_file_that_cannot_be_read_is_a_problem_too(tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path, "cannot be read: Is a directory"),
        (tmp_path / "missing.yaml", "no such file; change to the folder of the inventory, or name its file"),
    ):
        with pytest.raises(InventoryError) as refused:
            load(path)
        assert str(refused.value) == f"{path.as_posix()}:1:1: {problem}"


def test_a_file_to_include_with_an_impossible_name_is_a_problem_too() -> None:
    text = f"version: 1\ninventory: acme\nenvironments: {{dev: {{}}}}\ninclude: {{{'é' * 200}.yaml: {{}}}}\n"
    assert [problem.path for problem in problems_of(text.encode())] == [f"include.{'é' * 200}.yaml"]


def test_an_inventory_reads_the_same_where_libyaml_is_not_installed() -> None:
    script = (
        "import sys; sys.modules['yaml._yaml'] = None; from pathlib import Path; import yaml\n"
        "from bedrock_projects.inventory import dump, load\n"
        "print(yaml.__with_libyaml__); print(dump(load(Path('projects.yaml'))), end='')"
    )
    root = FOLDER.parents[1]
    without = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert without.stdout == f"False\n{dump(load(root / 'projects.yaml'))}"


@pytest.mark.parametrize("text", ["5", "no", "''", "x y"])
def test_the_one_tag_that_is_taken_says_what_every_text_is_anyway(text: str) -> None:
    assert plain(read_good(f"a: !!str {text}")) == plain(read_good(f"a: '{text}'" if text != "''" else "a: ''"))


@pytest.mark.parametrize("parser", PARSERS)
def test_an_item_that_is_empty_has_the_place_of_its_own_list(parser: Parser) -> None:
    node = read_good("a:\n  b:\n    c:\n      -\n", parser).mapping("a").mapping("b")
    [item] = node.items("c")
    assert (item.line, item.column) == (3, 5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("? \n: b\n", "1:1: a key is empty; write one word"),
        ("~: b\n", "1:1: ~: a key is empty; write one word"),
        ("? [a]\n: b\n", "1:3: a key is a list or a mapping; write one word"),
        ("? {a: b}\n: c\n", "1:3: a key is a list or a mapping; write one word"),
        ("a: !!int 5\n", "1:4: a: the YAML tag !!int is not supported"),
        ("a: !Ref b\n", "1:4: a: the YAML tag !Ref is not supported"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n  <<: *a\n", "4:3: c.<<: duplicate key, first in line 3"),
    ],
)
def test_what_the_composer_refuses_is_said_with_its_place(text: str, message: str) -> None:
    _, problems = read(text)
    [problem] = problems.all
    assert str(problem).startswith(f"projects.yaml:{message}")


def test_what_is_below_an_unknown_key_is_checked_too() -> None:
    _, problems = read("x:\n  ? [a]\n  : {b: 1, b: 2}\n")
    assert [problem.path for problem in problems.all] == ["x", "x.b"]


@pytest.mark.parametrize(("items", "fits"), [(2, True), (3, False)])
def test_a_file_has_at_most_so_many_values(items: int, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mapping, its key, its list and the items."""
    monkeypatch.setattr("bedrock_projects.inventory.composer.MOST_NODES", 5)
    _, problems = read(f"a: [{', '.join('x' * items)}]\n")
    assert (not problems.all) == fits


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_another_encoding_is_recognised_by_its_mark_too(mark: bytes) -> None:
    _, problems = read(mark + "\u4e2d\u6587".encode("utf-16-le"))
    assert [problem.message for problem in problems.all] == ["the file looks like UTF-16 or UTF-32; save it as UTF-8"]


def test_a_null_further_on_is_a_character_out_of_place() -> None:
    _, problems = read(b"a: b\0\n")
    assert [problem.column for problem in problems.all] == [5]
