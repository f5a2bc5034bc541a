"""A plain HTTP client of the Projects API, signed by botocore: no model, no retries, nothing in between."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PROJECTS = "/v1/organization/projects"
ACCOUNT = "111111111111"
REGION = "us-west-2"


@dataclass(frozen=True)
class Answer:
    """What came back; `json` is None where the body is none."""

    status: int
    json: Any
    headers: urllib3.HTTPHeaderDict

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and message of an error."""
        return self.status, self.json["error"]["code"], self.json["error"]["message"]


class Mantle:
    """Sends requests of one account to one region."""

    def __init__(self, url: str, *, account: str = ACCOUNT, region: str = REGION) -> None:
        self.url = url
        self.region = region
        self.credentials = Credentials(f"local-{account}", "local-secret")
        self.pool = urllib3.PoolManager(maxsize=64, retries=False)

    def signed(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: dict[str, Any] | None = None,
        service: str = "bedrock-mantle",
        headers: dict[str, str] | None = None,
    ) -> AWSRequest:
        """A signed request, not sent."""
        target = f"{self.url}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        request = AWSRequest(method, target, data=body, headers=headers or {})
        SigV4Auth(self.credentials, service, self.region).add_auth(request)
        return request

    def send(self, request: AWSRequest) -> Answer:
        """Sends a request as it is."""
        prepared = request.prepare()
        body = prepared.body or None
        assert body is None or isinstance(body, bytes)
        headers = dict(prepared.headers.items())
        response = self.pool.request(prepared.method, prepared.url, body=body, headers=headers)
        try:
            payload = json.loads(response.data)
        except ValueError:
            payload = None
        return Answer(response.status, payload, response.headers)

    def call(self, method: str, path: str = "", body: Any = None, query: dict[str, Any] | None = None) -> Answer:
        """One call; `path` goes after `/v1/organization/projects`, `body` is sent as JSON."""
        data = b"" if body is None else json.dumps(body).encode()
        return self.send(self.signed(method, PROJECTS + path, data, query=query))

    def post(self, path: str, body: Any, *, headers: dict[str, str] | None = None) -> Answer:
        """A POST of JSON to any path."""
        return self.send(self.signed("POST", path, json.dumps(body).encode(), headers=headers))

    def create(self, name: str, **fields: Any) -> dict[str, Any]:
        """A new project that must succeed."""
        answer = self.call("POST", "", {"name": name, **fields})
        assert answer.status == 200, answer
        project: dict[str, Any] = answer.json
        return project

    def try_create(self, name: str = "Chat") -> tuple[int, str, str]:
        """Status, code and message of a create; (200, "", "") if it was carried out and answered."""
        answer = self.call("POST", "", {"name": name})
        return (200, "", "") if answer.status == 200 else answer.error

    def listed(self, **query: Any) -> list[str]:
        """The names of a list's page."""
        answer = self.call("GET", query=query)
        assert answer.status == 200, answer
        return [project["name"] for project in answer.json["data"]]
