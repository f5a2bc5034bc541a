"""Which environments a change touches, so that a pipeline previews and deploys these and no others."""

import re
from pathlib import Path

from bedrock_projects import inventory as inventories
from bedrock_projects.ci.git import changed_files, commit_of, has_file
from bedrock_projects.iam.roles import check_previews_apart
from bedrock_projects.review.comparison import environments_touched
from bedrock_projects.review.revisions import load_at
from bedrock_projects.stacks.files import stack_file

PROGRAM = (
    "Pulumi.yaml",
    ":(glob)*.py",
    "components",
    "bedrock_projects",
    "requirements.txt",
    "dependencies.txt",
    "wheels",
    "uv.lock",
    "pyproject.toml",
)
"""The program and the pins of what it runs on, as git takes them: they are the same for all environments."""
_STACK_FILE = re.compile(r"(?:.*/)?Pulumi\.(.+)\.yaml", re.DOTALL)


def touched_since(base: str, inventory: Path) -> list[str]:
    """The environments of the inventory file that HEAD changes since the revision, sorted.

    All of them if the program changed, or if the revision is not here or has no such file. The settings of a stack
    touch the environment of its name. Raises SettingsError without git or Pulumi.yaml, or if the previews of one
    environment would have the rights of another, and InventoryError for an invalid inventory.
    """
    after = inventories.load(inventory)
    check_previews_apart(after)
    every = sorted(after.environments)
    commit = commit_of(base)
    if commit is None or not has_file(commit, inventory) or changed_files(commit, *PROGRAM):
        return every
    folder = stack_file("any", folder=Path()).parent
    files = changed_files(commit, f":(glob){folder.as_posix()}/Pulumi.*.yaml")
    stacks = {match[1] for match in map(_STACK_FILE.fullmatch, files) if match}
    changed = environments_touched(load_at(base, inventory), after)
    return [name for name in every if name in stacks or name in changed]
