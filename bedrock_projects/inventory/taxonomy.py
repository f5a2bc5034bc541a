"""The tag keys that projects may carry, and whether tags follow their rules."""

import re
import warnings
from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar
from bedrock_projects.inventory.renames import former_value, read_renamed
from bedrock_projects.model import TagKey, automatic_tag, stack_tag_key
from bedrock_projects.suggestions import did_you_mean, simplified

Tags = dict[str, Scalar]
TagGrant = AbstractMapping[str, Tags]
"""The tags that an included file may use: from tag keys to the allowed values, as strings."""


@dataclass(frozen=True)
class Taxonomy:
    """The declared keys.

    `known` includes keys with errors, so that their use is not a second problem; None: unknown. `lookalikes` are groups
    of keys that look alike, including the key of the ownership tag.
    """

    keys: AbstractMapping[str, TagKey]
    known: frozenset[str] | None
    required: tuple[str, ...]
    patterns: AbstractMapping[str, re.Pattern[str]]
    ownership_key: str
    lookalikes: tuple[tuple[str, ...], ...]

    def tags(self, node: Mapping, *, grant: TagGrant, problems: ProblemList) -> Tags:
        """The tags in a mapping that was checked against its schema, without keys outside of the taxonomy."""
        tags: Tags = {}
        for key, value in node.scalars().items():
            if self.known is not None and key not in self.known:
                problems.error(node.keys[key], self._unknown(key, self.known))
            else:
                tags[key] = value
                if key in grant and value.text not in grant[key]:
                    problems.error(value, _not_granted(value.text, grant[key]))
                else:
                    self.check_value(key, value, problems=problems)
        return tags

    def is_strict(self, key: str) -> bool:
        """Whether a violation of this key's rules is an error, not a warning."""
        return self.keys[key].enforce == "error"

    def check_value(self, key: str, value: Scalar, *, problems: ProblemList) -> None:
        """Reports a value that the rules of its key refuse."""
        declared = self.keys.get(key)
        if declared is None:
            return
        if value.text in declared.former_values:
            problems.warning(value, former_value(value.text, declared))
            return
        say = problems.error if self.is_strict(key) else problems.warning
        if declared.values is not None and value.text not in declared.values:
            say(value, f"unknown value {value.text!r}; {did_you_mean(value.text, declared.values)}")
        pattern = self.patterns.get(key)
        if pattern and not pattern.fullmatch(value.text):
            say(value, f"invalid value {value.text!r}; it must match the pattern {pattern.pattern}")

    def _unknown(self, key: str, known: frozenset[str]) -> str:
        if problem := automatic_tag(key, self.ownership_key):
            return problem
        return f"unknown tag key {key!r}; {hint_at_key(key, known) if known else 'declare it in `tag_keys`'}"


def hint_at_key(key: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown tag key."""
    written = _as_written(key)
    return f"write {written!r} (reports add a prefix)" if written in known else did_you_mean(key, known)


def not_activated(key: str) -> str:
    """The message about a tag key by which Billing counts nothing."""
    return (
        f"{key!r} has `cost_allocation: false`, so Billing does not know it; choose another key, or write "
        "`cost_allocation: true`"
    )


def _as_written(key: str) -> str:
    """A tag key without the prefix that reports add."""
    return key.removeprefix("resourceTags/").removeprefix("user:")


def read_taxonomy(root: Mapping, ownership_key: str, *, problems: ProblemList) -> Taxonomy:
    """Reads `tag_keys` of a root that was checked against its schema."""
    declared = root.mapping("tag_keys")
    patterns = {}
    for key, node in declared.mappings().items():
        pattern = _compiled(node, problems)
        if pattern:
            patterns[key] = pattern
        if problem := automatic_tag(key, ownership_key):
            problems.error(declared.keys[key], problem)
        if _as_written(key) != key:
            written = _as_written(key)
            message = f"reports show the key {written!r} like this; write {written!r}, unless {key!r} is the key in AWS"
            problems.warning(declared.keys[key], message)
    keys = {
        key: _tag_key(key, node, patterns.get(key), problems=problems)
        for key, node in sorted(declared.mappings().items())
    }
    known = frozenset(keys) | declared.broken
    _check_ignored(root, known | {ownership_key, stack_tag_key(ownership_key)}, problems=problems)
    return Taxonomy(
        keys=keys,
        known=None if "tag_keys" in root.broken else known,
        required=tuple(key for key, tag_key in keys.items() if tag_key.required),
        patterns=patterns,
        ownership_key=ownership_key,
        lookalikes=_lookalikes({*known, ownership_key}),
    )


def read_tag_grant(node: Mapping, taxonomy: Taxonomy, *, problems: ProblemList) -> TagGrant:
    """Reads the tags that an included file may use."""
    tags = node.mapping("tags")
    grant = {}
    for key in tags.entries:
        grant[key] = {value.text: value for value in tags.items(key)}
        for value in grant[key].values():
            taxonomy.tags(replace(tags, entries={key: value}), grant={}, problems=problems)
    return grant


def _tag_key(key: str, node: Mapping, pattern: re.Pattern[str] | None, *, problems: ProblemList) -> TagKey:
    return TagKey(
        key=key,
        required=node.text("required") == "true",
        values=node.texts("values") or None,
        pattern=node.text("pattern"),
        cost_allocation=node.text("cost_allocation") != "false",
        enforce="warn" if node.text("enforce") == "warn" else "error",
        description=node.text("description"),
        renamed=read_renamed(node, pattern, problems=problems),
    )


def _compiled(node: Mapping, problems: ProblemList) -> re.Pattern[str] | None:
    pattern = node.text("pattern")
    if pattern is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(pattern)
    except Warning as error:
        message = f"ambiguous regular expression ({error}); between [ and ], write a backslash before [ - & ~ |"
    except (re.error, OverflowError, RecursionError) as error:
        message = f"invalid regular expression ({error}); correct it, for example CC-[0-9]{{4}}"
    problems.error(node.entries["pattern"], message)
    return None


def _check_ignored(root: Mapping, ours: Iterable[str], *, problems: ProblemList) -> None:
    for pattern in root.items("ignore_tags"):
        matched = sorted(key for key in ours if fnmatchcase(key, pattern.text))
        if matched:
            managed = ", ".join(matched)
            problems.error(pattern, f"matches {managed}, which this inventory manages; write a narrower pattern")


def _lookalikes(keys: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for key in sorted(keys):
        groups.setdefault(simplified(key), []).append(key)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _not_granted(value: str, allowed: Iterable[str]) -> str:
    return f"is {value!r}, which this file may not use: the inventory allows it {', '.join(allowed)}"
