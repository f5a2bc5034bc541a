"""The copy of the project in which mutmut works."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.mutation.decorators import without_decorators

ROOT = Path(__file__).parents[2]
PACKAGE = "bedrock_projects"
MUTATED = (
    "adoption/yaml_edits.py",
    "chargeback/allocation.py",
    "chargeback/budgets.py",
    "chargeback/journal.py",
    "chargeback/making.py",
    "chargeback/months.py",
    "chargeback/splitting.py",
    "chargeback/statements.py",
    "cost_tags/activation.py",
    "projects/archive_limit.py",
    "projects/changes.py",
    "projects/lifecycle.py",
    "projects/plan.py",
    "projects/run_ledger.py",
    "resources/configuration.py",
    "resources/cost_allocation_tags.py",
    "resources/messages.py",
    "resources/project.py",
    "inventory/*.py",
)
"""What is mutated, below the package; of `resources` not `sdk`, whose mutants wait for threads without end."""


def mutated(root: Path = ROOT) -> list[Path]:
    """The files that are mutated, below `root`."""
    return _matching(root / PACKAGE, MUTATED)


def fast_tests() -> list[Path]:
    """The files of the tests that look for mutants."""
    return _matching(ROOT / "tests", _TESTS)


def copy_project(folder: Path) -> None:
    """Copies all files that are not ignored, and mutmut's settings; what is mutated loses its decorators."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in _files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    for path in mutated(folder):
        path.write_text(without_decorators(path.read_text("utf-8")), "utf-8")
    (folder / "setup.cfg").write_text(_settings(), "utf-8")


def _matching(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """The files of each pattern; FileNotFoundError if one has none: a module or test was renamed."""
    found = {pattern: sorted(folder.glob(pattern)) for pattern in patterns}
    if nowhere := [pattern for pattern, paths in found.items() if not paths]:
        raise FileNotFoundError(f"nothing in {folder} is called {', '.join(nowhere)}")
    return [path for paths in found.values() for path in paths]


def _files() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in listed if (ROOT / name).is_file()]


def _settings() -> str:
    """The settings of mutmut, which runs those of the tests for a mutant that reach its function."""
    lists = {
        "source_paths": [PACKAGE],
        "only_mutate": [f"{PACKAGE}/{pattern}" for pattern in MUTATED],
        "also_copy": [name for name in sorted({Path(file).parts[0] for file in _files()}) if name != PACKAGE],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "tools.mutation.profile"],
        "pytest_add_cli_args_test_selection": [path.relative_to(ROOT).as_posix() for path in fast_tests()],
    }
    lines = [f"{name}=\n    " + "\n    ".join(values) for name, values in lists.items()]
    return "\n".join(
        ["[mutmut]", *lines, "process_isolation=forkserver", "timeout_constant=5", "timeout_multiplier=4", ""]
    )


_TESTS = (
    "unit/test_activation.py",
    "unit/test_archive_limit.py",
    "unit/test_changes.py",
    "unit/test_chargeback_*.py",
    "unit/test_dumping.py",
    "unit/test_fleet_archives.py",
    "unit/test_frozen_names.py",
    "unit/test_cost_control_quotas.py",
    "unit/test_cost_control_reading.py",
    "unit/test_cost_controls.py",
    "unit/test_yaml_edits.py",
    "unit/test_inventory_*.py",
    "unit/test_ownership.py",
    "unit/test_plan.py",
    "unit/test_providers.py",
    "unit/test_resource_properties.py",
    "unit/test_run_ledger.py",
    "unit/test_run_plan.py",
    "unit/test_schema.py",
    "local_aws/test_answers.py",
    "local_aws/test_lifecycle.py",
    "local_aws/test_moves.py",
    "local_aws/test_project_provider.py",
    "local_aws/test_tags_provider.py",
    "local_aws/test_unfinished.py",
)
"""The fast tests of what is mutated; those on the real engine find much of it too, but take minutes."""
