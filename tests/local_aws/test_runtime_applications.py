"""Applications on `bedrock-runtime`: what `use` prints runs, `verify` says what it can, the policies fit the calls.

The clients are boto3's own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.attribution.cataloguing import Deployed, catalogue_of
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import ProjectUpdate
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.iam.policies import Place, allow
from bedrock_projects.inventory import load
from local_aws import Fault, LocalAws
from local_aws.accounts import LOCAL_SECRET
from tests.local_aws.mantle import ACCOUNT, REGION
from tests.local_aws.native import Native
from tests.patience import LIMIT
from tests.unit.command_line import Done, run
from tests.unit.iam import actions_of, allows

KEYS = ("search", "chat")
INVENTORY = """\
version: 1
inventory: acme
environments: {dev: {account: "111111111111", region: us-west-2, endpoint: bedrock-runtime}}
defaults: {environments: [dev]}
projects: {search: {name: Search}, chat: {name: Chat}, old: {name: Old, endpoint: bedrock-mantle}}
"""
CLAUDE, CLAUDE_METER = "us.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5"
OPEN, OPEN_METER = "openai.gpt-oss-120b-1:0", "openai.gpt-oss-120b"
SIGNED = {"AWS_ACCESS_KEY_ID": f"local-{ACCOUNT}", "AWS_SECRET_ACCESS_KEY": LOCAL_SECRET}
BEARER = {"AWS_BEARER_TOKEN_BEDROCK": f"local-key-{ACCOUNT}-{REGION}"}
CONVERSE = "bedrock-runtime:Converse"
WHERE = RegionalEndpoint(REGION, RUNTIME)


@pytest.fixture
def ids(aws: LocalAws, native: Native, tmp_path: Path) -> dict[str, str]:
    """Two projects in use, in a catalogue in the folder with one of the other endpoint."""
    made = {key: native.create(key) for key in KEYS}
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    published = {
        key: {
            **{field: made[key][field] for field in ("id", "arn", "name")},
            "region": REGION,
            "status": "active",
            "base_url": "",
            "endpoint": "bedrock-runtime",
        }
        for key in KEYS
    }
    arn = f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/proj_old"
    old = {"id": "proj_old", "arn": arn, "name": "Old", "base_url": f"{aws.url}/v1", "endpoint": "bedrock-mantle"}
    published["old"] = published["search"] | old
    deployed = Deployed(stack="dev", environment="dev", region=REGION, projects=published)
    (tmp_path / "c.json").write_text(catalogue_of(load(tmp_path / "projects.yaml"), [deployed]).as_json())
    return {key: made[key]["id"] for key in KEYS}


def printed(folder: Path, client: str, *options: str) -> str:
    given = ["--environment", "dev", "--client", client, "--catalogue", "c.json", *options]
    done = run("use", "search", *given, folder=folder)
    assert (done.code, done.err) == (0, "")
    return done.out


def met(aws: LocalAws) -> dict[tuple[str, str], int]:
    """Requests by project and model; none is of the other endpoint."""
    meters = aws.meters()
    assert {meter["endpoint"] for meter in meters} <= {"bedrock-runtime"}
    return {(meter["project"], meter["model"]): meter["requests"] for meter in meters}


MODELS = {"its own model": ((), CLAUDE_METER, 2), "no model of Anthropic": (("--model", OPEN), OPEN_METER, 1)}


@pytest.mark.parametrize(("options", "model", "requests"), MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("credentials", [SIGNED, BEARER], ids=["AWS credentials", "API key"])
def test_the_program_for_boto3_runs_as_it_is_printed_and_lands_on_its_project(
    aws: LocalAws,
    ids: dict[str, str],
    tmp_path: Path,
    credentials: dict[str, str],
    options: tuple[str, ...],
    model: str,
    requests: int,
) -> None:
    exports = printed(tmp_path, "env").splitlines()[1:]
    variables = dict(line.removeprefix("export ").split("=", 1) for line in exports)
    done = subprocess.run(
        [sys.executable, "-c", printed(tmp_path, "boto3", *options)],
        # boto3 sends an API key over TLS alone.
        env={"PATH": os.environ["PATH"], **aws.over_tls(), **credentials, **variables},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == requests
    assert met(aws) == {(ids["search"], model): requests}


class Desk:
    """The command `verify` in the folder of the catalogue."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self.aws, self.folder = aws, folder

    def verify(self, *arguments: str, model: str = CLAUDE) -> Done:
        options = ["--environment", "dev", "--catalogue", "c.json", "--model", model, "--yes"]
        return run("verify", *arguments, *options, folder=self.folder)


@pytest.fixture
def desk(aws: LocalAws, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    assert ids
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    return Desk(aws, tmp_path)


@pytest.mark.parametrize("auth", ["sigv4", "bearer"])
@pytest.mark.parametrize(("model", "meter"), [(CLAUDE, CLAUDE_METER), (OPEN, OPEN_METER)])
def test_verify_shows_that_the_id_is_read_and_says_what_nothing_shows(
    desk: Desk, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch, model: str, meter: str, auth: str
) -> None:
    # boto3 by itself would use the key in place of the AWS credentials.
    monkeypatch.setenv(*next(iter(BEARER.items())))
    done = desk.verify("search", "chat", "--auth", auth, model=model)
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            f"{key:<6}  accepted         {ids[key]}  request succeeded, an unknown id was rejected; no metric shows "
            "whether the cost is attributed"
            for key in KEYS
        ],
    )
    assert "1 per region with a non-existent project (us-west-2 (bedrock-runtime))" in done.err
    assert "cloudwatch" not in done.err
    assert met(desk.aws) == {(ids[key], meter): 1 for key in KEYS}
    sent = desk.aws.requests(CONVERSE)
    assert [request.status for request in sent] == [400, 200, 200]
    by_key = [["bedrock:CallWithBearerToken", "*"] in request.permissions for request in sent]
    assert by_key == [auth == "bearer"] * 3


@pytest.mark.parametrize("code", ["ValidationException", "ResourceNotFoundException", "AccessDeniedException"])
def test_however_an_unknown_id_is_refused_it_counts(desk: Desk, ids: dict[str, str], code: str) -> None:
    desk.aws.settings(runtime_project_error=code)
    done = desk.verify("search")
    assert (done.code, done.out.split()[1]) == (0, "accepted")


def test_with_a_wait_cloudwatch_is_not_asked_for_what_it_does_not_count(desk: Desk) -> None:
    done = desk.verify("search", "--wait", "1")
    assert (done.code, done.out.split()[1]) == (0, "accepted")
    assert desk.aws.requests("monitoring:*") == []
    assert "`--wait` has no effect on bedrock-runtime: CloudWatch does not count requests by project there" in done.err


REFUSED: dict[str, tuple[Callable[[LocalAws, str], object], str, str]] = {
    "a project that is archived": (lambda aws, id_: aws.archive(id_), CLAUDE, "is archived"),
    "a model that is not there": (
        lambda aws, id_: None,
        "no.such",
        "identifier is invalid.; model ids differ between the endpoints",
    ),
    "credentials that may not": (
        lambda aws, id_: aws.faults([Fault(kind="denied", action="bedrock:InvokeModel")]),
        CLAUDE,
        "not authorized to perform: bedrock:InvokeModel",
    ),
}


@pytest.mark.parametrize(("change", "model", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_why_and_fails(
    desk: Desk, ids: dict[str, str], change: Callable[[LocalAws, str], object], model: str, words: str
) -> None:
    change(desk.aws, ids["search"])
    done = desk.verify("search", model=model)
    assert (done.code, done.out.split()[:2]) == (1, ["search", "refused"])
    assert words in done.out
    assert met(desk.aws) == {}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(kind="throttled", operation=CONVERSE), "request quota is used up"),
        (Fault(kind="reset_before", operation=CONVERSE), "no complete answer came back"),
        (Fault(kind="server_error", operation=CONVERSE), "HTTP 500"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_what_proves_nothing_ends_the_run_and_is_never_sent_twice(desk: Desk, fault: Fault, words: str) -> None:
    desk.aws.faults([fault])
    done = desk.verify("search")
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert len(desk.aws.requests(CONVERSE)) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault(kind="not_json", operation=CONVERSE, status=200), Fault(kind="cut_off", operation=CONVERSE)],
    ids=lambda fault: str(fault.kind),
)
def test_an_answer_that_is_not_a_models_is_not_taken_for_one(desk: Desk, fault: Fault) -> None:
    desk.aws.faults([fault])
    done = desk.verify("search")
    assert (done.code, done.out.split()[1]) == (1, "refused")
    assert "the answer is not that of a model" in done.out


CALLS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "an application inference profile": (
        ("search",),
        f"arn:aws:bedrock:us-west-2:{ACCOUNT}:application-inference-profile/abcdefghijkl",
        "a project does not go with an application inference profile",
    ),
    "entries of both endpoints": (
        (),
        CLAUDE,
        "give the keys of one of them (bedrock-mantle: old; bedrock-runtime: chat, search)",
    ),
}


@pytest.mark.parametrize(("keys", "model", "words"), CALLS.values(), ids=CALLS)
def test_what_cannot_succeed_is_refused_before_anything_is_sent(
    desk: Desk, keys: tuple[str, ...], model: str, words: str
) -> None:
    desk.aws.clear_requests()
    done = desk.verify(*keys, model=model)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert words in done.err
    assert desk.aws.requests() == []


@pytest.mark.parametrize("auth", ["sigv4", "bearer"])
def test_credentials_of_another_account_are_refused_before_anything_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local-222222222222")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-222222222222-{REGION}")
    done = desk.verify("search", "--auth", auth)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "are for account 222222222222; use credentials of" in done.err
    assert desk.aws.requests(CONVERSE) == []


def taken(aws: LocalAws) -> set[tuple[str, str]]:
    """The permissions, action and resource, that the requests since the last look took."""
    permissions = {(action, on) for request in aws.requests() for action, on in request.permissions}
    aws.clear_requests()
    return permissions


def test_the_policy_of_an_application_allows_what_its_program_takes_on_its_own_project_alone(
    aws: LocalAws, desk: Desk, ids: dict[str, str], tmp_path: Path
) -> None:
    options = ["--environment", "dev", "--catalogue", "c.json", "--deny-default-project"]
    policy = json.loads(run("iam", "application", "search", *options, folder=tmp_path).out)
    aws.clear_requests()
    assert desk.verify("search").code == 0
    needed = {permission for permission in taken(aws) if permission[0].startswith("bedrock:")}
    made_up = {on for _, on in needed if ":project/" in on and not on.endswith(ids["search"])}
    assert len(made_up) == 1
    assert {on for action, on in needed if not allows(policy, action, on)} == made_up
    assert desk.verify("chat").code == 0
    assert any(not allows(policy, action, on) for action, on in taken(aws) if on.endswith(ids["chat"]))


def test_the_policies_hold_what_the_native_client_takes_and_nothing_else(
    aws: LocalAws, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk
    monkeypatch.setenv(*next(iter(BEARER.items())))
    place = Place(account=ACCOUNT, regions={RUNTIME: [REGION]})
    api = open_projects_api(Credentials(), WHERE)
    made = api.create(name="Made", tags={"a": "b", "c": "d"}, data_retention=None)
    aws.clear_requests()
    caller_account(Credentials(), api)
    api.list_all(settled=lambda project: project.id == made.id)
    api.get(made.id)
    reviewing = taken(aws)
    review = allow("review", place)
    assert [permission for permission in reviewing if not allows(review, *permission)] == []
    assert {action for action, _ in reviewing} == actions_of(review)

    made = api.create(name="Made", tags={"a": "b", "c": "d"}, data_retention=None)
    update = ProjectUpdate(name="New", add_tags={"e": "f"}, remove_tag_keys=("a",), data_retention="none")
    api.apply(made, update)
    api.archive(made.id)
    deploying = taken(aws) | reviewing
    deploy = allow("deploy", place)
    assert [permission for permission in deploying if not allows(deploy, *permission)] == []
    assert {action for action, _ in deploying} == actions_of(deploy) - {"sts:AssumeRole"}

    bearer = Credentials(auth="bearer")
    open_projects_api(bearer, WHERE).list_all()
    by_key = taken(aws)
    assert ("bedrock:CallWithBearerToken", "*") in by_key
    assert [permission for permission in by_key if not allows(allow("review", place, bearer=True), *permission)] == []


def test_an_audit_does_not_know_whether_such_projects_are_used(desk: Desk, native: Native, tmp_path: Path) -> None:
    native.create("Search", tags={"bedrock-project": "acme/dev/search"})
    done = run("audit", "--environment", "dev", "--format", "json", folder=tmp_path)
    findings: list[dict[str, Any]] = [one for one in json.loads(done.out) if one["check"] == "unused projects"]
    native_ones = [one for one in findings if "bedrock-runtime" in one["result"]]
    assert [(one["outcome"], one["result"].split(":")[0]) for one in native_ones] == [
        ("ok", "not known for 1 project in us-west-2 (bedrock-runtime)")
    ]
    (tmp_path / "projects.yaml").write_text(INVENTORY.replace(", old: {name: Old, endpoint: bedrock-mantle}", ""))
    desk.aws.clear_requests()
    assert "not known for 1 project" in run("audit", "--environment", "dev", folder=tmp_path).out
    assert desk.aws.requests("monitoring:*") == []
