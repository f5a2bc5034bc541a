"""A statement as plain lines, for a terminal or a pipe."""

from bedrock_projects.chargeback.render.sheets import Section, Sheet, plain
from bedrock_projects.printing import for_terminal
from bedrock_projects.reports.render.table import grid_text


def of_sheet(sheet: Sheet) -> str:
    """The text; no line is wrapped."""
    facts = [f"{label}: {for_terminal(plain(text))}" for label, text in sheet.facts]
    parts = ["\n".join([for_terminal(plain(sheet.title)), *facts]), *map(_section, sheet.sections)]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    grid = [grid_text(section.grid)] if section.grid else []
    return "\n".join([section.heading, *grid, *(f"  {for_terminal(plain(text))}" for text in section.sentences)])
