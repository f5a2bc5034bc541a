"""The values of the charged tag that an amount can be split among."""

from collections.abc import Collection, Iterable, Mapping

from bedrock_projects.model import Project, TagKey, known_values


def charged_values(by: str, projects: Iterable[Project], tag_keys: Mapping[str, TagKey]) -> frozenset[str]:
    """The current values of the tag key `by`: statements are for no others."""
    former = tag_keys[by].former_values if by in tag_keys else frozenset()
    return known_values(by, projects, tag_keys) - former - {""}


def source_values(by: str, projects: Iterable[Project], sources: Collection[str]) -> frozenset[str]:
    """The values whose projects are all of these entries: they have no cost of their own after a split of these."""
    tagged = [(project.tags[by], project.key in sources) for project in projects if by in project.tags]
    return frozenset(value for value, _ in tagged) - {value for value, is_source in tagged if not is_source}
