"""What an anomaly alert watches apart, decided from the projects alone: for the reader and for the resources."""

from collections.abc import Iterable, Iterator

from bedrock_projects.batches import batches
from bedrock_projects.limits import VALUES_PER_MONITOR
from bedrock_projects.model import AnomalyAlert, Project


def watched(alert: AnomalyAlert, projects: Iterable[Project], *, ownership_key: str) -> Iterator[tuple[str, list[str]]]:
    """For each monitor: a value of the alert's tag key, and the ownership tags of projects that carry it.

    A monitor takes one tag key and ten of its values, so it names the projects by their ownership tags.
    """
    by_value: dict[str, list[str]] = {}
    for each in projects:
        value = each.owner if alert.tag_key == ownership_key else each.tags.get(alert.tag_key)
        if value is not None and alert.environment in (None, each.environment):
            by_value.setdefault(value, []).append(each.owner)
    for value, owners in sorted(by_value.items()):
        yield from ((value, list(each)) for each in batches(sorted(owners), VALUES_PER_MONITOR))
