"""Where costs are read from, as `--source` says it: Cost Explorer, or a data export by its name or its place."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.errors import ServiceError, SettingsError
from bedrock_projects.exports.manifests import EmptyPlaceError, NotDeliveredError
from bedrock_projects.exports.stores import PLACES, SCHEME, Folder, Store
from bedrock_projects.model import Export
from bedrock_projects.suggestions import did_you_mean

COST_EXPLORER: Final = "cost-explorer"
NO_BUCKET: Final = "NoSuchBucket"
"""The code of the error for a bucket that is not there."""
DECLARED: Final = "export"
"""The word for an export of the inventory; `export:NAME` if it has several."""
_PARTIAL: Final = (
    "the export has Bedrock's product family alone (`rows: bedrock`): tax, support, other services, and credits "
    "without that family are not in it, so the total of the bill is not that of an invoice"
)


def place_of(source: str, exports: Sequence[Export], *, folder: Path, option: str = "--source") -> str:
    """The folder or `s3://` prefix of a source; `cost-explorer` stays.

    `exports` are those of the inventory, `folder` is that of its file, `option` is where the source is written. Raises
    SettingsError if the source names an export that the inventory does not have, or none of several, or if its folder
    is missing. Looks at no file.
    """
    if not source or ("://" in source and not source.startswith(SCHEME)):
        raise SettingsError(f"{option} {source!r} is not a place; give {PLACES}")
    word, colon, name = source.partition(":")
    if word != DECLARED:
        return source
    names = [export.name for export in exports]
    if not names:
        raise SettingsError(
            f"{option} {source}: the inventory has no `exports`; add one, or give s3://BUCKET/PREFIX or a folder, such "
            f"as ./{DECLARED}"
        )
    if not colon and len(names) > 1:
        raise SettingsError(
            f"{option} {source}: the inventory has {len(names)} exports; write {DECLARED}:{names[0]}, or another of "
            f"{', '.join(names)}"
        )
    if colon and name not in names:
        raise SettingsError(f"{option} {source}: unknown export {name!r}; {did_you_mean(name, names)}")
    place = location_of(next(export for export in exports if not colon or export.name == name), folder=folder)
    if not place.startswith(SCHEME) and not Path(place).is_dir():
        raise SettingsError(
            f"{option} {source}: no such folder: {place}; copy the export there, or correct its `location` in the "
            "inventory"
        )
    return place


def location_of(export: Export, *, folder: Path) -> str:
    """The folder or `s3://` prefix of an export of the inventory, whose file is in that folder."""
    return export.location if export.location.startswith(SCHEME) else str(folder / export.location)


def notes_on(place: str, exports: Sequence[Export]) -> tuple[str, ...]:
    """What a report of this place must say of it: an export of the inventory may leave out lines of the bill.

    The place may be above the export, which is the only one there then.
    """
    partial = [export.location for export in exports if export.creation and export.creation.rows == "bedrock"]
    above = f"{place.rstrip('/')}/"
    return (_PARTIAL,) if any(f"{location}/".startswith(above) for location in partial) else ()


def check_options(place: str, *, no_cache: bool, signs_in: bool) -> None:
    """Raises an error if an option has no effect on a source: `--no-cache`, or one of those that sign in."""
    is_bucket = place.startswith(SCHEME)
    if no_cache and not is_bucket:
        raise SettingsError(f"--no-cache goes with --source {SCHEME}BUCKET/PREFIX; leave it out")
    if signs_in and not is_bucket and place != COST_EXPLORER:
        raise SettingsError(f"--source {place} is a folder, which needs no --profile and no --role-arn; leave them out")


@contextmanager
def open_source(
    place: str, credentials: Credentials, *, keeps_copies: bool, exports: Sequence[Export] = ()
) -> Iterator[Store]:
    """The files of an export; `exports` are those of the inventory.

    Raises NotDeliveredError if a stack has yet to create the export, or AWS has yet to deliver it for the first time.
    """
    created = {export.location: export for export in exports if export.creation}.get(place.rstrip("/"))
    try:
        with _store(place, credentials, keeps_copies=keeps_copies) as store:
            yield store
    except EmptyPlaceError:
        if created is None:
            raise
        raise NotDeliveredError(f"{place} has no delivery yet; AWS delivers within 24 hours of the creation") from None
    except ServiceError as error:
        if created is None or created.creation is None or error.code != NO_BUCKET:
            raise
        raise NotDeliveredError(
            f"export {created.name} is not created yet: no bucket {created.creation.bucket}; run `pulumi up` for the "
            "stack of Billing"
        ) from None


def _store(place: str, credentials: Credentials, *, keeps_copies: bool) -> AbstractContextManager[Store]:
    if place.startswith(SCHEME):
        # boto3 is slow to import, and a folder does without it.
        from bedrock_projects.exports.bucket import open_bucket

        return open_bucket(place, credentials, keeps_copies=keeps_copies)
    return nullcontext(Folder(Path(place)))
