"""One request's way through the local AWS.

    identify -> find the operation -> record -> faults before -> authorize -> work -> faults after

The order is the service's as far as it shows: an unproven sender is refused before its body is looked at.
"""

import asyncio
import enum
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from local_aws import moto_backend
from local_aws.bedrock import urls as native_urls
from local_aws.bedrock_mantle import rules as mantle_rules
from local_aws.bedrock_mantle import urls as mantle_urls
from local_aws.bedrock_mantle.metrics import Point
from local_aws.bedrock_mantle.models import Place
from local_aws.bedrock_runtime import urls as runtime_urls
from local_aws.cost_explorer import urls as billing_urls
from local_aws.dialects import Denial, Dialect
from local_aws.errors import AwsError
from local_aws.faults import Fault
from local_aws.identity import AuthError, Identity, host_region, identify
from local_aws.invoicing import urls as invoicing_urls
from local_aws.messages import Request, Response
from local_aws.moto_backend import Moto
from local_aws.organizations import urls as organizations_urls
from local_aws.recorder import HEADERS, RecordedRequest
from local_aws.service import Call, Operation, Permission
from local_aws.service_quotas import urls as quotas_urls
from local_aws.service_quotas import usage as quotas_usage
from local_aws.state import State
from local_aws.tagging import urls as tagging_urls

_EXPIRED = "The security token included in the request is expired"
_PROXY_PAGE = b"<html><body><h1>It works!</h1></body></html>\n"


class Delivery(enum.Enum):
    """How an answer leaves: whole, half of it, or not at all."""

    WHOLE = enum.auto()
    HALF = enum.auto()
    RESET = enum.auto()


@dataclass(frozen=True)
class Answer:
    """An answer and its delivery."""

    response: Response
    delivery: Delivery = Delivery.WHOLE


_NO_ANSWER = Answer(Response(500, b""), Delivery.RESET)


@dataclass(frozen=True)
class _Task:
    """A request with all that is known of it; `operation` is None for what moto answers."""

    call: Call
    name: str
    dialect: Dialect
    operation: Operation | None
    permissions: list[Permission]
    request_id: str


async def exchange(state: State, moto: Moto, request: Request) -> Answer:
    """Answers one request of an AWS client."""
    identity = identify(request, state.accounts, machine_time=time.time, bearer_region=state.settings.bearer_region)
    task = _task(state, request, identity)
    record = _recorded(state, task)
    sender = task.call.identity
    if sender.service == mantle_urls.SERVICE and sender.region not in state.settings.regions:
        record.rule = mantle_rules.REGION.id
        return _NO_ANSWER
    answer = await _answer(state, moto, task, record)
    record.status = None if answer.delivery is not Delivery.WHOLE else answer.response.status
    return answer


def _task(state: State, request: Request, identity: Identity) -> _Task:
    operation, parameters = _find(request, identity)
    if operation is None:
        name = moto_backend.operation_of(request, identity)
        call, dialect = Call(request, identity), moto_backend.dialect_of(request, identity)
        permissions = [Permission(moto_backend.action_of(name), "*")]
    else:
        name = f"{operation.service}:{operation.name}"
        identity = _for_service(request, identity, operation.signing_name)
        call, dialect = Call(request, identity, parameters), operation.dialect
        permissions = operation.permissions(state, call)
    faults = state.faults.fire(name, account=identity.account, actions=[needed.action for needed in permissions])
    return _Task(replace(call, faults=faults), name, dialect, operation, permissions, state.request_id())


def _find(request: Request, identity: Identity) -> tuple[Operation | None, Mapping[str, str]]:
    for route in mantle_urls.ROUTES:
        parameters = route.match(request)
        if parameters is not None:
            return route.operation, parameters
    by_path = native_urls.find(request, identity) or runtime_urls.find(request, identity)
    if by_path is not None:
        return by_path
    services = (billing_urls, invoicing_urls, organizations_urls, quotas_urls, tagging_urls)
    by_target = next(filter(None, (service.find(request) for service in services)), None)
    return by_target or mantle_urls.nowhere(request, identity), {}


def _for_service(request: Request, identity: Identity, service: str) -> Identity:
    """A signature for another service, or another region than the host's, proves nothing here.

    An API key is for all of Bedrock's services.
    """
    if identity.bearer:
        return replace(identity, service=service)
    if identity.error is not None:
        return identity
    if identity.service != service:
        text = f"Credential should be scoped to correct service: '{service}'."
        return replace(identity, error=AuthError("service", text))
    host = host_region(request)
    if host not in (None, identity.region):
        text = f"Credential should be scoped to a valid region, not '{identity.region}'."
        return replace(identity, error=AuthError("region", text))
    return identity


def _recorded(state: State, task: _Task) -> RecordedRequest:
    request, identity = task.call.request, task.call.identity
    record = RecordedRequest(
        number=state.recorder.next_number(),
        time=state.clock.now(),
        service=task.name.partition(":")[0],
        operation=task.name,
        method=request.method,
        path=request.path,
        query=request.query,
        body=_body(request),
        account=identity.account,
        region=identity.region,
        access_key=identity.access_key,
        scope=identity.scope,
        headers={name: request.headers[name] for name in HEADERS if name in request.headers},
        permissions=[[needed.action, needed.resource] for needed in task.permissions],
        faults=list(task.call.faults),
        request_id=task.request_id,
    )
    state.recorder.add(record)
    return record


def _body(request: Request) -> object:
    try:
        return request.json
    except ValueError:
        return request.body.decode(errors="replace")


async def _answer(state: State, moto: Moto, task: _Task, record: RecordedRequest) -> Answer:
    faults = task.call.faults
    if "latency" in faults:
        await asyncio.sleep(faults["latency"].seconds or 0.0)
    if "reset_before" in faults:
        return _NO_ANSWER
    try:
        _refuse(task)
        if task.operation is None:
            if task.call.identity.service == moto_backend.CLOUDWATCH:
                await moto.publish(_metrics(state, task.call.identity))
            if task.name == moto_backend.ASSUME_ROLE and (role := await moto.unknown_role(task.call.request)):
                # AWS answers the same whether there is no such role, or its trust policy does not admit the sender.
                raise task.dialect.denied(Denial(task.call.identity.principal, task.name, role), status=None)
            response = await moto.answer(task.call.request, task.call.identity)
            record.request_id = response.headers.get("x-amzn-requestid", "")
        else:
            response = task.operation.work(state, task.call)
            named = task.dialect.request_id_headers(task.request_id)
            response = replace(response, headers={**response.headers, **named})
    except AwsError as error:
        record.code, record.rule = error.code, error.rule.id if error.rule else None
        return Answer(task.dialect.render(error, task.request_id))
    record.worked = response.status < 400
    return _delivered(response, faults)


def _metrics(state: State, asking: Identity) -> list[Point]:
    """What CloudWatch does not know yet of those whom it is asked by."""
    usage = quotas_usage.points(state, Place(asking.account, asking.region))
    return [*state.metrics.take(state.meters, state.settings), *usage]


def _refuse(task: _Task) -> None:
    """Raises what keeps the work from being done."""
    faults, dialect, identity = task.call.faults, task.dialect, task.call.identity
    if "unavailable" in faults:
        raise dialect.failed(503)
    if "server_error" in faults:
        raise dialect.failed(faults["server_error"].status or 500)
    if "throttled" in faults:
        raise dialect.throttled(faults["throttled"].retry_after)
    if identity.error is not None and (task.operation is not None or identity.error.reason != "missing"):
        raise dialect.unauthenticated(identity.error)
    if "expired_credentials" in faults:
        error = dialect.unauthenticated(AuthError("token_expired", _EXPIRED))
        error.status = faults["expired_credentials"].status or error.status
        raise error
    if "denied" in faults:
        raise dialect.denied(_denial(task, faults["denied"]), status=faults["denied"].status)


def _denial(task: _Task, fault: Fault) -> Denial:
    needed = next(needed for needed in task.permissions if fault.concerns_action(needed.action))
    return Denial(task.call.identity.principal, needed.action, needed.resource, explicit=fault.explicit)


def _delivered(response: Response, faults: Mapping[str, Fault]) -> Answer:
    if "reset_after" in faults:
        return _NO_ANSWER
    if "not_json" in faults:
        return Answer(Response(faults["not_json"].status or 200, _PROXY_PAGE, {"Content-Type": "text/html"}))
    return Answer(response, Delivery.HALF if "cut_off" in faults else Delivery.WHOLE)
