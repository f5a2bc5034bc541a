"""The workflows of this repository: pinned, with no more rights than they need, and in step with the package."""

import re
from importlib.metadata import metadata
from typing import Any

import pytest
import yaml

from tests.documents import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = ("docs.yml", "release.yml", "test.yml")
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OWN = "./.github/workflows/"
RIGHTS = {
    "docs.yml": {"build": {"contents": "read"}, "publish": {"pages": "write", "id-token": "write"}},
    "release.yml": {
        "test": {"contents": "read"},
        "build": {"contents": "read"},
        "attest": {"attestations": "write", "id-token": "write"},
        "publish": {"id-token": "write"},
        "github-release": {"contents": "write"},
    },
    "test.yml": {"everything": {"contents": "read"}, "fast": {"contents": "read"}},
}


def text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def jobs(name: str) -> dict[str, dict[str, Any]]:
    jobs_: dict[str, dict[str, Any]] = yaml.safe_load(text(name))["jobs"]
    return jobs_


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in jobs(name).values() for step in job.get("steps", ())]


def test_these_are_all_workflows() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(WORKFLOWS)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_commit_and_say_their_version(name: str) -> None:
    used = re.findall(r"uses: (.*)", text(name))
    assert used
    assert [action for action in used if not action.startswith(OWN) and not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_has_the_rights_that_it_needs(name: str) -> None:
    assert yaml.safe_load(text(name))["permissions"] == {}
    assert {job: rights["permissions"] for job, rights in jobs(name).items()} == RIGHTS[name]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_ends_in_time_and_keeps_no_credentials(name: str) -> None:
    assert [job for job, fields in jobs(name).items() if "steps" in fields and "timeout-minutes" not in fields] == []
    checkouts = [step for step in steps(name) if "actions/checkout@" in step.get("uses", "")]
    assert checkouts
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_script_has_no_expression(name: str) -> None:
    assert [step["run"] for step in steps(name) if "${{" in step.get("run", "")] == []


def test_only_the_publication_is_in_the_environment_of_pypi_after_tests_and_build() -> None:
    release = jobs("release.yml")
    assert [job for job, fields in release.items() if "environment" in fields] == ["publish"]
    assert release["publish"]["environment"] == "pypi"
    assert release["publish"]["needs"] == "attest"
    assert release["attest"]["needs"] == ["test", "build"]
    assert sum("tools.release" in step.get("run", "") for step in steps("release.yml")) == 1


def test_what_builds_a_release_has_the_packages_that_it_imports() -> None:
    scripts = [step["run"] for step in jobs("release.yml")["build"]["steps"] if "run" in step]
    assert scripts[0] == "make venv"
    assert [script for script in scripts[1:] if not script.startswith(".venv/bin/python -m ")] == []


def test_a_tag_of_a_copy_publishes_nothing() -> None:
    release = jobs("release.yml")
    first = {job: fields["if"] for job, fields in release.items() if "needs" not in fields}
    assert first == dict.fromkeys(("test", "build"), "vars.PUBLISH == 'true'")
    assert [job for job in release if job not in first and "if" in release[job]] == []


def test_the_matrix_has_every_python_of_the_metadata() -> None:
    matrix = jobs("test.yml")["fast"]["strategy"]["matrix"]
    classifiers = metadata("bedrock-projects").get_all("Classifier", [])
    assert matrix["python"] == [name.rpartition(" ")[2] for name in classifiers if re.search(r":: 3\.\d+$", name)]
    assert {entry["dependencies"] for entry in matrix["include"]} == {"oldest", "newest"}
    ends = {matrix["python"][0], matrix["python"][-1]}
    assert {entry["python"] for entry in matrix["include"]} == ends


def test_the_matrix_calls_targets_of_make() -> None:
    targets = set(re.findall(r"^test-([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    matrix = jobs("test.yml")["fast"]["strategy"]["matrix"]
    assert {*matrix["dependencies"], *(entry["dependencies"] for entry in matrix["include"])} <= targets
