#!/usr/bin/env python3
"""changes.py < PREVIEW: prints what it changes: `nothing`, `tags` for the cost allocation tags alone, or `other`.

PREVIEW is what `pulumi preview --json` prints: one document with all steps, or one for each event
(PULUMI_ENABLE_STREAMING_JSON_PREVIEW), among lines of others, such as a policy pack. What has no step at all, not even
of what stays the same, is no preview: `other`.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

IDLE = {"same", "refresh", "read"}
TAGS = ("update", "pulumi-python:dynamic/billing:CostAllocationTags")


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in the text, which may have other lines before, between and after them."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            document, start = decoder.raw_decode(text, start)
            yield document
        except ValueError:
            start += 1
        start = text.find("{", start)


def steps(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Operation and type of each step that the document has."""
    event = document.get("resourcePreEvent")
    for step in [event["metadata"]] if event else document.get("steps") or []:
        yield step["op"], step["urn"].split("::")[2].split("$")[-1]


if __name__ == "__main__":
    preview = sys.stdin.buffer.read().decode("utf-8", "replace")
    shown = {step for document in documents(preview) for step in steps(document)}
    changes = {(operation, kind) for operation, kind in shown if operation not in IDLE}
    sys.stdout.write("tags" if changes == {TAGS} else "nothing" if shown and not changes else "other")
