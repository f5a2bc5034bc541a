"""Which files are the newest delivery of a billing period: those that its manifest names, never the listing."""

import json
from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.manifests import (
    LARGEST_MANIFEST,
    Delivery,
    Export,
    NotDeliveredError,
    StoredFile,
    find_export,
)
from bedrock_projects.exports.stores import Folder
from tests.unit.export_files import NAME, deliver, manifest, row, write_csv

OCTOBER = date(2026, 10, 1)
RUNS = ("2026-11-02T04:12:00.100Z-1111", "2026-11-09T04:12:33.356Z-2222")
FIRST, SECOND = f"{NAME}-00001.csv.gz", f"{NAME}-00002.csv.gz"


def delivery(root: Path, month: date = OCTOBER) -> Delivery:
    store = Folder(root)
    listing = store.listing()
    return find_export(listing, store.location).delivery(month, listing, store.read)


def folder_of(root: Path, *, run: str = "", name: str = NAME, month: str = "2026-10") -> Path:
    return root / name / "data" / f"BILLING_PERIOD={month}" / run


def refreshes(root: Path, *runs: str, has_own_manifests: bool = True) -> None:
    """An export that creates new files: a folder for each refresh, and the manifest of the last one above."""
    for run in runs:
        write_csv(folder_of(root, run=run) / FIRST, [row()])
        if has_own_manifests:
            manifest(root, "2026-10", [f"{run}/{FIRST}"], run=run)
    manifest(root, "2026-10", [f"{runs[-1]}/{FIRST}"])


def test_an_export_that_overwrites_has_the_files_of_its_manifest(tmp_path: Path) -> None:
    deliver(tmp_path, [row(), row()], chunks=2)
    found = delivery(tmp_path)
    below = f"{NAME}/data/BILLING_PERIOD=2026-10"
    assert (found.files, found.format) == ((f"{below}/{FIRST}", f"{below}/{SECOND}"), "csv")


@pytest.mark.parametrize("has_own_manifests", [True, False])
def test_of_an_export_that_creates_new_files_the_newest_refresh_counts(tmp_path: Path, has_own_manifests: bool) -> None:
    refreshes(tmp_path, *RUNS, has_own_manifests=has_own_manifests)
    found = delivery(tmp_path)
    assert found.files == (f"{NAME}/data/BILLING_PERIOD=2026-10/{RUNS[1]}/{FIRST}",)
    assert found.delivered == datetime(2026, 11, 9, 4, 12, 33, tzinfo=timezone.utc)


def test_a_refresh_without_a_manifest_is_not_delivered_yet(tmp_path: Path) -> None:
    refreshes(tmp_path, RUNS[0])
    write_csv(folder_of(tmp_path, run=RUNS[1]) / FIRST, [row()])
    assert RUNS[0] in delivery(tmp_path).files[0]


def test_a_manifest_that_is_too_large_for_one_is_not_read() -> None:
    """The listing says its size, so nothing of it is in memory."""
    listing = {"m": StoredFile(size=LARGEST_MANIFEST + 1, modified=datetime(2026, 11, 2, tzinfo=timezone.utc))}
    export = Export(name="x", folder="x", manifests={OCTOBER: ("m",)}, months=frozenset())
    read: list[str] = []

    def read_file(path: str) -> bytes:
        read.append(path)
        return b""

    with pytest.raises(SettingsError, match=r"^m has more than 64,000,000 bytes, so it is not a manifest"):
        export.delivery(OCTOBER, listing, read_file)
    assert read == []


def test_files_without_a_byte_are_left_out(tmp_path: Path) -> None:
    """The chunks that a smaller refresh does not need."""
    folder = deliver(tmp_path, [row()])
    (folder / SECOND).touch()
    assert [Path(path).name for path in delivery(tmp_path).files] == [FIRST]
    manifest(tmp_path, "2026-10", [FIRST, SECOND])
    assert [Path(path).name for path in delivery(tmp_path).files] == [FIRST]


@pytest.mark.parametrize("below", ["", NAME])
def test_the_location_is_the_folder_of_the_export_or_one_above_it(tmp_path: Path, below: str) -> None:
    deliver(tmp_path, [row()])
    store = Folder(tmp_path / below)
    found = find_export(store.listing(), store.location)
    assert (found.name, [*found.manifests]) == (NAME, [OCTOBER])
    assert delivery(tmp_path / below).files[0].endswith(FIRST)


def test_the_folders_of_a_focus_export_are_found_in_small_letters(tmp_path: Path) -> None:
    root = tmp_path / "focus"
    for kind, name in (("data", "focus-00001.csv.gz"), ("metadata", "focus-Manifest.json")):
        place = root / kind / "billing_period=2026-10"
        place.mkdir(parents=True)
        (place / name).write_text(
            json.dumps({"dataFiles": ["s3://b/focus/data/billing_period=2026-10/focus-00001.csv.gz"]})
        )
    (root / "metadata/billing_period=2026-10/focus-Manifest-FOCUS.json").write_text("{}")
    found = delivery(tmp_path)
    assert found.files == ("focus/data/billing_period=2026-10/focus-00001.csv.gz",)


def two_exports(root: Path) -> None:
    deliver(root / "payer-a", [row()])
    deliver(root / "payer-b", [row()])


def without_manifest(root: Path) -> None:
    write_csv(folder_of(root) / FIRST, [row()])


def without_month(root: Path) -> None:
    deliver(root, [row()], month="2026-08")
    deliver(root, [row()], month="2026-09")


def without_file(root: Path) -> None:
    (deliver(root, [row(), row()], chunks=2) / SECOND).unlink()


def without_files(root: Path) -> None:
    deliver(root, [row()])
    manifest(root, "2026-10", [f"{NAME}-0000{number}.csv.gz" for number in range(1, 8)])


def with_another_file(root: Path) -> None:
    write_csv(deliver(root, [row()]) / SECOND, [row()])


def with_both_modes(root: Path) -> None:
    deliver(root, [row()])
    write_csv(folder_of(root, run=RUNS[0]) / FIRST, [row()])
    manifest(root, "2026-10", [f"{RUNS[0]}/{FIRST}"], run=RUNS[0])


def with_manifests_that_differ(root: Path) -> None:
    refreshes(root, RUNS[0])
    write_csv(folder_of(root, run=RUNS[0]) / SECOND, [row()])
    manifest(root, "2026-10", [f"{RUNS[0]}/{FIRST}", f"{RUNS[0]}/{SECOND}"])


def with_a_stray_manifest(root: Path) -> None:
    deliver(root, [row()])
    (root / NAME / "metadata/BILLING_PERIOD=2026-10/copy-Manifest.json").write_text('{"dataFiles": []}')


def with_text(text: str) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        deliver(root, [row()])
        (root / NAME / f"metadata/BILLING_PERIOD=2026-10/{NAME}-Manifest.json").write_text(text)

    return write


def naming(uri: str) -> Callable[[Path], None]:
    return with_text(json.dumps({"dataFiles": [uri]}))


def zipped(root: Path) -> None:
    folder = deliver(root, [row()])
    (folder / f"{NAME}-00001.zip").write_bytes(b"PK")
    (folder / FIRST).unlink()
    manifest(root, "2026-10", [f"{NAME}-00001.zip"])


def test_manifests_are_compared_as_they_are_read(tmp_path: Path) -> None:
    """An export that keeps each refresh has one for each: together they would fill the memory."""
    write_csv(folder_of(tmp_path, run=RUNS[0]) / FIRST, [row()])
    for number in range(9):
        manifest(tmp_path, "2026-10", [f"{RUNS[0]}/{FIRST}"] * (1 + number), run=f"{RUNS[0]}/{number}")
    store, paths = Folder(tmp_path), list[str]()

    def read(path: str) -> bytes:
        paths.append(path)
        return store.read(path)

    listing = store.listing()
    with pytest.raises(SettingsError, match="differ; copy the export again"):
        find_export(listing, store.location).delivery(OCTOBER, listing, read)
    assert len(paths) == 2


PATH = f"{NAME}/metadata/BILLING_PERIOD=2026-10/{NAME}-Manifest.json"
DATA = f"{NAME}/data/BILLING_PERIOD=2026-10"
FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no export": (lambda _: None, "has no data export; give the folder or prefix with its folders `data` and"),
    "two exports": (two_exports, f"has 2 exports: payer-a/{NAME}, payer-b/{NAME}; give one of them, such as --source "),
    "no manifest": (without_manifest, f"export {NAME}, 2026-10 has files, but no manifest: its delivery is not"),
    "no such month yet": (
        without_month,
        f"export {NAME} has no delivery of 2026-10 yet; it has 2026-08 to 2026-09. AWS refreshes an export at least",
    ),
    "a missing file": (without_file, f"{DATA}/{SECOND} of the manifest is missing; copy the export again"),
    "many missing files": (without_files, f"{DATA}/{NAME}-00004.csv.gz and 3 more of the manifest are missing"),
    "a file too many": (with_another_file, f"the manifest does not name {DATA}/{SECOND}; files and manifest are of"),
    "both modes": (with_both_modes, "was delivered both with and without a folder for each refresh; remove the older"),
    "two manifests": (with_manifests_that_differ, f"{PATH} differ; copy the export again"),
    "a stray manifest": (with_a_stray_manifest, f"{NAME} has manifests of several exports: {NAME}, copy"),
    "no JSON": (with_text("{"), f"{PATH} is not a manifest of a data export; copy the export again"),
    "a list": (with_text("[]"), f"{PATH} is not a manifest of a data export"),
    "no files": (with_text("{}"), f"{PATH} is not a manifest of a data export"),
    "files of another kind": (with_text('{"dataFiles": [1]}'), f"{PATH}: `dataFiles` is not a list of files"),
    "a path elsewhere": (
        naming("s3://b/x/y.csv.gz"),
        "the manifest names s3://b/x/y.csv.gz, which is not a file of this",
    ),
    "a path upwards": (
        naming("s3://b/data/BILLING_PERIOD=2026-10/../../../secret.csv.gz"),
        "secret.csv.gz, which is not a file of this month",
    ),
    "a file of another month": (
        naming("s3://b/data/BILLING_PERIOD=2026-09/a.csv.gz"),
        "BILLING_PERIOD=2026-09/a.csv.gz, which is not a file of this month",
    ),
    "ZIP": (zipped, f"{NAME}-00001.zip: only all csv.gz or all Parquet can be read"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_one_whole_delivery_is_refused_with_one_message(tmp_path: Path, fault: str) -> None:
    make, message = FAULTS[fault]
    make(tmp_path)
    with pytest.raises(SettingsError) as caught:
        delivery(tmp_path)
    assert message in str(caught.value)
    assert len(caught.value.lines) == 1


@pytest.mark.parametrize("make", [without_manifest, without_month])
def test_a_month_that_aws_has_yet_to_deliver_is_not_a_fault(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(NotDeliveredError):
        delivery(tmp_path)


def test_a_month_before_the_export_never_comes(tmp_path: Path) -> None:
    without_month(tmp_path)
    with pytest.raises(
        SettingsError, match="has nothing for 2026-07; it has 2026-08 to 2026-09; AWS delivers no"
    ) as no:
        delivery(tmp_path, date(2026, 7, 1))
    assert not isinstance(no.value, NotDeliveredError)


@pytest.mark.parametrize(
    ("named", "columns"),
    [
        ([{"name": "tags", "type": "map"}, {"name": "product"}], {"tags", "product"}),
        ([{"type": "map"}, "tags", {"name": 1}], set()),
        ("tags", set()),
        (None, set()),
    ],
)
def test_the_columns_are_those_that_the_manifest_names(tmp_path: Path, named: object, columns: set[str]) -> None:
    deliver(tmp_path, [row()])
    [path] = tmp_path.rglob("*Manifest.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "columns": named}))
    assert delivery(tmp_path).columns == columns


def test_an_export_whose_months_have_no_manifest_has_no_complete_delivery(tmp_path: Path) -> None:
    without_manifest(tmp_path)
    with pytest.raises(SettingsError, match="has nothing for 2026-09; it has no complete delivery"):
        delivery(tmp_path, date(2026, 9, 1))


def test_in_a_bucket_a_file_that_is_newer_than_its_manifest_is_of_a_refresh_under_way(tmp_path: Path) -> None:
    deliver(tmp_path, [row()])
    store = Folder(tmp_path)
    listing = {
        path: StoredFile(
            size=file.size, modified=datetime(2026, 11, 9 if "/data/" in path else 8, tzinfo=timezone.utc), etag="x"
        )
        for path, file in store.listing().items()
    }
    export = find_export(listing, store.location)
    with pytest.raises(SettingsError, match="2026-10: AWS is delivering a refresh now; run again later"):
        export.delivery(OCTOBER, listing, store.read)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match="no such folder; give a folder, s3://BUCKET/PREFIX, export:NAME or cost-explorer"
    ):
        Folder(tmp_path / "nowhere")
