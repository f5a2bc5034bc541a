"""The files of a new repository, as text: what `pulumi new` makes of the same template."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from bedrock_projects.template.pins import PYPROJECT, REQUIREMENTS, Pin, pyproject, requirements

_PACKAGED = Path(__file__).parent / "files"
_OF_A_CHECKOUT = Path(__file__).parents[2] / "templates" / "pulumi"
_TEMPLATE_SECTION = re.compile(r"^template:\n(?:[ \t]+.*\n)+", re.MULTILINE)
_NOT_OURS = {"__pycache__", ".venv"}
_WORKFLOW = ".github/workflows/bedrock-projects.yml"
_DEPENDENCIES = "dependencies.txt"
_EXTRAS = Path(__file__).parent / "extras"
_UV = ".github/uv.txt"
_BY_PIP = "python -m venv .venv && .venv/bin/pip install --quiet --require-hashes --requirement requirements.txt"
_BY_UV = f"python -m pip install --quiet --require-hashes --requirement {_UV} && uv sync --quiet --frozen"

Toolchain = Literal["pip", "uv"]
EXTRAS = ("aws", "exports", "html", "xlsx")


@dataclass(frozen=True, kw_only=True)
class NewRepository:
    """What a new repository is to be; `extras`: the extras of this package whose needs `dependencies.txt` pins too."""

    name: str
    region: str
    toolchain: Toolchain
    pin: Pin
    extras: Collection[str] = ()

    def files(self) -> dict[str, str]:
        """Path within the repository to text."""
        template = template_files()
        description = yaml.safe_load(template["Pulumi.yaml"])["template"]["description"]
        given = {"PROJECT": self.name, "DESCRIPTION": description}
        texts = {path: _filled(text, given) for path, text in template.items()}
        texts["Pulumi.yaml"] = _TEMPLATE_SECTION.sub("", texts["Pulumi.yaml"])
        for path in ("Pulumi.dev.yaml", "Pulumi.prod.yaml"):
            texts[path] = f"config:\n  aws:region: {self.region}\n"
        if self.toolchain == "pip":
            texts[_DEPENDENCIES] += "".join(_needed_by(extra) for extra in EXTRAS if extra in self.extras)
            return texts | {REQUIREMENTS: requirements(self.pin)}
        return _for_uv(texts) | {PYPROJECT: pyproject(self.name, self.pin)}


def _needed_by(extra: str) -> str:
    """What an extra needs in addition, by version and hash; uv.lock has it by itself."""
    locked = (_EXTRAS / f"{extra}.txt").read_text("utf-8")
    return f"# What bedrock-projects[{extra}] needs in addition.\n{locked}"


def _for_uv(texts: Mapping[str, str]) -> dict[str, str]:
    """The files, with uv instead of pip; the pipeline installs uv by its hash."""
    kept = {path: text for path, text in texts.items() if path != _DEPENDENCIES}  # uv.lock has them
    return kept | {
        "Pulumi.yaml": texts["Pulumi.yaml"].replace("toolchain: pip", "toolchain: uv"),
        _WORKFLOW: texts[_WORKFLOW].replace(_BY_PIP, _BY_UV),
        _UV: (Path(__file__).parent / "uv.txt").read_text("utf-8"),
    }


def template_files() -> dict[str, str]:
    """Path within the template to text; without its requirements, which name the wheel that holds this template."""
    folder = _PACKAGED if _PACKAGED.is_dir() else _OF_A_CHECKOUT
    # Below the template only: the package itself is usually in a folder called .venv.
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    ours = [path for path in files if not {*path.parts} & _NOT_OURS and path.as_posix() != REQUIREMENTS]
    return {path.as_posix(): (folder / path).read_text("utf-8") for path in ours}


def _filled(text: str, given: Mapping[str, str]) -> str:
    """As `pulumi new` does it, in every file: https://www.pulumi.com/docs/iac/packages-and-automation/templates/."""
    for name, value in given.items():
        text = text.replace(f"${{{name}}}", value)
    return text
