"""A stand-in for a Vault, which locks the secrets of a stack: the key of a passphrase takes the CLI 0.2 s each time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PROVIDER = "hashivault://tests"
"""The secrets provider of a stack whose key is kept here."""


def environment_of(url: str) -> dict[str, str]:
    """What tells the CLI where the Vault is, if there is one."""
    return {"VAULT_SERVER_URL": url, "VAULT_SERVER_TOKEN": "throw-away"} if url else {}


class _Transit(BaseHTTPRequestHandler):
    """Vault's secrets engine `transit`, which locks nothing: a key comes back as it was given."""

    def do_PUT(self) -> None:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"ciphertext": body["plaintext"]} if "plaintext" in body else {"plaintext": body["ciphertext"]}
        content = json.dumps({"data": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """A test's output is the CLI's alone."""


@contextmanager
def vault() -> Iterator[str]:
    """The URL of one that runs as long as the block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Transit) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
