"""The HTTP server: one process, one event loop, loopback only.

aiohttp's low-level server: one request costs a fraction of a millisecond, one that waits (latency, moto) costs nothing.
It listens over TLS too if it is asked to, at an address of its own. Not imitated: HTTP/2, host names of services.
"""

import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web

from local_aws.certificates import make_certificates
from local_aws.control import PREFIX, Control
from local_aws.exchange import Answer, Delivery, exchange
from local_aws.messages import Request, Response
from local_aws.moto_backend import Moto, issued_secret
from local_aws.settings import Settings
from local_aws.state import State

HOST = "127.0.0.1"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s; closing sends RST


class LocalServer:
    """Takes requests from aiohttp and gives answers back."""

    def __init__(self, settings: Settings | None) -> None:
        self.moto = Moto()
        self.state = State(issued_secret, settings)
        self._control = Control(self.state, self.moto)

    async def handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        """Answers one request."""
        if incoming.headers.get("Expect", "").lower() == "100-continue":
            await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await incoming.content.read()
        request = Request(incoming.method, incoming.raw_path, incoming.headers, body)
        if request.path.startswith(PREFIX):
            return _whole(await self._control.answer(request))
        answer = await exchange(self.state, self.moto, request)
        if answer.delivery is Delivery.WHOLE:
            return _whole(answer.response)
        return await _broken(incoming, answer)


def _whole(response: Response) -> web.Response:
    return web.Response(status=response.status, body=response.body, headers=response.headers)


async def _broken(incoming: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Half an answer, or none, then the connection's end."""
    transport = incoming.transport
    outgoing = web.StreamResponse(status=answer.response.status, headers=answer.response.headers)
    if transport is None:  # the client has gone already
        return outgoing
    if answer.delivery is Delivery.HALF:
        outgoing.content_length = len(answer.response.body)
        await outgoing.prepare(incoming)
        await outgoing.write(answer.response.body[: len(answer.response.body) // 2])
        transport.close()
    else:
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
    return outgoing


@dataclass(frozen=True)
class Address:
    """Where a server listens: `url` plainly, `tls_url` over TLS for those who trust the `authority` (a PEM file)."""

    url: str
    tls_url: str = ""
    authority: str = ""


@asynccontextmanager
async def serving(port: int, *, tls: bool = False, settings: Settings | None = None) -> AsyncIterator[Address]:
    """A server on this port of loopback, 0 for a free one, and with `tls` on a free one over TLS too.

    `settings` are the switches of its start, by default all defaults.
    OSError if the port is taken.
    """
    local = LocalServer(settings)
    server = web.Server(local.handle, auto_decompress=False, access_log=None, keepalive_timeout=75)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    try:
        url = f"http://{HOST}:{await _listen(runner, port)}"
        if not tls:
            yield Address(url)
            return
        with TemporaryDirectory() as folder:
            certificates = make_certificates(Path(folder), HOST)
            bound = await _listen(runner, 0, certificates.context)
            yield Address(url, f"https://{HOST}:{bound}", str(certificates.authority))
    finally:
        await runner.cleanup()
        local.moto.close()


async def _listen(runner: web.ServerRunner, port: int, context: ssl.SSLContext | None = None) -> int:
    """Listens on one more port, and gives its number."""
    await web.TCPSite(runner, HOST, port, backlog=1024, ssl_context=context).start()
    bound: int = runner.addresses[-1][1]
    return bound
