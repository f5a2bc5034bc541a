"""Compares the data exports of two inventories: those that reports read, and those that a stack creates."""

from collections.abc import Iterator, Mapping, Sequence

from bedrock_projects.model import Export, ExportCreation, Inventory
from bedrock_projects.review.notes import Note

_UPDATED = "rows"
"""The only setting that AWS changes in an export that exists."""


def read_exports(exports: Sequence[Export]) -> Mapping[str, Mapping[str, str]]:
    """What is said of each export that exists, by name."""
    return {
        export.name: {"table": export.table, "location": export.location}
        for export in exports
        if export.creation is None
    }


def created_exports(exports: Sequence[Export]) -> Mapping[str, Mapping[str, str]]:
    """What is said of each export that a stack creates, by name."""
    return {name: {"table": table, **_settings(creation)} for name, (table, creation) in _created(exports).items()}


def export_notes(before: Inventory, after: Inventory) -> Iterator[Note]:
    """What a run refuses of the changes, and what an export leaves out."""
    old, new = _created(before.exports), _created(after.exports)
    replaced = [key for key in sorted(old.keys() & new.keys()) if _replaces(old[key][1], new[key][1])]
    if replaced:
        yield Note(
            "a run refuses this change: AWS would replace the export, and delivers no earlier month again. Add a "
            "second export with a bucket of its own instead",
            tuple(replaced),
        )
    changed = [key for key in sorted(old.keys() & new.keys()) if old[key][1].rows != new[key][1].rows]
    if changed:
        yield Note("months that are delivered already keep their rows", tuple(changed))
    partial = [key for key in sorted(new) if new[key][1].rows == "bedrock" and _rows_of(old, key) != "bedrock"]
    if partial:
        yield Note(
            "`rows: bedrock` leaves out tax, support, and credits without a product family, so no report of it can be "
            "compared with the whole bill",
            tuple(partial),
        )
    if removed := sorted(old.keys() - new.keys()):
        yield Note(
            "a run refuses to remove it, since Pulumi protects the export and its bucket; after `pulumi state "
            "unprotect` it releases them, and both stay in AWS",
            tuple(removed),
        )


def _created(exports: Sequence[Export]) -> Mapping[str, tuple[str, ExportCreation]]:
    return {export.name: (export.table, export.creation) for export in exports if export.creation}


def _rows_of(exports: Mapping[str, tuple[str, ExportCreation]], key: str) -> str | None:
    return exports[key][1].rows if key in exports else None


def _replaces(old: ExportCreation, new: ExportCreation) -> bool:
    return old.model_dump(exclude={_UPDATED}) != new.model_dump(exclude={_UPDATED})


def _settings(creation: ExportCreation) -> dict[str, str]:
    return {
        "bucket": creation.bucket,
        "region": creation.region,
        "granularity": creation.granularity,
        "rows": creation.rows,
        "iam_principals": str(creation.iam_principals).lower(),
    }
