"""Where costs are read from, as `--source` says it: Cost Explorer, or a data export by its name or its place."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from bedrock_projects.aws.credentials import BillingCredentials
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.bucket import SCHEME, open_bucket
from bedrock_projects.exports.stores import Folder, Store
from bedrock_projects.model import Export
from bedrock_projects.suggestions import did_you_mean

COST_EXPLORER: Final = "cost-explorer"
DECLARED: Final = "export"
"""The word for an export of the inventory; `export:NAME` if it has several."""
_PARTIAL: Final = (
    "the export has Bedrock's product family alone (`rows: bedrock`): tax, support, other services, and credits "
    "without that family are not in it, so the total of the bill is not that of an invoice"
)


def place_of(source: str, exports: Sequence[Export], *, folder: Path) -> str:
    """The folder or `s3://` prefix of a source; `cost-explorer` stays.

    `exports` are those of the inventory, `folder` is that of its file. Raises SettingsError if the source names an
    export that the inventory does not have, or none of several. Looks at no file.
    """
    word, colon, name = source.partition(":")
    if word != DECLARED:
        return source
    names = [export.name for export in exports]
    if not names:
        raise SettingsError(
            f"--source {source}: the inventory has no `exports`; add one, or give s3://BUCKET/PREFIX or a folder, such "
            f"as ./{DECLARED}"
        )
    if not colon and len(names) > 1:
        raise SettingsError(
            f"--source {source}: the inventory has {len(names)} exports; write {DECLARED}:{names[0]}, or another of "
            f"{', '.join(names)}"
        )
    if colon and name not in names:
        raise SettingsError(f"--source {source}: unknown export {name!r}; {did_you_mean(name, names)}")
    return location_of(next(export for export in exports if not colon or export.name == name), folder=folder)


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


def open_source(place: str, credentials: BillingCredentials, *, keeps_copies: bool) -> AbstractContextManager[Store]:
    """The files of an export."""
    if place.startswith(SCHEME):
        return open_bucket(place, credentials, keeps_copies=keeps_copies)
    return nullcontext(Folder(Path(place)))
