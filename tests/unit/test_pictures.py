"""The pictures of the README: they are there, load nothing, and show what the commands print today."""

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


def test_the_cost_report_is_a_picture_that_a_page_can_carry() -> None:
    picture = (FOLDER / "cost-report.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 1200
    assert 600 < height < 1200
    assert len(picture) < 200_000


def test_the_readme_shows_each_picture_with_an_alternative_text() -> None:
    images = {token.attrGet("src"): token.content for token in tokens("README.md") if token.type == "image"}
    shown = {source: text for source, text in images.items() if source in PICTURES}
    assert sorted(map(str, shown)) == PICTURES
    assert all(len(text) > 30 for text in shown.values())
