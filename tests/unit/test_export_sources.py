"""`--source` names Cost Explorer, a folder, a bucket, or an export of the inventory, which is then looked up there."""

from pathlib import Path

import pytest

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.sources import notes_on, place_of
from bedrock_projects.model import Export, ExportCreation, created_location
from tests.unit.command_line import inventory, run

BUCKET = Export(name="acme-cur2", table="cur2", location="s3://acme-billing/cost")
COPY = Export(name="copy", table="cur2", location="copies/cur2")
FOLDER = Path("desk")
NONE = "the inventory has no `exports`; add one, or give s3://BUCKET/PREFIX or a folder, such as ./export"


@pytest.mark.parametrize("exports", [(), (BUCKET, COPY)], ids=["none", "two"])
@pytest.mark.parametrize(
    "source", ["cost-explorer", "folder", "./export", "exports", "s3://acme/export", "s3://export"]
)
def test_a_place_is_what_it_is(source: str, exports: tuple[Export, ...]) -> None:
    assert place_of(source, exports, folder=FOLDER) == source


@pytest.mark.parametrize(
    ("source", "exports", "place"),
    [
        ("export", (BUCKET,), "s3://acme-billing/cost"),
        ("export:acme-cur2", (BUCKET,), "s3://acme-billing/cost"),
        ("export:acme-cur2", (BUCKET, COPY), "s3://acme-billing/cost"),
    ],
)
def test_an_export_of_the_inventory_is_at_its_location(source: str, exports: tuple[Export, ...], place: str) -> None:
    assert place_of(source, exports, folder=FOLDER) == place


@pytest.mark.parametrize("source", ["export", "export:copy"])
def test_a_copy_is_in_the_folder_that_the_inventory_names(source: str, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "cur2"
    copy.mkdir(parents=True)
    assert place_of(source, (COPY,), folder=tmp_path) == str(copy)


@pytest.mark.parametrize("source", ["", "S3://acme-billing/cost", "https://acme-billing.s3.amazonaws.com"])
def test_what_is_not_a_place_is_refused_as_it_was_written(source: str) -> None:
    with pytest.raises(SettingsError) as refused:
        place_of(source, (), folder=FOLDER)
    assert str(refused.value) == (
        f"--source {source!r} is not a place; give a folder, s3://BUCKET/PREFIX, export:NAME or cost-explorer"
    )


@pytest.mark.parametrize(
    ("source", "exports", "message"),
    [
        (
            "export",
            (),
            f"--source export: {NONE}",
        ),
        (
            "export:acme-cur2",
            (),
            f"--source export:acme-cur2: {NONE}",
        ),
        (
            "export",
            (BUCKET, COPY),
            "--source export: the inventory has 2 exports; write export:acme-cur2, or another of acme-cur2, copy",
        ),
        (
            "export:acme-cur",
            (BUCKET, COPY),
            "--source export:acme-cur: unknown export 'acme-cur'; did you mean 'acme-cur2'?",
        ),
        ("export:x", (BUCKET, COPY), "--source export:x: unknown export 'x'; known: acme-cur2, copy"),
        (
            "export",
            (COPY,),
            (
                "--source export: no such folder: desk/copies/cur2; copy the export there, or correct its `location` "
                "in the inventory"
            ),
        ),
        ("export:", (BUCKET,), "--source export:: unknown export ''; known: acme-cur2"),
    ],
)
def test_an_ambiguous_export_is_refused(source: str, exports: tuple[Export, ...], message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        place_of(source, exports, folder=FOLDER)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("place", "says_so"),
    [
        ("s3://acme-bedrock-costs/exports/bedrock", True),
        ("s3://acme-bedrock-costs/exports/bedrock/", True),
        ("s3://acme-bedrock-costs/exports", True),
        ("s3://acme-bedrock-costs", True),
        ("s3://acme-bedrock", False),
        ("s3://acme-bedrock-costs/exports/bed", False),
    ],
)
def test_a_report_says_that_the_export_leaves_out_lines_wherever_above_it_the_place_is(
    place: str, says_so: bool
) -> None:
    creation = ExportCreation(bucket="acme-bedrock-costs", region="us-east-1", rows="bedrock")
    location = created_location("acme-bedrock-costs", "bedrock")
    partial = Export(name="bedrock", table="cur2", location=location, creation=creation)
    assert ["`rows: bedrock`" in note for note in notes_on(place, [partial])] == ([True] if says_so else [])
    whole = partial.model_copy(update={"creation": creation.model_copy(update={"rows": "all"})})
    assert notes_on(place, [whole]) == ()


def test_an_empty_folder_that_no_stack_fills_waits_for_no_delivery(tmp_path: Path) -> None:
    (tmp_path / "projects.yaml").write_text(inventory("search: {name: Search}"), "utf-8")
    (tmp_path / "empty").mkdir()
    done = run("costs", "--source", "./empty", "--month", "2026-10", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("empty has no data export; give the folder or prefix with its folders `data` and ")
