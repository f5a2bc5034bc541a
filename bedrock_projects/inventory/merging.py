"""Merges an entry and the layers below it into one project per environment, and holds the result against the limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from bedrock_projects.inventory.head import Head, check_region
from bedrock_projects.inventory.layers import Base, Document, Entry, Merged, nearest, read_bases
from bedrock_projects.inventory.nodes import Mapping, Report, joined
from bedrock_projects.inventory.presence import Presence
from bedrock_projects.inventory.taxonomy import Tags
from bedrock_projects.limits import PROJECT_NAME, SAFE_PROJECT_NAME, TAGS_PER_PROJECT
from bedrock_projects.model import UNCHANGED_NAME, Environment, OnRemove, Project, Status, owners


class Merger:
    """Merges the entries of one document."""

    def __init__(self, document: Document, head: Head, *, report: Report) -> None:
        self._head = head
        self._taxonomy = head.taxonomy
        self._report = report
        self._grant = document.grant
        self._bases = read_bases(document, head, report=report)
        self._presence = Presence(document, head, report=report)

    def merge(self, entry: Entry) -> Iterator[Merged]:
        """The projects of an entry; none for an environment of which something was reported."""
        tags = self._taxonomy.tags(entry.node.mapping("tags"), grant=self._grant, report=self._report)
        check_region(entry.node, self._report)
        lacking: dict[str, list[str]] = {}
        for environment, override in self._presence.overrides(entry).items():
            base = self._bases.get(environment)
            if base is None:
                continue
            nearer = self._taxonomy.tags(override.mapping("tags"), grant=self._grant, report=self._report)
            check_region(override, self._report)
            layered = _Layered(entry=entry, override=override, base=base, own={**tags, **nearer})
            self._check_tags(layered)
            for key in self._taxonomy.required:
                if layered.lacks(key):
                    lacking.setdefault(key, []).append(environment)
            if entry.node.text("name") and "name" not in override.broken:
                yield Merged(self._project(layered), entry, override)
        for key, environments in lacking.items():
            self._say_lacking(entry, key, environments=environments)

    def _check_tags(self, layered: "_Layered") -> None:
        count = len(layered.tags) + 1
        if count > TAGS_PER_PROJECT:
            message = (
                f"are {count} tags in {layered.environment.name}, of which AWS allows {TAGS_PER_PROJECT}: "
                f"{len(layered.own)} of the entry, {len(layered.tags) - len(layered.own)} of the defaults and the "
                f"environment, and {self._taxonomy.ownership_key}; take {count - TAGS_PER_PROJECT} out"
            )
            self._report.error(layered.entry.place, message, path=layered.path_of_tags)
        for group in self._taxonomy.look_alikes:
            used = [key for key in group if key in layered.tags or key == self._taxonomy.ownership_key]
            if len(used) > 1:
                message = f"{' and '.join(used)} differ in case only, which reports do not tell apart; keep one"
                self._report.error(layered.entry.place, message, path=layered.path_of_tags)
        for key in layered.base.not_granted - layered.own.keys():
            value = layered.base.tags[key]
            message = (
                f"is {value.text!r} from {value.file}:{value.line}, which this file may not use: the inventory allows "
                f"it {', '.join(self._grant[key])}; write one of them here"
            )
            self._report.error(layered.entry.place, message, path=joined(layered.path_of_tags, key))

    def _say_lacking(self, entry: Entry, key: str, *, environments: list[str]) -> None:
        tag_key = self._taxonomy.keys[key]
        value = " | ".join(tag_key.values) if tag_key.values else tag_key.pattern or "…"
        say = self._report.error if self._taxonomy.is_strict(key) else self._report.warning
        say(
            entry.place,
            f"is missing in {', '.join(environments)}; write `{key}: {value}` under `tags`",
            path=joined(f"{entry.place.path}.tags", key),
        )

    def _project(self, layered: "_Layered") -> Project:
        environment, head, entry, nearest = layered.environment, self._head, layered.entry, layered.nearest
        taken_from = nearest("previous_owner")
        aliases = entry.node.texts("aliases")
        owner, *formerly = owners(
            inventories=(head.name, head.previous_name),
            environments=(environment.name, *environment.aliases),
            keys=(entry.key, *aliases),
        )
        return Project(
            key=entry.key,
            environment=environment.name,
            name=self._name(layered),
            description=entry.node.text("description"),
            tags={key: layered.tags[key].text for key in sorted(layered.tags)},
            region=nearest("region"),
            move_from=nearest("move_from"),
            data_retention=nearest("data_retention"),
            status=cast("Status", nearest("status") or "active"),
            protect=nearest("protect") != "false",
            on_remove=cast("OnRemove | None", nearest("on_remove")),
            adopt_id=nearest("id"),
            aliases=aliases,
            owner=owner,
            previous_owners=(*formerly, *([taken_from] if taken_from else [])),
            location=f"{entry.place.file}:{entry.place.line}:{entry.place.column}",
        )

    def _name(self, layered: "_Layered") -> str:
        environment = layered.environment
        exact = layered.override.text("name")
        name = exact or environment.name_format.replace(UNCHANGED_NAME, layered.entry.node.text("name") or "")
        place = (layered.override if exact else layered.entry.node).entries["name"]
        fault = PROJECT_NAME.fault(name)
        if fault:
            self._report.error(place, f"becomes {name!r} in {environment.name}, which {fault}")
        elif SAFE_PROJECT_NAME.fault(name):
            message = f"{name!r} may be refused: one page of AWS allows {SAFE_PROJECT_NAME.says}, at most 64 characters"
            self._report.warning(place, message)
        return name


@dataclass(frozen=True, kw_only=True)
class _Layered:
    """An entry in one environment with its layers; `own` are the tags that the entry gives there."""

    entry: Entry
    override: Mapping
    base: Base
    own: Tags

    @cached_property
    def tags(self) -> Tags:
        return {**self.base.tags, **self.own}

    @property
    def environment(self) -> Environment:
        return self.base.declared.environment

    @property
    def path_of_tags(self) -> str:
        return f"{self.entry.place.path}.tags"

    def nearest(self, key: str) -> str | None:
        return nearest(key, (self.override, self.entry.node, *self.base.layers))

    def lacks(self, key: str) -> bool:
        """Whether nobody gives the tag; one that was given and found wrong is no second problem."""
        given = (self.entry.node, self.override)
        return key not in self.tags and not (
            key in self.base.broken or any("tags" in n.broken or key in n.mapping("tags").broken for n in given)
        )
