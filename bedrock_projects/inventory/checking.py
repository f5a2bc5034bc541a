"""Holds a node against its form: says everything that is wrong, and hands on what is right."""

from collections.abc import Iterable

from bedrock_projects.inventory.nodes import Mapping, Node, Report, Scalar, Sequence
from bedrock_projects.inventory.shapes import Block, Choice, Either, Flag, Form, ListOf, MapOf, Text
from bedrock_projects.suggestions import did_you_mean

_FLAGS = ("true", "false")
_KINDS = {Scalar: "a text", Sequence: "a list", Mapping: "a mapping"}


def check(node: Node, form: Form, *, report: Report) -> Node | None:
    """The node without what is wrong in it; None where it is wrong as a whole. The node itself is never changed."""
    if isinstance(node, Scalar):
        return node if _scalar_is_good(node, form, report=report) else None
    if isinstance(node, Sequence):
        listed = form.listed if isinstance(form, Either) else form
        if isinstance(listed, ListOf):
            return _list(node, listed, report=report)
    else:
        mapped = form.mapped if isinstance(form, Either) else form
        if isinstance(mapped, MapOf):
            return _map(node, mapped, report=report)
        if isinstance(mapped, Block):
            return _block(node, mapped, report=report)
    report.error(node, _wrong_kind(node, form))
    return None


def _scalar_is_good(node: Scalar, form: Form, *, report: Report) -> bool:
    if node.is_null:
        fault: str | None = _no_value(form)
    elif isinstance(form, Text):
        fault = form.limit.fault(node.text)
    elif isinstance(form, Choice):
        fault = _unknown_word(node.text, form.words)
    elif isinstance(form, Flag):
        fault = _unknown_word(node.text, _FLAGS) or (None if node.is_plain else "is a text; write it without quotes")
    else:
        fault = _wrong_kind(node, form)
    if fault is None:
        return True
    report.error(node, fault)
    return False


def _no_value(form: Form) -> str:
    if isinstance(form, Text) and form.limit.shortest == 0:
        return 'has no value; write "" for an empty text, or take the key out'
    required = [key for key, field in form.fields.items() if field.required] if isinstance(form, Block) else []
    if required:
        return f"has no value; it needs {', '.join(f'`{key}`' for key in required)}, or take it out"
    if isinstance(form, MapOf | Block):
        return "has no value; write {} for an empty mapping, or take the key out"
    return "has no value; write one, or take the key out"


def _unknown_word(text: str, words: tuple[str, ...]) -> str | None:
    if text in words:
        return None
    return f"is {text!r}; {did_you_mean(text, words, otherwise=f'write {_or(words)}')}"


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)


def _wrong_kind(node: Node, form: Form) -> str:
    if isinstance(form, Either):
        return f"is {_KINDS[type(node)]}; it must be a list or a mapping"
    if isinstance(form, ListOf):
        return f"is {_KINDS[type(node)]}; it must be a list, such as [{_example(form.item)}]"
    if isinstance(form, MapOf | Block):
        return f"is {_KINDS[type(node)]}; it must be a mapping"
    if isinstance(form, Text):
        example = _example(form)
        return f"is {_KINDS[type(node)]}; it must be a text, such as {example}; quotes are needed around [ ] {{ }}"
    return f"is {_KINDS[type(node)]}; write {_or(form.words if isinstance(form, Choice) else _FLAGS)}"


def _example(form: Form) -> str:
    if isinstance(form, Block):
        return f"{{{', '.join(f'{key}: {_example(each.form)}' for key, each in form.fields.items() if each.required)}}}"
    if isinstance(form, Text):
        example = form.limit.examples[0]
        return f'"{example}"' if set(example) & set("{}[]:*") and not example.startswith('"') else example
    return form.words[0] if isinstance(form, Choice) else "true"


def _list(node: Sequence, form: ListOf, *, report: Report) -> Sequence | None:
    if not node.items:
        report.error(node, "is an empty list; name at least one, or take the key out")
        return None
    good: list[Node] = []
    texts: set[str] = set()
    for item in node.items:
        checked = check(item, form.item, report=report)
        if isinstance(checked, Scalar) and checked.text in texts:
            report.error(item, f"{checked.text} is in the list twice; keep one of the two")
        elif checked is not None:
            good.append(checked)
            texts.update([checked.text] if isinstance(checked, Scalar) else [])
    return Sequence(file=node.file, line=node.line, column=node.column, path=node.path, items=good)


def _map(node: Mapping, form: MapOf, *, report: Report) -> Mapping | None:
    if len(node.entries) < form.least:
        report.error(node, "is empty; name at least one, or take the key out")
        return None
    if form.most and len(node.entries) > form.most:
        report.error(node, f"has {len(node.entries)} keys; it may have {form.most}")
        return None
    good: dict[str, Node] = {}
    broken = set()
    for key, value in node.entries.items():
        if key.startswith("x-"):
            message = f"is left out: keys that begin with `x-` are your own, so this is no {form.key.what}"
            report.warning(node.keys[key], message)
            continue
        fault = form.key.fault(key)
        if fault:
            report.error(node.keys[key], f"the key {fault}")
        checked = check(value, form.value, report=report)
        if checked is None or fault:
            broken.add(key)
        else:
            good[key] = checked
    return _only(node, good, broken=broken)


def _block(node: Mapping, form: Block, *, report: Report) -> Mapping:
    good: dict[str, Node] = {}
    broken = set()
    for key, value in node.entries.items():
        field = form.fields.get(key)
        if field is None:
            if not key.startswith("x-"):
                known = (form.fields.keys() - node.entries.keys()) or form.fields
                message = f"is no key here ({form.title}): {did_you_mean(key, known)}"
                report.error(node.keys[key], message)
            continue
        checked = check(value, field.form, report=report)
        if checked is None:
            broken.add(key)
        else:
            good[key] = checked
    _check_presence(node, form, report=report)
    return _only(node, good, broken=broken)


def _check_presence(node: Mapping, form: Block, *, report: Report) -> None:
    for key, field in form.fields.items():
        if field.required and key not in node.entries:
            report.error(node, f"lacks `{key}`; write it: {field.description}")
    if form.one_of and not any(key in node.entries for key in form.one_of):
        report.error(node, f"lacks {_or(f'`{key}`' for key in form.one_of)}; write at least one")
    given = [key for key in form.exclusive if key in node.entries]
    if len(given) > 1:
        report.error(node.keys[given[1]], f"does not go with `{given[0]}`; keep one of the two")


def _only(node: Mapping, entries: dict[str, Node], *, broken: set[str]) -> Mapping:
    """The same mapping with these entries."""
    return Mapping(
        file=node.file,
        line=node.line,
        column=node.column,
        path=node.path,
        entries=entries,
        keys=node.keys,
        broken=frozenset(broken),
    )
