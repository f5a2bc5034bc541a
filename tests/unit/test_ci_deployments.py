"""The settings of stacks for Pulumi Deployments; nothing here has been sent to Pulumi Cloud."""

import json
from pathlib import Path

import pytest

from bedrock_projects.ci.touched import PROGRAM
from tests.unit.command_line import HEAD, Done, Repository, repository, run

ROLE = "arn:aws:iam::999999999999:role/pulumi-cloud"
INVENTORY = (
    HEAD.replace("defaults:", 'billing: {account: "999999999999"}\ndefaults:')
    + "include: {teams/*.yaml: {}}\nprojects: {search: {name: Search}}\n"
)
TEAM = "projects: {chat: {name: Chat, environments: [dev]}}\n"
GIVEN = ("ci", "deployments", "--repository", "acme/bedrock", "--role-arn", ROLE)


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = repository(tmp_path)
    made.commit("v1", infra__projects=INVENTORY, infra__teams__chat=TEAM, infra__Pulumi="name: p\nruntime: python\n")
    return made


def deployments(repo: Repository, *options: str) -> Done:
    return run(*GIVEN, *options, folder=repo.folder / "infra")


def test_each_environment_and_billing_has_settings_of_the_same_form(repo: Repository) -> None:
    done = deployments(repo, "--branch", "live")
    assert (done.code, done.err) == (0, "")
    settings = json.loads(done.out)
    assert [*settings] == ["dev", "prod", "billing"]
    dev = settings["dev"]
    paths = dev["gitHub"].pop("paths")
    assert dev == {
        "sourceContext": {"git": {"branch": "refs/heads/live", "repoDir": "infra"}},
        "gitHub": {
            "repository": "acme/bedrock",
            "deployCommits": True,
            "previewPullRequests": False,
            "pullRequestTemplate": False,
        },
        "operationContext": {
            "oidc": {"aws": {"roleArn": ROLE, "sessionName": "bedrock-projects-dev"}},
            "options": {"skipIntermediateDeployments": True},
        },
    }
    assert paths[-3:] == ["infra/Pulumi.dev.yaml", "infra/projects.yaml", "infra/teams/chat.yaml"]
    assert len(paths) == len(PROGRAM) + 3
    assert {"infra/*.py", "infra/Pulumi.yaml", "infra/components/**"} <= {*paths}


def test_a_push_deploys_a_stack_only_for_files_with_its_entries(repo: Repository) -> None:
    settings = json.loads(deployments(repo).out)
    of_team = {name for name, one in settings.items() if "infra/teams/chat.yaml" in one["gitHub"]["paths"]}
    assert of_team == {"dev", "billing"}


def test_a_file_for_each_stack(repo: Repository) -> None:
    printed = json.loads(deployments(repo).out)
    assert deployments(repo, "--into", "stacks") == Done(0, "", "")
    written = {file.stem: json.loads(file.read_text()) for file in (repo.folder / "infra/stacks").iterdir()}
    assert written == printed


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--repository", "acme"), "write owner/name"), (("--role-arn", "role/x"), "role ARN")],
)
def test_a_wrong_value_is_a_usage_error(repo: Repository, options: tuple[str, str], words: str) -> None:
    given = ["ci", "deployments", *dict([*zip(GIVEN[2::2], GIVEN[3::2], strict=True), options]).items()]
    flat = [word for part in given for word in ([part] if isinstance(part, str) else part)]
    done = run(*flat, folder=repo.folder / "infra")
    assert (done.code, done.out) == (2, "")
    assert words in " ".join(done.err.split())


def test_without_a_repository_or_a_program_it_is_one_message(repo: Repository, tmp_path: Path) -> None:
    for folder in (repo.folder, tmp_path.parent):
        done = run(*GIVEN, folder=folder)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
