"""In which environments an entry exists."""

from bedrock_projects.inventory.header import InventoryHeader
from bedrock_projects.inventory.layers import Document, Entry
from bedrock_projects.inventory.nodes import Mapping, ProblemList, Scalar, empty
from bedrock_projects.suggestions import did_you_mean


class EntryEnvironments:
    """Answers for the entries of one document."""

    def __init__(self, document: Document, header: InventoryHeader, *, problems: ProblemList) -> None:
        self._known = header.known_environments
        self._report = problems
        self._defaults = _nearest_defaults(document, header)
        self._check(self._defaults.items("environments"))

    def overrides(self, entry: Entry) -> dict[str, Mapping]:
        """The environments of an entry with what differs there; none where something was reported."""
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
            message = "exists in no environment; write, for example, `environments: [dev]` here or in `defaults`"
            self._report.error(entry.place, message)
        return dict.fromkeys((entry.node if node else self._defaults).texts("environments"), empty(entry.place))

    def _check(self, names: list[Scalar]) -> None:
        for name in names:
            if self._known is not None and name.text not in self._known:
                self._report.error(name, f"{name.text} is no environment: {did_you_mean(name.text, self._known)}")


def _nearest_defaults(document: Document, header: InventoryHeader) -> Mapping:
    inner = document.node.mapping("defaults")
    return inner if "environments" in inner.entries.keys() | inner.broken else header.defaults
