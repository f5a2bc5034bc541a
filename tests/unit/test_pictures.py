"""The pictures of the documentation: they are there, load nothing, and show what the commands print today."""

import re
import struct

import pytest

from tests.documents import ROOT, tokens
from tests.expected import Expected
from tools.pictures.review import draw_review

FOLDER = ROOT / "docs" / "pictures"
PICTURES = sorted(path.relative_to(ROOT).as_posix() for path in FOLDER.iterdir())
LOADS = re.compile(
    r"@import|@font-face|url\((?!#)|\b(?:href|src)=[\"'](?!#)|<script|<image|<foreignObject", re.IGNORECASE
)


def test_the_review_is_what_the_command_prints_today(expected: Expected) -> None:
    expected.check_file(FOLDER / "review.svg", draw_review())


def test_the_review_shows_the_command_and_its_answer_and_loads_nothing() -> None:
    drawn = (FOLDER / "review.svg").read_text("utf-8")
    text = " ".join(re.sub(r"&#160;|\s", " ", re.sub(r"<[^>]*>", " ", drawn)).split())
    assert "$ bedrock-projects review main-1 --environment prod" in text
    assert "Archived (irreversible)" in text
    assert not LOADS.search(drawn)
    assert re.findall(r"https?://[^\"]*", drawn) == ["http://www.w3.org/2000/svg"], "the name of the format, not a link"


@pytest.mark.parametrize("markup", ["<a href='x'>", 'src: url("x")', "@IMPORT 'x'", '<image xlink:href="x"/>'])
def test_what_loads_is_seen(markup: str) -> None:
    assert LOADS.search(markup)
    assert not LOADS.search('clip-path="url(#clip)"')


@pytest.mark.parametrize(
    ("name", "width", "least", "most"),
    [
        ("cost-report.png", 1200, 600, 1200),
        ("statement.png", 1123, 200, 794),
        ("statement-all.png", 1123, 200, 794),
    ],
)
def test_a_page_can_carry_the_picture(name: str, width: int, least: int, most: int) -> None:
    """A statement is on one sheet of A4: 794 pixels high."""
    picture = (FOLDER / name).read_bytes()
    assert picture.startswith(b"\x89PNG")
    actual_width, height = struct.unpack(">II", picture[16:24])
    assert actual_width == width
    assert least < height <= most
    assert len(picture) < 200_000


def test_each_picture_is_shown_with_an_alternative_text() -> None:
    shown: dict[str, str] = {}
    for page in ("README.md", "docs/chargeback.md"):
        for token in tokens(page):
            if token.type == "image":
                place = (ROOT / page).parent / str(token.attrGet("src"))
                shown[place.relative_to(ROOT).as_posix()] = token.content
    pictures = {name: text for name, text in shown.items() if name in PICTURES}
    assert sorted(pictures) == PICTURES
    assert all(len(text) > 30 for text in pictures.values())
