"""A real Chromium for the tests of pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import chromium
from tests.patience import LIMIT

expect.set_options(timeout=LIMIT * 1000)


@pytest.fixture(scope="module")  # not longer: while it is open, an event loop runs in this thread
def browser() -> Iterator[Browser]:
    """Headless, with a new profile of its own."""
    with chromium() as opened:
        yield opened
