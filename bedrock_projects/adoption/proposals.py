"""Proposes keys, a name format and tag keys for an inventory of existing projects. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from bedrock_projects.limits import NAME_FORMAT, PROJECT_KEY
from bedrock_projects.model import UNCHANGED_NAME, TagKey

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[A-Z]")
_SUFFIX = re.compile(r"(?P<name>.+)(?P<rest>[-_ ](?P<word>[A-Za-z]+))", re.DOTALL)
_PREFIX = re.compile(r"(?P<rest>(?P<word>[A-Za-z]+)[-_ ])(?P<name>.+)", re.DOTALL)
_SHORTEST_WORD = 3
_FEWEST_PROJECTS = 5
_MOST_VALUES = 12
_PROJECTS_PER_VALUE = 3


def propose_key(name: str, *, taken: Collection[str]) -> str:
    """A key in kebab case from the name; with a number if the key is taken.

    `taken` are the existing keys in lower case. A key does not begin with `x-`, which is reserved for users.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    key = "-".join(_WORDS.findall(plain)).lower() or "project"
    if not key[0].isalpha() or f"{key}-".startswith("x-"):
        key = f"p-{key}"
    number, numbered = 1, key[: PROJECT_KEY.longest]
    while numbered in taken:
        number += 1
        ending = f"-{number}"
        numbered = f"{key[: PROJECT_KEY.longest - len(ending)]}{ending}"
    return numbered


def propose_name_format(names: Sequence[str], environment: str) -> str:
    """The format of most names: the environment's name, or its beginning, before or after a separator.

    `{name}` if less than half of the names have it.
    """
    formats: Counter[str] = Counter()
    for name in names:
        for pattern, form in ((_SUFFIX, "{name}%s"), (_PREFIX, "%s{name}")):
            match = pattern.fullmatch(name)
            if match and _is_word_for(environment, match["word"]):
                formats[form % match["rest"]] += 1
    for form, count in formats.most_common(1):
        if count * 2 >= len(names) and NAME_FORMAT.violation(form) is None:
            return form
    return UNCHANGED_NAME


def propose_tag_key(key: str, values: Sequence[str], *, projects: int) -> TagKey:
    """Proposes a tag key from the values that projects carry; `projects` is the number of all projects.

    `required` if at least 5 projects carry it and none lacks it; `values` if there are 2 to 12 of them, each on three
    projects on average. Violations only warn, so that existing projects stay valid.
    """
    distinct = sorted(set(values))
    required = len(values) == projects >= _FEWEST_PROJECTS
    listed = 1 < len(distinct) <= _MOST_VALUES and len(values) >= _PROJECTS_PER_VALUE * len(distinct)
    return TagKey(
        key=key,
        required=required,
        values=tuple(distinct) if listed else None,
        enforce="warn" if required or listed else "error",
    )


def _is_word_for(environment: str, word: str) -> bool:
    """`Dev` and `Development` are words for `dev`, `Prod` is one for `production`."""
    one, other = environment.lower(), word.lower()
    return min(len(one), len(other)) >= _SHORTEST_WORD and (one.startswith(other) or other.startswith(one))
