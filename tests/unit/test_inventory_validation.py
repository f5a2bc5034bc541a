"""A node against a schema: the message for each kind of mistake, with an example that is itself valid."""

import re
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
    WordOr,
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
        "of": Field(Choice(("actual", "forecast")), "Of what.", required=True),
        "on": Field(Boolean(), "Whether."),
    },
)
FLAGGED = Object(title="flag", description="One that is needed.", fields={"on": Field(Boolean(), "On.", required=True)})
QUOTES = "write a single value, in quotes if it begins with [ or {"
LISTED = Either(ListOf(String(WORD)), MapOf(WORD, PAIR))
WORD_OR = WordOr(("none", "all"), PAIR)


def messages(schema: SchemaType, text: str) -> list[str]:
    problems = ProblemList()
    root = read_yaml(f"a: {text}\n".encode(), "f", problems=problems)
    assert isinstance(root, Mapping)
    check(root.entries["a"], schema, problems=problems)
    return [problem.message for problem in problems.all]


@pytest.mark.parametrize(
    ("schema", "text", "message"),
    [
        (String(WORD), "[]", f"must be a string such as XX, not a list; {QUOTES}"),
        (String(WORD), "{}", f"must be a string such as XX, not a mapping; {QUOTES}"),
        (String(PATTERN), "[]", f'must be a string such as "c7n:*", not a list; {QUOTES}'),
        (String(QUOTED), "[]", f'must be a string such as "1:2", not a list; {QUOTES}'),
        (Choice(("daily", "weekly")), "[]", "must be daily or weekly, not a list"),
        (Boolean(), "{}", "must be true or false, not a mapping"),
        (ListOf(String(WORD)), "b", "must be a list such as [XX], not a string"),
        (ListOf(String(WORD)), "{}", "must be a list such as [XX], not a mapping"),
        (ListOf(PAIR), "b", "must be a list such as [{at: XX, of: actual}], not a string"),
        (ListOf(FLAGGED), "b", "must be a list such as [{on: true}], not a string"),
        (PAIR, "b", "must be a mapping, not a string"),
        (PAIR, "[b]", "must be a mapping, not a list"),
        (MapOf(WORD, PAIR), "b", "must be a mapping, not a string"),
        (LISTED, "b", "must be a list or a mapping, not a string"),
        (WORD_OR, "[all]", "must be none, all or a mapping such as {at: XX, of: actual}, not a list"),
        (WORD_OR, "some", "unknown value 'some'; write none, all or a mapping such as {at: XX, of: actual}"),
        (WORD_OR, "{at: b}", "`of` is missing; add it (of what)"),
        (WORD_OR, "", "has no value; add one, or remove the key"),
        (String(WORD), "", "has no value; add one, or remove the key"),
        (String(ANY), "", 'has no value; write "" for an empty string, or remove the key'),
        (Boolean(), "null", "has no value; add one, or remove the key"),
        (ListOf(String(WORD)), "~", "has no value; add one, or remove the key"),
        (LISTED, "", "has no value; add one, or remove the key"),
        (PAIR, "", "has no value; add `at`, `of`, or remove the key"),
        (
            Object("none", "Nothing is needed.", {}),
            "",
            "has no value; write {} for an empty mapping, or remove the key",
        ),
        (MapOf(WORD, PAIR), "", "has no value; write {} for an empty mapping, or remove the key"),
        (Boolean(), "yes", "unknown value 'yes'; write true or false"),
        (Boolean(), '"true"', "must be a boolean, not a string; remove the quotes"),
        (ListOf(String(WORD)), "[]", "is an empty list; add at least one item, or remove the key"),
        (MapOf(WORD, PAIR, least=1), "{}", "is empty; add at least one item, or remove the key"),
        (MapOf(WORD, String(WORD), most=1), "{b: c, d: e}", "has 2 keys; keep 1"),
        (ListOf(String(WORD)), "[b, c, b]", "duplicate 'b'; keep one of the two"),
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
        (WORD_OR, "all"),
        (WORD_OR, "{at: b, of: actual}"),
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
        case WordOr():
            inner = [Choice(schema.words), schema.mapped]
        case _:
            inner = []
    for part in inner:
        yield from forms(part)


def test_every_example_that_the_form_gives_is_itself_right() -> None:
    """A list in the place of a string, word or boolean shows an example; so does a string in the place of a list."""
    shown = 0
    for schema in (*forms(INVENTORY), *forms(INCLUDED)):
        if isinstance(schema, String | Choice | Boolean | ListOf):
            [message] = messages(schema, "x" if isinstance(schema, ListOf) else "[x]")
            if isinstance(schema, Choice | Boolean):
                examples = re.split(", | or ", message.partition("must be ")[2].partition(", not a")[0])
            else:
                examples = [message.partition("such as ")[2].partition(", not a")[0]]
            assert [messages(schema, example) for example in examples] == [[]] * len(examples), message
            shown += 1
    assert shown > 50
