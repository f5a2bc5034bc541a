"""Pages without scripts that load nothing: what every page of this package has."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from bedrock_projects.printing import for_html

if TYPE_CHECKING:
    import jinja2


def page_environment(package: str, filters: Mapping[str, Callable[..., object]]) -> "jinja2.Environment":
    """The environment of the templates of a package, with its filters; it escapes each text."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: asset(package, name)),
        autoescape=True,
        finalize=_finished,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    return environment


def asset(package: str, name: str) -> str:
    """A template or a style sheet of a package."""
    return files(package).joinpath("templates").joinpath(name).read_text(encoding="utf-8")


def policy(style: str) -> str:
    """Allows only this style sheet, by its hash: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _finished(value: object) -> object:
    """The output of a template expression; markup comes from the template, or from a chart that made it safe."""
    return for_html(value) if type(value) is str else value
