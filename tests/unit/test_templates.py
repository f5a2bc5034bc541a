"""What a team copies does what it says: the jobs run, and the pipelines hold on to what makes them safe."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bedrock_projects.conformance.live.private_file import NAME as PRIVATE_FILE
from bedrock_projects.template.pins import Pin
from bedrock_projects.template.rendering import NewRepository
from tests.unit.command_line import Repository, inventory, repository, start
from tests.unit.forge import serving

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
WORKFLOW = TEMPLATES / "pulumi/.github/workflows/bedrock-projects.yml"
PUBLISHING = ROOT / ".github/workflows/docs.yml"
PIPELINE = TEMPLATES / "gitlab/.gitlab-ci.yml"
SEARCH = "search: {name: Search, tags: {CostCenter: CC-1}}"
PYTHON = f"""\
#!/usr/bin/env bash
echo "$@" >> ../log
mkdir -p .venv/bin
printf '#!/usr/bin/env bash\\necho "pip $@" >> ../log\\n' > .venv/bin/pip
printf '#!/usr/bin/env bash\\nexec "{sys.executable}" "$@"\\n' > .venv/bin/python
chmod +x .venv/bin/*
"""
"""Stands for the Python of a runner: makes an environment that has this Python and its packages."""
PULUMI = """\
#!/usr/bin/env bash
echo "pulumi $@" >> ../log
if [ "$1" = preview ]; then preview=true; else preview=false; fi
case "$*" in
  "stack ls"*) echo '[{"name": "dev"}, {"name": "prod"}]' ;;
  "whoami"*) echo '{"user": "somebody", "url": "file:///state"}' ;;
  *--json*) echo '{"steps": [{"op": "same", "urn": "urn:pulumi:dev::p::a:b:C::c"}]}' ;;
esac
while [ $# -gt 0 ]; do
  if [ "$1" = --event-log ]; then echo '{"summaryEvent": {"isPreview": '$preview', "resourceChanges": {}}}' > "$2"; fi
  shift
done
"""
UV = """\
#!/usr/bin/env bash
echo "uv $@" >> ../log
python
"""
BY_PIP = ["-m venv .venv", "pip install --quiet --require-hashes --requirement requirements.txt"]
BY_UV = ["-m pip install --quiet --require-hashes --requirement .github/uv.txt", "uv sync --quiet --frozen"]
REVIEW_MARK = "<!-- bedrock-projects review -->"
SECRETS = {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "GH_TOKEN"}


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """A repository with what a job needs on PATH; what was called is in the file `log` next to it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    made = repository(folder)
    for name, script in {"python": PYTHON, "pulumi": PULUMI, "uv": UV}.items():
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(script)
        (tmp_path / "bin" / name).chmod(0o755)
    made.write(".gitignore", ".venv/\n")
    made.commit("v0")
    made.commit("v1", projects=inventory(SEARCH), Pulumi="name: p\n")
    return made


def log(repo: Repository) -> list[str]:
    """What the job called, but for the environment of packages that each job makes first."""
    calls = (repo.folder.parent / "log").read_text("utf-8").splitlines()
    assert calls[:2] == BY_PIP
    return calls[2:]


def bash(repo: Repository, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{repo.folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    given = {**os.environ, "PATH": path, "INVENTORY": "projects.yaml", **environment}
    return subprocess.run(command, cwd=repo.folder, env=given, capture_output=True, encoding="utf-8", check=False)


def run_steps(repo: Repository, job: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The steps of a job of the workflow, as GitHub runs them; the CLI is there, so none is installed."""
    variables = {"RUNNER_TEMP": f"{repo.folder.parent}", "GITHUB_STEP_SUMMARY": f"{repo.folder.parent / 'summary'}"}
    scripts = [step["run"] for step in workflow()["jobs"][job]["steps"] if "run" in step]
    for script in scripts:
        if "ci pulumi" not in script:
            done = bash(repo, "bash", "-e", "-c", script, **variables, **environment)
            assert (done.returncode, done.stderr) == (0, ""), script
    return done


def run_script(repo: Repository, job: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The scripts of a job of the pipeline, as GitLab runs them."""
    pipeline = yaml.safe_load(PIPELINE.read_text("utf-8"))
    before = pipeline[job].get("before_script", pipeline["default"]["before_script"])
    script = "\n".join(["set -eo pipefail", *before, *pipeline[job]["script"]])
    return bash(repo, "bash", "-c", script, **environment)


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
        "billing": {"contents": "read", "id-token": "write"},
        "table": {"contents": "read", "pull-requests": "write"},
        "catalogue": {"contents": "read", "id-token": "write"},
    }


def test_the_job_that_builds_the_documentation_cannot_publish_it() -> None:
    parsed = workflow(PUBLISHING)
    assert parsed["permissions"] == {}
    assert {name: job["permissions"] for name, job in parsed["jobs"].items()} == {
        "build": {"contents": "read"},
        "publish": {"pages": "write", "id-token": "write"},
    }


def test_secrets_are_those_of_an_environment_and_only_the_steps_that_use_them_have_them() -> None:
    parsed = workflow()
    assert not SECRETS & parsed["env"].keys()
    for name, job in parsed["jobs"].items():
        assert "env" not in job
        steps = [step for step in job["steps"] if "secrets." in json.dumps(step)]
        assert ("environment" in job) == bool(steps), name
        for step in steps:
            is_role = step.get("uses", "").startswith("aws-actions/configure-aws-credentials@")
            commands = r"pulumi preview|ci deploy|ci daily|ci \"\$STEP\"|catalogue|run (?:preview|up|refresh) \$STACKS"
            assert is_role or re.search(commands, step["run"]), step
    environment = "${{ matrix.environment && format('{0}-preview', matrix.environment) || 'preview' }}"
    assert parsed["jobs"]["preview"]["environment"] == environment
    tokens = [step for job in parsed["jobs"].values() for step in job["steps"] if "github.token" in json.dumps(step)]
    assert [step["run"].strip().split(" ci ")[-1] for step in tokens] == [
        'comment "$RUNNER_TEMP/review.md"',
        'comment "$RUNNER_TEMP/comment.md"',
    ]


def test_the_job_with_the_token_runs_no_code_of_the_pull_request() -> None:
    """It checks the base out before anything else runs."""
    for job in ("review", "table"):
        checkout, base, *_ = workflow()["jobs"][job]["steps"]
        assert checkout["uses"].startswith("actions/checkout@")
        assert base["run"] == "git branch proposed && git checkout --quiet --detach 'proposed^1'"
        assert base.get("if", "") == ("${{ github.event_name == 'pull_request' }}" if job == "table" else "")


def test_of_the_artifacts_of_others_the_job_with_the_token_reads_the_tables_alone() -> None:
    """A job of a pull request can write an artifact of any name: none but data is taken, into a folder of its own."""
    steps = workflow()["jobs"]["table"]["steps"]
    taken = [step["with"] for step in steps if step.get("uses", "").startswith("actions/download-artifact@")]
    assert taken == [{"pattern": "table-*", "path": "${{ runner.temp }}/tables"}]
    jobs = yaml.safe_load(PIPELINE.read_text("utf-8"))
    paths = [job["artifacts"].get("paths") for job in jobs.values() if isinstance(job, dict) and "artifacts" in job]
    assert sorted(filter(None, paths)) == [["catalogue.json"], ["tables"]]


def test_logs_and_artifacts_show_no_account() -> None:
    steps = [step for job in workflow()["jobs"].values() for step in job["steps"]]
    roles = [step["with"] for step in steps if "configure-aws-credentials" in step.get("uses", "")]
    assert len(roles) == 5
    assert all(role["mask-aws-account-id"] == "true" for role in roles)
    assert all(re.fullmatch(r"\$\{\{ secrets\.\w+ \}\}", role["role-to-assume"]) for role in roles)
    publishing = [step for step in workflow()["jobs"]["deploy"]["steps"] if "catalogue" in json.dumps(step)]
    assert [step["if"] for step in publishing] == ["${{ matrix.environment && github.event.repository.private }}"] * 2
    assert "github.event.repository.private" in workflow()["jobs"]["catalogue"]["if"]
    for path in (WORKFLOW, PIPELINE):
        calls = re.findall(r"pulumi (?:preview|up|refresh) --stack .*", path.read_text("utf-8"))
        assert len(calls) == 1
        assert all("--suppress-outputs" in call for call in calls)


@pytest.mark.parametrize("path", [WORKFLOW, PIPELINE], ids=["github", "gitlab"])
def test_the_pulumi_cli_is_pinned_once_by_version_and_checksum(repo: Repository, path: Path) -> None:
    """The version is that of the SDK. The checksum is a variable, since a team that set it here would edit the file."""
    parsed = yaml.safe_load(path.read_text("utf-8"))
    pins = {name: value for name, value in parsed.get("env", parsed.get("variables")).items() if "PULUMI_CLI" in name}
    [sdk] = re.findall(r"^pulumi==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    variable = (
        {"PULUMI_CLI_SHA256": "${{ vars.PULUMI_CLI_SHA256 }}"} if path == WORKFLOW else {}
    )  # GitLab sets it itself
    assert pins == {"PULUMI_CLI_VERSION": sdk, **variable}
    assert not re.search(r"curl|wget|\| *(?:ba)?sh", path.read_text("utf-8"))
    done = start(
        "ci",
        "pulumi",
        "--into",
        "cli",
        "--source",
        "nonsense",
        folder=repo.folder,
        environment={**pins, "PULUMI_CLI_SHA256": ""},
    )
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("PULUMI_CLI_SHA256 is ''; set it to ")


def test_jobs_that_change_a_stack_wait_for_each_other_and_are_never_cancelled() -> None:
    jobs = workflow()["jobs"]
    group = "bedrock-projects-${{ matrix.environment || format('shard-{0}', matrix.shard) }}"
    expected = {"group": group, "cancel-in-progress": "false"}
    assert [jobs[name]["concurrency"] for name in ("deploy", "daily")] == [expected] * 2
    assert jobs["billing"]["concurrency"] == {**expected, "group": "bedrock-projects-${{ vars.BILLING_STACK }}"}
    pipeline = yaml.safe_load(PIPELINE.read_text("utf-8"))
    assert [pipeline[name]["resource_group"] for name in ("deploy", "daily")] == ["bedrock-projects/$ENVIRONMENT"] * 2
    shards = ("deploy shards", "daily shards")
    assert [pipeline[name]["resource_group"] for name in shards] == ["bedrock-projects/shard-$CI_NODE_INDEX"] * 2
    assert not any(pipeline[name].get("interruptible") for name in ("default", "deploy", "daily", "billing", *shards))
    assert pipeline["billing"]["resource_group"] == "bedrock-projects/$BILLING_STACK"


@pytest.mark.parametrize("path", [WORKFLOW, PUBLISHING], ids=["projects", "docs"])
def test_actions_are_pinned_to_commits_and_checkouts_keep_no_token(path: Path) -> None:
    steps = [step for job in workflow(path)["jobs"].values() for step in job["steps"]]
    used = {step["uses"] for step in steps if "uses" in step}
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


def test_an_action_has_one_version_here_and_in_the_template() -> None:
    pins: dict[str, set[str]] = {}
    for path in (WORKFLOW, *(ROOT / ".github/workflows").iterdir()):
        for action, pin in re.findall(r"uses: ([\w/-]+)@([0-9a-f]{40} # v\S+)", path.read_text("utf-8")):
            pins.setdefault(action, set()).add(pin)
    assert {action: versions for action, versions in pins.items() if len(versions) > 1} == {}


def test_what_an_event_says_reaches_a_shell_by_the_environment_only() -> None:
    steps = [step for job in workflow()["jobs"].values() for step in job["steps"]]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", [WORKFLOW, PIPELINE], ids=["github", "gitlab"])
def test_every_pipeline_says_what_to_do_about_a_stale_lock(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "pulumi cancel --stack" in text
    assert "--clear-pending-creates" in text


def _scripts() -> Iterator[tuple[str, str]]:
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


MATRICES: list[tuple[dict[str, str], str, str]] = [
    ({"BASE": ""}, '{"environment": ["dev", "prod"]}', ""),
    ({"BASE": "", "ONLY": "prod"}, '{"environment": ["dev", "prod"]}', '{"environment": ["prod"]}'),
    (
        {"BASE": "HEAD^1", "SHARDS": "1"},
        '{"include": [{"shard": 1, "environments": ["dev", "prod"]}]}',
        '{"include": [{"shard": 1, "environments": ["dev"]}]}',
    ),
    (
        {"BASE": "", "SHARDS": "1", "ONLY": "dev"},
        '{"include": [{"shard": 1, "environments": ["dev", "prod"]}]}',
        '{"include": [{"shard": 0, "environments": ["dev"]}]}',
    ),
]


def test_the_environments_step_writes_both_matrices(repo: Repository) -> None:
    repo.commit("v2", projects=inventory(SEARCH, "chat: {name: Chat, environments: [dev]}"))
    output = repo.folder.parent / "output"
    run_steps(repo, "validate", GITHUB_OUTPUT=str(output), BASE="HEAD^1")
    whole = '{"environment": ["dev", "prod"]}', '{"environment": ["dev"]}'
    assert output.read_text("utf-8") == "all={}\ntouched={}\n".format(*whole)
    for given, every, touched in MATRICES:
        output.unlink()
        done = bash(repo, "bash", "-e", "-c", environments_step(), GITHUB_OUTPUT=str(output), **given)
        assert (done.returncode, done.stderr) == (0, "")
        assert output.read_text("utf-8") == f"all={every}\ntouched={touched}\n"


def environments_step() -> str:
    (script,) = (step["run"] for step in workflow()["jobs"]["validate"]["steps"] if step.get("id") == "environments")
    assert isinstance(script, str)
    return script


@pytest.mark.parametrize("given", ['prod", "x', "prod --yes", "*", "$(x)", "prod\ntouched=x", "-"])
@pytest.mark.parametrize("shards", ["", "2"])
def test_the_input_of_the_workflow_is_a_name(repo: Repository, given: str, shards: str) -> None:
    """It becomes a list in JSON, and options of a command."""
    output = repo.folder.parent / "output"
    done = bash(
        repo, "bash", "-e", "-c", environments_step(), BASE="", ONLY=given, SHARDS=shards, GITHUB_OUTPUT=str(output)
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("the input 'environment' is not the name of an environment or a stack")
    assert not output.exists()


def of_stacks(repo: Repository, command: str) -> list[str]:
    """The stacks for which the CLI was called with that command, each once."""
    calls = (repo.folder.parent / "log").read_text("utf-8").splitlines()
    matches = (re.match(rf"pulumi {command} .*--stack (\S+)", call) for call in calls)
    return sorted({match[1] for match in matches if match})


def test_what_changes_a_state_is_the_process_of_its_step_and_gets_the_ctrl_c() -> None:
    """GitHub sends it to that process alone, which else is a shell that keeps it to itself."""
    scripts = [step.get("run", "") for job in workflow()["jobs"].values() for step in job["steps"]]
    changing = [text for text in scripts if re.search(r"run (?:up|refresh) |ci (?:deploy|daily|\"\$STEP\")", text)]
    assert len(changing) == 5
    assert [text for text in changing if not re.search(r"(?:^|&& )exec .venv/bin/python [^\n;&|]+$", text)] == []


@pytest.mark.parametrize(
    ("job", "commands"), [("preview", ["preview"]), ("deploy", ["preview"]), ("daily", ["refresh"])]
)
def test_a_job_of_shards_runs_all_its_stacks_and_writes_their_table(
    repo: Repository, job: str, commands: list[str]
) -> None:
    steps = [step for step in workflow()["jobs"][job]["steps"] if "$STACKS" in step.get("run", "")]
    assert all("!matrix.environment" in step["if"] for step in steps)
    bash(repo, "python")
    for step in steps:
        done = bash(repo, "bash", "-e", "-c", step["run"], STACKS="--environment dev --environment prod")
        assert done.returncode == 0, done.stderr
    for command in commands:
        assert of_stacks(repo, command) == ["dev", "prod"]
    tables = [json.loads(file.read_text("utf-8")) for file in (repo.folder / "tables").iterdir()]
    assert all({stack["stack"] for stack in table["stacks"]} == {"dev", "prod"} for table in tables)
    assert bash(repo, ".venv/bin/python", "-m", "bedrock_projects", "ci", "table", "tables").returncode == 0


@pytest.mark.parametrize(
    ("job", "source", "index", "stacks"),
    [
        ("preview shards", "merge_request_event", "1", ["dev"]),
        ("preview shards", "merge_request_event", "2", ["prod"]),
        ("preview shards", "merge_request_event", "3", []),
        ("deploy shards", "push", "2", ["prod"]),
        ("deploy shards", "web", "1", ["prod"]),
        ("deploy shards", "web", "2", []),
    ],
)
def test_a_job_of_gitlab_runs_the_stacks_of_its_shard(
    repo: Repository, job: str, source: str, index: str, stacks: list[str]
) -> None:
    repo.commit("v2", projects=inventory(SEARCH.replace("CC-1", "CC-2")))
    pipeline = yaml.safe_load(PIPELINE.read_text("utf-8"))
    script = "\n".join(["set -eo pipefail", *pipeline["default"]["before_script"], *pipeline[job]["script"]])
    base = repo.git("rev-parse", "v1")
    given = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_BEFORE_SHA": base, "CI_PIPELINE_SOURCE": source}
    nodes = {"CI_NODE_TOTAL": "3", "CI_NODE_INDEX": index, "ONLY": "prod", "PREVIEW_ROLE": "r", "DEPLOY_ROLE": "r"}
    done = bash(repo, "bash", "-c", script, **given, **nodes)
    assert done.returncode == 0, done.stderr
    assert of_stacks(repo, "preview") == stacks


def proposal(repo: Repository, text: str) -> None:
    """A pull request merged into `main`, as GitHub checks it out; its own program says so if it runs."""
    repo.git("checkout", "--quiet", "-b", "change")
    repo.write("bedrock_projects/__init__.py", "raise SystemExit('the code of the pull request ran')")
    repo.commit("proposed-change", projects=text)
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--message", "merge", "change")


def test_the_review_job_reviews_what_is_proposed_with_the_code_of_the_base(repo: Repository) -> None:
    proposal(repo, inventory(SEARCH.replace("CC-1", "CC-2")))
    with serving({"user": {"login": "github-actions[bot]"}}) as server:
        job = {"GITHUB_API_URL": server.address, "GITHUB_REPOSITORY": "acme/p", "GITHUB_REF": "refs/pull/5/merge"}
        run_steps(repo, "review", **job, GH_TOKEN="t")
    [comment] = server.comments
    assert comment["body"].startswith(REVIEW_MARK)
    assert "`CostCenter CC-1 → CC-2`" in comment["body"]
    assert (repo.folder.parent / "summary").read_text("utf-8") == comment["body"]
    assert log(repo) == []


@pytest.mark.parametrize(("job", "command"), [("deploy", "up"), ("daily", "preview"), ("preview", "preview")])
def test_a_job_runs_the_cli_on_its_stack(repo: Repository, job: str, command: str) -> None:
    scripts = [step.get("run", "") for step in workflow()["jobs"][job]["steps"]]
    [script] = [text for text in scripts if re.search(r" ci d|^pulumi preview", text)]
    bash(repo, "python")
    done = bash(repo, "bash", "-e", "-c", script, STACK="dev")
    assert (done.returncode, done.stderr) == (0, "")
    *_, last = (repo.folder.parent / "log").read_text("utf-8").splitlines()
    assert last.startswith(f"pulumi {command} --stack dev ")


@pytest.mark.parametrize(("step", "commands"), [("daily", ["refresh", "preview"]), ("deploy", ["preview", "up"])])
def test_the_billing_job_runs_the_step_of_its_event(repo: Repository, step: str, commands: list[str]) -> None:
    run_steps(repo, "billing", STEP=step, STACK="billing")
    assert [call.split()[1:4] for call in log(repo)] == [[command, "--stack", "billing"] for command in commands]


def test_the_review_of_gitlab_reviews_what_is_proposed_with_the_code_of_the_target(repo: Repository) -> None:
    repo.git("clone", "--quiet", "--bare", ".", "../origin.git")
    repo.git("remote", "add", "origin", "../origin.git")
    proposal(repo, inventory(SEARCH.replace("CC-1", "CC-2")))
    head, base = repo.git("rev-parse", "change"), repo.git("rev-parse", "v1")
    repo.git("checkout", "--quiet", "--detach", head)
    job = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    done = run_script(repo, "review", **job, CI_COMMIT_SHA=head, REVIEW_TOKEN="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "`CostCenter CC-1 → CC-2`" in done.stdout
    assert log(repo) == []


@pytest.mark.parametrize(
    ("text", "code"), [(inventory(SEARCH), 0), (inventory("search: {nam: Search}"), 1)], ids=["valid", "invalid"]
)
def test_the_validation_of_gitlab_always_leaves_a_report(repo: Repository, text: str, code: int) -> None:
    repo.write("projects.yaml", text)
    assert run_script(repo, "validate").returncode == code
    assert bool(json.loads((repo.folder / "code-quality.json").read_text("utf-8"))) == bool(code)


REFUSED = "echo this ran >> {log}; exit 1"


def test_the_table_of_gitlab_runs_nothing_that_a_merge_request_left_in_the_folder(repo: Repository) -> None:
    """Artifacts are unpacked into the project's folder, with any hook of git, package, program and review."""
    proposal(repo, inventory(SEARCH.replace("CC-1", "CC-2")))
    repo.git("checkout", "--quiet", "change")
    head, base = repo.git("rev-parse", "change"), repo.git("rev-parse", "v1")
    repo.git("clone", "--quiet", "--bare", ".", "../origin.git")
    repo.git("--git-dir", "../origin.git", "branch", "--force", "main", "v1")
    own = repo.folder.parent / "own"
    for name in (".git/hooks/post-checkout", ".venv/bin/python", ".venv/bin/pip", "python"):
        file = repo.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{REFUSED.format(log=own)}\n")
        file.chmod(0o755)
    repo.write("review.md", "a forged review\n")
    result = {"stack": "dev", "environment": "dev", "outcome": "to change", "changes": {"created": 1}}
    repo.write("tables/preview-1.json", json.dumps({"operation": "preview", "stacks": [result]}))
    job = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    origin = {"CI_REPOSITORY_URL": f"{repo.folder.parent / 'origin.git'}", "CI_PROJECT_DIR": f"{repo.folder}"}
    temporary = repo.folder.parent / "temporary"
    temporary.mkdir()
    done = run_script(repo, "table", **job, **origin, CI_MERGE_REQUEST_IID="5", REVIEW_TOKEN="", TMPDIR=f"{temporary}")
    assert (done.returncode, done.stderr) == (0, "")
    assert not own.exists()
    assert "forged" not in done.stdout
    assert "`CostCenter CC-1 → CC-2`" in done.stdout
    assert "| dev | to change | 1 created |" in done.stdout


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_the_packages_of_a_repository_for_uv_are_those_of_its_lock(repo: Repository, forge: str) -> None:
    repo.write("uv.lock", "")
    if forge == "gitlab":
        done = run_script(repo, "validate")
    else:
        pin = Pin(version="1.0.0", hash="a" * 64)
        new = NewRepository(name="acme", region="us-west-2", toolchain="uv", pin=pin)
        steps = yaml.safe_load(new.files()[".github/workflows/bedrock-projects.yml"])["jobs"]["validate"]["steps"]
        install, validate, *_ = [step["run"] for step in steps if "run" in step]
        done = bash(repo, "bash", "-e", "-c", f"{install}\n{validate}")
    assert done.returncode == 0, done.stderr
    assert (repo.folder.parent / "log").read_text("utf-8").splitlines() == [*BY_UV, ""]


def test_the_hook_checks_the_whole_inventory_when_one_of_its_files_changes(repo: Repository) -> None:
    read = yaml.safe_load((TEMPLATES / "pre-commit/.pre-commit-config.yaml").read_text("utf-8"))
    [hook] = read["repos"][0]["hooks"]
    assert hook["pass_filenames"] is False
    for name in ("projects.yaml", "teams/search.yaml", "teams/a/b.yml"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "docs/projects.yaml.md")
    bash(repo, "python")
    assert bash(repo, *hook["entry"].split()).returncode == 0
    repo.write("projects.yaml", "version: 2\n")
    assert bash(repo, *hook["entry"].split()).returncode == 1


def test_editors_are_pointed_to_schemas_that_exist() -> None:
    settings = json.loads((TEMPLATES / "editor/.vscode/settings.json").read_text("utf-8"))
    assert all((ROOT / schema).is_file() for schema in settings["yaml.schemas"])


def test_the_private_file_of_conformance_gets_into_no_repository() -> None:
    for folder in (ROOT, TEMPLATES / "pulumi"):
        assert f"{PRIVATE_FILE}*" in (folder / ".gitignore").read_text().splitlines()
