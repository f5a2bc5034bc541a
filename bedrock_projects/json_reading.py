"""Reads JSON that others wrote."""

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """The value; ValueError if the text is not JSON, or is nested more deeply than Python can follow."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
