"""Reads the data exports of an inventory: those that exist and are read, and those that a stack creates."""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence

from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.model import CREATED_TABLE, Export, ExportCreation, created_location

_REQUIRED = ("bucket", "region")
_OF_CREATION = tuple(ExportCreation.model_fields)


def read_exports(root: Mapping, problems: ProblemList) -> tuple[Export, ...]:
    """The data exports, sorted by name; those with a problem are left out."""
    nodes = root.mapping("exports").mappings()
    read = [_export(name, nodes[name], problems) for name in sorted(nodes)]
    exports = tuple(export for export in read if export is not None)
    _check_places(exports, nodes, problems)
    return exports


def _export(name: str, node: Mapping, problems: ProblemList) -> Export | None:
    given = {key: value.text for key, value in node.scalars().items()}
    is_created = given.get("create") == "true"
    keys = {*given, *node.broken}
    if is_created and given.get("table", CREATED_TABLE) != CREATED_TABLE:
        problems.error(
            node.entries["table"], f"a stack creates exports of {CREATED_TABLE} only; write `table: {CREATED_TABLE}`"
        )
    if is_created and "location" not in keys:
        for key in _REQUIRED:
            if key not in keys:
                problems.error(node, f"`{key}` is missing; add it, since `create: true` creates the bucket too")
    elif not is_created and "create" not in node.broken:
        _check_reading(node, given, problems)
    if node.broken or not {"table", *(_REQUIRED if is_created else ("location",))} <= given.keys():
        return None
    if not is_created:
        return Export.model_validate({"name": name, "table": given["table"], "location": given["location"]})
    creation = ExportCreation.model_validate({key: given[key] for key in _OF_CREATION if key in given})
    location = created_location(creation.bucket, name)
    return Export.model_validate({"name": name, "table": given["table"], "location": location, "creation": creation})


def _check_reading(node: Mapping, given: AbstractMapping[str, str], problems: ProblemList) -> None:
    """An export that exists has a place and nothing that only a new one can be."""
    if "location" in given:
        for key in _OF_CREATION:
            if key in node.entries:
                message = "is for an export that the stack creates; remove it, or replace `location` by `create: true`"
                problems.error(node.keys[key], message)
    elif "create" in given and "location" not in node.broken:
        problems.error(
            node.keys["create"], "says of no export where it is; write `create: true`, or `location` instead of it"
        )


def _check_places(exports: Sequence[Export], nodes: AbstractMapping[str, Mapping], problems: ProblemList) -> None:
    """Two exports in one place would be one, or would write over each other."""
    by_location: dict[str, Export] = {}
    by_bucket: dict[str, Export] = {}
    for export in exports:
        node = nodes[export.name]
        other = by_location.setdefault(export.location.rstrip("/"), export)
        if other is not export:
            place = node.entries["bucket" if export.creation else "location"]
            problems.error(place, f"{export.location!r} is also where {other.name!r} is; remove one of the two")
        elif export.creation:
            same = by_bucket.setdefault(export.creation.bucket, export)
            if same is not export:
                message = f"{export.creation.bucket!r} is also the bucket of {same.name!r}; each needs one of its own"
                problems.error(node.entries["bucket"], message)
