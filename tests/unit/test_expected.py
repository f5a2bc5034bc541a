"""A text that tests hold word for word is rewritten by one command, and what a page leaves out stays left out."""

from pathlib import Path

import pytest

from tests import documents, expected
from tests.documents import sessions
from tests.expected import Expected, merged

ID, OTHER = f"proj_{'a' * 20}", f"proj_{'b' * 20}"
MERGES = {
    "nothing is left out": (["one", "two"], ["one", "new", "2"], ["one", "new", "2"]),
    "ids and dates stay": ([f"2026-01-01 {ID} old"], [f"2026-02-02 {OTHER} new"], [f"2026-01-01 {ID} new"]),
    "what is left out stays so": (
        ["...", "    6 projects in place", "..."],
        ["x", "    6 projects unchanged", "y"],
        ["...", "    6 projects unchanged", "..."],
    ),
    "a line that nothing is like goes": (
        ["first line", "…", "quite another", "…"],
        ["first line", "x"],
        ["first line", "…", "…"],
    ),
    "only what varies differs": (["…", f"made {ID}"], ["x", f"made {OTHER}"], ["…", f"made {ID}"]),
    "nothing is left out at the end": (["…", "first line", "old"], ["x", "first line", "y"], ["…", "first line", "y"]),
    "all is left out": (["…"], ["x", "y"], ["…"]),
    "no answer": (["…", "line"], [], ["…"]),
}


@pytest.mark.parametrize(("kept", "answer", "result"), MERGES.values(), ids=MERGES)
def test_an_answer_takes_the_place_of_what_the_page_prints(
    kept: list[str], answer: list[str], result: list[str]
) -> None:
    assert merged(kept, answer) == result


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (documents, expected):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    file = tmp_path / "page.md"
    file.write_text("# Page\n\n```console\n$ a\n1\n2\n$ b\n3\n```\n\n    $ a\n    1\n    2\n\nEnd.\n")
    return file


def answered(updates: bool, answers: dict[str, list[str]]) -> list[str]:
    texts = Expected(updates=updates)
    told = [
        texts.difference(session, command, answers[command.text])
        for session in sessions("page.md")
        for command in session.commands
    ]
    texts.write()
    return [text for text in told if text]


def test_answers_are_written_below_their_commands(page: Path) -> None:
    assert answered(True, {"a": ["one", "two", "three"], "b": []}) == []
    assert page.read_text() == (
        "# Page\n\n```console\n$ a\none\ntwo\nthree\n$ b\n```\n\n    $ a\n    one\n    two\n    three\n\nEnd.\n"
    )
    assert answered(False, {"a": ["one", "two", "three"], "b": []}) == []


def test_without_the_option_a_difference_is_reported_with_the_command_that_writes_it(page: Path) -> None:
    before = page.read_text()
    first, second = answered(False, {"a": ["1", "2"], "b": ["4"]}), answered(False, {"a": ["x"], "b": ["3"]})
    assert first == ["page.md:4: $ b\n4\n(if the new words are right, `make expected` writes them; read the diff)"]
    assert len(second) == 2
    assert page.read_text() == before


@pytest.mark.parametrize(
    ("before", "text"), [(None, "new\n"), ("old\n", "new\n"), ("old\n", ""), (None, ""), ("a\n", "a\n")]
)
def test_a_file_of_messages_is_written_changed_or_removed(tmp_path: Path, before: str | None, text: str) -> None:
    file = tmp_path / "messages.txt"
    if before is not None:
        file.write_text(before)
    if (before or "") != text:
        with pytest.raises(AssertionError, match="`make expected` writes them"):
            Expected(updates=False).check_file(file, text)
    Expected(updates=True).check_file(file, text)
    assert (file.read_text() if file.exists() else "") == text
    Expected(updates=False).check_file(file, text)
