"""moto behind the local AWS: every service that is not ours (STS, IAM, SSM, Budgets, S3, …).

https://docs.getmoto.org
moto's server application is imported with the first request that needs it (a third of a second), and runs in threads.
The account of a request is the one that its signature proves. A role is assumed only if IAM of its account has it; moto
itself would give a session of any. Not imitated: policies, so anybody may assume it; GetSessionToken's credentials
(moto always gives the same ones, which prove nothing here); services that answer under a host name of their own.
"""

import asyncio
import io
import re
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote_to_bytes

from local_aws.accounts import Secret
from local_aws.bedrock_mantle.metrics import Point
from local_aws.dialects import AwsJson, AwsQuery, Dialect, S3Xml
from local_aws.errors import AwsError
from local_aws.identity import Identity
from local_aws.messages import Request, Response

if TYPE_CHECKING:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

CLOUDWATCH = "monitoring"  # the signing name
ASSUME_ROLE = "sts:AssumeRole"
_THREADS = 8
_HOP_BY_HOP = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive"})
_ROLE = re.compile(
    r"arn:(?P<partition>aws[\w-]*):iam::(?P<account>\d{12}):role(?P<path>/(?:.*/)?)(?P<name>[\w+=,.@-]+)"
)
_JSON, _QUERY, _S3 = AwsJson(), AwsQuery(), S3Xml()


class Moto:
    """Answers requests with moto; knows the credentials that moto issued."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="moto")
        self._loading = asyncio.Lock()
        self._publishing = asyncio.Lock()
        self._application: DomainDispatcherApplication | None = None

    async def answer(self, request: Request, identity: Identity) -> Response:
        """What moto says, in the account of the identity; AwsError 501 for what it does not implement."""
        application = await self._loaded()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, _call, application, _environ(request, identity))
        except NotImplementedError:
            message = f"moto does not implement {operation_of(request, identity)}."
            raise AwsError(message, status=501, code="NotImplemented") from None

    async def unknown_role(self, request: Request) -> str | None:
        """The ARN of the role that a request would assume, if IAM of its account has no such role."""
        arn = (request.query.get("RoleArn") or _form(request).get("RoleArn", [""])[0]).strip()
        await self._loaded()
        return None if await asyncio.get_running_loop().run_in_executor(self._pool, _has_role, arn) else arn

    async def add_role(self, arn: str) -> None:
        """Makes a role that anybody may assume; nothing to do if IAM has it. ValueError if that is not its ARN."""
        await self._loaded()
        await asyncio.get_running_loop().run_in_executor(self._pool, _add_role, arn)

    async def publish(self, points: list[Point]) -> None:
        """Adds to what CloudWatch knows, and waits for those who are adding already."""
        await self._loaded()
        async with self._publishing:
            await asyncio.get_running_loop().run_in_executor(self._pool, _publish, points)

    async def run(self, work: Callable[[], None]) -> None:
        """Runs what touches moto's own state, in its threads."""
        await self._loaded()
        await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def reset(self) -> None:
        """Forgets all that moto knows; nothing to do before its first use."""
        if self._application is not None:
            await asyncio.get_running_loop().run_in_executor(self._pool, _reset)

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _loaded(self) -> "DomainDispatcherApplication":
        async with self._loading:
            if self._application is None:
                self._application = await asyncio.get_running_loop().run_in_executor(self._pool, _load)
        return self._application


def issued_secret(access_key: str) -> Secret | None:
    """What a key that moto issued is for: AssumeRole's, with its token and end, or an IAM user's."""
    if "moto.sts.models" not in sys.modules:
        return None
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    for account in list(sts_backends.values()):
        for sts in list(account.values()):
            role = sts.get_assumed_role_from_access_key(access_key)
            if role is not None:
                expires = role.expiration.timestamp()
                return Secret(role.account_id, role.secret_access_key, role.arn, role.session_token, expires)
    for account_id, partitions in list(iam_backends.items()):
        for iam in list(partitions.values()):
            user = iam.get_user_from_access_key_id(access_key)
            if user is not None:
                return Secret(account_id, iam.access_keys[access_key].secret_access_key, user.arn)
    return None


def _has_role(arn: str) -> bool:
    from moto.iam.models import iam_backends

    match = _ROLE.fullmatch(arn)
    if match is None:
        return False
    roles = iam_backends[match["account"]][match["partition"]].roles
    return any(role.arn == arn for role in list(roles.values()))


def _add_role(arn: str) -> None:
    from moto.iam.models import iam_backends

    match = _ROLE.fullmatch(arn)
    if match is None:
        raise ValueError(f"{arn!r} is not the ARN of a role")
    if not _has_role(arn):
        iam_backends[match["account"]][match["partition"]].create_role(
            role_name=match["name"],
            assume_role_policy_document="{}",
            path=match["path"],
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration=None,
        )


def operation_of(request: Request, identity: Identity) -> str:
    """`sts:GetCallerIdentity`, or `s3:GET /bucket/key` where no name is sent."""
    service = identity.service or "unsigned"
    target = request.headers.get("X-Amz-Target")
    if target:
        return f"{service}:{target.rpartition('.')[2]}"
    action = request.query.get("Action") or _form(request).get("Action", [""])[0]
    return f"{service}:{action or f'{request.method} {request.path}'}"


def action_of(operation: str) -> str:
    """The IAM action of an operation: most services sign under their prefix in IAM, CloudWatch does not."""
    service, _, name = operation.partition(":")
    return f"{'cloudwatch' if service == CLOUDWATCH else service}:{name}"


def dialect_of(request: Request, identity: Identity) -> Dialect:
    """How this service writes errors, as far as its request tells."""
    if identity.service == "s3":
        return _S3
    return _QUERY if _is_form(request) else _JSON


def _is_form(request: Request) -> bool:
    return request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")


def _form(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.body.decode(errors="replace")) if _is_form(request) else {}


def _load() -> "DomainDispatcherApplication":
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)


def _publish(points: list[Point]) -> None:
    from local_aws import moto_cloudwatch

    moto_cloudwatch.publish(points)


def _reset() -> None:
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


def _environ(request: Request, identity: Identity) -> dict[str, Any]:
    path, _, query = request.target.partition("?")
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name in set(request.headers):
        if name.lower() not in ("content-type", "content-length", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = ",".join(request.headers.getall(name))
    if identity.account:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = identity.account
    return environ


def _call(application: "DomainDispatcherApplication", environ: dict[str, Any]) -> Response:
    head: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        del exc_info
        head[:] = [int(status.split()[0]), headers]

    chunks: Iterable[bytes] = application(environ, start_response)
    body = b"".join(chunks)
    status, headers = head
    lowered = {name.lower(): value for name, value in headers}
    return Response(status, body, {name: value for name, value in lowered.items() if name not in _HOP_BY_HOP})
