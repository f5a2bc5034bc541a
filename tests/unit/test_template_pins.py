"""The pin decides all that names it: version, hash and the folder of wheels, from any pin to any other."""

import itertools
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.errors import SettingsError
from bedrock_projects.template.pins import (
    PYPROJECT,
    REQUIREMENTS,
    Pin,
    installed_version,
    pyproject,
    requirements,
    version_in,
    with_pin,
)

PINS = st.builds(
    lambda number, digit, is_local: pin(number, digit * 64, is_local=is_local),
    st.integers(0, 99),
    st.sampled_from("0123456789abcdef"),
    st.booleans(),
)


def pin(number: int, hash_: str = "a" * 64, *, is_local: bool) -> Pin:
    version = f"{number}.0.0"
    return Pin(version=version, hash=hash_, wheel=f"bedrock_projects-{version}-py3-none-any.whl" if is_local else None)


LOCAL, INDEX = pin(1, is_local=True), pin(2, "b" * 64, is_local=False)


def uv(pin: Pin) -> str:
    return pyproject("acme", pin)


@given(old=PINS, new=PINS)
def test_a_file_with_any_pin_becomes_the_one_of_the_new_pin(old: Pin, new: Pin) -> None:
    assert with_pin(REQUIREMENTS, requirements(old), new) == requirements(new)
    assert with_pin(PYPROJECT, uv(old), new) == uv(new)
    assert version_in(REQUIREMENTS, requirements(new)) == version_in(PYPROJECT, uv(new)) == new.version


OWN = {
    "an extra": (
        "bedrock-projects[aws]==1.0.0 \\\n    --hash=sha256:" + "a" * 64 + "\npulumi-aws==7.1.0 --hash=sha256:00\n",
        "bedrock-projects[aws]==2.0.0 \\\n    --hash=sha256:" + "b" * 64 + "\npulumi-aws==7.1.0 --hash=sha256:00\n",
    ),
    "one line": (
        "bedrock-projects==1.0.0 --hash=sha256:" + "a" * 64 + "\nrequests==2.32.0\n",
        "bedrock-projects==2.0.0 \\\n    --hash=sha256:" + "b" * 64 + "\nrequests==2.32.0\n",
    ),
    "another spelling": (
        "Bedrock_Projects [aws] == 1.0.0 --hash=sha256:" + "a" * 64 + "  # ours\n",
        "bedrock-projects[aws]==2.0.0 \\\n    --hash=sha256:" + "b" * 64 + "  # ours\n",
    ),
    "a marker": (
        "bedrock-projects==1.0.0 ; python_version >= '3.10' \\\n    --hash=sha256:" + "a" * 64 + "\n",
        "bedrock-projects==2.0.0 ; python_version >= '3.10' \\\n    --hash=sha256:" + "b" * 64 + "\n",
    ),
    "no hash": ("bedrock-projects[aws]==1.0.0\nrequests==2.32.0\n", "bedrock-projects[aws]==2.0.0\nrequests==2.32.0\n"),
    "two hashes": (
        "bedrock-projects==1.0.0 \\\n    --hash=sha256:" + "a" * 64 + " \\\n    --hash=sha256:" + "c" * 64 + "\n",
        "bedrock-projects==2.0.0 \\\n    --hash=sha256:" + "b" * 64 + "\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), OWN.values(), ids=OWN)
def test_a_requirement_as_a_team_writes_it_is_moved(before: str, after: str) -> None:
    assert with_pin(REQUIREMENTS, before, INDEX) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'bedrock-projects==1.0.0'", "'bedrock-projects==2.0.0'"),
        ('"bedrock_projects [html, aws] == 1.0.0"', '"bedrock-projects[html, aws]==2.0.0"'),
        (
            """"bedrock-projects==1.0.0; python_version >= '3.10'\"""",
            """"bedrock-projects==2.0.0; python_version >= '3.10'\"""",
        ),
    ],
)
def test_a_dependency_as_a_team_writes_it_is_moved(before: str, after: str) -> None:
    assert with_pin(PYPROJECT, f"dependencies = [{before}]\n", INDEX) == f"dependencies = [{after}]\n"


@pytest.mark.parametrize(
    "line",
    [
        "bedrock-projects @ file:wheels/x.whl",
        "./wheels/bedrock_projects-1.0.0-py3-none-any.whl",
        "bedrock-projects>=1.0.0",
        "bedrock-projects",
        "# bedrock-projects==1.0.0",
        "my-bedrock-projects==1.0.0",
        "bedrock-projects==1.0.0 --config-settings a=b",
    ],
)
def test_any_other_form_is_not_a_pin(line: str) -> None:
    assert version_in(REQUIREMENTS, f"{line}\n") is None


@pytest.mark.parametrize("line", ["--find-links wheels", "--find-links=./wheels/", "-f wheels"])
def test_the_folder_of_wheels_is_recognised_as_pip_does(line: str) -> None:
    text = f"# ours\n{line}\nrequests==2.32.0\n{requirements(INDEX)}"
    assert with_pin(REQUIREMENTS, text, LOCAL) == text.replace("2.0.0 \\", "1.0.0 \\").replace("b" * 64, "a" * 64)
    assert with_pin(REQUIREMENTS, text, INDEX) == text.replace(f"{line}\n", "")


HEAD = '[project]\nname = "acme"\ndependencies = ["bedrock-projects[aws]=={}"]\n'
SECTIONS = {
    "a section without links": (
        '\n[tool.uv]\npackage = false\n\n[tool.x]\nfind-links = ["x"]\n',
        '\n[tool.uv]\nfind-links = ["wheels"]\npackage = false\n\n[tool.x]\nfind-links = ["x"]\n',
    ),
    "an empty section": ("\n[tool.uv]\n", '\n[tool.uv]\nfind-links = ["wheels"]\n'),
    "other links": (
        '\n[tool.uv]\nfind-links = ["vendor", "more"]\n',
        '\n[tool.uv]\nfind-links = ["wheels", "vendor", "more"]\n',
    ),
    "other links, one a line": (
        '\n[tool.uv]\nfind-links = [\n  "vendor",  # ours\n]\n',
        '\n[tool.uv]\nfind-links = ["wheels",\n  "vendor",  # ours\n]\n',
    ),
}


@pytest.mark.parametrize(("index", "local"), SECTIONS.values(), ids=SECTIONS)
def test_the_section_of_uv_gets_the_folder_of_wheels_and_loses_it(index: str, local: str) -> None:
    of_index, of_local = HEAD.format("2.0.0") + index, HEAD.format("1.0.0") + local
    for text in (of_index, of_local):
        assert with_pin(PYPROJECT, text, LOCAL) == of_local
        assert with_pin(PYPROJECT, text, INDEX) == of_index


def test_a_pyproject_without_a_section_of_uv_gets_one() -> None:
    own = HEAD.format("2.0.0") + '\n[tool.uv.pip]\nfind-links = ["x"]\n'
    assert with_pin(PYPROJECT, own, INDEX) == own
    assert with_pin(PYPROJECT, own, LOCAL) == own.replace("2.0.0", "1.0.0") + '\n[tool.uv]\nfind-links = ["wheels"]\n'


def test_a_folder_with_other_wheels_stays_named() -> None:
    for path, text in ((REQUIREMENTS, requirements(LOCAL)), (PYPROJECT, uv(LOCAL))):
        moved = with_pin(path, text, INDEX, has_other_wheels=True)
        assert moved is not None
        assert "wheels" in moved
        assert version_in(path, moved) == "2.0.0"


def test_other_files_have_no_pin() -> None:
    for path, text in itertools.product((REQUIREMENTS, PYPROJECT, "README.md"), ("", "boto3==1.44.8\n")):
        assert with_pin(path, text, INDEX) is None
        assert version_in(path, text) is None


def test_a_package_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(SettingsError, match="bedrock-projects is not installed, so its version is unknown; install it"):
        installed_version()
