"""Options that several commands have."""

import enum


class TextOrJson(str, enum.Enum):
    """For people or for programs."""

    TEXT = "text"
    JSON = "json"
