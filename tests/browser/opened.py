"""A page that is open in Chromium, and the ways to look at it."""

from typing import Literal, NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page

# Observers of sizes run as a frame is drawn. A page that is asked before then is one that no reader sees: its wide
# tables cannot be scrolled by keyboard yet. The second request is answered after the frame that the first waited for.
NEXT_FRAME = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


class Look(NamedTuple):
    """How a page is looked at; the width is in CSS pixels."""

    width: int
    scheme: Literal["light", "dark"] = "light"
    media: Literal["screen", "print"] = "screen"


class Opened(NamedTuple):
    """A page, its address, what it complained about, and all that was asked for, itself included."""

    page: Page
    url: str
    complaints: list[str]
    requests: list[str]

    def at(self, look: Look) -> Page:
        """The page as it looks then; it is not loaded again. What the page does on a change of its size is done."""
        self.page.set_viewport_size({"width": look.width, "height": 800})
        self.page.emulate_media(media=look.media, color_scheme=look.scheme)
        self.page.evaluate(NEXT_FRAME)
        return self.page


def open_page(profile: Browser | BrowserContext, url: str) -> Opened:
    """The page there, in that profile; a browser makes a new one for it."""
    opened = Opened(profile.new_page(), url, [], [])
    opened.page.on("console", lambda message: opened.complaints.append(message.text))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.goto(url)
    return opened
