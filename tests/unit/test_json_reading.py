"""JSON of others that nests too deeply for Python: one message, and never a traceback."""

import ast
from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from bedrock_projects.attribution.catalogue import read_catalogue
from bedrock_projects.chargeback.month_file import parsed
from bedrock_projects.ci.previews import changes_of
from bedrock_projects.conformance.live.private_file import NAME as PRIVATE_NAME
from bedrock_projects.conformance.live.private_file import load
from bedrock_projects.conformance.reading import read_report
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.manifests import Export, StoredFile
from bedrock_projects.fleet.tables import read_tables
from bedrock_projects.json_reading import read_json
from tests.documents import ROOT

DEPTH = 200_000
NESTED = {
    "lists": "[" * DEPTH,
    "objects": '{"a":' * DEPTH,
    "lists in an object": '{"a":' + "[" * DEPTH,
    "whole": "[" * DEPTH + "]" * DEPTH,
}


def read_manifest(file: Path) -> object:
    listing = {file.name: StoredFile(size=1, modified=datetime(2026, 11, 2, tzinfo=timezone.utc))}
    export = Export(name="x", folder="x", manifests={date(2026, 10, 1): (file.name,)}, months=frozenset())
    return export.delivery(date(2026, 10, 1), listing, lambda _: file.read_bytes())


READERS: dict[str, Callable[[Path], object]] = {
    "the file of a month": lambda file: parsed(file.read_text("utf-8"), name=file.name),
    "a catalogue": read_catalogue,
    "a manifest": read_manifest,
    "a private file": lambda file: load(file.parent),
    "a report": read_report,
    "a table": lambda file: read_tables(file.parent),
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_nesting_that_is_too_deep_makes_a_text_invalid(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested too deeply"):
        read_json(text)


def test_a_preview_that_is_nested_too_deeply_is_not_one() -> None:
    """It looks for a document at each brace: a text of many takes long."""
    assert changes_of(NESTED["lists in an object"]) == "other"


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_file_that_is_nested_too_deeply_is_one_message(tmp_path: Path, read: Callable[[Path], object]) -> None:
    (tmp_path / PRIVATE_NAME).write_text(NESTED["whole"], "utf-8")
    with pytest.raises(SettingsError, match=PRIVATE_NAME):
        read(tmp_path / PRIVATE_NAME)


def test_no_other_module_reads_json() -> None:
    readers = {
        path.relative_to(ROOT / "bedrock_projects").as_posix()
        for path in (ROOT / "bedrock_projects").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("json.load", "json.loads")
    }
    assert readers == {"json_reading.py"}
