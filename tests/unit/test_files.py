"""Files that are replaced: what cannot be written is one message, and nobody reads or redirects what is written."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedrock_projects.adoption import inventory_file
from bedrock_projects.errors import SettingsError
from bedrock_projects.files import made_folder, scratch_file, write
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


@pytest.mark.parametrize("place", ["file", "file/folder"])
def test_a_folder_that_cannot_be_made_is_one_message(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("theirs")
    path = tmp_path / place
    with pytest.raises(SettingsError, match=f"^{re.escape(str(path))} cannot be made: (File exists|Not a directory)$"):
        made_folder(path)
    assert (tmp_path / "file").read_text() == "theirs"


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


@pytest.fixture
def no_umask() -> Iterator[None]:
    """New files may be read and written by all, if their program does not say otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
@pytest.mark.usefixtures("no_umask")
def test_a_file_is_never_open_to_more_people_than_the_one_that_it_replaces(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "x"
    path.touch(mode=mode)
    with scratch_file("secret", path) as scratch:
        assert stat.S_IMODE(scratch.stat().st_mode) == mode
    write("secret", path)
    assert (stat.S_IMODE(path.stat().st_mode), path.read_text("utf-8")) == (mode, "secret")


def test_permissions_that_the_umask_withholds_stay(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    path.chmod(0o666)
    write("", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666


def test_a_link_of_the_name_before_the_file_is_whole_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("theirs")
    (tmp_path / f".x.{os.getpid()}").symlink_to(tmp_path / "outside")
    write("new", tmp_path / "x")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"x": "new", "outside": "theirs"}
