"""Plain English: words to avoid, and the form of the pages. CONTRIBUTING has the rules.

Words that a reader stumbles over are in no page, message, help text, docstring or comment. In a page, no line has two
sentences, no sentence and no cell of a table is long, and the opening says what the reader needs.
"""

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT, parsed, source, tokens

AVOIDED = re.compile(
    r"\b(?:told|for ever|lets? go|whoever|stands|lies|(?<!there )is no(?! longer)|of late|beside"
    r"|the other way round|whatever|thus|hence)\b(?!-)",
    re.IGNORECASE,
)
# `Where` is a place; a condition begins with `if`.
CONDITION = re.compile(r"\b(?:None|\w+Error|empty|only|(?<!is )also|what to do) where\b", re.IGNORECASE)
# Other spellings than those of the pages; what AWS and Pulumi call a thing keeps theirs.
SPELT_OTHERWISE = re.compile(
    r"\b(?:(?<!AWS )organizations?|recogniz\w+|finaliz\w+|summariz\w+|behaviors?|colors?)\b", re.IGNORECASE
)
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("bedrock_projects", "benchmarks", "components", "local_aws", "tools")
    for path in (ROOT / folder).rglob("*.py")
)
# A full stop, a question mark or an exclamation mark with more after it. A stop within a word, a number or a file name
# has no space after it; the number of a list's item is not a part of its text.
BETWEEN_SENTENCES = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)[.?!][)\"'”]*\s+(?=\S)")
MOST_WORDS = 25
MOST_COLUMNS = 200
CELLS = ("td_open", "th_open")
DOCSTRING = re.compile(r'(?:\A|:\n)\s*"""(.*?)"""', re.DOTALL)
# The formatter puts two spaces in front of a comment that ends a line.
COMMENT = re.compile(r"(?:^ *|  )# (.*)", re.MULTILINE)
# Files that are neither pages nor modules, by the ends of their names, and the folders that have them.
WITH_COMMENTS = ("", ".css", ".html", ".js", ".mjs", ".sh", ".svg", ".toml", ".yaml", ".yml")
FOLDERS = (".ci", ".github", "bedrock_projects", "benchmarks", "docs", "templates", "tests", "tools")
GUIDES = [page for page in PAGES if re.fullmatch(r"docs/[\w-]+\.md", page)]
MESSAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "inventories").rglob("*.txt"))


def prose(page: str) -> Iterator[str]:
    """The sentences of a page, without code."""
    for token in tokens(page):
        if token.type == "inline":
            yield "".join(part.content if part.type == "text" else " " for part in token.children or ())


def passages(text: str) -> Iterator[tuple[str, str]]:
    """The kind and the text of each paragraph, heading and cell, with its line breaks; code in a text is one word."""
    words = {"code_inline": "code", "softbreak": "\n", "hardbreak": "\n"}
    kind = ""
    for token in parsed(text):
        if token.type == "inline":
            parts = (part.content if part.type == "text" else words.get(part.type, "") for part in token.children or ())
            yield kind, "".join(parts)
        kind = token.type


def crowded_lines(text: str) -> list[str]:
    """The lines of paragraphs that have more than one sentence."""
    lines = (line for kind, words in passages(text) if kind == "paragraph_open" for line in words.split("\n"))
    return [line for line in lines if BETWEEN_SENTENCES.search(line)]


def long_sentences(text: str) -> list[str]:
    """The sentences of paragraphs with too many words; what has no letter or digit is not a word."""
    paragraphs = (words for kind, words in passages(text) if kind == "paragraph_open")
    return [part for words in paragraphs for part in BETWEEN_SENTENCES.split(words) if word_count(part) > MOST_WORDS]


def long_cells(text: str) -> list[str]:
    """The cells of tables with too many words: those are text, for below a heading."""
    return [words for kind, words in passages(text) if kind in CELLS and word_count(words) > MOST_WORDS]


def word_count(text: str) -> int:
    return sum(re.search(r"\w", word) is not None for word in text.split())


def wide_lines(text: str) -> list[str]:
    """The lines with too many columns, but for code and tables."""
    blocks = [token.map for token in parsed(text) if token.type in ("fence", "code_block", "table_open") and token.map]
    apart = {line for begin, end in blocks for line in range(begin, end)}
    return [line for n, line in enumerate(text.splitlines()) if len(line) > MOST_COLUMNS and n not in apart]


def first_screen(text: str) -> str:
    """The title and what is below it, up to the next heading."""
    return re.split(r"^##", text, maxsplit=1, flags=re.MULTILINE)[0]


def strings(module: str) -> Iterator[str]:
    """The docstrings and the texts of a module."""
    for node in ast.walk(ast.parse((ROOT / module).read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def avoided(texts: Iterator[str]) -> list[str]:
    return [" ".join(text.split())[:160] for text in texts if AVOIDED.search(text)]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_word_to_avoid_and_words_are_spelt_in_one_way(page: str) -> None:
    texts = [*prose(page)]
    assert avoided(iter(texts)) == []
    assert [text for text in texts if SPELT_OTHERWISE.search(text)] == []
    assert [text for text in texts if CONDITION.search(text)] == []


def test_messages_names_and_docstrings_have_no_word_to_avoid_and_conditions_begin_with_if() -> None:
    for module in SOURCES:
        texts = [*strings(module)]
        assert avoided(iter(texts)) == [], module
        names = {name.replace("_", " ") for name in re.findall(r"\w+", source(module))}
        assert avoided(iter(names)) == [], module
        assert [text for text in texts if CONDITION.search(" ".join(text.split()))] == [], module


def test_the_messages_of_an_inventory_have_no_word_to_avoid() -> None:
    assert len(MESSAGES) > 100
    for file in MESSAGES:
        assert avoided(iter((ROOT / file).read_text("utf-8").splitlines())) == [], file


def test_other_files_and_comments_have_no_word_to_avoid() -> None:
    modules = [path for folder in (*FOLDERS, "components", "local_aws") for path in (ROOT / folder).rglob("*.py")]
    comments = {path: COMMENT.findall(path.read_text("utf-8")) for path in (ROOT / "__main__.py", *modules)}
    lines = {path: path.read_text("utf-8", "replace").splitlines() for path in other_files()}
    assert min(len(comments), len(lines)) > 0
    wrong = {path: avoided(iter(texts)) for path, texts in (comments | lines).items()}
    assert {str(path.relative_to(ROOT)): texts for path, texts in wrong.items() if texts} == {}


def other_files() -> Iterator[Path]:
    """The text files that are neither pages nor modules nor messages: inventories, pipelines, build files."""
    below = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    for path in chain(ROOT.iterdir(), below):
        is_made = {"node_modules", "__pycache__"} & {*path.parts}
        if path.suffix in WITH_COMMENTS and path.name != "LICENSE" and path.is_file() and not is_made:
            yield path


@pytest.mark.parametrize(
    ("line", "comment"),
    [("# a", ["a"]), ("    # a", ["a"]), ("x = 1  # a", ["a"]), ("x = '#a'", []), ("x = 'a # b'", [])],
)
def test_a_comment_is_seen(line: str, comment: list[str]) -> None:
    assert COMMENT.findall(line) == comment


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("None where it has none", True),
        ("SettingsError where one is missing", True),
        ("also where Billing has no tag", True),
        ("the folder where it is", False),
        ("only the place where it is", False),
    ],
)
def test_a_condition_with_where_is_seen(text: str, seen: bool) -> None:
    assert bool(CONDITION.search(text)) is seen


def test_names_and_docstrings_of_tests_have_no_word_to_avoid() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py")]
    names = [name for source in sources for name in re.findall(r"^ *(?:async )?def (test_\w+)", source, re.MULTILINE)]
    docstrings = [text for source in sources for text in DOCSTRING.findall(source)]
    assert min(len(names), len(docstrings)) > 0
    assert avoided(name.replace("_", " ") for name in names) == []
    assert avoided(iter(docstrings)) == []


@pytest.mark.parametrize("text", ["It is no error.", "Whatever it is", "let go of it", "a file lies there"])
def test_a_word_to_avoid_is_seen(text: str) -> None:
    assert avoided(iter([text]))


OTHER_WORDS = ("It is not an error.", "there is no such file", "it is no longer there", "a stand-in", "besides")


@pytest.mark.parametrize("text", OTHER_WORDS)
def test_other_words_pass(text: str) -> None:
    assert not avoided(iter([text]))


@pytest.mark.parametrize("page", PAGES)
def test_a_line_of_a_page_has_one_sentence(page: str) -> None:
    assert crowded_lines(source(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_sentence_of_a_page_is_short(page: str) -> None:
    assert long_sentences(source(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_cell_of_a_table_holds_a_fact(page: str) -> None:
    assert long_cells(source(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_line_of_a_page_fits_an_editor(page: str) -> None:
    assert wide_lines(source(page)) == []


@pytest.mark.parametrize("page", GUIDES)
def test_a_page_opens_with_what_the_reader_needs(page: str) -> None:
    assert "You need" in first_screen(source(page))


@pytest.mark.parametrize(
    "text",
    [
        "One. Two.",
        "Is it so? Yes.",
        "- a point. `code` follows",
        "(One.) Two.",
        "> Said. And done.",
        'He said "so." Then',
    ],
)
def test_two_sentences_in_a_line_are_seen(text: str) -> None:
    assert crowded_lines(text)


ONE_SENTENCE = (
    *("One.\nTwo.", "1. One", "Use a tag, e.g. Team.", "Version 3.10.2 of `a.b. C` is in a.yaml and 9.2% of it."),
    *("# 9. A heading. With two", "| a. b | c. d |\n|---|---|\n| One. Two. | x |", "    code. Code.", "It ends… so."),
)


@pytest.mark.parametrize("text", ONE_SENTENCE)
def test_one_sentence_in_a_line_passes(text: str) -> None:
    assert crowded_lines(text) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("word " * 25, 0),
        ("word " * 26, 1),
        ("word " * 13 + "\n" + "word " * 13, 1),
        ("word " * 24 + "end. " + "word " * 25, 0),
        ("word " * 24 + "`one word of code` · ·", 0),
        ("- " + "word " * 26 + "\n- " + "word " * 26, 2),
        ("    " + "code " * 26, 0),
    ],
)
def test_long_sentences_are_seen(text: str, count: int) -> None:
    assert len(long_sentences(text)) == count


def test_long_cells_and_wide_lines_are_seen() -> None:
    table = f"| a |\n|---|\n| {'word ' * 50} |\n"
    assert len(long_cells(table)) == 1
    assert wide_lines(table + "\n    " + "x" * 201) == []
    assert wide_lines("x" * 200 + "\n" + "x" * 201) == ["x" * 201]


def test_the_first_screen_ends_at_the_next_heading() -> None:
    assert first_screen("# Title\n\nIt opens.\n\n## More\n\nYou need") == "# Title\n\nIt opens.\n\n"
