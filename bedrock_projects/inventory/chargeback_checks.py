"""Checks the rules of a chargeback against each other, the tag keys and the projects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bedrock_projects.inventory.charged_values import charged_values, source_values
from bedrock_projects.inventory.cost_controls import are_projects_whole
from bedrock_projects.inventory.nodes import Mapping, Node, ProblemList, Scalar
from bedrock_projects.inventory.renames import former_value
from bedrock_projects.inventory.taxonomy import Taxonomy, hint_at_key, not_activated
from bedrock_projects.model import Project
from bedrock_projects.suggestions import alternatives, did_you_mean, listed

_METHODS_OF: Final = {"to": ("proportional", "even"), "shares": ("fixed",), "weights": ("weights",)}
"""The methods that each key of a split is for."""
_NEEDED: Final = {
    "fixed": ("shares", "for example `shares: {Search: 60%, Shop: 40%}`"),
    "weights": ("weights", "for example `weights: weights/gateway-{month}.csv`"),
}
_DEFAULT_CENTRAL: Final = ("unallocated", "credits")
_PASSED: Final = ("unallocated", "discounts", "refunds", "credits", "tax", "support")
_WHOLE: Final = 100


@dataclass(frozen=True)
class _Split:
    """A split as written; `sources` are the entries whose cost it splits, and `name` that of its shared cost."""

    node: Mapping
    name: str = ""
    sources: Sequence[Scalar] = ()

    @property
    def needs_base(self) -> bool:
        """Whether it splits nothing in a month in which no value has direct cost."""
        method = self.node.text("method")
        return method == "proportional" or (method == "even" and not self.node.texts("to"))


class ChargebackChecks:
    """Checks one section, which was checked against its schema."""

    def __init__(
        self, section: Mapping, taxonomy: Taxonomy, projects: Sequence[Project], *, problems: ProblemList
    ) -> None:
        self._section = section
        self._taxonomy = taxonomy
        self._projects = projects
        self._problems = problems
        self._splits = list(_splits(section))

    def run(self) -> None:
        """Reports all problems."""
        is_complete = are_projects_whole(self._problems)
        by = self._section.entries.get("by")
        is_charged = isinstance(by, Scalar) and self._is_charged(by)
        for split in self._splits:
            self._check_method(split.node)
            self._check_shares(split.node)
        self._check_central()
        self._check_journal()
        self._check_descriptions()
        self._check_sources(is_complete=is_complete)
        if is_complete and is_charged and isinstance(by, Scalar):
            self._check_targets(by.text)

    def _is_charged(self, by: Scalar) -> bool:
        """Whether Billing knows the tag key; reports a problem if not."""
        if by.text == self._taxonomy.ownership_key:
            self._problems.error(by, "is the ownership tag, whose values are projects; write the tag key of who pays")
        elif self._is_declared(by):
            if self._taxonomy.keys[by.text].cost_allocation:
                return True
            self._problems.error(by, not_activated(by.text))
        return False

    def _is_declared(self, key: Scalar) -> bool:
        known = self._taxonomy.known
        if known is not None and key.text not in known:
            hint = hint_at_key(key.text, known) if known else "declare it in `tag_keys`"
            self._problems.error(key, f"unknown tag key {key.text!r}; {hint}")
        return key.text in self._taxonomy.keys

    def _check_method(self, split: Mapping) -> None:
        method = split.text("method")
        if method is None:
            return
        for key, methods in _METHODS_OF.items():
            if key in split.entries and method not in methods:
                message = (
                    f"is for {alternatives(f'`method: {each}`' for each in methods)}; remove it, or change the method"
                )
                self._problems.error(split.keys[key], message)
        needed, example = _NEEDED.get(method, ("", ""))
        if needed and needed not in split.entries.keys() | split.broken:
            self._problems.error(split, f"`{needed}` is missing; add it, {example}, or change the method")

    def _check_shares(self, split: Mapping) -> None:
        shares = split.mapping("shares")
        total = sum(Decimal(share.text.removesuffix("%")) for share in shares.scalars().values())
        if shares.entries and not shares.broken and total != _WHOLE:
            self._problems.error(shares, f"add up to {total:f}%; correct them, so that they are {_WHOLE}% together")

    def _check_central(self) -> None:
        reason = self._reason_for_central()
        if reason and "central" not in self._section.entries.keys() | self._section.broken:
            message = f"`central` is missing; add it, for example `central: {{name: Platform}}`, since {reason}"
            self._problems.error(self._section, message)

    def _reason_for_central(self) -> str:
        """Why something can be central; empty if nothing can."""
        section = self._section
        default = [key for key in _DEFAULT_CENTRAL if key not in section.entries.keys() | section.broken]
        central = [key for key in _PASSED if section.text(key) == "central" or key in default]
        if central:
            verb = "is" if len(central) == 1 else "are"
            return (
                f"{listed([f'`{key}`' for key in central])} {verb} central{' by default' if central == default else ''}"
            )
        if "journal" in section.entries:
            return "`journal` credits its cost center"
        proportional = [f"`{key}`" for key in _PASSED if section.text(key) == "proportional"]
        places = [*proportional, *(f"`{split.node.path}`" for split in self._splits if split.needs_base)]
        return f"a month without direct cost leaves {listed(places)} central" if places else ""

    def _check_journal(self) -> None:
        key = self._section.mapping("journal").entries.get("cost_center")
        central = self._section.entries.get("central")
        if not isinstance(key, Scalar) or not self._is_declared(key) or not isinstance(central, Mapping):
            return
        value = central.entries.get("cost_center")
        if isinstance(value, Scalar):
            self._taxonomy.check_value(key.text, value, problems=self._problems)
        elif "cost_center" not in central.broken:
            message = "`cost_center` is missing; add it, since `journal` books by cost center"
            self._problems.error(central, message)

    def _check_descriptions(self) -> None:
        adjustments = self._section.mapping("adjustments")
        for month in adjustments.entries:
            first: dict[str, Scalar] = {}
            for block in adjustments.blocks(month):
                description = block.entries.get("description")
                if isinstance(description, Scalar):
                    other = first.setdefault(description.text, description)
                    if other is not description:
                        message = (
                            f"{description.text!r} is also in line {other.line}; statements could not distinguish "
                            "them, so choose another description"
                        )
                        self._problems.error(description, message)

    def _check_sources(self, *, is_complete: bool) -> None:
        first: dict[str, tuple[str, Scalar]] = {}
        current = {alias: project.key for project in self._projects for alias in project.aliases}
        keys = {project.key for project in self._projects}
        for split in self._splits:
            for source in split.sources:
                name, other = first.setdefault(source.text, (split.name, source))
                if other is not source:
                    message = (
                        f"{source.text!r} is also split by {name!r} (line {other.line}); keep it in one of the two"
                    )
                    self._problems.error(source, message)
                elif source.text in current:
                    key = current[source.text]
                    self._problems.error(source, f"{source.text!r} is a previous key of {key!r}; write {key}")
                elif is_complete and source.text not in keys:
                    remedy = "keep it if the entry was removed, since its past cost is still split"
                    message = f"unknown entry {source.text!r}; {did_you_mean(source.text, keys, remedy=remedy)}"
                    self._problems.warning(source, message)

    def _check_targets(self, by: str) -> None:
        tag_key = self._taxonomy.keys[by]
        known = charged_values(by, self._projects, self._taxonomy.keys)
        for split in self._splits:
            sources = source_values(by, self._projects, [source.text for source in split.sources])
            for target in _targets(split.node):
                if target.text in tag_key.former_values:
                    self._problems.error(target, former_value(target.text, tag_key))
                elif target.text not in known:
                    hint = did_you_mean(target.text, known, otherwise="" if known else "no project has the tag")
                    self._problems.error(target, f"unknown value {target.text!r} of {by}; {hint}")
                elif target.text in sources:
                    message = (
                        f"all projects with {target.text!r} are sources of {split.name!r}, so it has no cost of its "
                        "own; write values that use them"
                    )
                    self._problems.error(target, message)


def _splits(section: Mapping) -> Iterator[_Split]:
    for name, node in section.mapping("shared").mappings().items():
        yield _Split(node, name, node.items("projects"))
    unallocated: Node | None = section.entries.get("unallocated")
    if isinstance(unallocated, Mapping):
        yield _Split(unallocated)
    adjustments = section.mapping("adjustments")
    for month in adjustments.entries:
        yield from map(_Split, adjustments.blocks(month))


def _targets(split: Mapping) -> Iterator[Scalar]:
    yield from split.items("to")
    shares = split.mapping("shares")
    yield from (shares.keys[value] for value in shares.entries)
