"""Event loops for Pulumi's mocks."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def event_loops() -> Iterator[None]:
    """An event loop for the SDK, and one for each thread of its mocks, which would make them and never close them."""
    loops: list[asyncio.AbstractEventLoop] = []

    def begin() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    begin()
    loops[0].set_default_executor(ThreadPoolExecutor(initializer=begin))
    yield
    loops[0].run_until_complete(loops[0].shutdown_default_executor())
    for loop in loops:
        loop.close()
    asyncio.set_event_loop(None)
