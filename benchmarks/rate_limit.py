"""A service with a request quota: a proxy before the local AWS that answers 429 to what comes too fast.

A bucket of `rate` requests that fills up at `rate` a second. It leaves the Host header as it is, which is signed.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp
from aiohttp import web

_REFUSAL = {"error": {"message": "Too many requests", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Bucket:
    """Lets `rate` requests a second through, and as many at once."""

    def __init__(self, rate: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._left, self._then = rate, clock()

    def take(self) -> bool:
        """Whether one more may pass now."""
        now = self._clock()
        self._left = min(self._rate, self._left + (now - self._then) * self._rate)
        self._then = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class RateLimited:
    """The address of the proxy, and how many requests it let through and refused."""

    def __init__(self, upstream: str, rate: float) -> None:
        self.url = ""
        self.passed = self.refused = 0
        self._upstream = upstream
        self._bucket = Bucket(rate)

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        """Serves on a free port of loopback until `stop`."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(self._upstream, connector=connector, auto_decompress=False) as session:
            runner = web.ServerRunner(web.Server(lambda incoming: self._answer(incoming, session)))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            started.set()
            await stop.wait()
            await runner.cleanup()

    async def _answer(self, incoming: web.BaseRequest, session: aiohttp.ClientSession) -> web.Response:
        # Only the Projects API has the quota: whose account it is, STS answers.
        if incoming.path.startswith("/v1/") and not self._bucket.take():
            self.refused += 1
            return web.json_response(_REFUSAL, status=429)
        self.passed += 1
        body = await incoming.read()
        async with session.request(incoming.method, incoming.raw_path, data=body, headers=incoming.headers) as answer:
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
            return web.Response(status=answer.status, body=await answer.read(), headers=headers)


@contextmanager
def rate_limited(upstream: str, *, rate: float) -> Iterator[RateLimited]:
    """The proxy, on a thread of this process."""
    limited = RateLimited(upstream, rate)
    loop, stop, started = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(limited.serve(started, stop)), daemon=True)
    thread.start()
    started.wait()
    try:
        yield limited
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
