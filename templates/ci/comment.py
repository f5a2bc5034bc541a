#!/usr/bin/env python3
"""comment.py FILE: makes the file the review comment of a pull or merge request, or brings that up to date.

On GitHub it needs GH_TOKEN (the job's own will do) and NUMBER, the pull request's; on GitLab REVIEW_TOKEN, a project
access token of the role Reporter with the scope `api`, since a job's own may not write notes. The rest is in every
job's environment. The comment is found by its first line, among those that the same user wrote.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = 100
SECONDS = 30


@dataclass(frozen=True)
class Comments:
    """The comments of one request: where they are listed, where one is changed and how, and which are ours."""

    listed: str
    one: str
    change: str
    headers: Mapping[str, str]
    is_ours: Callable[[Mapping[str, Any]], bool]

    def put(self, text: str) -> None:
        """Changes the comment whose first line is that of the text, or makes it."""
        mark = text.split("\n", 1)[0]
        for comment in self._all():
            if self.is_ours(comment) and comment["body"].startswith(mark):
                call(self.change, self.one.format(comment["id"]), self.headers, {"body": text})
                return
        call("POST", self.listed, self.headers, {"body": text})

    def _all(self) -> list[Mapping[str, Any]]:
        comments: list[Mapping[str, Any]] = []
        while len(comments) % PAGE == 0:
            page = call("GET", f"{self.listed}?per_page={PAGE}&page={len(comments) // PAGE + 1}", self.headers)
            if not page:
                break
            comments += page
        return comments


def call(method: str, url: str, headers: Mapping[str, str], content: object = None) -> Any:
    """What the service answers; urllib's HTTPError where it refuses."""
    data = None if content is None else json.dumps(content).encode()
    asked = urllib.request.Request(  # noqa: S310 (the addresses are GitHub's and GitLab's own variables)
        url, data, {**headers, "Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
        return json.load(answer)


def on_github(environment: Mapping[str, str]) -> Comments:
    """https://docs.github.com/en/rest/issues/comments; a job's token writes as github-actions[bot]."""
    issues = f"{environment['GITHUB_API_URL']}/repos/{environment['GITHUB_REPOSITORY']}/issues"
    return Comments(
        listed=f"{issues}/{environment['NUMBER']}/comments",
        one=f"{issues}/comments/{{}}",
        change="PATCH",
        headers={"Authorization": f"Bearer {environment['GH_TOKEN']}", "Accept": "application/vnd.github+json"},
        is_ours=lambda comment: bool(comment["user"]["login"] == "github-actions[bot]"),
    )


def on_gitlab(environment: Mapping[str, str]) -> Comments:
    """Notes: https://docs.gitlab.com/api/notes/#merge-requests."""
    api, headers = environment["CI_API_V4_URL"], {"PRIVATE-TOKEN": environment["REVIEW_TOKEN"]}
    request = f"merge_requests/{environment['CI_MERGE_REQUEST_IID']}"
    notes = f"{api}/projects/{environment['CI_PROJECT_ID']}/{request}/notes"
    me = call("GET", f"{api}/user", headers)["id"]
    return Comments(
        listed=notes,
        one=f"{notes}/{{}}",
        change="PUT",
        headers=headers,
        is_ours=lambda comment: bool(comment["author"]["id"] == me),
    )


if __name__ == "__main__":
    made = on_github(os.environ) if "GITHUB_REPOSITORY" in os.environ else on_gitlab(os.environ)
    made.put(Path(sys.argv[1]).read_text("utf-8"))
