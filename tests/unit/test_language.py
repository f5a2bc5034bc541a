"""Words that a reader stumbles over are in no page, message, help text or docstring: CONTRIBUTING has the rule."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.documents import PAGES, ROOT, tokens

AVOIDED = re.compile(
    r"\b(?:told|for ever|lets? go|whoever|stands|lies|(?<!there )is no(?! longer)|of late|beside"
    r"|the other way round|whatever|thus|hence)\b(?!-)",
    re.IGNORECASE,
)
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("bedrock_projects", "components")
    for path in (ROOT / folder).rglob("*.py")
)
MESSAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "inventories").rglob("*.txt"))


def prose(page: str) -> Iterator[str]:
    """The sentences of a page, without code."""
    for token in tokens(page):
        if token.type == "inline":
            yield "".join(part.content if part.type == "text" else " " for part in token.children or ())


def strings(source: str) -> Iterator[str]:
    """The docstrings and the texts of a module."""
    for node in ast.walk(ast.parse((ROOT / source).read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def avoided(texts: Iterator[str]) -> list[str]:
    return [" ".join(text.split())[:160] for text in texts if AVOIDED.search(text)]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_word_to_avoid(page: str) -> None:
    assert avoided(prose(page)) == []


@pytest.mark.parametrize("source", SOURCES)
def test_messages_help_and_docstrings_have_no_word_to_avoid(source: str) -> None:
    assert avoided(strings(source)) == []


@pytest.mark.parametrize("file", MESSAGES)
def test_the_messages_of_an_inventory_have_no_word_to_avoid(file: str) -> None:
    assert avoided(iter((ROOT / file).read_text("utf-8").splitlines())) == []


@pytest.mark.parametrize("text", ["It is no error.", "Whatever it is", "let go of it", "a file lies there"])
def test_a_word_to_avoid_is_seen(text: str) -> None:
    assert avoided(iter([text]))


OTHER_WORDS = ("It is not an error.", "there is no such file", "it is no longer there", "a stand-in", "besides")


@pytest.mark.parametrize("text", OTHER_WORDS)
def test_other_words_pass(text: str) -> None:
    assert not avoided(iter([text]))
