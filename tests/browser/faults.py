"""What axe finds in a page."""

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

AXE: str = Axe().axe_script
"""The script that makes `axe` known to a page."""
# Only what is wrong leaves the page. To list what passes, axe would write a selector for each element: on a page of 300
# rows, that takes longer than all of its rules.
# Of its rules, contrast takes six times as long as all others: it looks at each text by each pixel below it. The
# contrast of a text comes from few styles of its own and of what it is in, so the first, the middle and the last text
# of each kind are looked at. `test_faults.py` holds that this finds what a look at all of them does.
_RUN = """
    impacts => {
        const layers = new Map()
        const layer = element => {
            if (!element) return ""
            if (!layers.has(element)) {
                const style = getComputedStyle(element)
                const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.position]
                const usual = ["rgba(0, 0, 0, 0)", "none", "1", "none", "static"]
                const above = layer(element.parentElement)
                layers.set(element, own.every((value, i) => value === usual[i]) ? above : `${above}/${own.join(" ")}`)
            }
            return layers.get(element)
        }
        const shows = element => element.matches("input, select, textarea")
            || [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
        const kinds = new Map()
        for (const element of document.querySelectorAll("body, body *")) {
            if (!shows(element) || !element.checkVisibility({visibilityProperty: true})) continue
            const style = getComputedStyle(element)
            const own = [style.color, style.fontSize, style.fontWeight, style.textShadow, style.webkitTextFillColor]
            const kind = `${own.join(" ")} ${layer(element)} ${element.tagName === "INPUT"}`
            if (!kinds.has(kind)) kinds.set(kind, [])
            kinds.get(kind).push(element)
        }
        const looked = [...kinds.values()].flatMap(of => [of[0], of[of.length >> 1], of[of.length - 1]])
        looked.forEach(element => element.setAttribute("data-looked-at", ""))
        axe.configure({rules: [{id: "color-contrast", selector: "[data-looked-at]"}]})
        return axe.run(document, {resultTypes: ["violations"]})
            .then(results => results.violations
                .filter(fault => !impacts || impacts.includes(fault.impact))
                .map(fault => `${fault.id}: ${fault.nodes[0].html.replace(' data-looked-at=""', '')}`))
            .finally(() => looked.forEach(element => element.removeAttribute("data-looked-at")))
    }
"""


def faults(page: Page, *, impacts: list[str] | None = None) -> list[str]:
    """What is wrong, of these impacts or of any, each with the first element that it is found at."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [str(fault) for fault in page.evaluate(_RUN, impacts)]
