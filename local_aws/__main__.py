"""`python -m local_aws [--port N] [--like FILE]`: a local AWS that runs until SIGINT or SIGTERM."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from local_aws.accounts import DEFAULT_REGION, LOCAL_SECRET
from local_aws.like import NotAReportError, read_likeness, settings_of
from local_aws.process import BANNER, TLS_BANNER
from local_aws.server import Address, serving
from local_aws.settings import Settings

ACCOUNT = "111111111111"


def main() -> int:
    """Runs the server; exit status 1 if the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m local_aws", description="A local AWS for Bedrock Projects.")
    parser.add_argument("--port", type=int, default=4580, help="port on 127.0.0.1; 0 picks a free one (default: 4580)")
    parser.add_argument("--tls", action="store_true", help="also listen over TLS, with a certificate made for it")
    parser.add_argument(
        "--like",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="conformance-report.json whose answers it gives, where a switch has them (repeatable)",
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help="also stop when standard input ends")
    options = parser.parse_args()
    try:
        likeness = read_likeness(options.like)
        settings = settings_of(likeness)
    except NotAReportError as error:
        print(error, file=sys.stderr)
        return 1
    for question in likeness.without_switch:
        print(f"not imitated, since no switch gives this answer: {question}", file=sys.stderr)
    try:
        asyncio.run(_serve(options.port, settings, tls=options.tls, until_stdin_closes=options.until_stdin_closes))
    except OSError as error:
        print(
            f"port {options.port} of 127.0.0.1: {os.strerror(error.errno or 0)}; perhaps a local AWS runs already. "
            f"For another port, run {sys.executable} -m local_aws --port 0",
            file=sys.stderr,
        )
        return 1
    return 0


async def _serve(port: int, settings: Settings, *, tls: bool, until_stdin_closes: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        loop.add_reader(sys.stdin, _stop_at_end, stop)
    async with serving(port, tls=tls, settings=settings) as address:
        print(banner(address), flush=True)
        await stop.wait()


def _stop_at_end(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        stop.set()


def banner(address: Address) -> str:
    """The URL, and the lines that point AWS clients of a shell there."""
    over_tls = (
        (f"export AWS_CA_BUNDLE={address.authority}", f"{TLS_BANNER}{address.tls_url}") if address.tls_url else ()
    )
    return "\n".join(
        (
            f"{BANNER}{address.url}",
            f"export AWS_ENDPOINT_URL={address.url}",
            f"export AWS_ACCESS_KEY_ID=local-{ACCOUNT}",
            f"export AWS_SECRET_ACCESS_KEY={LOCAL_SECRET}",
            f"export AWS_REGION={DEFAULT_REGION}",
            *over_tls,
            "Paste the lines with `export` into another terminal; Ctrl-C here ends this AWS.",
            f"{ACCOUNT} in the key id is the account; other digits are another account.",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
