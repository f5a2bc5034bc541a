"""Takes pictures of the statements of the page A month's chargeback, as Chromium prints them on A4."""

import tempfile
from pathlib import Path

import local_aws
from tests.browser.chromium import chromium
from tests.local_aws.doc_setups import charged_to_teams, final, open_doc_setup, with_rules

TEAM = "CustomerExperience"
_COMMANDS = (
    "bedrock-projects chargeback close --month 2026-10",
    "bedrock-projects chargeback statements --month 2026-10 --output .",
)
_WIDTH = 1123
"""Of A4 across, in CSS pixels, of which each is one of the picture."""
_MARGIN = "12mm"


def take_statements() -> dict[str, bytes]:
    """The statement of a team and that of all, as PNG, by the names of their files.

    Raises RuntimeError if there is no Chromium, or if a command refuses.
    """
    with tempfile.TemporaryDirectory() as folder:
        with local_aws.running() as aws, open_doc_setup(aws, Path(folder)) as setup:
            for step in (charged_to_teams, with_rules, final):
                step(setup)
            for command in _COMMANDS:
                if answer := setup.shell.run(f"{command} > answer.txt 2>&1 || cat answer.txt"):
                    raise RuntimeError("\n".join(answer))
        written = {
            "statement.png": Path(folder) / "2026-10" / f"statement-{TEAM}.html",
            "statement-all.png": Path(folder) / "2026-10" / "statement-all.html",
        }
        with chromium() as browser:
            opened = browser.new_page(viewport={"width": _WIDTH, "height": 600}, color_scheme="light")
            opened.emulate_media(media="print")
            pictures = {}
            for name, page in written.items():
                opened.goto(page.as_uri())
                # A picture of the screen has no margins of the sheet.
                opened.evaluate(f"document.body.style.padding = '{_MARGIN}'")
                height = opened.evaluate("document.body.getBoundingClientRect().height")
                pictures[name] = opened.screenshot(
                    clip={"x": 0, "y": 0, "width": _WIDTH, "height": height}, full_page=True
                )
            return pictures
