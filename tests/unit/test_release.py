"""What a release must hold: the files as they are built here, and what is refused."""

import ast
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

from tests.documents import ROOT
from tools.release.building import Distributions
from tools.release.contents import changelog_problems, sdist_problems, template_problems, wheel_problems
from tools.release.sbom import completed, sbom_problems

IN_SDIST = (
    *("LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "pyproject.toml"),
    *("bedrock_projects/py.typed", "bedrock_projects/cli.py", "tests/conftest.py"),
)
SDIST = [f"bedrock_projects-1.0/{name}" for name in IN_SDIST]
INFORMATION = "bedrock_projects-1.0.dist-info"
WHEEL = [
    *("bedrock_projects/py.typed", "bedrock_projects/cli.py"),
    *(f"{INFORMATION}/METADATA", f"{INFORMATION}/licenses/LICENSE", f"{INFORMATION}/licenses/NOTICE"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Both files, built from the working tree."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, capture_output=True, check=True
    )
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Distributions(wheel, sdist)


def test_what_is_built_here_holds_what_it_must(built: Distributions) -> None:
    ours = version("bedrock-projects")
    assert sdist_problems(built.names_in_sdist(), ours) == []
    assert wheel_problems(built.names_in_wheel(), ours, sdist=built.names_in_sdist()) == []


def test_nothing_unpinned_is_installed_where_the_release_is_built() -> None:
    """It could replace the files before they are published."""
    options = [
        [ast.unparse(argument).strip("'") for argument in node.args]
        for path in (ROOT / "tools" / "release").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_pip_install"
    ]
    assert options
    assert [each for each in options if not {*each} >= {"--require-hashes", "-r"} and "--no-index" not in each] == []
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tools" / "release").glob("*.py"))
    assert sources.count('"install"') == 1


def test_a_file_has_one_hash(built: Distributions) -> None:
    assert built.hashes() == built.hashes()
    assert {len(hash_) for hash_ in built.hashes().values()} == {64}
    assert built.hashes().keys() == {built.wheel.name, built.sdist.name}


def test_the_changelog_has_the_version_of_the_package() -> None:
    assert changelog_problems((ROOT / "CHANGELOG.md").read_text("utf-8"), version("bedrock-projects"), tag=None) == []


@pytest.mark.parametrize("name", [name for name in WHEEL if not name.endswith("METADATA")])
def test_a_wheel_without_a_needed_file_is_refused(name: str) -> None:
    assert wheel_problems(set(WHEEL) - {name}, "1.0", sdist=SDIST) == [f"the wheel lacks {name}"]


@pytest.mark.parametrize("name", ["tests/conftest.py", "local_aws/server.py", "bedrock_projects/__pycache__/cli.pyc"])
def test_a_wheel_with_another_file_is_refused(name: str) -> None:
    assert wheel_problems([*WHEEL, name], "1.0", sdist=SDIST) == [f"the wheel has {name}"]


def test_a_wheel_lacks_what_the_package_of_the_source_archive_has() -> None:
    more = [*SDIST, "bedrock_projects-1.0/bedrock_projects/data.json"]
    assert wheel_problems(WHEEL, "1.0", sdist=more) == ["the wheel lacks bedrock_projects/data.json"]


def test_a_complete_source_archive_passes_and_one_without_the_licence_is_refused() -> None:
    assert sdist_problems(SDIST, "1.0") == []
    assert sdist_problems(SDIST[1:], "1.0") == ["the source archive lacks LICENSE"]


@pytest.mark.parametrize("name", [".venv/bin/python", ".local/log", "docs/.env"])
def test_a_source_archive_with_a_file_of_this_machine_is_refused(name: str) -> None:
    assert sdist_problems([*SDIST, f"bedrock_projects-1.0/{name}"], "1.0") == [f"the source archive has {name}"]


CHANGELOG = "# Changelog\n\n## 1.1.0 (not yet released)\n\n## 1.0.0\n\n- text\n"


@pytest.mark.parametrize(
    ("number", "tag", "problems"),
    [
        ("1.0.0", None, []),
        ("1.1.0", None, []),
        ("1.0.0", "v1.0.0", []),
        ("1.1.0", "v1.1.0", ["CHANGELOG.md says that 1.1.0 is not yet released"]),
        ("1.0.0", "v1.0.1", ["the tag is v1.0.1, but the version in pyproject.toml is 1.0.0"]),
        ("1.0", None, ["CHANGELOG.md has no section 1.0"]),
        ("2.0.0", "v2.0.0", ["CHANGELOG.md has no section 2.0.0"]),
    ],
)
def test_the_changelog_says_whether_a_version_may_be_released(
    number: str, tag: str | None, problems: list[str]
) -> None:
    assert changelog_problems(CHANGELOG, number, tag=tag) == problems


def test_the_template_names_the_wheel_of_the_release() -> None:
    assert template_problems("a", "a") == []
    [problem] = template_problems("a", "b")
    assert "run `make template`" in problem


def sbom(*packages: str) -> dict[str, Any]:
    """What the generator writes, as far as it matters here."""
    described = {"bom-ref": "root-component", "name": "bedrock-projects", "version": "1.0"}
    return {
        "metadata": {"component": described},
        "components": [{"name": name, "version": "2.0", "purl": f"pkg:pypi/{name.lower()}@2.0"} for name in packages],
    }


def test_the_sbom_names_the_package_that_it_describes() -> None:
    assert sbom_problems(sbom()) == ["the SBOM has no package URL of bedrock-projects"]
    complete = completed(sbom(), {})
    assert complete["metadata"]["component"]["purl"] == "pkg:pypi/bedrock-projects@1.0"
    assert sbom_problems(complete) == []


@pytest.mark.parametrize(
    ("name", "licence"),
    [
        ("Apache-2.0", {"license": {"id": "Apache-2.0", "acknowledgement": "declared"}}),
        ("Apache-2.0 OR BSD-2-Clause", {"expression": "Apache-2.0 OR BSD-2-Clause", "acknowledgement": "declared"}),
        ("MIT License", {"license": {"name": "MIT License", "acknowledgement": "declared"}}),
    ],
)
def test_the_sbom_has_the_licence_of_each_package_as_the_package_names_it(name: str, licence: dict[str, Any]) -> None:
    complete = completed(sbom("PyYAML"), {"pyyaml": name})
    assert complete["components"][0]["licenses"] == [licence]
    assert sbom_problems(complete) == []


def test_an_sbom_without_the_licence_of_a_package_is_refused() -> None:
    assert sbom_problems(completed(sbom("a", "b"), {"a": "MIT"})) == ["the SBOM has no licence of b 2.0"]
