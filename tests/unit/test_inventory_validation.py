"""A node against a form: what is said of each kind of mistake, with an example that is itself right."""

from collections.abc import Iterator

import pytest

from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.inventory.reader import read_yaml
from bedrock_projects.inventory.schema import INCLUDED, INVENTORY
from bedrock_projects.inventory.schema_types import (
    Boolean,
    Choice,
    Either,
    Field,
    ListOf,
    MapOf,
    Object,
    SchemaType,
    String,
)
from bedrock_projects.inventory.validation import check
from bedrock_projects.limits import Limit

WORD = Limit(noun="word", pattern="[a-z]+", rule="small letters", longest=9, examples=("XX",))
PATTERN = Limit(noun="pattern", pattern=".*", rule="anything", longest=9, examples=("c7n:*",))
QUOTED = Limit(noun="account", pattern=".*", rule="anything", longest=9, examples=('"1:2"',))
ANY = Limit(noun="text", pattern=".*", rule="anything", longest=9, shortest=0, examples=("a",))
PAIR = Object(
    title="pair",
    description="Two that are needed and one that is not.",
    fields={
        "at": Field(String(WORD), "When.", required=True),
        "of": Field(Choice(("actual", "forecast")), "Of noun.", required=True),
        "on": Field(Boolean(), "Whether."),
    },
)
FLAGGED = Object(title="flag", description="One that is needed.", fields={"on": Field(Boolean(), "On.", required=True)})
QUOTES = "quotes are needed around [ ] { }"
LISTED = Either(ListOf(String(WORD)), MapOf(WORD, PAIR))


def messages(schema: SchemaType, text: str) -> list[str]:
    problems = ProblemList()
    root = read_yaml(f"a: {text}\n".encode(), "f", problems=problems)
    assert isinstance(root, Mapping)
    check(root.entries["a"], schema, problems=problems)
    return [problem.message for problem in problems.all]


@pytest.mark.parametrize(
    ("schema", "text", "message"),
    [
        (String(WORD), "[]", f"is a list; it must be a text, such as XX; {QUOTES}"),
        (String(WORD), "{}", f"is a mapping; it must be a text, such as XX; {QUOTES}"),
        (String(PATTERN), "[]", f'is a list; it must be a text, such as "c7n:*"; {QUOTES}'),
        (String(QUOTED), "[]", f'is a list; it must be a text, such as "1:2"; {QUOTES}'),
        (Choice(("daily", "weekly")), "[]", "is a list; write daily or weekly"),
        (Boolean(), "{}", "is a mapping; write true or false"),
        (ListOf(String(WORD)), "b", "is a text; it must be a list, such as [XX]"),
        (ListOf(String(WORD)), "{}", "is a mapping; it must be a list, such as [XX]"),
        (ListOf(PAIR), "b", "is a text; it must be a list, such as [{at: XX, of: actual}]"),
        (ListOf(FLAGGED), "b", "is a text; it must be a list, such as [{on: true}]"),
        (PAIR, "b", "is a text; it must be a mapping"),
        (PAIR, "[b]", "is a list; it must be a mapping"),
        (MapOf(WORD, PAIR), "b", "is a text; it must be a mapping"),
        (LISTED, "b", "is a text; it must be a list or a mapping"),
        (String(WORD), "", "has no value; write one, or take the key out"),
        (String(ANY), "", 'has no value; write "" for an empty text, or take the key out'),
        (Boolean(), "null", "has no value; write one, or take the key out"),
        (ListOf(String(WORD)), "~", "has no value; write one, or take the key out"),
        (LISTED, "", "has no value; write one, or take the key out"),
        (PAIR, "", "has no value; it needs `at`, `of`, or take it out"),
        (
            Object("none", "Nothing is needed.", {}),
            "",
            "has no value; write {} for an empty mapping, or take the key out",
        ),
        (MapOf(WORD, PAIR), "", "has no value; write {} for an empty mapping, or take the key out"),
        (Boolean(), "yes", "is 'yes'; write true or false"),
        (Boolean(), '"true"', "is a text; write it without quotes"),
        (ListOf(String(WORD)), "[]", "is an empty list; name at least one, or take the key out"),
        (MapOf(WORD, PAIR, least=1), "{}", "is empty; name at least one, or take the key out"),
        (MapOf(WORD, String(WORD), most=1), "{b: c, d: e}", "has 2 keys; it may have 1"),
        (ListOf(String(WORD)), "[b, c, b]", "b is in the list twice; keep one of the two"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write_instead(schema: SchemaType, text: str, message: str) -> None:
    assert messages(schema, text) == [message]


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (String(WORD), "b"),
        (Boolean(), "false"),
        (ListOf(String(WORD)), "[b, c]"),
        (ListOf(PAIR), "[{at: b, of: actual}, {at: b, of: actual}]"),
        (MapOf(WORD, String(WORD), least=1, most=1), "{b: c}"),
        (MapOf(WORD, String(WORD)), "{}"),
        (LISTED, "[b]"),
        (LISTED, "{b: {at: c, of: forecast, on: true, x-own: [1]}}"),
    ],
)
def test_what_is_right_is_not_spoken_of(schema: SchemaType, text: str) -> None:
    assert messages(schema, text) == []


def forms(schema: SchemaType) -> Iterator[SchemaType]:
    yield schema
    match schema:
        case Object():
            inner: list[SchemaType] = [field.schema for field in schema.fields.values()]
        case ListOf():
            inner = [schema.item]
        case MapOf():
            inner = [schema.value]
        case Either():
            inner = [schema.listed, schema.mapped]
        case _:
            inner = []
    for part in inner:
        yield from forms(part)


def test_every_example_that_the_form_gives_is_itself_right() -> None:
    """What to write for a text, a word or a flag is seen where a list stands instead, for a list where a text does."""
    shown = 0
    for schema in (*forms(INVENTORY), *forms(INCLUDED)):
        if isinstance(schema, String | Choice | Boolean | ListOf):
            [message] = messages(schema, "x" if isinstance(schema, ListOf) else "[x]")
            if isinstance(schema, Choice | Boolean):
                examples = message.partition("; write ")[2].split(" or ")
            else:
                examples = [message.partition("such as ")[2].removesuffix(f"; {QUOTES}")]
            assert [messages(schema, example) for example in examples] == [[]] * len(examples), message
            shown += 1
    assert shown > 50
