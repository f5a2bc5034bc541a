"""Files that cannot be written: one message with the path that was given, and nothing left beside it."""

from pathlib import Path

import pytest

from bedrock_projects.adoption import inventory_file
from bedrock_projects.errors import SettingsError
from bedrock_projects.files import write
from tests.unit.interruptions import killed_after

PLACES = {
    "a folder that is not there": "none/x.yaml",
    "a file as a folder": "file/x.yaml",
    "a name that is too long": "x" * 300,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_place_where_nothing_can_be_written_is_one_message(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / place
    with pytest.raises(SettingsError) as raised:
        write("x", path)
    assert str(raised.value).startswith(f"{path} cannot be written: ")
    file = inventory_file.new_file("111111111111")
    with pytest.raises(SettingsError) as checked:
        inventory_file.check(file.text, file, path)
    assert str(checked.value) == str(raised.value)
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("before", [None, "old"])
def test_an_interrupted_write_leaves_the_file_as_it_was_or_as_it_will_be(tmp_path: Path, before: str | None) -> None:
    """At each change of a file: it is opened next to the other, gets its permissions and its name."""
    path, seen = tmp_path / "x.yaml", set[str | None]()
    for changes in range(10):
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_text(before)
        with killed_after(changes, below=tmp_path) as was_killed:
            write("new", path)
        seen.add(path.read_text() if path.exists() else None)
        write("new", path)
        assert [child.name for child in tmp_path.iterdir()] == ["x.yaml"]
        if not was_killed:
            break
    assert seen == {before, "new"}
    assert path.read_text() == "new"
