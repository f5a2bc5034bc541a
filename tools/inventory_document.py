"""Writes the JSON Schema files and the tables of docs/inventory.md, made from the schema and the table of limits.

python -m tools.inventory_document --write    # writes the files below the current folder
python -m tools.inventory_document --check    # exit status 1 and a list, where one is stale
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bedrock_projects import limits
from bedrock_projects.inventory import chargeback_schema, cost_controls_schema, schema
from bedrock_projects.inventory.json_schema import Schema, included_schema, inventory_schema
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
from bedrock_projects.limits import Limit

_DOCUMENT = Path("docs/inventory.md")


_MARKS = ("<!-- begin generated: {} -->", "<!-- end generated: {} -->")


def fields_markdown() -> str:
    """Every block of the form as a table of its fields."""
    return "\n".join(_block_table(block) for block in _blocks())


def limits_markdown() -> str:
    """The table of limits."""
    rows = [
        f"| {limit.noun} | {_cell(limit.rule)} | {_length(limit)} |"
        for limit in vars(limits).values()
        if isinstance(limit, Limit) and limit is not limits.SAFE_PROJECT_NAME
    ]
    counts = [
        f"| tags of an entry | without the ownership tag and the stack's tag | at most {limits.TAGS_PER_PROJECT - 2} |",
        f"| projects of an account | a warning, since AWS can raise it | at most {limits.PROJECTS_PER_ACCOUNT:,} |",
    ]
    return "\n".join(["| what | is | characters |", "|---|---|---|", *rows, *counts, ""])


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks the generated files below the current folder; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.inventory_document")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the generated files")
    mode.add_argument("--check", action="store_true", help="exit with 1 where one is stale")
    is_check = parser.parse_args(arguments).check
    stale = {path: text for path, text in _generated().items() if not path.exists() or path.read_text("utf-8") != text}
    for path, text in stale.items():
        if is_check:
            sys.stdout.write(f"{path} is stale: run python -m tools.inventory_document --write\n")
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


def _as_text(document: Schema) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _blocks() -> tuple[Object, ...]:
    return (
        schema.INVENTORY,
        schema.ENVIRONMENT,
        schema.BILLING,
        schema.TAG_KEY,
        schema.RENAMED_VALUE,
        schema.DEFAULTS,
        schema.ENTRY,
        schema.OVERRIDE,
        schema.GRANT,
        schema.FORMER,
        cost_controls_schema.BUDGET,
        cost_controls_schema.BUDGET_OVERRIDE,
        cost_controls_schema.ALERT,
        cost_controls_schema.ANOMALY_ALERT,
        cost_controls_schema.ANOMALY_OVERRIDE,
        cost_controls_schema.PUBLISH,
        cost_controls_schema.PUBLISH_OVERRIDE,
        schema.EXPORT,
        chargeback_schema.CHARGEBACK,
        chargeback_schema.CENTRAL_COST,
        chargeback_schema.SHARED_COST,
        chargeback_schema.SPLIT,
        chargeback_schema.ADJUSTMENT,
        chargeback_schema.JOURNAL,
        chargeback_schema.CLOSED_MONTHS,
        schema.INCLUDED,
    )


def _block_table(block: Object) -> str:
    rows = [
        f"| `{key}` | {_in_words(field.schema)} | {_cell(field.default) or ('required' if field.required else '')} "
        f"| {_cell(field.description)} |"
        for key, field in block.fields.items()
    ]
    header = [f"### {block.title.capitalize()}", "", block.description.replace(". ", ".\n"), ""]
    return "\n".join([*header, "| key | value | default | meaning |", "|---|---|---|---|", *rows, ""])


def _in_words(node: SchemaType) -> str:
    if isinstance(node, String):
        return node.limit.noun
    if isinstance(node, Boolean):
        return "`true` or `false`"
    if isinstance(node, Choice):
        return ", ".join(f"`{word}`" for word in node.words)
    if isinstance(node, ListOf):
        return f"list: {_in_words(node.item)}"
    if isinstance(node, MapOf):
        return f"mapping: {node.key.noun} to {_in_words(node.value)}"
    if isinstance(node, Either):
        return f"{_in_words(node.listed)}, or {_in_words(node.mapped)}"
    if isinstance(node, WordOr):
        return f"{_in_words(Choice(node.words))}, or {_in_words(node.mapped)}"
    return node.title


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _length(limit: Limit) -> str:
    if limit.shortest == limit.longest:
        return str(limit.longest)
    return f"{limit.shortest} to {limit.longest}"


if __name__ == "__main__":
    sys.exit(main())
