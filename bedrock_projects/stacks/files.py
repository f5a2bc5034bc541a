"""What the Pulumi CLI would give a program as its configuration, read from Pulumi.yaml and Pulumi.<stack>.yaml.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from bedrock_projects.errors import SettingsError
from bedrock_projects.stacks.settings import Settings, read_settings
from bedrock_projects.suggestions import did_you_mean


@dataclass(frozen=True)
class StackFiles:
    """The name of the Pulumi project, and the stack's configuration: `namespace:key` to text.

    A secret is empty unless all stacks have a default: no setting of ours is one. `has_passphrase` is whether a
    passphrase locks them.
    """

    project: str
    config: Mapping[str, str]
    has_passphrase: bool = False


def stack_names(folder: Path) -> list[str]:
    """The stacks that have a file in the folder, sorted."""
    return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in folder.glob("Pulumi.*.yaml"))


def stack_basename(stack: str) -> str:
    """What a stack is called in its file's name and in the program: the last part of `organization/project/stack`."""
    return stack.rpartition("/")[2]


def settings_of(stack: str, *, folder: Path) -> Settings:
    """The settings of a stack of the program in the folder; SettingsError as `read_stack` and `read_settings` say."""
    files = read_stack(folder, stack)
    return read_settings(files.config, project=files.project, stack=stack_basename(stack))


def chosen_settings(stack: str | None, *, inventory: Path | None = None, environment: str | None = None) -> Settings:
    """What a command goes by: the settings of a stack in the current folder, or none, and what was given beside it."""
    if stack is None:
        return Settings(environment=environment or "", inventory=inventory or Path("projects.yaml"))
    read = settings_of(stack, folder=Path())
    return replace(read, inventory=inventory or read.inventory, environment=environment or read.environment)


def read_stack(folder: Path, stack: str) -> StackFiles:
    """Reads both files; SettingsError where one is missing or is not what Pulumi writes."""
    project = _mapping(folder / "Pulumi.yaml", "run this in the folder of the Pulumi program")
    name = str(project.get("name") or "")
    if not name:
        raise SettingsError("Pulumi.yaml has no `name`; give the project one")
    short = stack_basename(stack)
    file = f"Pulumi.{short}.yaml"
    remedy = f"{did_you_mean(short, stack_names(folder))}; a new stack is made with `pulumi stack init {stack}`"
    content = _mapping(folder / file, remedy)
    settings = _block(content, file)
    defaults = {_full(key, name): _default(value) for key, value in _block(project, "Pulumi.yaml").items()}
    given = {str(key): value for key, value in settings.items() if not _is_secret(value)}
    merged = {**{key: value for key, value in defaults.items() if value is not None}, **given}
    secrets = {str(key): "" for key, value in settings.items() if _is_secret(value)}
    config = {key: _text(value) for key, value in {**secrets, **merged}.items()}
    return StackFiles(name, config, has_passphrase="encryptionsalt" in content)


def _mapping(path: Path, remedy: str) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path.name} does not exist; {remedy}") from None
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        raise SettingsError(f"{path.name} cannot be read: {' '.join(str(error).split())}") from None
    if content is not None and not isinstance(content, dict):
        raise SettingsError(f"{path.name} is not a mapping; see https://www.pulumi.com/docs/iac/concepts/projects/")
    return content or {}


def _block(document: Mapping[str, Any], file: str) -> Mapping[Any, Any]:
    block = document.get("config") or {}
    if not isinstance(block, dict):
        raise SettingsError(f"{file}: `config` is not a mapping; write `config: {{aws:region: us-west-2}}`")
    return block


def _full(key: object, project: str) -> str:
    return str(key) if ":" in str(key) else f"{project}:{key}"


def _default(value: object) -> object:
    """A key of Pulumi.yaml is given a value for all stacks, or declared with a default."""
    return value.get("value", value.get("default")) if isinstance(value, dict) else value


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and "secure" in value


def _text(value: object) -> str:
    """As JSON; YAML knows more than that, such as dates, and none of it is a setting of ours."""
    try:
        return value if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return str(value)
