"""Which environments a name, a group or a pattern means, wherever the file names environments."""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bedrock_projects.inventory.nodes import Mapping, Node, ProblemList, Scalar, Sequence, empty
from bedrock_projects.model import BILLING_STACK, named_environments, unknown_environment


@dataclass(frozen=True)
class EnvironmentNames:
    """The environments and groups of a file.

    `known` includes environments with errors; None: unknown. `broken` are groups with errors.
    """

    known: AbstractSet[str] | None
    groups: AbstractMapping[str, tuple[str, ...]]
    broken: AbstractSet[str]

    def named(self, name: Scalar, problems: ProblemList) -> tuple[str, ...]:
        """What the text means, sorted. If it means none, that is reported."""
        if self.known is None or name.text in self.broken:
            return ()
        names = named_environments(name.text, self.known, self.groups)
        if not names:
            problems.error(name, unknown_environment(name.text, self.known, self.groups))
        return names

    def overrides(self, node: Node, problems: ProblemList) -> dict[str, tuple[Scalar, Mapping]]:
        """The environments that a list, or a mapping with overrides, means; with the place that names them.

        In a mapping, what is written for an environment by name wins over what is written for its group; tags and roles
        are merged key by key. Two groups or patterns with the same environment are reported, since neither is nearer.
        """
        if isinstance(node, Mapping):
            return self._mapped(node, problems)
        items = node.items if isinstance(node, Sequence) else []
        places = [item for item in items if isinstance(item, Scalar)]
        return {name: (place, empty(place)) for place in places for name in self.named(place, problems)}

    def _mapped(self, node: Mapping, problems: ProblemList) -> dict[str, tuple[Scalar, Mapping]]:
        named: dict[str, tuple[Scalar, Mapping]] = {}
        exact: dict[str, tuple[Scalar, Mapping]] = {}
        for key, override in node.mappings().items():
            place = node.keys[key]
            names = self.named(place, problems)
            if names == (key,):
                exact[key] = (place, override)
                continue
            shared = [name for name in names if name in named]
            if shared:
                first = named[shared[0]][0]
                message = f"{shared[0]!r} is also in {first.text!r} (line {first.line}); keep it in one of the two"
                problems.error(place, message)
            named.update(dict.fromkeys(names, (place, override)))
        for name, (place, override) in exact.items():
            named[name] = (place, _over(override, named[name][1]) if name in named else override)
        return named


def read_names(root: Mapping, problems: ProblemList) -> EnvironmentNames:
    """The environments and groups of the inventory's own file; reports groups that mean nothing."""
    environments = root.mapping("environments")
    known = frozenset(environments.mappings()) | environments.broken if "environments" in root.entries else None
    declared = root.mapping("environment_groups")
    groups = {}
    for key in sorted(declared.entries):
        members = {
            name for pattern in declared.items(key) for name in _members(pattern, known, declared, problems=problems)
        }
        if members:
            groups[key] = tuple(sorted(members))
    for key in sorted(known or ()):
        if key in declared.entries:
            problems.error(declared.keys[key], f"{key!r} is also an environment; rename the group")
    if "billing" in root.entries.keys() | root.broken:
        _check_billing_is_free(environments, "environment", problems)
        _check_billing_is_free(declared, "group", problems)
    return EnvironmentNames(known, groups, declared.broken | (declared.entries.keys() - groups.keys()))


def _members(
    pattern: Scalar, known: AbstractSet[str] | None, declared: Mapping, *, problems: ProblemList
) -> tuple[str, ...]:
    names = named_environments(pattern.text, known or (), {})
    if not names and pattern.text in declared.entries:
        message = f"{pattern.text!r} is a group; write its environments or patterns, since a group contains no group"
        problems.error(pattern, message)
    elif not names and known is not None:
        problems.error(pattern, unknown_environment(pattern.text, known, ()))
    return names


def _check_billing_is_free(names: Mapping, noun: str, problems: ProblemList) -> None:
    if BILLING_STACK in names.keys:
        message = f"{BILLING_STACK!r} is the stack that `billing` declares; rename the {noun}"
        problems.error(names.keys[BILLING_STACK], message)


def _over(nearer: Mapping, outer: Mapping) -> Mapping:
    """Both mappings as one, in the place of the nearer one; mappings in both are merged too."""
    entries: dict[str, Node] = {**outer.entries, **nearer.entries}
    for key, node in nearer.mappings().items():
        below = outer.entries.get(key)
        if isinstance(below, Mapping):
            entries[key] = _over(node, below)
    return Mapping(
        file=nearer.file,
        line=nearer.line,
        column=nearer.column,
        path=nearer.path,
        entries=entries,
        keys={**outer.keys, **nearer.keys},
        broken=nearer.broken | (outer.broken - nearer.entries.keys()),
    )
