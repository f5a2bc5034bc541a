"""What one test does to the process of all others is undone."""

import gc
import sys
from collections.abc import Generator, Iterator
from itertools import islice

import pytest
from hypothesis import settings

from bedrock_projects.aws.session import forget_sessions
from bedrock_projects.projects.run_ledger import this_run
from bedrock_projects.resources.messages import notify_user_once
from bedrock_projects.resources.remembered import adopted_in
from tests.expected import OPTION, Expected

# No test measures time: on a busy machine, an example may take long.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help="rewrite the texts that tests hold word for word")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What collecting the tests makes stays to the end: no search for garbage looks at it.

    Of the searches that look at all the rest, one in five is left.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(700, 10, 50)
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each worker begins with its share of the tests on the real engine, so none is left with one of them at the end.

    pytest-xdist gives each worker one part of the list; one that has none left takes from the end of another's part.
    """
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers == 1:
        return
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.nodeid.startswith("tests/engine/"):
            modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    engine = [*modules.values()]
    others = (item for item in items if not item.nodeid.startswith("tests/engine/"))
    ordered: list[pytest.Item] = []
    for number in range(workers):
        share = [item for module in engine[number::workers] for item in module]
        size = (len(items) - len(ordered)) // (workers - number)
        ordered += [*share, *islice(others, max(0, size - len(share)))]
    items[:] = [*ordered, *others]


@pytest.fixture
def expected(request: pytest.FixtureRequest) -> Iterator[Expected]:
    """The texts that a test holds word for word."""
    expected = Expected(updates=bool(request.config.getoption(OPTION)))
    yield expected
    expected.write()


@pytest.fixture(autouse=True)
def _tracebacks() -> Iterator[None]:
    """A provider that refuses turns the tracebacks of its process off; Pulumi's mocks do not work without them."""
    yield
    if hasattr(sys, "tracebacklimit"):
        del sys.tracebacklimit


@pytest.fixture(autouse=True)
def _new_run() -> None:
    """Each test is a process of its own to what is kept for a process: sessions, the ledger, notices."""
    forget_sessions()
    this_run.cache_clear()
    notify_user_once.cache_clear()
    adopted_in.cache_clear()
