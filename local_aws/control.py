"""The control API, under `/_local/`: JSON in, JSON out, no authentication.

    GET    /_local/health
    POST   /_local/reset         {"seed"?, "now"?: "2026-01-31T00:00:00Z"}
    GET    /_local/requests      ?operation=<pattern>&account=&region=
    DELETE /_local/requests
    GET    /_local/faults        rules with counters
    PUT    /_local/faults        [rule…], in the place of all before
    GET    /_local/clock
    POST   /_local/clock         {"advance": seconds} or {"now": "2026-01-31T00:00:00Z"}
    GET    /_local/projects      ?account=&region=&service=bedrock-mantle or bedrock
    POST   /_local/archive       {"project_id"}: as if somebody did it by hand, without the checks of an API
    POST   /_local/tags          {"project_id", "add"?: {key: value}, "remove"?: [key…]}: likewise
    GET    /_local/settings
    PATCH  /_local/settings      {switch: value}
    PUT    /_local/organization  {"management": account, "members": [account…], "closed": [account…]}
    POST   /_local/keys          {"access_key", "secret_key", "account", "session_token"?, "expires"?: unix seconds}
    POST   /_local/bearer-keys   {"key", "account", "region"?}
    POST   /_local/roles         {"arn"}: a role of IAM that anybody may assume
    POST   /_local/usage         {"project_id"}: billed use of a project, with the tags that it carries now
    GET    /_local/meters        what inference used: per account, region, project, model, minute, and tags then
    POST   /_local/use           [use…]: metered use of projects, as of requests; see local_aws.cost_explorer.entries
    PUT    /_local/costs         [line…]: further lines of the bill, of any charge type; see there. With "posted_at"
                                 (ISO 8601) they show from then on: so a month that is over is corrected
    POST   /_local/export        {"account", "destination", …}: a refresh of a data export; see
                                 local_aws.data_exports.definition
    PUT    /_local/tag-keys      {"account", "keys": [key…], "status"}: keys that Billing knows at once

A request that it does not understand is answered 400 with what is wrong; nothing is changed then.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from local_aws.accounts import BearerKey, Secret
from local_aws.bedrock.models import SERVICE as NATIVE
from local_aws.bedrock_mantle.models import SERVICE as MANTLE
from local_aws.clock import iso, unix
from local_aws.cost_explorer.entries import CostLine, Use, add_lines, add_uses
from local_aws.cost_explorer.models import Status
from local_aws.data_exports.definition import DataExport
from local_aws.data_exports.delivery import refresh
from local_aws.data_exports.destinations import S3, write
from local_aws.faults import Fault
from local_aws.messages import Request, Response, json_response
from local_aws.moto_backend import Moto
from local_aws.settings import Settings
from local_aws.state import State

PREFIX = "/_local/"
_FAULTS = TypeAdapter(list[Fault])
_USES = TypeAdapter(list[Use])
_LINES = TypeAdapter(list[CostLine])
_Account = Annotated[str, Field(pattern=r"^\d{12}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Reset(_Body):
    seed: int | None = None
    now: str | None = None


class _Clock(_Body):
    advance: Annotated[float | None, Field(ge=0)] = None
    now: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "_Clock":
        if (self.advance is None) == (self.now is None):
            raise ValueError("give advance or now")
        return self


class _Organization(_Body):
    management: _Account
    members: list[_Account]
    closed: list[_Account] = []


class _Key(_Body):
    access_key: str
    secret_key: str
    account: _Account
    session_token: str | None = None
    expires: float | None = None


class _BearerKey(_Body):
    key: str
    account: _Account
    region: str | None = None


class _Role(_Body):
    arn: str


class _ProjectId(_Body):
    project_id: str


class _Tags(_Body):
    project_id: str
    add: dict[str, str] = {}
    remove: list[str] = []


class _TagKeys(_Body):
    account: _Account
    keys: list[str]
    status: Status = "Inactive"


class Control:
    """Answers the control API."""

    def __init__(self, state: State, moto: Moto) -> None:
        self._state = state
        self._moto = moto
        self._routes: dict[tuple[str, str], Callable[[Request], Awaitable[Any]]] = {
            ("GET", "health"): self._health,
            ("POST", "reset"): self._reset,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._forget_requests,
            ("GET", "faults"): self._fault_report,
            ("PUT", "faults"): self._set_faults,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._set_clock,
            ("GET", "projects"): self._projects,
            ("POST", "archive"): self._archive,
            ("POST", "tags"): self._tag,
            ("GET", "settings"): self._settings,
            ("PATCH", "settings"): self._change_settings,
            ("PUT", "organization"): self._organize,
            ("POST", "keys"): self._add_key,
            ("POST", "bearer-keys"): self._add_bearer_key,
            ("POST", "roles"): self._add_role,
            ("POST", "usage"): self._use,
            ("GET", "meters"): self._meters,
            ("POST", "use"): self._meter,
            ("PUT", "costs"): self._add_costs,
            ("POST", "export"): self._export,
            ("PUT", "tag-keys"): self._know_tag_keys,
        }

    async def answer(self, request: Request) -> Response:
        """Answers one request; 404 for an unknown path, 400 for what does not validate."""
        route = self._routes.get((request.method, request.path[len(PREFIX) :]))
        if route is None:
            return json_response({"error": f"no {request.method} {request.path} in the control API"}, status=404)
        try:
            return json_response(await route(request))
        except ValidationError as error:
            return json_response({"error": str(error)}, status=400)
        except ValueError as error:
            return json_response({"error": f"{request.path}: {error}"}, status=400)

    async def _health(self, request: Request) -> Any:
        del request
        return {"status": "ok"}

    async def _reset(self, request: Request) -> Any:
        wish = _Reset.model_validate(request.json or {})
        now = None if wish.now is None else unix(wish.now)
        await self._moto.reset()
        self._state.reset(seed=wish.seed, now=now)
        return {}

    async def _requests(self, request: Request) -> Any:
        query = request.query
        records = self._state.recorder.find(
            operation=query.get("operation", "*"), account=query.get("account"), region=query.get("region")
        )
        return [vars(record) for record in records]

    async def _forget_requests(self, request: Request) -> Any:
        del request
        self._state.recorder.clear()
        return {}

    async def _fault_report(self, request: Request) -> Any:
        del request
        return self._state.faults.report()

    async def _set_faults(self, request: Request) -> Any:
        self._state.faults.replace(_FAULTS.validate_python(request.json))
        return {}

    async def _clock(self, request: Request) -> Any:
        del request
        now = self._state.clock.now()
        return {"now": iso(now), "unix": now}

    async def _set_clock(self, request: Request) -> Any:
        wish = _Clock.model_validate(request.json)
        if wish.now is not None:
            self._state.clock.set(unix(wish.now))
        else:
            self._state.clock.advance(wish.advance or 0.0)
        return await self._clock(request)

    async def _projects(self, request: Request) -> Any:
        query, state, now = request.query, self._state, self._state.clock.now()
        service = query.get("service", MANTLE)
        if service not in (MANTLE, NATIVE):
            raise ValueError(f"service is {MANTLE} or {NATIVE}")
        store = state.projects if service == MANTLE else state.native.store(state.settings)
        places = [
            place
            for place in store.places()
            if query.get("account") in (None, place.account) and query.get("region") in (None, place.region)
        ]
        return [
            asdict(project)
            | {"account": place.account, "region": place.region, "arn": place.arn(project.id, service=service)}
            for place in places
            for project in store.all(place, now=now).values()
        ]

    async def _archive(self, request: Request) -> Any:
        wish = _ProjectId.model_validate(request.json)
        _, _, project = self._state.project(wish.project_id)
        project.archived_at = project.archived_at or self._state.clock.now()
        return {}

    async def _tag(self, request: Request) -> Any:
        wish = _Tags.model_validate(request.json)
        store, _, project = self._state.project(wish.project_id)
        kept = {key: value for key, value in project.tags.items() if key not in wish.remove}
        store.set_tags(project, kept | wish.add, now=self._state.clock.now())
        return {}

    async def _settings(self, request: Request) -> Any:
        del request
        return self._state.settings.model_dump(mode="json")

    async def _change_settings(self, request: Request) -> Any:
        changed = self._state.settings.model_dump() | (request.json or {})
        self._state.settings = Settings.model_validate(changed)
        return await self._settings(request)

    async def _organize(self, request: Request) -> Any:
        wish = _Organization.model_validate(request.json)
        self._state.accounts.organize(wish.management, wish.members, closed=wish.closed)
        return {}

    async def _add_key(self, request: Request) -> Any:
        wish = _Key.model_validate(request.json)
        principal = f"arn:aws:iam::{wish.account}:user/{wish.access_key}"
        secret = Secret(wish.account, wish.secret_key, principal, wish.session_token, wish.expires)
        self._state.accounts.add_key(wish.access_key, secret)
        return {}

    async def _add_bearer_key(self, request: Request) -> Any:
        wish = _BearerKey.model_validate(request.json)
        self._state.accounts.add_bearer_key(wish.key, BearerKey(wish.account, wish.region))
        return {}

    async def _add_role(self, request: Request) -> Any:
        await self._moto.add_role(_Role.model_validate(request.json).arn)
        return {}

    async def _use(self, request: Request) -> Any:
        wish = _ProjectId.model_validate(request.json)
        _, place, project = self._state.project(wish.project_id)
        self._state.billing.use(place.account, project.tags, now=self._state.clock.now())
        return {}

    async def _meters(self, request: Request) -> Any:
        del request
        return [asdict(meter) | {"tags": dict(meter.tags)} | asdict(usage) for meter, usage in self._state.meters]

    async def _meter(self, request: Request) -> Any:
        add_uses(self._state, _USES.validate_python(request.json))
        return {}

    async def _add_costs(self, request: Request) -> Any:
        add_lines(self._state, _LINES.validate_json(request.body))
        return {}

    async def _export(self, request: Request) -> Any:
        wish = DataExport.model_validate_json(request.body)
        files = refresh(self._state, wish)
        if wish.destination.startswith(S3):
            await self._moto.run(lambda: write(wish.destination, files))
        else:
            write(wish.destination, files)
        self._state.deliveries.setdefault(wish.destination, set()).update(file.path for file in files)
        return [file.path for file in files if file.path.endswith(".json")]

    async def _know_tag_keys(self, request: Request) -> Any:
        wish = _TagKeys.model_validate(request.json)
        payer = self._state.accounts.payer(wish.account)
        self._state.billing.know(payer, wish.keys, wish.status)
        return {}
