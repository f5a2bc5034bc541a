"""What the Pulumi CLI would give a program as its configuration, read from Pulumi.yaml and Pulumi.<stack>.yaml.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import MOST_NODES
from bedrock_projects.stacks.settings import Settings, read_settings
from bedrock_projects.suggestions import did_you_mean

STACK_FILE_VARIABLE = "BEDROCK_PROJECTS_STACK_FILE"
"""Names the stack's file, if the CLI is given one by `--config-file`: nothing else sees that option."""

_PROJECT_FILE = "Pulumi.yaml"


@dataclass(frozen=True)
class StackFiles:
    """The name of the Pulumi project, the stack's file, and its configuration: `namespace:key` to text.

    `config` has what is in plain text; `encrypted` are the keys of the other values, which only the CLI can read.
    `has_passphrase` is whether a passphrase locks them. If the file `imports` environments of Pulumi ESC, these give
    values too, and only the CLI knows them.
    """

    project: str
    file: Path
    config: Mapping[str, str]
    encrypted: frozenset[str] = frozenset()
    has_passphrase: bool = False
    imports: bool = False


def program_folder(start: Path) -> Path | None:
    """The folder of the Pulumi program, as the CLI looks for it: from `start` upwards; None if there is none."""
    folders = (start.absolute(), *start.absolute().parents)
    return next((folder for folder in folders if (folder / _PROJECT_FILE).is_file()), None)


def project_name(folder: Path) -> str:
    """The name of the Pulumi project in the folder; SettingsError without a Pulumi.yaml that has one."""
    return _name_of(_project_file(folder))


def toolchain_of(folder: Path) -> str:
    """What installs the program's packages, as Pulumi.yaml says; empty if it does not."""
    runtime = _project_file(folder).get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    return str(options.get("toolchain") or "") if isinstance(options, dict) else ""


def has_program(folder: Path) -> bool:
    """Whether the folder is that of a Pulumi program."""
    return (folder / _PROJECT_FILE).exists()


def stack_names(folder: Path) -> list[str]:
    """The stacks that have a file, sorted; none if the folder has no Pulumi program."""
    if not has_program(folder):
        return []
    files = _stack_folder(folder, _project_file(folder)).glob("Pulumi.*.yaml")
    return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in files)


def stack_file(stack: str, *, folder: Path) -> Path:
    """Where the CLI keeps the settings of a stack of the program in the folder; the file may be missing."""
    return _stack_file(stack, folder, _project_file(folder))


def settings_file(stack: str, *, folder: Path) -> Path:
    """The file with the settings of a stack: the one that STACK_FILE_VARIABLE names, else the CLI's own."""
    named = os.environ.get(STACK_FILE_VARIABLE, "").strip()
    return Path(named) if named else stack_file(stack, folder=folder)


def stack_basename(stack: str) -> str:
    """What a stack is called in its file's name and in the program: the last part of `organization/project/stack`."""
    return stack.rpartition("/")[2]


def program_settings(folder: Path) -> Settings:
    """The settings of a stack of the program that sets none itself; SettingsError without a Pulumi.yaml."""
    project = _project_file(folder)
    name = _name_of(project)
    defaults = {key: text_of(value) for key, value in _defaults(project, name).items()}
    return read_settings(defaults, project=name, stack="")


def settings_of(stack: str, *, folder: Path, file: Path | None = None) -> Settings:
    """The settings of a stack of the program in the folder; SettingsError as `read_stack` and `read_settings` say."""
    files = read_stack(folder, stack, file=file)
    # The key of a secret counts: one that has no effect is refused. None of our settings is a secret.
    config = {**dict.fromkeys(files.encrypted, ""), **files.config}
    return read_settings(config, project=files.project, stack=stack_basename(stack))


def remedy_without_file(stack: str, known: Iterable[str]) -> str:
    """What to do if a stack has no file; `known` are the names that are meant perhaps."""
    create = f"create a new stack with `pulumi stack init {stack}`"
    return did_you_mean(stack_basename(stack), known, remedy=create)


def read_stack(folder: Path, stack: str, *, file: Path | None = None) -> StackFiles:
    """Reads both files; SettingsError if one is missing or is not what Pulumi writes.

    `file` is the stack's, if the CLI is given another one than its own by `--config-file`.
    """
    project = _project_file(folder)
    name = _name_of(project)
    path = file or _stack_file(stack, folder, project)
    content = _mapping(path, remedy_without_file(stack, stack_names(folder)), folder=folder)
    settings = {full_key(key, name): value for key, value in _block(content, path.name).items()}
    encrypted = frozenset(key for key, value in settings.items() if _is_secret(value))
    given = {key: "" if value is None else value for key, value in settings.items()}
    merged = {**_defaults(project, name), **given}
    return StackFiles(
        project=name,
        file=path,
        config={key: text_of(value) for key, value in merged.items() if key not in encrypted},
        encrypted=encrypted,
        has_passphrase="encryptionsalt" in content,
        imports=bool(content.get("environment")),
    )


def _project_file(folder: Path) -> Mapping[str, Any]:
    return _mapping(folder / _PROJECT_FILE, "run this in the folder of the Pulumi program", folder=folder)


def _name_of(project: Mapping[str, Any]) -> str:
    name = str(project.get("name") or "")
    if not name:
        raise SettingsError(f"{_PROJECT_FILE} has no `name`; give the project one")
    return name


def _defaults(project: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What Pulumi.yaml sets for all stacks, `namespace:key` to value."""
    declared = {} if isinstance(project.get("config"), str) else _block(project, _PROJECT_FILE)
    defaults = {full_key(key, name): _default(value) for key, value in declared.items()}
    return {key: value for key, value in defaults.items() if value is not None}


def _stack_file(stack: str, folder: Path, project: Mapping[str, Any]) -> Path:
    return _stack_folder(folder, project) / f"Pulumi.{stack_basename(stack)}.yaml"


def _stack_folder(folder: Path, project: Mapping[str, Any]) -> Path:
    """`stackConfigDir`, or what it was called before: a `config` that is a string."""
    former = project.get("config")
    return folder / str(project.get("stackConfigDir") or (former if isinstance(former, str) else ""))


class _Loader(yaml.SafeLoader):
    """Reads booleans as the CLI does: `yes` and `on` are strings to it, as YAML 1.2 has them."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name, a mapping in its class too
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def _mapping(path: Path, remedy: str, *, folder: Path) -> Mapping[str, Any]:
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    try:
        content = yaml.load(path.read_text("utf-8-sig"), Loader=_Loader)  # noqa: S506 - a SafeLoader
        size = _size(content, {})
    except FileNotFoundError:
        raise SettingsError(f"{shown} does not exist; {remedy}") from None
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        raise SettingsError(f"{shown} cannot be read: {' '.join(str(error).split())}") from None
    if size > MOST_NODES:
        raise SettingsError(f"{shown} expands to more than {MOST_NODES:,} values; use fewer aliases")
    if content is not None and not isinstance(content, dict):
        raise SettingsError(f"{shown} is not a mapping; see https://www.pulumi.com/docs/iac/concepts/projects/")
    return content or {}


def _size(value: object, known: dict[int, int]) -> int:
    """How many values there are with aliases expanded, as JSON would write them; `known` are the sizes by identity."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = 0  # of an alias in itself, which JSON refuses
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(each, known) for each in inner)
    return known[id(value)]


def _block(document: Mapping[str, Any], file: str) -> Mapping[Any, Any]:
    block = document.get("config") or {}
    if not isinstance(block, dict):
        raise SettingsError(f"{file}: `config` is not a mapping; write `config: {{aws:region: us-west-2}}`")
    return block


def full_key(key: object, project: str) -> str:
    """`namespace:key`; a key without a namespace is in that of the Pulumi project."""
    return str(key) if ":" in str(key) else f"{project}:{key}"


def _default(value: object) -> object:
    """A key of Pulumi.yaml is given a value for all stacks, or declared with a default."""
    return value.get("value", value.get("default")) if isinstance(value, dict) else value


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and "secure" in value


def text_of(value: object) -> str:
    """A value as the program gets it: a string as it is, else JSON.

    YAML knows more than that, such as dates, and none of it is a setting of ours.
    """
    try:
        return value if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return str(value)
