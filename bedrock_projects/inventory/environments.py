"""The environments of an entry."""

from collections.abc import Sequence

from bedrock_projects.inventory.header import InventoryHeader
from bedrock_projects.inventory.layers import Document, Entry
from bedrock_projects.inventory.names import EnvironmentNames
from bedrock_projects.inventory.nodes import Mapping, Node, ProblemList, Scalar, empty


class EntryEnvironments:
    """Reads the environments of the entries of one document."""

    def __init__(self, document: Document, header: InventoryHeader, *, problems: ProblemList) -> None:
        self._names = header.names
        self._report = problems
        self._grant = document.grant
        own = document.node.mapping("defaults")
        self._has_own_defaults = "environments" in own.entries.keys() | own.broken
        self._has_defaults = self._has_own_defaults or "environments" in header.defaults.entries.keys() | (
            header.defaults.broken
        )
        defaults = own if self._has_own_defaults else header.defaults
        self._defaults = self._read(defaults.entries.get("environments"), granted=self._has_own_defaults)

    def overrides(self, entry: Entry) -> dict[str, Mapping]:
        """The environments of an entry with their overrides; empty after a reported problem."""
        if "environments" in entry.node.broken:
            return {}
        node = entry.node.entries.get("environments")
        if node:
            return self._read(node)
        if not self._has_defaults:
            message = "has no environment; add, for example, `environments: [dev]` here or in `defaults`"
            self._report.error(entry.place, message)
        elif not self._has_own_defaults:
            refusal = self._grant.refusal(tuple(self._defaults))
            if refusal:
                message = (
                    f"the inventory's `defaults` place it in {refusal}; write `environments` here or in `defaults`"
                )
                self._report.error(entry.place, message)
        return dict.fromkeys(self._defaults, empty(entry.place))

    def _read(self, node: Node | None, *, granted: bool = True) -> dict[str, Mapping]:
        """The environments of a list or mapping; if `granted`, this file must be allowed to use them."""
        if node is None:
            return {}
        overrides = self._names.overrides(node, self._report)
        by_place: dict[tuple[int, int], tuple[Scalar, list[str]]] = {}
        for name, (place, _) in overrides.items() if granted else ():
            by_place.setdefault((place.line, place.column), (place, []))[1].append(name)
        for place, names in by_place.values():
            refusal = self._grant.refusal(names)
            if refusal:
                self._report.error(place, f"names {refusal}; choose an allowed one")
        return {name: override for name, (_, override) in overrides.items()}


def read_environment_grant(
    written: Sequence[Scalar], names: EnvironmentNames, *, problems: ProblemList
) -> frozenset[str] | None:
    """The environments that an included file may use; None: all, also if the grant names one that does not exist."""
    granted = [names.named(text, problems) for text in written]
    return frozenset(name for named in granted for name in named) if granted and all(granted) else None
