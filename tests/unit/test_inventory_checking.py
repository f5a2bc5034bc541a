"""A node against a form: what is said of each kind of mistake, with an example that is itself right."""

from collections.abc import Iterator

import pytest

from bedrock_projects.inventory.checking import check
from bedrock_projects.inventory.form import INCLUDED, INVENTORY
from bedrock_projects.inventory.nodes import Mapping, Report
from bedrock_projects.inventory.reader import read_yaml
from bedrock_projects.inventory.shapes import Block, Choice, Either, Field, Flag, Form, ListOf, MapOf, Text
from bedrock_projects.limits import Limit

WORD = Limit(what="word", pattern="[a-z]+", says="small letters", longest=9, examples=("XX",))
PATTERN = Limit(what="pattern", pattern=".*", says="anything", longest=9, examples=("c7n:*",))
QUOTED = Limit(what="account", pattern=".*", says="anything", longest=9, examples=('"1:2"',))
ANY = Limit(what="text", pattern=".*", says="anything", longest=9, shortest=0, examples=("a",))
PAIR = Block(
    title="pair",
    description="Two that are needed and one that is not.",
    fields={
        "at": Field(Text(WORD), "When.", required=True),
        "of": Field(Choice(("actual", "forecast")), "Of what.", required=True),
        "on": Field(Flag(), "Whether."),
    },
)
FLAGGED = Block(title="flag", description="One that is needed.", fields={"on": Field(Flag(), "On.", required=True)})
QUOTES = "quotes are needed around [ ] { }"
LISTED = Either(ListOf(Text(WORD)), MapOf(WORD, PAIR))


def said(form: Form, text: str) -> list[str]:
    report = Report()
    root = read_yaml(f"a: {text}\n".encode(), "f", report=report)
    assert isinstance(root, Mapping)
    check(root.entries["a"], form, report=report)
    return [problem.message for problem in report.problems]


@pytest.mark.parametrize(
    ("form", "text", "message"),
    [
        (Text(WORD), "[]", f"is a list; it must be a text, such as XX; {QUOTES}"),
        (Text(WORD), "{}", f"is a mapping; it must be a text, such as XX; {QUOTES}"),
        (Text(PATTERN), "[]", f'is a list; it must be a text, such as "c7n:*"; {QUOTES}'),
        (Text(QUOTED), "[]", f'is a list; it must be a text, such as "1:2"; {QUOTES}'),
        (Choice(("daily", "weekly")), "[]", "is a list; write daily or weekly"),
        (Flag(), "{}", "is a mapping; write true or false"),
        (ListOf(Text(WORD)), "b", "is a text; it must be a list, such as [XX]"),
        (ListOf(Text(WORD)), "{}", "is a mapping; it must be a list, such as [XX]"),
        (ListOf(PAIR), "b", "is a text; it must be a list, such as [{at: XX, of: actual}]"),
        (ListOf(FLAGGED), "b", "is a text; it must be a list, such as [{on: true}]"),
        (PAIR, "b", "is a text; it must be a mapping"),
        (PAIR, "[b]", "is a list; it must be a mapping"),
        (MapOf(WORD, PAIR), "b", "is a text; it must be a mapping"),
        (LISTED, "b", "is a text; it must be a list or a mapping"),
        (Text(WORD), "", "has no value; write one, or take the key out"),
        (Text(ANY), "", 'has no value; write "" for an empty text, or take the key out'),
        (Flag(), "null", "has no value; write one, or take the key out"),
        (ListOf(Text(WORD)), "~", "has no value; write one, or take the key out"),
        (LISTED, "", "has no value; write one, or take the key out"),
        (PAIR, "", "has no value; it needs `at`, `of`, or take it out"),
        (
            Block("none", "Nothing is needed.", {}),
            "",
            "has no value; write {} for an empty mapping, or take the key out",
        ),
        (MapOf(WORD, PAIR), "", "has no value; write {} for an empty mapping, or take the key out"),
        (Flag(), "yes", "is 'yes'; write true or false"),
        (Flag(), '"true"', "is a text; write it without quotes"),
        (ListOf(Text(WORD)), "[]", "is an empty list; name at least one, or take the key out"),
        (MapOf(WORD, PAIR, least=1), "{}", "is empty; name at least one, or take the key out"),
        (MapOf(WORD, Text(WORD), most=1), "{b: c, d: e}", "has 2 keys; it may have 1"),
        (ListOf(Text(WORD)), "[b, c, b]", "b is in the list twice; keep one of the two"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write_instead(form: Form, text: str, message: str) -> None:
    assert said(form, text) == [message]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Text(WORD), "b"),
        (Flag(), "false"),
        (ListOf(Text(WORD)), "[b, c]"),
        (ListOf(PAIR), "[{at: b, of: actual}, {at: b, of: actual}]"),
        (MapOf(WORD, Text(WORD), least=1, most=1), "{b: c}"),
        (MapOf(WORD, Text(WORD)), "{}"),
        (LISTED, "[b]"),
        (LISTED, "{b: {at: c, of: forecast, on: true, x-own: [1]}}"),
    ],
)
def test_what_is_right_is_not_spoken_of(form: Form, text: str) -> None:
    assert said(form, text) == []


def forms(form: Form) -> Iterator[Form]:
    yield form
    match form:
        case Block():
            inner: list[Form] = [field.form for field in form.fields.values()]
        case ListOf():
            inner = [form.item]
        case MapOf():
            inner = [form.value]
        case Either():
            inner = [form.listed, form.mapped]
        case _:
            inner = []
    for each in inner:
        yield from forms(each)


def test_every_example_that_the_form_gives_is_itself_right() -> None:
    """What to write for a text, a word or a flag is seen where a list stands instead, for a list where a text does."""
    shown = 0
    for form in (*forms(INVENTORY), *forms(INCLUDED)):
        if isinstance(form, Text | Choice | Flag | ListOf):
            [message] = said(form, "x" if isinstance(form, ListOf) else "[x]")
            if isinstance(form, Choice | Flag):
                examples = message.partition("; write ")[2].split(" or ")
            else:
                examples = [message.partition("such as ")[2].removesuffix(f"; {QUOTES}")]
            assert [said(form, example) for example in examples] == [[]] * len(examples), message
            shown += 1
    assert shown > 50
