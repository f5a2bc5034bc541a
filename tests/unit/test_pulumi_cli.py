"""Asking the Pulumi CLI: it need not be there, nor ever answer."""

from pathlib import Path

import pytest

from bedrock_projects.stacks.pulumi_cli import run_pulumi
from tests.pulumi_cli import PulumiStandIn

SCRIPTS = {
    "an answer": ("echo out; echo err >&2; exit 3", (3, "out\n", "err\n")),
    "an answer that is no UTF-8": (r"printf '\377'", (0, "\N{REPLACEMENT CHARACTER}", "")),
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", PulumiStandIn(tmp_path).path)
    return tmp_path


@pytest.mark.parametrize(("script", "expected"), SCRIPTS.values(), ids=SCRIPTS)
def test_what_it_says_is_handed_on(path: Path, script: str, expected: tuple[int, str, str]) -> None:
    PulumiStandIn(path).runs(script)
    assert run_pulumi("version") == expected


def test_one_that_never_answers_is_given_up(path: Path) -> None:
    PulumiStandIn(path).runs("exec sleep 600")
    assert run_pulumi("stack", "export", seconds=0.05) == (1, "", "`pulumi stack` took more than 0 seconds")


def test_one_that_is_not_there_or_is_not_a_program_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(path))
    assert run_pulumi("version") == (1, "", "[Errno 2] No such file or directory: 'pulumi'")
    (path / "pulumi").mkdir()
    code, out, err = run_pulumi("version")
    assert (code, out) == (1, "")
    assert "pulumi" in err
