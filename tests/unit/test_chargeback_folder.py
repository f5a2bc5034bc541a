"""The folder of the months: a file is there as a whole or not at all, whenever a run is interrupted."""

from pathlib import Path

import pytest

from bedrock_projects.chargeback.folder import read_months, write_month
from bedrock_projects.chargeback.month_file import written
from bedrock_projects.chargeback.months import months_of
from bedrock_projects.errors import SettingsError
from tests.unit.chargeback_cases import INVOICE, closed, month, row
from tests.unit.interruptions import killed_after

FILE = closed("2026-10", month(row("30.005"), invoices=(INVOICE,)), months_of(()))
NEXT = closed("2026-11", month(row("1")), months_of((FILE,)))
MOST_POINTS = 10


@pytest.mark.parametrize("is_torn", [False, True], ids=["whole", "torn"])
def test_an_interrupted_run_leaves_nothing_half_and_the_next_one_ends_it(tmp_path: Path, is_torn: bool) -> None:
    """The folder is made; a file in it is opened, written, linked to its name and removed, at least."""
    states = []
    for changes in range(MOST_POINTS):
        folder = tmp_path / str(changes) / "chargeback"
        folder.parent.mkdir()
        with killed_after(changes, below=tmp_path) as was_killed:
            write_month(FILE, folder)
        if not was_killed:
            break
        for path in folder.glob(".*"):  # of a process with another number
            other = path.rename(path.with_name(".2026-10.json.1"))
            if is_torn and other.stat().st_nlink == 1:
                other.write_bytes(other.read_bytes()[:-5])
        found = read_months(folder)
        assert found.chain in ((), (FILE,))
        states.append(len(found.chain))
        if found.chain:
            with pytest.raises(SettingsError, match="is there already, and is never written over"):
                write_month(FILE, folder)
        else:
            write_month(FILE, folder)
        write_month(NEXT, folder)
        assert sorted(path.name for path in folder.iterdir()) == ["2026-10.json", "2026-11.json"]
        assert read_months(folder).chain == (FILE, NEXT)
    assert len(states) >= 5
    assert states == [0] * (len(states) - 1) + [1]


def test_what_was_not_left_by_a_run_stays(tmp_path: Path) -> None:
    for name in (".gitkeep", ".2026-10.json.bak", ".2026-10.json.1~", "2026-09.json.1"):
        (tmp_path / name).write_text("")
    write_month(FILE, tmp_path)
    assert len(list(tmp_path.iterdir())) == 5
    assert (tmp_path / "2026-10.json").read_text("utf-8") == written(FILE)


def test_a_folder_that_cannot_be_read_or_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"file cannot be read: Not a directory$"):
        read_months(tmp_path / "file")
    with pytest.raises(SettingsError, match=r"2026-10\.json cannot be written: "):
        write_month(FILE, tmp_path / "file")
    (tmp_path / "2026-10.json").write_bytes(written(FILE).encode("utf-16"))
    with pytest.raises(SettingsError, match=r"has a file that is not UTF-8 \(.*\); restore it$"):
        read_months(tmp_path)
