"""Takes a picture of the HTML cost report of the page Costs, in a real Chromium."""

import tempfile
from pathlib import Path

import local_aws
from tests.browser.chromium import chromium
from tests.local_aws.doc_setups import open_doc_setup, spent

_COMMAND = "bedrock-projects costs --from 2026-10-01 --format html > costs.html"
_WIDTH = 1200
_MARGIN = 16
"""Both in CSS pixels, of which each is one of the picture."""


def take_cost_report() -> bytes:
    """The report down to its first table, as PNG.

    Raises RuntimeError if there is no Chromium, or if the command refuses the report.
    """
    with tempfile.TemporaryDirectory() as folder:
        with local_aws.running() as aws, open_doc_setup(aws, Path(folder)) as setup:
            spent(setup)
            if answer := setup.shell.run(_COMMAND):
                raise RuntimeError("\n".join(answer))
        page = Path(folder) / "costs.html"
        with chromium() as browser:
            opened = browser.new_page(viewport={"width": _WIDTH, "height": 1000}, color_scheme="light")
            opened.goto(page.as_uri())
            end = opened.locator("#section-chargeback").evaluate("it => it.getBoundingClientRect().top") - _MARGIN
            return opened.screenshot(clip={"x": 0, "y": 0, "width": _WIDTH, "height": end}, full_page=True)
