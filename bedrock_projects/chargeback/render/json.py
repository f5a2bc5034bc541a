"""Statements as JSON; amounts are texts with all digits."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from bedrock_projects.chargeback.documents import Document, Overview
from bedrock_projects.printing import for_json


def of_statement(document: Document) -> str:
    """One statement."""
    return for_json(_plain(asdict(document))) + "\n"


def of_overview(overview: Overview) -> str:
    """The statement of all; each equation with its `difference` and whether it `holds`."""
    content = asdict(overview)
    for equation, made in zip(content["equations"], overview.equations, strict=True):
        equation |= {"difference": made.difference, "holds": made.holds}
    return for_json(_plain(content)) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return _plain(value.model_dump()) if isinstance(value, BaseModel) else value
