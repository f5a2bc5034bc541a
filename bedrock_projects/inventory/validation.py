"""Checks a node against its schema: reports every problem, and returns the valid rest."""

import re
from collections.abc import Set

from bedrock_projects.inventory.nodes import Mapping, Node, ProblemList, Scalar, Sequence
from bedrock_projects.inventory.schema_types import (
    Boolean,
    Choice,
    Either,
    ListOf,
    MapOf,
    Object,
    SchemaType,
    String,
    WordOr,
)
from bedrock_projects.limits import unfilled_template
from bedrock_projects.suggestions import alternatives, did_you_mean

_FLAGS = ("true", "false")
_SECTIONS = ("defaults", "publish", "chargeback")
_KINDS = {Scalar: "a string", Sequence: "a list", Mapping: "a mapping"}
_NO_SPACE = re.compile(r"(?P<key>[^\s:]+):(?P<value>[^\s:].*)", re.DOTALL)


def check(node: Node, schema: SchemaType, *, problems: ProblemList) -> Node | None:
    """The node without its invalid parts; None if it is invalid as a whole. The node itself is never changed."""
    if isinstance(node, Scalar):
        return node if _scalar_is_good(node, schema, problems=problems) else None
    if isinstance(node, Sequence):
        listed = schema.listed if isinstance(schema, Either) else schema
        if isinstance(listed, ListOf):
            return _list(node, listed, problems=problems)
    else:
        mapped = schema.mapped if isinstance(schema, Either | WordOr) else schema
        if isinstance(mapped, MapOf):
            return _map(node, mapped, problems=problems)
        if isinstance(mapped, Object):
            return _block(node, mapped, problems=problems)
    problems.error(node, _wrong_kind(node, schema))
    return None


def _scalar_is_good(node: Scalar, schema: SchemaType, *, problems: ProblemList) -> bool:
    if node.is_null:
        violation: str | None = _no_value(schema)
    elif isinstance(schema, String):
        violation = schema.limit.violation(node.text)
    elif isinstance(schema, Choice):
        violation = _unknown_word(node.text, schema.words)
    elif isinstance(schema, WordOr):
        violation = _unknown_word(node.text, schema.words, otherwise=_word_or(schema))
    elif isinstance(schema, Boolean):
        violation = _unknown_word(node.text, _FLAGS) or (
            None if node.is_plain else "must be a boolean, not a string; remove the quotes"
        )
    else:
        violation = _wrong_kind(node, schema)
    if violation is None:
        return True
    problems.error(node, violation)
    return False


def _no_value(schema: SchemaType) -> str:
    if isinstance(schema, String) and schema.limit.shortest == 0:
        return 'has no value; write "" for an empty string, or remove the key'
    required = [key for key, field in schema.fields.items() if field.required] if isinstance(schema, Object) else []
    if required:
        return f"has no value; add {', '.join(f'`{key}`' for key in required)}, or remove the key"
    if isinstance(schema, MapOf | Object):
        return "has no value; write {} for an empty mapping, or remove the key"
    return "has no value; add one, or remove the key"


def _unknown_word(text: str, words: tuple[str, ...], *, otherwise: str = "") -> str | None:
    if text in words:
        return None
    remedy, template = f"write {otherwise or alternatives(words)}", unfilled_template(text)
    return (
        f"{template}; {remedy}"
        if template
        else f"unknown value {text!r}; {did_you_mean(text, words, otherwise=remedy)}"
    )


def _word_or(schema: WordOr) -> str:
    return alternatives([*schema.words, f"a mapping such as {_example(schema.mapped)}"])


def _wrong_kind(node: Node, schema: SchemaType) -> str:
    if isinstance(schema, WordOr):
        return f"must be {_word_or(schema)}, not {_KINDS[type(node)]}"
    if isinstance(schema, Either):
        return f"must be a list or a mapping, not {_KINDS[type(node)]}{_space_after_key(node)}"
    if isinstance(schema, ListOf):
        return f"must be a list such as [{_example(schema.item)}], not {_KINDS[type(node)]}"
    if isinstance(schema, MapOf | Object):
        return f"must be a mapping, not {_KINDS[type(node)]}{_space_after_key(node)}"
    if isinstance(schema, String):
        example = _example(schema)
        return (
            f"must be a string such as {example}, not {_KINDS[type(node)]}; write a single "
            f"value, in quotes if it begins with [ or {{"
        )
    return f"must be {alternatives(schema.words if isinstance(schema, Choice) else _FLAGS)}, not {_KINDS[type(node)]}"


def _lacking_space(node: Node) -> re.Match[str] | None:
    """Key and value of a string such as `name:Search`, which YAML reads as one word."""
    return _NO_SPACE.fullmatch(node.text) if isinstance(node, Scalar) and node.is_plain else None


def _space_after_key(node: Node) -> str:
    slip = _lacking_space(node)
    return f"; add a space after `{slip['key']}:`" if slip else ""


def _slip_in_key(slip: re.Match[str], schema: MapOf, *, is_key: bool) -> str:
    """The message for a key without a space; `is_key`: all of it may be a key, as `c7n:owner` is a tag key."""
    space = f"add a space after `{slip['key']}:`"
    if is_key:
        return f"has no value; if `{slip['value']}` is the value of `{slip['key']}`, {space}; otherwise add a value"
    return f"is not a valid {schema.key.noun}; {space}"


def _example(schema: SchemaType) -> str:
    if isinstance(schema, Object):
        required = (f"{key}: {_example(field.schema)}" for key, field in schema.fields.items() if field.required)
        return f"{{{', '.join(required)}}}"
    if isinstance(schema, String):
        example = schema.limit.examples[0]
        return f'"{example}"' if set(example) & set("{}[]:*") and not example.startswith('"') else example
    return schema.words[0] if isinstance(schema, Choice) else "true"


def _list(node: Sequence, schema: ListOf, *, problems: ProblemList) -> Sequence | None:
    if not node.items:
        problems.error(node, "is an empty list; add at least one item, or remove the key")
        return None
    good: list[Node] = []
    texts: set[str] = set()
    for item in node.items:
        checked = check(item, schema.item, problems=problems)
        if isinstance(checked, Scalar) and checked.text in texts:
            problems.error(item, f"duplicate {checked.text!r}; keep one of the two")
        elif checked is not None:
            good.append(checked)
            texts.update([checked.text] if isinstance(checked, Scalar) else [])
    return Sequence(file=node.file, line=node.line, column=node.column, path=node.path, items=good)


def _map(node: Mapping, schema: MapOf, *, problems: ProblemList) -> Mapping | None:
    if len(node.entries) < schema.least:
        problems.error(node, "is empty; add at least one item, or remove the key")
        return None
    if schema.most and len(node.entries) > schema.most:
        problems.error(node, f"has {len(node.entries)} keys; keep {schema.most}")
        return None
    good: dict[str, Node] = {}
    broken = set()
    for key, value in node.entries.items():
        if key.startswith("x-"):
            message = f"is ignored, as all keys that start with `x-`; if it is meant as {schema.key.article}, rename it"
            problems.warning(node.keys[key], message)
            continue
        violation = schema.key.violation(key)
        slip = _lacking_space(node.keys[key])
        if slip and (violation or (isinstance(value, Scalar) and value.is_null)):
            problems.error(node.keys[key], _slip_in_key(slip, schema, is_key=not violation))
            broken |= {key, slip["key"]}
            continue
        if violation:
            problems.error(node.keys[key], f"the key {violation}")
        checked = check(value, schema.value, problems=problems)
        if checked is None or violation:
            broken.add(key)
        else:
            good[key] = checked
    return _only(node, good, broken=broken)


def _block(node: Mapping, schema: Object, *, problems: ProblemList) -> Mapping:
    good: dict[str, Node] = {}
    broken = set()
    for key, value in node.entries.items():
        field = schema.fields.get(key)
        if field is None:
            slip = _lacking_space(node.keys[key])
            if slip and slip["key"] in schema.fields:
                problems.error(node.keys[key], f"unknown key {_in(schema)}{_space_after_key(node.keys[key])}")
                broken.add(slip["key"])
            elif not key.startswith("x-"):
                problems.error(node.keys[key], _unknown_key(key, node, schema))
            continue
        checked = check(value, field.schema, problems=problems)
        if checked is None:
            broken.add(key)
        else:
            good[key] = checked
    _check_presence(node, schema, given=node.entries.keys() | broken, problems=problems)
    return _only(node, good, broken=broken)


def _unknown_key(key: str, node: Mapping, schema: Object) -> str:
    if key in schema.includer_only:
        return f"is not allowed {_in(schema)}; move it to the file that includes this one"
    known = (schema.fields.keys() - node.entries.keys()) or schema.fields
    return f"unknown key {_in(schema)}; {did_you_mean(key, known)}"


def _in(schema: Object) -> str:
    if schema.title in _SECTIONS:
        return f"in `{schema.title}`"
    return f"in {'an' if schema.title[0] in 'aeiou' else 'a'} {schema.title}"


def _in_short(description: str) -> str:
    """The first sentence of a description, for the middle of a sentence."""
    first = description.partition(". ")[0].rstrip(".")
    return first[0].lower() + first[1:] if first[1:2].islower() else first


def _check_presence(node: Mapping, schema: Object, *, given: Set[str], problems: ProblemList) -> None:
    for key, field in schema.fields.items():
        if field.required and key not in given:
            problems.error(node, f"`{key}` is missing; add it ({_in_short(field.description)})")
    if schema.one_of and not any(key in given for key in schema.one_of):
        problems.error(node, f"{alternatives(f'`{key}`' for key in schema.one_of)} is missing; add at least one")
    both = [key for key in schema.exclusive if key in node.entries]
    if len(both) > 1:
        problems.error(node.keys[both[1]], f"conflicts with `{both[0]}`; keep one of the two")


def _only(node: Mapping, entries: dict[str, Node], *, broken: set[str]) -> Mapping:
    """A copy of the mapping with these entries."""
    # The broken keys are kept: a key with an invalid value is not missing, so a second message would mislead.
    return Mapping(
        file=node.file,
        line=node.line,
        column=node.column,
        path=node.path,
        entries=entries,
        keys=node.keys,
        broken=frozenset(broken),
    )
