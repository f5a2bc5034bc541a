"""Who may import whom, read from the sources."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "components": {"bedrock_projects", "components", "pulumi"},
    "bedrock_projects": {"bedrock_projects"},
    "local_aws": {"local_aws"},
}
OURS = {"bedrock_projects", "components", "local_aws", "tools", "tests", "benchmarks", "pulumi", "__main__"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def sources(package: str) -> list[Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, package
    return files


@pytest.mark.parametrize("package", ALLOWED)
def test_a_layer_imports_only_what_is_below_it(package: str) -> None:
    for path in sources(package):
        allowed = set(ALLOWED[package])
        if path.is_relative_to(ROOT / "bedrock_projects" / "resources"):
            allowed.add("pulumi")
        used = {name.split(".")[0] for name in imports(path)} & OURS
        assert used <= allowed, f"{path.relative_to(ROOT)} imports {used - allowed}"


@pytest.mark.parametrize("module", ["bedrock_projects.inventory", "bedrock_projects.projects.changes"])
def test_reading_an_inventory_needs_neither_boto3_nor_pulumi(module: str) -> None:
    script = f"import sys, {module}; print(sorted({{'boto3', 'botocore', 'pulumi'}} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
