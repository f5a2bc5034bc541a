"""`bedrock-projects ci comment`, with a server that keeps comments as GitHub and GitLab do."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.ci.comments import comments_of
from bedrock_projects.errors import SettingsError
from tests.unit.command_line import run
from tests.unit.forge import Forge, serving

MARK = "<!-- bedrock-projects review -->"


@pytest.fixture(params=["github", "gitlab"])
def forge(request: pytest.FixtureRequest) -> Iterator[tuple[Forge, dict[str, str]]]:
    me: dict[str, Any] = {"user": {"login": "github-actions[bot]"}, "author": {"id": 7}}
    with serving(me) as server:
        on_github = {"GITHUB_API_URL": server.address, "GITHUB_REPOSITORY": "acme/p", "GITHUB_REF": "refs/pull/5/merge"}
        on_gitlab = {"CI_API_V4_URL": server.address, "CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_IID": "5"}
        yield (
            server,
            {
                "github": {**on_github, "GH_TOKEN": "t"},
                "gitlab": {**on_gitlab, "REVIEW_TOKEN": "t"},
            }[request.param],
        )


@pytest.fixture
def job(forge: tuple[Forge, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The variables of the job, which the process has too."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    for name, value in forge[1].items():
        monkeypatch.setenv(name, value)
    return forge[1]


@pytest.mark.parametrize("before", [0, 3, 100, 250])
def test_the_review_comment_is_made_once_and_then_kept_up_to_date(
    tmp_path: Path, forge: tuple[Forge, dict[str, str]], job: Mapping[str, str], before: int
) -> None:
    server, _ = forge
    stranger = {"user": {"login": "somebody"}, "author": {"id": 8}}
    server.comments += [{"id": number, "body": f"{MARK}\nmine", **stranger} for number in range(before)]
    for text in ("first", "second"):
        (tmp_path / "review.md").write_text(f"{MARK}\n{text} ⚠️\n", "utf-8")
        done = run("ci", "comment", "review.md", folder=tmp_path)
        assert (done.code, done.out, done.err) == (0, "", "")
    assert [comment["body"] for comment in server.comments[before:]] == [f"{MARK}\nsecond ⚠️\n"]
    assert all(comment["body"] == f"{MARK}\nmine" for comment in server.comments[:before])
    changing = [(method, path) for method, path in server.calls if method != "GET"]
    if "GITHUB_API_URL" in job:
        assert changing == [
            ("POST", "/repos/acme/p/issues/5/comments"),
            ("PATCH", f"/repos/acme/p/issues/comments/{before}"),
        ]
    else:
        notes = "/projects/1/merge_requests/5/notes"
        assert changing == [("POST", notes), ("PUT", f"{notes}/{before}")]


def test_a_refusal_is_one_message_without_the_token(
    tmp_path: Path, forge: tuple[Forge, dict[str, str]], job: Mapping[str, str]
) -> None:
    forge[0].refuses = True
    (tmp_path / "review.md").write_text(MARK, "utf-8")
    done = run("ci", "comment", "review.md", folder=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "HTTP Error 403: Forbidden" in done.err
    assert "check the permissions of the token" in done.err


def test_the_token_goes_to_no_other_host(
    tmp_path: Path, forge: tuple[Forge, dict[str, str]], job: Mapping[str, str]
) -> None:
    (tmp_path / "review.md").write_text(MARK, "utf-8")
    with serving({}) as elsewhere:
        forge[0].moved_to = elsewhere.address
        done = run("ci", "comment", "review.md", folder=tmp_path)
        assert elsewhere.calls == []
    assert (done.code, done.out) == (1, "")
    assert "HTTP Error 307" in done.err


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bytes.md").write_bytes(b"\xff")
    for name in ("missing.md", "bytes.md"):
        done = run("ci", "comment", name, folder=tmp_path)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"{name} cannot be read: ")


def test_a_variable_that_is_missing_is_named(forge: tuple[Forge, dict[str, str]]) -> None:
    _, environment = forge
    for name in environment.keys() - {"GITHUB_REPOSITORY", "CI_API_V4_URL"}:
        with pytest.raises(SettingsError, match=f"^{name} is not set; "):
            comments_of({key: value for key, value in environment.items() if key != name})


def test_another_event_has_no_comment() -> None:
    job = {"GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_REPOSITORY": "acme/p", "GH_TOKEN": "t"}
    with pytest.raises(SettingsError, match="run this on the event `pull_request`"):
        comments_of({**job, "GITHUB_REF": "refs/heads/main"})


def test_outside_of_a_job_both_forges_are_named() -> None:
    with pytest.raises(
        SettingsError, match=r"^neither GITHUB_REPOSITORY nor CI_API_V4_URL is set, so this is not a job"
    ):
        comments_of({"GH_TOKEN": "t"})
