"""The review comment of a pull or merge request: made once, then kept up to date."""

import json
import re
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bedrock_projects.ci.http import opened
from bedrock_projects.errors import PipelineError, SettingsError
from bedrock_projects.json_reading import read_json

PAGE = 100
SECONDS = 30


@dataclass(frozen=True)
class Comments:
    """The comments of one request: the URL of their list, URL and method of a change, and which are ours."""

    listed: str
    one: str
    change: str
    headers: Mapping[str, str]
    is_ours: Callable[[Mapping[str, Any]], bool]

    def put(self, text: str) -> None:
        """Changes the comment whose first line is that of the text, or makes it; PipelineError if it is refused."""
        mark = text.split("\n", 1)[0]
        for comment in self._all():
            if self.is_ours(comment) and comment["body"].startswith(mark):
                _call(self.change, self.one.format(comment["id"]), self.headers, {"body": text})
                return
        _call("POST", self.listed, self.headers, {"body": text})

    def _all(self) -> list[Mapping[str, Any]]:
        comments: list[Mapping[str, Any]] = []
        while len(comments) % PAGE == 0:
            page = _call("GET", f"{self.listed}?per_page={PAGE}&page={len(comments) // PAGE + 1}", self.headers)
            if not page:
                break
            comments += page
        return comments


def comments_of(environment: Mapping[str, str]) -> Comments:
    """The comments of the request that the job with these variables is for; SettingsError if one is missing."""
    if not environment.keys() & {"GITHUB_REPOSITORY", "CI_API_V4_URL"}:
        raise SettingsError(
            "neither GITHUB_REPOSITORY nor CI_API_V4_URL is set, so this is not a job on GitHub or GitLab; "
            "run this in a job for a pull or merge request"
        )
    try:
        return _on_github(environment) if "GITHUB_REPOSITORY" in environment else _on_gitlab(environment)
    except KeyError as missing:
        raise SettingsError(
            f"{missing.args[0]} is not set; run this in a job for a pull or merge request, and give the step a token: "
            "GH_TOKEN on GitHub, REVIEW_TOKEN on GitLab"
        ) from None


def _on_github(environment: Mapping[str, str]) -> Comments:
    """https://docs.github.com/en/rest/issues/comments; a job's token writes as github-actions[bot]."""
    number = re.fullmatch(r"refs/pull/(\d+)/merge", environment["GITHUB_REF"])
    if number is None:
        raise SettingsError(f"GITHUB_REF is {environment['GITHUB_REF']!r}; run this on the event `pull_request`")
    issues = f"{environment['GITHUB_API_URL']}/repos/{environment['GITHUB_REPOSITORY']}/issues"
    return Comments(
        listed=f"{issues}/{number[1]}/comments",
        one=f"{issues}/comments/{{}}",
        change="PATCH",
        headers={"Authorization": f"Bearer {environment['GH_TOKEN']}", "Accept": "application/vnd.github+json"},
        is_ours=lambda comment: bool(comment["user"]["login"] == "github-actions[bot]"),
    )


def _on_gitlab(environment: Mapping[str, str]) -> Comments:
    """Notes: https://docs.gitlab.com/api/notes/#merge-requests."""
    api, headers = environment["CI_API_V4_URL"], {"PRIVATE-TOKEN": environment["REVIEW_TOKEN"]}
    request = f"merge_requests/{environment['CI_MERGE_REQUEST_IID']}"
    notes = f"{api}/projects/{environment['CI_PROJECT_ID']}/{request}/notes"
    me = _call("GET", f"{api}/user", headers)["id"]
    return Comments(
        listed=notes,
        one=f"{notes}/{{}}",
        change="PUT",
        headers=headers,
        is_ours=lambda comment: bool(comment["author"]["id"] == me),
    )


def _call(method: str, url: str, headers: Mapping[str, str], content: object = None) -> Any:
    """What the service answers; PipelineError if it refuses, or does not answer in time."""
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(  # noqa: S310 (the addresses are GitHub's and GitLab's own variables)
        url, data, {**headers, "Content-Type": "application/json"}, method=method
    )
    try:
        with opened(request, seconds=SECONDS) as answer:
            return read_json(answer.read())
    except (OSError, ValueError) as error:  # ValueError: an answer that is not JSON, or a variable that is not a URL
        advice = "check the permissions of the token: `pull-requests: write` on GitHub, the scope `api` on GitLab"
        raise PipelineError(f"the comment cannot be written ({method} {url}: {error}); {advice}") from None
