"""What a team copies does what it says: the scripts run, and the pipelines hold on to what makes them safe."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from tests.unit.command_line import Repository, inventory, repository

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
WORKFLOW = TEMPLATES / "github/.github/workflows/bedrock-projects.yml"
PUBLISHING = ROOT / ".github/workflows/docs.yml"
PIPELINE = TEMPLATES / "gitlab/.gitlab-ci.yml"
SEARCH = "search: {name: Search, tags: {CostCenter: CC-1}}"
TAGS = "urn:pulumi:dev::p::pulumi-python:dynamic/billing:CostAllocationTags::tags"
NO_UTF8 = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""A locale without UTF-8, as Python sees it too."""
PROJECT = "urn:pulumi:dev::p::bedrock:Projects$pulumi-python:dynamic/bedrock:Project::search"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """A copy of what the scripts need, with this Python as the virtual environment's."""
    made = repository(tmp_path)
    shutil.copytree(TEMPLATES / "ci", tmp_path / "ci")
    program(made, ".venv/bin/python", f'exec "{sys.executable}" "$@"')
    made.write(".gitignore", ".venv/\nbin/\n*.log\n")
    made.commit("v0")
    made.commit("v1", projects=inventory(SEARCH), Pulumi="name: p\n")
    return made


def program(repo: Repository, name: str, script: str) -> None:
    repo.write(name, f"#!/usr/bin/env bash\n{script}\n").chmod(0o755)


def bash(repo: Repository, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{repo.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    given = {**os.environ, "PATH": path, **environment}
    return subprocess.run(command, cwd=repo.folder, env=given, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize(
    ("after", "code", "words"),
    [
        (inventory(SEARCH), 0, "No changes."),
        (inventory(SEARCH.replace("CC-1", "CC-2")), 0, "`CostCenter CC-1 → CC-2`"),
        (inventory(), 0, "2 changes, 2 irreversible."),
        (inventory("search: {nam: Search}"), 1, "~~~~text\nprojects.yaml:9:"),
    ],
    ids=["nothing", "changes", "irreversible", "invalid"],
)
def test_the_review_comment_fails_only_where_there_is_no_review(
    repo: Repository, after: str, code: int, words: str
) -> None:
    repo.write("projects.yaml", after)
    done = bash(repo, "ci/review.sh", "v1")
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith("<!-- bedrock-projects review -->\n## ")
    assert words in done.stdout


def test_the_first_inventory_has_a_comment_of_its_own_and_touches_everything(repo: Repository) -> None:
    done = bash(repo, "ci/review.sh", "v0")
    assert done.returncode == 0
    assert "the first `projects.yaml`" in done.stdout
    for before in ("v0", "0" * 40):  # as in the event of a push that makes a branch
        assert json.loads(bash(repo, "ci/touched.sh", before).stdout) == ["dev", "prod"]


def test_a_revision_that_is_not_here_is_not_taken_for_the_first_inventory(repo: Repository) -> None:
    """As in a shallow clone: nothing that is archived may be missing from a review."""
    done = bash(repo, "ci/review.sh", "0" * 40)
    assert done.returncode == 1
    assert "neither a file nor a git revision" in done.stdout


def test_an_inventory_behind_links_is_compared_and_not_taken_for_the_first(repo: Repository) -> None:
    (repo.folder / "infra").symlink_to("config")
    (repo.folder / "config").mkdir()
    (repo.folder / "config/linked.yaml").symlink_to("../projects.yaml")
    repo.commit("v2", projects=inventory(SEARCH, "chat: {name: Chat, environments: [dev]}"))
    repo.commit("v3", projects=inventory(SEARCH))
    for path in ("infra/linked.yaml", "config/linked.yaml"):
        assert "1 change, 1 irreversible." in bash(repo, "ci/review.sh", "v2", INVENTORY=path).stdout
        assert json.loads(bash(repo, "ci/touched.sh", "v2", INVENTORY=path).stdout) == ["dev"]
    (repo.folder / "infra").unlink()
    repo.commit("v4")
    assert "1 change, 1 irreversible." in bash(repo, "ci/review.sh", "v2", INVENTORY="config/linked.yaml").stdout


@pytest.mark.parametrize("locale", [{"LC_ALL": "C.UTF-8"}, NO_UTF8], ids=["UTF-8", "another"])
def test_a_comment_is_cut_before_it_is_too_long(repo: Repository, locale: dict[str, str]) -> None:
    entries = [f"p{number}: {{name: P{number}, tags: {{CostCenter: {'é' * 200}-{number}}}}}" for number in range(300)]
    repo.commit("v2", projects=inventory(*entries))
    repo.write("projects.yaml", inventory(*entries).replace("é-", "-"))
    done = bash(repo, "ci/review.sh", "v2", **locale)
    assert done.returncode == 0
    assert 50_000 < len(done.stdout) < 65_536
    assert done.stdout.endswith("for the rest.\n")


def test_a_change_of_the_inventory_touches_its_environments_and_one_of_the_program_all(repo: Repository) -> None:
    repo.commit("v2", projects=inventory(SEARCH, "chat: {name: Chat, environments: [dev]}"))
    repo.commit("v3", Pulumi="name: q\n")
    assert json.loads(bash(repo, "ci/touched.sh", "v2").stdout) == ["dev", "prod"]
    repo.git("reset", "--quiet", "--hard", "v2")
    assert json.loads(bash(repo, "ci/touched.sh", "v1").stdout) == ["dev"]
    assert json.loads(bash(repo, "ci/touched.sh", "v2").stdout) == []


@pytest.mark.parametrize(
    ("project", "folder"),
    [("", "."), ("stackConfigDir: settings\n", "settings"), ("config: ./settings/\n", "settings")],
    ids=["beside Pulumi.yaml", "in a folder", "in a folder, as it was written before"],
)
def test_the_settings_of_a_stack_touch_the_environment_of_its_name(repo: Repository, project: str, folder: str) -> None:
    def touched(*files: str) -> object:
        for file in files:
            repo.write(file, (repo.folder / file).read_text("utf-8") + "# x\n" if (repo.folder / file).exists() else "")
        repo.git("add", "--all")
        repo.git("commit", "--quiet", "--message", "change")
        done = bash(repo, "ci/touched.sh", "HEAD^")
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    repo.write("Pulumi.yaml", f"name: p\n{project}")
    repo.write("projects.yaml", inventory(SEARCH, "chat: {name: Chat, environments: [prod]}"))
    touched("README.md")
    assert touched(f"{folder}/Pulumi.dev.yaml") == ["dev"]
    assert touched(f"{folder}/Pulumi.dev.yaml", f"{folder}/Pulumi.billing.yaml") == ["dev"]
    assert touched(f"{folder}/Pulumi.billing.yaml", "elsewhere/Pulumi.dev.yaml", "README.md") == []
    repo.write("projects.yaml", inventory(SEARCH))
    assert touched(f"{folder}/Pulumi.dev.yaml") == ["dev", "prod"]
    (repo.folder / folder / "Pulumi.dev.yaml").unlink()
    assert touched("README.md") == ["dev"]


def _digest(steps: Sequence[tuple[str, str]]) -> str:
    return json.dumps({"config": {}, "steps": [{"op": op, "urn": urn} for op, urn in steps]}, indent=4)


def _events(steps: Sequence[tuple[str, str]]) -> str:
    """With PULUMI_ENABLE_STREAMING_JSON_PREVIEW, as 3.274.1 prints them."""
    events: list[dict[str, Any]] = [{"preludeEvent": {"config": {}}}]
    for op, urn in steps:
        metadata = {"op": op, "urn": urn, "type": urn.split("::")[2]}
        events += [{"resourcePreEvent": {"metadata": metadata}}, {"resOutputsEvent": {"metadata": metadata}}]
    return "\n".join(json.dumps(event) for event in [*events, {"summaryEvent": {"maybeCorrupt": False}}])


def _documents(steps: Sequence[tuple[str, str]]) -> str:
    """Somebody else's lines and documents, some of them in another encoding, around the one that counts."""
    return f'Loading policy packs {{é}}...\n{{"policy": "é"}}\n{_digest(steps)}\n[{{}}, "steps"]\n{{ and more'


PREVIEWS = {"one document": _digest, "events": _events, "several documents": _documents}
CLI = """\
echo "$@" >> pulumi.log
case "$*" in
  preview*--json*) cat preview.log; exit "${PREVIEW:-0}" ;;
  preview*) echo "what a person reads"; exit "${PREVIEW:-0}" ;;
  refresh*) exit "${REFRESH:-0}" ;;
esac"""
"""Stands for the CLI: what it was asked is in pulumi.log, what a preview prints is in preview.log."""


@pytest.mark.parametrize("form", PREVIEWS)
@pytest.mark.parametrize(
    ("steps", "code", "after"),
    [
        ([("refresh", TAGS), ("refresh", PROJECT), ("same", TAGS), ("same", PROJECT)], 0, []),
        ([("same", TAGS), ("same", PROJECT), ("update", TAGS)], 0, ["up"]),
        ([("refresh", TAGS), ("read", PROJECT), ("update", TAGS)], 0, ["up"]),
        ([("same", TAGS), ("update", PROJECT)], 1, ["preview"]),
        ([("update", TAGS), ("create", PROJECT)], 1, ["preview"]),
        ([("delete", TAGS)], 1, ["preview"]),
        ([], 1, ["preview"]),
    ],
    ids=["nothing", "pending keys", "after a refresh", "drift", "pending keys and drift", "another step", "no step"],
)
def test_the_daily_run_brings_up_pending_keys_and_nothing_else(
    repo: Repository, form: str, steps: list[tuple[str, str]], code: int, after: list[str]
) -> None:
    """It refreshes first: `preview --refresh` keeps the state, and the `up` after it would not see what it showed."""
    program(repo, "bin/pulumi", CLI)
    encoding = "latin-1" if form == "several documents" else "utf-8"
    (repo.folder / "preview.log").write_text(PREVIEWS[form](steps), encoding)
    done = bash(repo, "ci/daily.sh", "dev", **NO_UTF8)
    assert done.returncode == code
    calls = (repo.folder / "pulumi.log").read_text("utf-8").splitlines()
    assert all("--stack dev --non-interactive --suppress-outputs" in call for call in calls)
    assert [call.split()[0] for call in calls] == ["refresh", "preview", *after]
    assert not [call for call in calls if "--refresh" in call]
    assert ("AWS is not as the inventory says" in done.stderr) == (code == 1)
    assert ("what a person reads" in done.stdout) == (code == 1)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("refresh", "preview", "printed"),
    [
        ("255", "0", _digest([("same", TAGS)])),
        ("0", "255", _digest([("update", TAGS)])),
        ("0", "255", "error: the stack is locked"),
        ("0", "0", ""),
        ("0", "0", '{"steps": [{'),
    ],
)
def test_a_daily_run_that_cannot_look_fails_and_shows_why(
    repo: Repository, refresh: str, preview: str, printed: str
) -> None:
    program(repo, "bin/pulumi", CLI)
    (repo.folder / "preview.log").write_text(printed)
    done = bash(repo, "ci/daily.sh", "dev", REFRESH=refresh, PREVIEW=preview)
    assert done.returncode not in (0, None)
    assert ("what a person reads" in done.stdout) == (refresh == "0")
    assert "up " not in (repo.folder / "pulumi.log").read_text("utf-8")


class Forge(ThreadingHTTPServer):
    """Keeps comments as GitHub and GitLab do, 100 a page; `me` is who the token stands for."""

    def __init__(self, me: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.me = me
        self.comments: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Forge

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.calls.append((self.command, path))
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "null")
        answer: object = {}
        if path == "/user":
            answer = {"id": 7}
        elif self.command == "GET":
            page = int(query.rpartition("=")[2]) - 1
            answer = self.server.comments[page * 100 : page * 100 + 100]
        elif self.command == "POST":
            self.server.comments.append({"id": len(self.server.comments), **self.server.me, **content})
        else:
            self.server.comments[int(path.rpartition("/")[2])].update(content)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 (http.server's names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
        """Says nothing."""


@pytest.fixture(params=["github", "gitlab"])
def forge(request: pytest.FixtureRequest) -> Iterator[tuple[Forge, dict[str, str]]]:
    me: dict[str, Any] = {"user": {"login": "github-actions[bot]"}, "author": {"id": 7}}
    with Forge(me) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        on_github = {"GITHUB_API_URL": server.address, "GITHUB_REPOSITORY": "acme/p", "NUMBER": "5", "GH_TOKEN": "t"}
        on_gitlab = {"CI_API_V4_URL": server.address, "CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_IID": "5"}
        yield server, on_github if request.param == "github" else {**on_gitlab, "REVIEW_TOKEN": "t"}
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("before", [0, 3, 100, 250])
def test_the_review_comment_is_made_once_and_then_kept_up_to_date(
    repo: Repository, forge: tuple[Forge, dict[str, str]], before: int
) -> None:
    server, environment = forge
    mark = "<!-- bedrock-projects review -->"
    stranger = {"user": {"login": "somebody"}, "author": {"id": 8}}
    server.comments += [{"id": number, "body": f"{mark}\nmine", **stranger} for number in range(before)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_"))}
    for text in ("first", "second"):
        path = repo.write("review.md", f"{mark}\n{text} ⚠️\n")
        command = [sys.executable, "ci/comment.py", str(path)]
        subprocess.run(command, cwd=repo.folder, env={**inherited, **environment}, check=True)
    assert [comment["body"] for comment in server.comments[before:]] == [f"{mark}\nsecond ⚠️\n"]
    assert all(comment["body"] == f"{mark}\nmine" for comment in server.comments[:before])
    changing = [(method, path) for method, path in server.calls if method != "GET"]
    if "GITHUB_API_URL" in environment:
        assert changing == [
            ("POST", "/repos/acme/p/issues/5/comments"),
            ("PATCH", f"/repos/acme/p/issues/comments/{before}"),
        ]
    else:
        notes = "/projects/1/merge_requests/5/notes"
        assert changing == [("POST", notes), ("PUT", f"{notes}/{before}")]


def workflow(path: Path = WORKFLOW) -> dict[str, Any]:
    read = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # keeps `on` a text
    assert isinstance(read, dict)
    return read


def test_each_job_has_no_more_permissions_than_it_needs() -> None:
    parsed = workflow()
    assert parsed["permissions"] == {}
    assert {name: job["permissions"] for name, job in parsed["jobs"].items()} == {
        "validate": {"contents": "read"},
        "review": {"contents": "read", "pull-requests": "write"},
        "preview": {"contents": "read", "id-token": "write"},
        "deploy": {"contents": "read", "id-token": "write"},
        "daily": {"contents": "read", "id-token": "write"},
    }


def test_the_job_that_builds_the_documentation_cannot_publish_it() -> None:
    parsed = workflow(PUBLISHING)
    assert parsed["permissions"] == {}
    assert {name: job["permissions"] for name, job in parsed["jobs"].items()} == {
        "build": {"contents": "read"},
        "publish": {"pages": "write", "id-token": "write"},
    }


def test_jobs_that_change_a_stack_wait_for_each_other_and_are_never_cancelled() -> None:
    jobs = workflow()["jobs"]
    expected = {"group": "bedrock-projects-${{ matrix.environment }}", "cancel-in-progress": "false"}
    assert [jobs[name]["concurrency"] for name in ("deploy", "daily")] == [expected] * 2
    pipeline = yaml.safe_load(PIPELINE.read_text("utf-8"))
    assert [pipeline[name]["resource_group"] for name in ("deploy", "daily")] == ["bedrock-projects/$ENVIRONMENT"] * 2
    assert not any(pipeline[name].get("interruptible") for name in ("default", "deploy", "daily"))


@pytest.mark.parametrize("path", [WORKFLOW, PUBLISHING], ids=["projects", "docs"])
def test_actions_are_pinned_to_commits_and_checkouts_keep_no_token(path: Path) -> None:
    steps = [step for job in workflow(path)["jobs"].values() for step in job["steps"]]
    used = {step["uses"] for step in steps if "uses" in step}
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


def test_what_an_event_says_reaches_a_shell_by_the_environment_only() -> None:
    steps = [step for job in workflow()["jobs"].values() for step in job["steps"]]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", [WORKFLOW, PIPELINE], ids=["github", "gitlab"])
def test_every_script_that_a_pipeline_calls_is_there_and_can_be_run(path: Path) -> None:
    called = set(re.findall(r"\bci/[\w-]+\.(?:sh|py)", path.read_text("utf-8"))) | {"ci/changes.py"}  # by daily.sh
    assert {TEMPLATES / name for name in called} == {
        script for script in (TEMPLATES / "ci").iterdir() if script.is_file()
    }
    assert all(os.access(TEMPLATES / name, os.X_OK) for name in called)


@pytest.mark.parametrize("path", [WORKFLOW, PIPELINE], ids=["github", "gitlab"])
def test_every_pipeline_says_what_to_do_about_a_stale_lock(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "pulumi cancel --stack" in text
    assert "--clear-pending-creates" in text


def _scripts() -> Iterator[tuple[str, str]]:
    for path in sorted((TEMPLATES / "ci").glob("*.sh")):
        yield path.name, path.read_text("utf-8")
    for name, job in workflow()["jobs"].items():
        for index, step in enumerate(job["steps"]):
            if "run" in step:
                yield f"{name}-{index}", step["run"]
    for name, job in yaml.safe_load(PIPELINE.read_text("utf-8")).items():
        if isinstance(job, dict):
            yield f"gitlab-{name}", "\n".join([*job.get("before_script", []), *job.get("script", [])])


SCRIPTS = dict(_scripts())


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_bash_can_read_every_script(script: str) -> None:
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_environments_step_writes_both_lists(repo: Repository) -> None:
    [step] = [step for step in workflow()["jobs"]["validate"]["steps"] if step.get("id") == "environments"]
    repo.commit("v2", projects=inventory(SEARCH, "chat: {name: Chat, environments: [dev]}"))
    for base, touched in (("HEAD^1", '["dev"]'), ("", "[]")):
        output = repo.folder / f"output{touched}.log"
        shell = ("bash", "-e", "-c", step["run"])
        done = bash(repo, *shell, BASE=base, INVENTORY="projects.yaml", GITHUB_OUTPUT=str(output))
        assert (done.returncode, done.stderr) == (0, "")
        assert output.read_text("utf-8") == f'all=["dev", "prod"]\ntouched={touched}\n'


@pytest.mark.parametrize(
    ("text", "code"), [(inventory(SEARCH), 0), (inventory("search: {nam: Search}"), 1)], ids=["valid", "invalid"]
)
def test_the_validation_of_gitlab_leaves_a_report_whatever_it_finds(repo: Repository, text: str, code: int) -> None:
    script = "\n".join(yaml.safe_load(PIPELINE.read_text("utf-8"))["validate"]["script"])
    repo.write("projects.yaml", text)
    done = bash(repo, "bash", "-e", "-o", "pipefail", "-c", script, INVENTORY="projects.yaml")
    assert done.returncode == code
    assert bool(json.loads((repo.folder / "code-quality.json").read_text("utf-8"))) == bool(code)


def test_the_hook_checks_the_whole_inventory_when_one_of_its_files_changes(repo: Repository) -> None:
    read = yaml.safe_load((TEMPLATES / "pre-commit/.pre-commit-config.yaml").read_text("utf-8"))
    [hook] = read["repos"][0]["hooks"]
    assert hook["pass_filenames"] is False
    for name in ("projects.yaml", "teams/search.yaml", "teams/a/b.yml"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "docs/projects.yaml.md")
    assert bash(repo, *hook["entry"].split()).returncode == 0
    repo.write("projects.yaml", "version: 2\n")
    assert bash(repo, *hook["entry"].split()).returncode == 1


def test_editors_are_pointed_to_schemas_that_exist() -> None:
    settings = json.loads((TEMPLATES / "editor/.vscode/settings.json").read_text("utf-8"))
    assert all((ROOT / schema).is_file() for schema in settings["yaml.schemas"])
