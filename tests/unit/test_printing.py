"""Text of others in each medium: every character is seen, and none of them works."""

import io
import json
import re
import unicodedata

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bedrock_projects.limits import is_hidden
from bedrock_projects.printing import (
    TerminalStream,
    for_csv,
    for_html,
    for_json,
    for_markdown,
    for_markdown_table,
    for_terminal,
    for_workflow_command,
)
from bedrock_projects.yaml_printing import for_yaml
from tests.unit.hostile import HOSTILE, TEXT, check_json, check_lines, check_markdown

MINUS, FULL_WIDTH = "\N{MINUS SIGN}", "\uff1d\uff0b\uff0d\uff20"
harmful = (
    st.text(
        st.sampled_from(
            "ab 1:#[]@/.!`\\|*_~<>&$%^=+-;\n\r\t\x1b\x85\u200b\u202e\u2066\u2028\u3164\ufe0f\U000e0041é　\u00a0"
        )
    )
    | st.text()
)
any_text = harmful.filter(lambda text: not any("\ud800" <= character <= "\udfff" for character in text))
values = st.recursive(any_text, lambda inner: st.lists(inner) | st.dictionaries(any_text, inner), max_leaves=8)


@given(st.lists(harmful, min_size=1))
@example([HOSTILE])
def test_a_line_for_a_terminal_stays_one_and_hides_nothing(lines: list[str]) -> None:
    shown = for_terminal(*lines)
    check_lines(shown)
    assert len(shown.split("\n")) == len(lines)
    assert for_terminal(*shown.split("\n")) == shown


@given(st.text(st.sampled_from("aé中א :#[]\\\"'　\u00a0→ß")))
def test_what_a_reader_sees_stays_as_it_is(text: str) -> None:
    if not re.search(r"^\s*::|#\w*\[", text):
        assert for_terminal(text) == for_html(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\t\r", r"a\nb\t\r"),
        ("\x1b[31m\x07\x7f\x85", r"\x1b[31m\x07\x7f\x85"),
        ("\u202eab\u2066", r"\u202eab\u2066"),
        ("\u00ad\u200b\ufeff\ufe0f\u3164", r"\xad\u200b\ufeff\ufe0f\u3164"),
        ("\U000e0041\ue000\ud800", r"\U000e0041\ue000\ud800"),
        ("::error::x", r"\x3a:error::x"),
        ("  ::add-mask::x", r"  \x3a:add-mask::x"),
        ("arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"),
        ("a ##[error]b", r"a \x23#[error]b"),
        ("##vso[task.x]", r"\x23#vso[task.x]"),
        ("# one ## two", "# one ## two"),
    ],
)
def test_an_escape_is_that_of_python(text: str, shown: str) -> None:
    assert for_terminal(text) == shown


def test_the_stream_of_a_command_is_for_people_with_any_writer() -> None:
    out = io.StringIO()
    stream = TerminalStream(out)
    print(TEXT, "é", file=stream)
    stream.flush()
    check_lines(out.getvalue().replace("FAKE", ""))
    assert "é\n" in out.getvalue()
    assert stream.isatty() is False
    assert TerminalStream(io.TextIOWrapper(io.BytesIO(), encoding="latin-1")).encoding == "latin-1"


@given(values)
@example(HOSTILE)
def test_json_says_exactly_the_value(value: object) -> None:
    assert check_json(for_json(value)) == json.loads(json.dumps(value)) == value


def test_json_for_people_has_what_they_can_read_as_it_is() -> None:
    assert for_json(["é→中", "\u202e\U000e0041"], indent=None) == r'["é→中", "\u202e\udb40\udc41"]'


@given(values, st.sampled_from([20, 120, float("inf")]), st.sampled_from([True, False, None]))
@example({TEXT: TEXT}, 20, False)
@example({"a": f'{"b" * 20}" ::error::x'}, 20, False)
def test_yaml_says_exactly_the_value(value: object, width: float, flow_style: bool | None) -> None:
    text = for_yaml(value, width=width, flow_style=flow_style)
    assert yaml.safe_load(text) == value
    check_lines(text)


@pytest.mark.parametrize("text", ["arn:aws:iam::111111111111:role/a", "a # b", "é: x", "two\nlines"])
def test_yaml_has_no_escape_that_it_does_not_need(text: str) -> None:
    assert for_yaml({"a": text}) == yaml.safe_dump({"a": text}, allow_unicode=True, width=120)


@given(any_text)
@example(TEXT)
@example("`a``@b`")
@example("\\`@b`")
@example("``@b``")
@example("1. x")
@example("= x")
def test_markdown_shows_the_text_and_mentions_and_links_nothing(text: str) -> None:
    check_markdown(for_markdown(text))
    paragraph = [
        token for token in MarkdownIt("commonmark").parse(f"x {for_markdown(text)} x") if token.type == "inline"
    ]
    [inline] = paragraph
    shown = "".join(token.content for token in inline.children or [])
    assert _plain(shown) == _plain(f"x {for_terminal(text)} x")


def _plain(text: str) -> str:
    """Backticks make code, and code has no space at its ends."""
    return "".join(text.replace("`", "").split())


@given(any_text)
@example("`a|b` | c")
@example("a\\|b")
def test_a_cell_of_markdown_stays_one(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {for_markdown_table(text)} | x |\n"
    check_markdown(table)
    tokens = MarkdownIt("commonmark").enable("table").parse(table)
    assert [token.content for token in tokens if token.type == "inline"][-1] == "x"
    assert sum(token.type == "td_open" for token in tokens) == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("USD 244,507.81 (9.2 %), 2026-11-01 to 2026-11-30", "USD 244,507.81 (9.2 %), 2026-11-01 to 2026-11-30"),
        ("-5.00", "\\-5.00"),
        ("1. a", "1\\. a"),
        ("@acme/team of #12", "`@acme/team` of `#12`"),
        ("see https://example.com/a?b=c.", "see `https://example.com/a?b=c.`"),
        ("finops@example.com", "`finops@example.com`"),
        ("commit 815a8b8 of 111111111111", "commit `815a8b8` of 111111111111"),
        ("group!1 $1 ~bug %12 &3 :tada: GH-7", "`group!1` `$1` `~bug` `%12` `&3` `:tada:` `GH-7`"),
        ("[vulnerability:7]", "\\[`vulnerability:7`\\]"),
        ("&lt;b&gt; & <b>", "`&lt`;`b&gt`; & \\<b\\>"),
        ("run `pulumi up --stack @x`", "run `pulumi up --stack @x`"),
        ("a_b *c*", "a\\_b \\*c\\*"),
    ],
)
def test_markdown_reads_as_text(text: str, shown: str) -> None:
    assert for_markdown(text) == shown


@pytest.mark.parametrize("sign", [*"=+-@", *FULL_WIDTH, "\u207c", "\ufe63", MINUS])
@pytest.mark.parametrize("before", ["", " ", "  ", "\u00a0", "a;", "a; "])
def test_no_cell_of_csv_begins_with_a_sign_of_a_formula(sign: str, before: str) -> None:
    assert for_csv(f"{before}{sign}1") == f"{before}'{sign}1"


@given(any_text)
@example("\t=1")
@example("\r=1")
def test_csv_has_no_formula_and_no_cell_of_several_lines(text: str) -> None:
    cell = for_csv(text)
    check_lines(cell)
    for part in cell.split(";"):
        assert not part.strip() or unicodedata.normalize("NFKC", part.strip())[0] not in f"=+-@{MINUS}"
    assert cell.replace("'", "") == for_terminal(text).replace("'", "")


@given(any_text)
@example("a%0A::error::b")
def test_a_workflow_command_has_one_message_and_its_properties(text: str) -> None:
    message, title = for_workflow_command(text), for_workflow_command(text, is_property=True)
    for shown in (message, title):
        assert not any(map(is_hidden, shown))
        assert not re.search("%(?!25|3A|2C)", shown)
    assert not re.search("[:,]", title)
    decoded = title.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    assert decoded == message.replace("%25", "%") == for_terminal(text)
