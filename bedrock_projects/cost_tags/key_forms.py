"""The forms in which an AWS data export may have a tag key."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final, Literal

KeyForm = Literal["the key", "resourceTags/ before it", "user: before it", "user_ before it, normalized"]
PLAIN: Final[KeyForm] = "the key"
RESOURCE_TAGS: Final[KeyForm] = "resourceTags/ before it"
USER: Final[KeyForm] = "user: before it"
NORMALIZED: Final[KeyForm] = "user_ before it, normalized"


def normalized(key: str) -> str:
    """A user-defined tag key as the map `resource_tags` of CUR 2.0 has it: `CostCenter` is `user_cost_center`.

    Seen in real exports: `user_` and small letters, `_` for all else and between the words of CamelCase.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    return "user_" + re.sub(r"[^a-z0-9]", "_", words.lower())


FORMS: Final[Mapping[KeyForm, Callable[[str], str]]] = {
    PLAIN: lambda key: key,
    RESOURCE_TAGS: lambda key: f"resourceTags/{key}",
    USER: lambda key: f"user:{key}",
    NORMALIZED: normalized,
}
"""How a key is written in each form: as it is (FOCUS demands that), as the map `tags` of CUR 2.0 has it (documented),
as the legacy report had it, and as the map `resource_tags` of CUR 2.0 has it (seen)."""


def forms_in(keys: Collection[str], key: str) -> list[KeyForm]:
    """The forms of a tag key that are among the keys of a map."""
    return [form for form, written in FORMS.items() if written(key) in keys]
