"""What a preview would change, from what `pulumi preview --json` prints."""

import json
from collections.abc import Iterator
from typing import Any, Literal

_IDLE = {"same", "refresh", "read"}
_TAGS = ("update", "pulumi-python:dynamic/billing:CostAllocationTags")

Changes = Literal["nothing", "tags", "other"]


def changes_of(printed: str) -> Changes:
    """`nothing`, `tags` if only the cost allocation tags are updated, else `other`.

    The CLI prints one document with all steps, or one for each event (PULUMI_ENABLE_STREAMING_JSON_PREVIEW), among
    lines of others, such as a policy pack. A text without any step, even of what stays the same, is not a preview:
    `other`.
    """
    shown = {step for document in _documents(printed) for step in _steps(document)}
    changes = {(operation, kind) for operation, kind in shown if operation not in _IDLE}
    if changes == {_TAGS}:
        return "tags"
    return "nothing" if shown and not changes else "other"


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in the text, which may have other lines before, between and after them."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            document, start = decoder.raw_decode(text, start)
            yield document
        except (ValueError, RecursionError):
            start += 1
        start = text.find("{", start)


def _steps(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Operation and type of each step that the document has."""
    event = document.get("resourcePreEvent")
    for step in [event["metadata"]] if event else document.get("steps") or []:
        yield step["op"], step["urn"].split("::")[2].split("$")[-1]
