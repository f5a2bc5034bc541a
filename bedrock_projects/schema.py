"""The JSON Schema for editors and the tables for the documentation, both made from the form and the table of limits.

    python -m bedrock_projects.schema --write    # writes the files below the current folder
    python -m bedrock_projects.schema --check    # exit status 1 and a list, where one is stale

The schemas are of draft 7, which editors know best. A text is a string, or what YAML makes of it when it stands without
quotes. What JSON Schema cannot say (references, counts after merging, the taxonomy) is left to the reader.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bedrock_projects import limits
from bedrock_projects.inventory import form, guardrail_form
from bedrock_projects.inventory.shapes import Block, Choice, Either, Field, Flag, Form, ListOf, MapOf, Text
from bedrock_projects.limits import Limit

Schema = dict[str, Any]
_OWN_KEYS: Schema = {"^x-": {"description": "Your own; not read."}}
_DOCUMENT = Path("docs/inventory.md")
_MARKS = ("<!-- begin generated: {} -->", "<!-- end generated: {} -->")


def inventory_schema() -> Schema:
    """The JSON Schema of an inventory."""
    return _document(form.INVENTORY)


def included_schema() -> Schema:
    """The JSON Schema of a file that an inventory includes."""
    return _document(form.INCLUDED)


def fields_markdown() -> str:
    """Every block of the form as a table of its fields."""
    return "\n".join(_block_table(block) for block in _blocks())


def limits_markdown() -> str:
    """The table of limits."""
    rows = [
        f"| {limit.what} | {_cell(limit.says)} | {_length(limit)} |"
        for limit in vars(limits).values()
        if isinstance(limit, Limit) and limit is not limits.SAFE_PROJECT_NAME
    ]
    counts = [
        f"| tags of a project | the ownership tag included | at most {limits.TAGS_PER_PROJECT} |",
        f"| projects of an account | a warning, since AWS can raise it | at most {limits.PROJECTS_PER_ACCOUNT:,} |",
    ]
    return "\n".join(["| what | is | characters |", "|---|---|---|", *rows, *counts, ""])


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks the generated files below the current folder; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bedrock_projects.schema")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the generated files")
    mode.add_argument("--check", action="store_true", help="exit with 1 where one is stale")
    is_check = parser.parse_args(arguments).check
    stale = {path: text for path, text in _generated().items() if not path.exists() or path.read_text("utf-8") != text}
    for path, text in stale.items():
        if is_check:
            sys.stdout.write(f"{path} is stale: run python -m bedrock_projects.schema --write\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    return int(is_check and bool(stale))


def _generated() -> Mapping[Path, str]:
    document = _DOCUMENT.read_text("utf-8")
    for name, text in (("fields", fields_markdown()), ("limits", limits_markdown())):
        begin, end = (mark.format(name) for mark in _MARKS)
        before, _, rest = document.partition(begin)
        document = f"{before}{begin}\n{text}{end}{rest.partition(end)[2]}"
    return {
        Path("schemas/projects.schema.json"): _as_text(inventory_schema()),
        Path("schemas/included.schema.json"): _as_text(included_schema()),
        _DOCUMENT: document,
    }


def _as_text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _document(block: Block) -> Schema:
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": block.title, **_schema(block)}


def _schema(node: Form) -> Schema:
    if isinstance(node, Text):
        return _text_schema(node.limit)
    if isinstance(node, Flag):
        return {"type": "boolean"}
    if isinstance(node, Choice):
        return {"enum": [*(int(word) for word in node.words if word.isdigit()), *node.words]}
    if isinstance(node, ListOf):
        return {"type": "array", "items": _schema(node.item), "minItems": 1, "uniqueItems": True}
    if isinstance(node, MapOf):
        return _map_schema(node)
    if isinstance(node, Either):
        return {"anyOf": [_schema(node.listed), _schema(node.mapped)]}
    return _block_schema(node)


def _text_schema(limit: Limit) -> Schema:
    kinds = ["string"]
    if any(limit.fault(number) is None for number in ("1", "111111111111")):
        kinds.append("number")
    if limit.fault("true") is None:
        kinds.append("boolean")
    examples = {"examples": list(limit.examples)} if limit.examples else {}
    above = {"exclusiveMinimum": 0} if "number" in kinds and limit.fault("0") and limit.fault("-1") else {}
    return {"type": kinds[0] if len(kinds) == 1 else kinds, **above, **_string_rules(limit), **examples}


def _string_rules(limit: Limit, *, besides: str = "") -> Schema:
    reserved = "".join(f"(?!{_any_case(prefix)})" for prefix in limit.reserved)
    rules: Schema = {"maxLength": limit.longest}
    if limit.shortest:
        rules["minLength"] = limit.shortest
    if limit.pattern != limits.ANYTHING:
        rules["pattern"] = f"^(?:{besides}{reserved}(?:{limit.pattern}))$"
        rules["patternErrorMessage"] = f"{limit.article.capitalize()} is {limit.says}"
    return rules


def _any_case(text: str) -> str:
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else re.escape(c) for c in text)


def _map_schema(node: MapOf) -> Schema:
    return {
        "type": "object",
        # Editors hold a merge key against the rules for names too.
        "propertyNames": _string_rules(node.key, besides="x-.*|<<|"),
        "patternProperties": _OWN_KEYS,
        "additionalProperties": _schema(node.value),
        **({"minProperties": node.least} if node.least else {}),
        **({"maxProperties": node.most} if node.most else {}),
    }


def _block_schema(block: Block) -> Schema:
    required = [key for key, field in block.fields.items() if field.required]
    return {
        "description": block.description,
        "type": "object",
        "properties": {key: _field_schema(field) for key, field in block.fields.items()},
        "patternProperties": _OWN_KEYS,
        "additionalProperties": False,
        **({"required": required} if required else {}),
        **({"anyOf": [{"required": [key]} for key in block.one_of]} if block.one_of else {}),
        **({"not": {"required": list(block.exclusive)}} if block.exclusive else {}),
    }


def _field_schema(field: Field) -> Schema:
    default = f" Default: {field.default}." if field.default else ""
    return {**_schema(field.form), "description": field.description + default}


def _blocks() -> tuple[Block, ...]:
    return (
        form.INVENTORY,
        form.ENVIRONMENT,
        form.TAG_KEY,
        form.DEFAULTS,
        form.ENTRY,
        form.OVERRIDE,
        form.GRANT,
        form.FORMER,
        guardrail_form.BUDGET,
        guardrail_form.BUDGET_OVERRIDE,
        guardrail_form.ALERT,
        guardrail_form.ANOMALY_ALERT,
        guardrail_form.ANOMALY_OVERRIDE,
        guardrail_form.PUBLISH,
        guardrail_form.PUBLISH_OVERRIDE,
        form.INCLUDED,
    )


def _block_table(block: Block) -> str:
    rows = [
        f"| `{key}` | {_in_words(field.form)} | {_cell(field.default) or ('required' if field.required else '')} "
        f"| {_cell(field.description)} |"
        for key, field in block.fields.items()
    ]
    head = [f"### {block.title.capitalize()}", "", block.description, ""]
    return "\n".join([*head, "| key | value | default | meaning |", "|---|---|---|---|", *rows, ""])


def _in_words(node: Form) -> str:
    if isinstance(node, Text):
        return node.limit.what
    if isinstance(node, Flag):
        return "`true` or `false`"
    if isinstance(node, Choice):
        return ", ".join(f"`{word}`" for word in node.words)
    if isinstance(node, ListOf):
        return f"list: {_in_words(node.item)}"
    if isinstance(node, MapOf):
        return f"mapping: {node.key.what} to {_in_words(node.value)}"
    if isinstance(node, Either):
        return f"{_in_words(node.listed)}, or {_in_words(node.mapped)}"
    return node.title


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _length(limit: Limit) -> str:
    if limit.shortest == limit.longest:
        return str(limit.longest)
    return f"{limit.shortest} to {limit.longest}"


if __name__ == "__main__":
    sys.exit(main())
