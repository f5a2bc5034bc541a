"""What axe finds in a page."""

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

# Only what is wrong leaves the page. To list what passes, axe would write a selector for each element: on a page of 300
# rows, that takes longer than all of its rules.
_RUN = """
    impacts => axe.run(document, {resultTypes: ["violations"]})
        .then(results => results.violations
            .filter(fault => !impacts || impacts.includes(fault.impact))
            .map(fault => `${fault.id}: ${fault.nodes[0].html}`))
"""


def faults(page: Page, *, impacts: list[str] | None = None) -> list[str]:
    """What is wrong, of these impacts or of any, each with the first element that it is found at."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return [str(fault) for fault in page.evaluate(_RUN, impacts)]
