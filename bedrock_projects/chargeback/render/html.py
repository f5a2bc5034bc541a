"""A statement as one HTML page without scripts, for a screen and for A4. It needs the extra `html`."""

from functools import cache
from typing import TYPE_CHECKING, Final

from bedrock_projects.chargeback.render.sheets import Sheet, plain
from bedrock_projects.reports.render.html import check_installed
from bedrock_projects.reports.render.pages import asset, page_environment, policy

if TYPE_CHECKING:
    import jinja2

_PACKAGE: Final = "bedrock_projects.chargeback.render"


def of_sheet(sheet: Sheet) -> str:
    """The page. Raises BedrockProjectsError if the extra `html` is not installed."""
    check_installed()
    style = asset(_PACKAGE, "statement.css")
    return _template().render(sheet=sheet, style=style, policy=policy(style))


@cache  # a month has a page for each value, and the template takes longer to read than a page to write
def _template() -> "jinja2.Template":
    return page_environment(_PACKAGE, {"plain": plain}).get_template("statement.html")
