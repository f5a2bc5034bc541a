"""The environments of an entry."""

from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase

from bedrock_projects.inventory.header import InventoryHeader
from bedrock_projects.inventory.layers import Document, Entry
from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar, empty
from bedrock_projects.suggestions import did_you_mean


class EntryEnvironments:
    """Reads the environments of the entries of one document."""

    def __init__(self, document: Document, header: InventoryHeader, *, problems: ProblemList) -> None:
        self._known = header.known_environments
        self._report = problems
        self._grant = document.grant
        own = document.node.mapping("defaults")
        self._has_own_defaults = "environments" in own.entries.keys() | own.broken
        self._defaults = own if self._has_own_defaults else header.defaults
        self._check(self._defaults.items("environments"), granted=self._has_own_defaults)

    def overrides(self, entry: Entry) -> dict[str, Mapping]:
        """The environments of an entry with their overrides; empty after a reported problem."""
        if "environments" in entry.node.broken:
            return {}
        node = entry.node.entries.get("environments")
        if isinstance(node, Mapping):
            overrides = dict(node.mappings())
            self._check([node.keys[key] for key in overrides])
            return overrides
        if node:
            self._check(entry.node.items("environments"))
        elif "environments" not in self._defaults.entries.keys() | self._defaults.broken:
            message = "has no environment; add, for example, `environments: [dev]` here or in `defaults`"
            self._report.error(entry.place, message)
        elif not self._has_own_defaults:
            for refusal in filter(None, map(self._grant.refusal, self._defaults.texts("environments"))):
                message = (
                    f"the inventory's `defaults` place it in {refusal}; write `environments` here or in `defaults`"
                )
                self._report.error(entry.place, message)
        return dict.fromkeys((entry.node if node else self._defaults).texts("environments"), empty(entry.place))

    def _check(self, names: list[Scalar], *, granted: bool = True) -> None:
        """Whether these environments exist, and, if `granted`, whether this file may use them."""
        for name in names:
            refusal = self._grant.refusal(name.text) if granted else None
            if self._known is not None and name.text not in self._known:
                self._report.error(name, f"unknown environment {name.text!r}; {did_you_mean(name.text, self._known)}")
            elif refusal:
                self._report.error(name, f"names {refusal}; choose an allowed one")


def read_environment_grant(
    grant: Mapping, known: AbstractSet[str] | None, *, problems: ProblemList
) -> tuple[Scalar, ...]:
    """Reads the environments that an included file may use. If one does not exist, the file may use all."""
    patterns = tuple(grant.items("environments"))
    for pattern in patterns:
        if known is not None and not any(fnmatchcase(name, pattern.text) for name in known):
            problems.error(pattern, f"{pattern.text!r} matches no environment; {did_you_mean(pattern.text, known)}")
            patterns = ()
    return patterns
