"""A statement as one HTML page without scripts, for a screen and for A4. It needs the extra `html`."""

from typing import Final

from bedrock_projects.chargeback.render.sheets import Sheet
from bedrock_projects.reports.render.html import check_installed
from bedrock_projects.reports.render.pages import asset, page_environment, policy

_PACKAGE: Final = "bedrock_projects.chargeback.render"


def of_sheet(sheet: Sheet) -> str:
    """The page. Raises BedrockProjectsError if the extra `html` is not installed."""
    check_installed()
    style = asset(_PACKAGE, "statement.css")
    template = page_environment(_PACKAGE, {}).get_template("statement.html")
    return template.render(sheet=sheet, style=style, policy=policy(style))
