"""Files that cannot be written: one message with the path that was given, and nothing left beside it."""

from pathlib import Path

import pytest

from bedrock_projects.adoption import inventory_file
from bedrock_projects.errors import SettingsError
from bedrock_projects.files import write

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
