"""What one test does to the process of all others is undone."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _tracebacks() -> Iterator[None]:
    """A provider that refuses turns the tracebacks of its process off; Pulumi's mocks do not work without them."""
    yield
    if hasattr(sys, "tracebacklimit"):
        del sys.tracebacklimit
