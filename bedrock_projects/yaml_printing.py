"""Text of others in YAML, as `printing` has it for the other media. Apart, because PyYAML is slow to import."""

import re
from typing import Any

import yaml

from bedrock_projects.limits import is_hidden
from bedrock_projects.printing import as_python, escaped

_IN_YAML_QUOTES = re.compile(r"(?<!\w):(?=:)|#(?=#)")


def for_yaml(value: Any, *, width: float = 120, flow_style: bool | None = False) -> str:
    """YAML that says exactly the value; what is not to be shown as it is is in quotes and has YAML's own escapes."""
    text: str = yaml.dump(
        value,
        Dumper=_YamlDumper,
        sort_keys=False,
        allow_unicode=True,
        width=width,
        default_flow_style=flow_style,
    )
    return "\n".join(_IN_YAML_QUOTES.sub(as_python, escaped(line, _as_yaml)) for line in text.split("\n"))


class _YamlDumper(yaml.SafeDumper):
    """Puts in double quotes what needs an escape, and leaves the escapes to `for_yaml`: PyYAML has fewer of them."""


def _yaml_string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_safe = _IN_YAML_QUOTES.search(text) is None and not any(map(is_hidden, text.replace("\n", "")))
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_safe else '"')


_YamlDumper.add_representer(str, _yaml_string)


def _as_yaml(match: re.Match[str]) -> str:
    return f"\\U{ord(match[0]):08x}" if ord(match[0]) > 0xFFFF else f"\\u{ord(match[0]):04x}"
