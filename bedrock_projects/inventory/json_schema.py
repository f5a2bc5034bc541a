"""The JSON Schema of an inventory for editors, made from its schema and the table of limits.

The schemas use draft 7, which editors support best. A string without quotes may have any type that YAML gives it. What
JSON Schema cannot express (references, counts after merging, the taxonomy) is checked by `inventory.load` only.
"""

import re
from typing import Any

from bedrock_projects import limits
from bedrock_projects.inventory import schema
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
from bedrock_projects.limits import Limit

Schema = dict[str, Any]
_OWN_KEYS: Schema = {"^x-": {"description": "For your own use; ignored."}}


def inventory_schema() -> Schema:
    """The JSON Schema of an inventory."""
    return _document(schema.INVENTORY)


def included_schema() -> Schema:
    """The JSON Schema of a file that an inventory includes."""
    return _document(schema.INCLUDED)


def _document(block: Object) -> Schema:
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": block.title, **_schema(block)}


def _schema(node: SchemaType) -> Schema:
    if isinstance(node, String):
        return _text_schema(node.limit)
    if isinstance(node, Boolean):
        return {"type": "boolean"}
    if isinstance(node, Choice):
        return {"enum": [*(int(word) for word in node.words if word.isdecimal()), *node.words]}
    if isinstance(node, ListOf):
        return {"type": "array", "items": _schema(node.item), "minItems": 1, "uniqueItems": True}
    if isinstance(node, MapOf):
        return _map_schema(node)
    if isinstance(node, Either):
        return {"anyOf": [_schema(node.listed), _schema(node.mapped)]}
    if isinstance(node, WordOr):
        return {"anyOf": [_schema(Choice(node.words)), _schema(node.mapped)]}
    return _block_schema(node)


def _text_schema(limit: Limit) -> Schema:
    kinds = ["string"]
    if any(limit.violation(number) is None for number in ("1", "111111111111")):
        kinds.append("number")
    if limit.violation("true") is None:
        kinds.append("boolean")
    examples = {"examples": list(limit.examples)} if limit.examples else {}
    above = {"exclusiveMinimum": 0} if "number" in kinds and limit.violation("0") and limit.violation("-1") else {}
    known = {"enum": list(limit.known)} if limit.known else {}
    return {"type": kinds[0] if len(kinds) == 1 else kinds, **above, **_string_rules(limit), **known, **examples}


def _string_rules(limit: Limit, *, besides: str = "") -> Schema:
    reserved = "".join(f"(?!{_any_case(prefix)})" for prefix in limit.reserved)
    rules: Schema = {"maxLength": limit.longest}
    if limit.shortest:
        rules["minLength"] = limit.shortest
    if limit.pattern != limits.ANYTHING:
        rules["pattern"] = f"^(?:{besides}{reserved}(?:{limit.pattern}))$"
        rules["patternErrorMessage"] = f"Not a valid {limit.noun}; use {limit.rule}."
    return rules


def _any_case(text: str) -> str:
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else re.escape(c) for c in text)


def _map_schema(node: MapOf) -> Schema:
    return {
        "type": "object",
        # Editors check a merge key against the rules for names too.
        "propertyNames": _string_rules(node.key, besides="x-.*|<<|"),
        "patternProperties": _OWN_KEYS,
        "additionalProperties": _schema(node.value),
        **({"minProperties": node.least} if node.least else {}),
        **({"maxProperties": node.most} if node.most else {}),
    }


def _block_schema(block: Object) -> Schema:
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
    return {**_schema(field.schema), "description": field.description + default}
