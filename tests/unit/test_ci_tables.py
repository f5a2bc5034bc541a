"""One table of what the jobs of a pipeline wrote, whose files are data of others."""

import json
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.ci.review_comment import LONGEST, with_table
from bedrock_projects.fleet.results import StackResult, document_of
from bedrock_projects.fleet.tables import LARGEST, differing, markdown, read_tables
from tests.unit.command_line import run
from tests.unit.hostile import TEXT, check_markdown

CHANGED = StackResult("a", "a", "to change", {"to create": 2}, log="/home/x/a.log")
FAILED = StackResult("c", "c", "failed", reason="the stack is locked")
SAME = StackResult("b", "b", "unchanged")


def write(folder: Path, name: str, *results: StackResult, **changes: Any) -> Path:
    file = folder / name / "table.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(document_of(results, "preview") | changes))
    return file


def test_the_tables_of_all_jobs_are_one(tmp_path: Path) -> None:
    write(tmp_path, "table-2", FAILED, SAME)
    write(tmp_path, "table-1", CHANGED)
    done = run("ci", "table", str(tmp_path), folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "**`preview`** · 3 stacks: 1 unchanged, 1 to change, 1 failed\n\n"
        "| stack | result | changes | drift | pending keys | reason |\n|---|---|---|---|---|---|\n"
        "| a | to change | 2 to create |  |  |  |\n| c | failed |  |  |  | the stack is locked |\n"
    )


def test_without_a_file_no_stack_was_run(tmp_path: Path) -> None:
    assert run("ci", "table", "missing", folder=tmp_path).out == "No stack was run.\n"


def test_a_job_that_could_not_begin_is_counted(tmp_path: Path) -> None:
    write(tmp_path, "table-1", SAME)
    write(tmp_path, "table-2", SAME).write_text("")
    out = run("ci", "table", ".", folder=tmp_path).out
    assert out.endswith("1 stack: 1 unchanged\n\nJobs that wrote no table: 1; see their logs.\n")


def test_refresh_and_preview_are_two_tables_and_what_differs_fails_where_asked(tmp_path: Path) -> None:
    write(tmp_path, "preview", SAME)
    write(tmp_path, "refresh", SAME, operation="refresh")
    assert run("ci", "table", ".", "--unchanged", folder=tmp_path).code == 0
    write(tmp_path, "refresh-2", StackResult("d", "d", "changed", drift=1), operation="refresh")
    done = run("ci", "table", ".", "--unchanged", folder=tmp_path)
    assert (done.code, done.err.startswith("AWS is not as the inventory says: d.")) == (1, True)
    assert done.out.index("**`preview`**") < done.out.index("**`refresh`** · 2 stacks")
    assert differing(read_tables(tmp_path)) == ["d"]


def test_an_update_of_the_tags_alone_does_not_fail_the_daily_table(tmp_path: Path) -> None:
    pending = StackResult("a", "a", "to change", {"updated": 1}, tags_only=True, pending_keys=("Team",))
    write(tmp_path, "pending", pending)
    done = run("ci", "table", ".", "--unchanged", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "| a | to change | 1 updated |  | Team |" in done.out
    write(tmp_path, "drifted", StackResult("b", "b", "changed", drift=1, tags_only=True), operation="refresh")
    write(tmp_path, "other", StackResult("c", "c", "to change", {"updated": 1}))
    assert differing(read_tables(tmp_path)) == ["b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "[]",
        "{",
        '{"operation": "rm", "stacks": []}',
        '{"operation": "up", "stacks": [{"stack": "a"}]}',
        '{"operation": "up", "stacks": [{"stack": "a", "environment": null, "outcome": "fine"}]}',
        '{"operation": "up", "stacks": [{"stack": "a", "environment": null, "outcome": "ok", "drift": "1"}]}',
        "[" * 100_000,
        " " * (LARGEST + 1),
    ],
)
def test_a_file_that_run_does_not_write_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "table.json").write_text(text)
    done = run("ci", "table", ".", folder=tmp_path)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("table.json ")


def test_a_file_that_cannot_be_read_is_one_message(tmp_path: Path) -> None:
    """A job that wrote something must not look like one that ran no stack."""
    (tmp_path / "table.json").symlink_to("nowhere")
    done = run("ci", "table", ".", folder=tmp_path)
    assert (done.code, done.out, done.err) == (1, "", "table.json cannot be read: No such file or directory\n")


def test_what_a_job_of_a_pull_request_writes_is_text_and_nothing_else(tmp_path: Path) -> None:
    hostile = StackResult(TEXT[:200], TEXT, "failed", {TEXT: 1}, pending_keys=(TEXT,), reason=TEXT * 20)
    write(tmp_path, "table", hostile)
    check_markdown(run("ci", "table", ".", folder=tmp_path).out)
    assert len(markdown(read_tables(tmp_path))) < 5_000


def test_the_table_follows_the_review_in_one_comment_that_is_never_too_long(tmp_path: Path) -> None:
    (tmp_path / "review.md").write_text("<!-- mark -->\n## Review\n")
    write(tmp_path, "tables", CHANGED)
    done = run("ci", "table", "tables", "--after", "review.md", folder=tmp_path)
    assert done.out.startswith("<!-- mark -->\n## Review\n\n### What the previews show\n\n**`preview`** · 1 stack: ")
    long = with_table("r" * 2 * LONGEST, "t" * 2 * LONGEST)
    assert len(long) < 65_536
    assert "ttt" in long
    assert run("ci", "table", "tables", "--after", "none.md", folder=tmp_path).code == 1
