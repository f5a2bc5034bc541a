"""The control API as Python methods."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from local_aws.accounts import LOCAL_SECRET
from local_aws.cost_explorer.entries import CostLine, Use
from local_aws.cost_explorer.models import Status
from local_aws.data_exports.definition import DataExport
from local_aws.faults import Fault
from local_aws.recorder import RecordedRequest

# Loopback never goes through a proxy of the environment.
_OPENER = build_opener(ProxyHandler({}))
_TIMEOUT = 60.0
_AMBIENT = "us-east-1"  # not where projects are tried, so that it is seen where it counts by mistake


class ControlError(Exception):
    """The control API refused a call; the text says why."""


@dataclass(frozen=True)
class LocalProject:
    """A project as the service knows it; moments in unix seconds of the local clock."""

    account: str
    region: str
    id: str
    arn: str
    name: str
    created_at: float
    tags: dict[str, str]
    retention: str
    archived_at: float | None

    @property
    def active(self) -> bool:
        """Not archived."""
        return self.archived_at is None


class LocalAws:
    """A running local AWS, seen from the outside. Every method raises ControlError if the server refuses it.

    `tls_url` and `authority`, a PEM file, are empty if it does not listen over TLS.
    """

    def __init__(self, url: str, *, tls_url: str = "", authority: str = "") -> None:
        self.url = url
        self.tls_url = tls_url
        self.authority = authority

    def environment(self, account: str, *, region: str = _AMBIENT) -> dict[str, str]:
        """The variables that point AWS clients at this server, as the account, in the region."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": f"local-{account}",
            "AWS_SECRET_ACCESS_KEY": LOCAL_SECRET,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }

    def over_tls(self) -> dict[str, str]:
        """The variables that lead AWS clients there over TLS; boto3 sends an API key no other way."""
        return {"AWS_ENDPOINT_URL": self.tls_url, "AWS_CA_BUNDLE": self.authority}

    def reset(self, *, seed: int | None = None, now: str | None = None) -> None:
        """Forgets everything, faults and settings too. `seed` makes ids repeatable, `now` (ISO 8601) sets the clock."""
        self._call("POST", "reset", {"seed": seed, "now": now})

    def requests(
        self, operation: str = "*", *, account: str | None = None, region: str | None = None
    ) -> list[RecordedRequest]:
        """The requests whose `service:Operation` matches the pattern, oldest first."""
        query = {"operation": operation, "account": account, "region": region}
        return [RecordedRequest(**item) for item in self._call("GET", "requests", query=query)]

    def clear_requests(self) -> None:
        """Forgets the recorded requests."""
        self._call("DELETE", "requests")

    def faults(self, faults: Sequence[Fault]) -> None:
        """Puts these faults in force, in the place of all before; an empty list takes all away."""
        self._call("PUT", "faults", [fault.model_dump(exclude_defaults=True) for fault in faults])

    def fault_counts(self) -> list[tuple[int, int]]:
        """For each fault in force, how many requests it looked at and how often it struck."""
        return [(rule["seen"], rule["fired"]) for rule in self._call("GET", "faults")]

    def now(self) -> datetime:
        """The local clock."""
        return datetime.fromtimestamp(self._call("GET", "clock")["unix"], timezone.utc)

    def advance(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> None:
        """Moves the local clock forward."""
        self._call("POST", "clock", {"advance": days * 86_400 + hours * 3_600 + seconds})

    def set_clock(self, now: str) -> None:
        """Sets the local clock to an ISO 8601 moment; it runs on from there."""
        self._call("POST", "clock", {"now": now})

    def projects(
        self, account: str | None = None, region: str | None = None, *, service: str = "bedrock-mantle"
    ) -> list[LocalProject]:
        """All projects of an API, archived ones and `default` too, in order of creation.

        Settings hide none of them. `service` is the one in their ARNs: `bedrock` is the API of the SDKs' client of that
        name.
        """
        items = self._call("GET", "projects", query={"account": account, "region": region, "service": service})
        return [LocalProject(**item) for item in items]

    def archive(self, project_id: str) -> None:
        """Archives a project of either API, as if somebody did it by hand."""
        self._call("POST", "archive", {"project_id": project_id})

    def tag(self, project_id: str, tags: Mapping[str, str], *, remove: Sequence[str] = ()) -> None:
        """Adds tags to a project of either API and takes others away, as if somebody did it by hand."""
        self._call("POST", "tags", {"project_id": project_id, "add": dict(tags), "remove": list(remove)})

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Changes switches (see local_aws.settings.Settings) and gives all of them."""
        answer: dict[str, Any] = self._call("PATCH", "settings", changes)
        return answer

    def organization(self, *, management: str, members: Sequence[str], closed: Sequence[str] = ()) -> None:
        """Makes the members linked accounts of the management account, as are closed ones; all others stand alone."""
        wish = {"management": management, "members": list(members), "closed": list(closed)}
        self._call("PUT", "organization", wish)

    def add_key(
        self,
        access_key: str,
        *,
        secret_key: str,
        account: str,
        session_token: str | None = None,
        expires: float | None = None,
    ) -> None:
        """Makes a further access key known; `expires` in the machine's unix seconds."""
        wish = {"access_key": access_key, "secret_key": secret_key, "account": account}
        self._call("POST", "keys", wish | {"session_token": session_token, "expires": expires})

    def add_bearer_key(self, key: str, *, account: str, region: str | None = None) -> None:
        """Makes a further bearer key known."""
        self._call("POST", "bearer-keys", {"key": key, "account": account, "region": region})

    def add_role(self, arn: str) -> None:
        """Makes a role that anybody may assume, as IAM's CreateRole in its account does; others are denied."""
        self._call("POST", "roles", {"arn": arn})

    def usage(self, project_id: str) -> None:
        """Records billed use of a project now: Billing will discover the keys that it carries at this moment."""
        self._call("POST", "usage", {"project_id": project_id})

    def meters(self) -> list[dict[str, Any]]:
        """What inference used: the fields of `local_aws.metering`'s Meter and Usage, `tags` as a mapping."""
        answer: list[dict[str, Any]] = self._call("GET", "meters")
        return answer

    def use(self, project_id: str, model: str, input_tokens: int, output_tokens: int, requests: int = 1) -> None:
        """Meters use of a project now, with the tokens of all requests, as if clients had sent them."""
        use = Use(
            project_id=project_id,
            model=model,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            requests=requests,
        )
        self.use_many([use])

    def use_many(self, uses: Sequence[Use]) -> None:
        """Meters use of projects: all of it, or none."""
        self._call("POST", "use", [use.model_dump(exclude_defaults=True) for use in uses])

    def costs(self, lines: Sequence[CostLine]) -> None:
        """Adds lines to the bill: other services, credits, tax, and corrections of a month that is over.

        A line with `posted_at` shows in Cost Explorer and on invoices from that moment of the local clock on.
        """
        self._call("PUT", "costs", [line.model_dump(mode="json", exclude_defaults=True) for line in lines])

    def export(self, export: DataExport) -> list[str]:
        """Refreshes a data export: writes the lines of now to its destination. Gives the manifests, below that."""
        answer: list[str] = self._call("POST", "export", export.model_dump(mode="json", exclude_defaults=True))
        return answer

    def tag_keys(self, account: str, keys: Iterable[str], *, status: Status = "Inactive") -> None:
        """Makes keys known at once to the account that pays for this one, as if another service had used them."""
        self._call("PUT", "tag-keys", {"account": account, "keys": list(keys), "status": status})

    def _call(self, method: str, path: str, body: Any = None, *, query: dict[str, str | None] | None = None) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        request = Request(  # noqa: S310  http on loopback
            f"{self.url}/_local/{path}?{urlencode(given)}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise ControlError(f"{method} /_local/{path}: {json.load(error)['error']}") from None
