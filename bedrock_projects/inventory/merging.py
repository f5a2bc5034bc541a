"""Merges an entry and the layers below it into one project per environment, and checks the limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, Endpoint
from bedrock_projects.fields import PLACED_FIELDS, READER_FIELDS
from bedrock_projects.inventory.environments import EntryEnvironments
from bedrock_projects.inventory.header import InventoryHeader, check_region
from bedrock_projects.inventory.layers import Defaults, DefaultsReader, Document, Entry, ResolvedEntry, first_defined
from bedrock_projects.inventory.nodes import HERE, Mapping, ProblemList, joined
from bedrock_projects.inventory.taxonomy import Tags
from bedrock_projects.limits import SAFE_PROJECT_NAME
from bedrock_projects.model import UNCHANGED_NAME, Environment, Project, owners, stack_tag_key
from bedrock_projects.suggestions import alternatives, difference, listed


class Merger:
    """Merges the entries of one document."""

    def __init__(self, document: Document, header: InventoryHeader, *, problems: ProblemList) -> None:
        self._header = header
        self._taxonomy = header.taxonomy
        self._report = problems
        self._grant = document.grant.tags
        self._defaults = DefaultsReader(document, header, problems=problems)
        self._environments = EntryEnvironments(document, header, problems=problems)

    def merge(self, entry: Entry) -> Iterator[ResolvedEntry]:
        """The projects of an entry, without environments that have errors."""
        tags = self._taxonomy.tags(entry.node.mapping("tags"), grant=self._grant, problems=self._report)
        lacking: dict[str, list[str]] = {}
        for environment, override in self._environments.overrides(entry).items():
            defaults = self._defaults.of(environment)
            if defaults is None:
                continue
            nearer = self._taxonomy.tags(override.mapping("tags"), grant=self._grant, problems=self._report)
            layered = _Layered(entry=entry, override=override, defaults=defaults, own={**tags, **nearer})
            for node in (entry.node, override):
                check_region(node, layered.endpoint, problems=self._report)
            self._check_tags(layered)
            self._check_tags_of_endpoint(layered)
            for key in self._taxonomy.required:
                if layered.lacks(key):
                    lacking.setdefault(key, []).append(environment)
            if entry.node.text("name") and "name" not in override.broken:
                yield ResolvedEntry(self._project(layered), entry, override)
        for key, environments in lacking.items():
            self._say_lacking(entry, key, environments=environments)

    def _check_tags(self, layered: "_Layered") -> None:
        own_keys = (self._taxonomy.ownership_key, stack_tag_key(self._taxonomy.ownership_key))
        count = len(layered.tags) + len(own_keys)
        most = layered.endpoint.tags_per_project
        if count > most:
            message = (
                f"has {count} tags in {HERE}, but AWS allows {most}; remove {count - most} "
                f"({len(layered.own)} from the entry, {len(layered.tags) - len(layered.own)} from defaults and "
                f"environment, plus {' and '.join(own_keys)})"
            )
            self._report.error(
                layered.entry.place, message, path=layered.path_of_tags, environment=layered.environment.name
            )
        for group in self._taxonomy.lookalikes:
            used = [key for key in group if key in layered.tags or key == self._taxonomy.ownership_key]
            if len(used) > 1:
                message = (
                    f"{' and '.join(map(repr, used))} differ {difference(*used[:2])}, and reports do not distinguish "
                    "them; keep one"
                )
                self._report.error(layered.entry.place, message, path=layered.path_of_tags)
        for key in layered.defaults.not_granted - layered.own.keys():
            value = layered.defaults.tags[key]
            message = (
                f"this file may not use the value {value.text!r} (from {value.file}:{value.line}); write "
                f"{alternatives(self._grant[key])} here"
            )
            self._report.error(layered.entry.place, message, path=joined(layered.path_of_tags, key))

    def _check_tags_of_endpoint(self, layered: "_Layered") -> None:
        """Reports what only this endpoint refuses; what none takes was reported where it is written."""
        endpoint = layered.endpoint
        for key, value in layered.tags.items():
            for text, limit in ((key, endpoint.tag_key), (value.text, endpoint.tag_value)):
                violation = limit.violation(text) if endpoint is not MANTLE else None
                if violation:
                    self._report.error(value, f"{text!r} {violation}; {endpoint} accepts no others")

    def _say_lacking(self, entry: Entry, key: str, *, environments: list[str]) -> None:
        tag_key = self._taxonomy.keys[key]
        pattern = f"a value that matches {tag_key.pattern}" if tag_key.pattern else "<value>"
        value = alternatives(tag_key.values) if tag_key.values else pattern
        say = self._report.error if self._taxonomy.is_strict(key) else self._report.warning
        say(
            entry.place,
            f"is missing in {listed(environments)}; add {key}: {value}",
            path=joined(f"{entry.place.path}.tags", key),
        )

    def _project(self, layered: "_Layered") -> Project:
        environment, header, entry = layered.environment, self._header, layered.entry
        taken_from = layered.first_defined("previous_owner")
        aliases = entry.node.texts("aliases")
        owner, *formerly = owners(
            inventories=(header.name, header.previous_name),
            environments=(environment.name, *environment.aliases),
            keys=(entry.key, *aliases),
        )
        return Project(
            key=entry.key,
            environment=environment.name,
            name=self._name(layered),
            tags={key: layered.tags[key].text for key in sorted(layered.tags)},
            aliases=aliases,
            owner=owner,
            previous_owners=(*formerly, *([taken_from] if taken_from else [])),
            location=f"{entry.place.file}:{entry.place.line}:{entry.place.column}",
            **layered.simple,
        )

    def _name(self, layered: "_Layered") -> str:
        environment = layered.environment
        exact = layered.override.text("name")
        name = exact or environment.name_format.replace(UNCHANGED_NAME, layered.entry.node.text("name") or "")
        place = (layered.override if exact else layered.entry.node).entries["name"]
        violation = layered.endpoint.project_name.violation(name)
        if violation:
            self._report.error(place, f"becomes {name!r} in {HERE}, which {violation}", environment=environment.name)
        elif layered.endpoint is MANTLE and SAFE_PROJECT_NAME.violation(name):
            message = f"AWS may refuse {name!r}; its user guide allows {SAFE_PROJECT_NAME.rule} (at most 64 characters)"
            self._report.warning(place, message)
        return name


@dataclass(frozen=True, kw_only=True)
class _Layered:
    """An entry in one environment with its layers; `own` are the tags that the entry sets there."""

    entry: Entry
    override: Mapping
    defaults: Defaults
    own: Tags

    @cached_property
    def tags(self) -> Tags:
        return {**self.defaults.tags, **self.own}

    @property
    def environment(self) -> Environment:
        return self.defaults.declared.environment

    @property
    def endpoint(self) -> Endpoint:
        return ENDPOINTS[self.first_defined("endpoint") or MANTLE.name]

    @property
    def path_of_tags(self) -> str:
        return f"{self.entry.place.path}.tags"

    @property
    def simple(self) -> dict[str, Any]:
        """The strings of the simple fields that are set; the model converts them and has defaults for the others."""
        texts = {field.attribute: self.entry.node.text(field.key) for field in READER_FIELDS}
        texts |= {field.attribute: self.first_defined(field.key) for field in PLACED_FIELDS}
        return {attribute: text for attribute, text in texts.items() if text is not None}

    def first_defined(self, key: str) -> str | None:
        return first_defined(key, (self.override, self.entry.node, *self.defaults.layers))

    def lacks(self, key: str) -> bool:
        """Whether the tag is missing; an invalid tag was reported before and is not missing."""
        given = (self.entry.node, self.override)
        return key not in self.tags and not (
            key in self.defaults.broken or any("tags" in n.broken or key in n.mapping("tags").broken for n in given)
        )
