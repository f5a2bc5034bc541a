"""A role that is assumed: once for a process, again before it expires, and one sentence if it cannot be."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, RegionalEndpoint
from bedrock_projects.aws.identity import billing_account, caller_account
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.aws.roles import SECONDS, RoleSession, is_session_of
from bedrock_projects.aws.session import client_config, forget_sessions, open_client, sts_config
from bedrock_projects.errors import AccessDeniedError, AmbiguousError, CredentialsError, SettingsError, ThrottledError
from local_aws import LocalAws
from local_aws.faults import Fault
from tests.local_aws.mantle import ACCOUNT

OTHER = "222222222222"
ROLE = f"arn:aws:iam::{OTHER}:role/deploy/bedrock-projects"
REGION = "us-west-2"
WHERE = RegionalEndpoint(REGION, MANTLE)


@pytest.fixture
def hub(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """Credentials of one account, and the role in another one."""
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    aws.add_role(ROLE)
    return aws


def assumed(aws: LocalAws) -> list[tuple[str, str]]:
    """The account that asked for each session of a role, and the region."""
    return [(request.account, request.region) for request in aws.requests("sts:AssumeRole")]


def test_a_process_assumes_a_role_once_for_all_threads_clients_and_regions(hub: LocalAws) -> None:
    credentials = Credentials(role_arn=ROLE)

    def ask(number: int) -> set[str | None]:
        region = ("us-west-2", "eu-west-1")[number % 2]
        endpoint = (MANTLE, RUNTIME)[number // 2 % 2]
        projects = open_projects_api(credentials, RegionalEndpoint(region, endpoint)).list_all()
        return {project.account_id for project in projects}

    with ThreadPoolExecutor(32) as pool:
        accounts = set[str | None]().union(*pool.map(ask, range(64)))
    assert accounts == {OTHER}
    [(account, _)] = assumed(hub)
    assert account == ACCOUNT
    assert len(hub.requests("*ListProjects", account=OTHER)) == 64


def test_the_role_is_assumed_in_the_region_of_what_is_asked_since_a_network_may_let_nothing_else_out(
    hub: LocalAws,
) -> None:
    assert caller_account(Credentials(role_arn=ROLE), open_projects_api(Credentials(role_arn=ROLE), WHERE)) == OTHER
    assert assumed(hub) == [(ACCOUNT, REGION)]
    assert {request.region for request in hub.requests()} == {REGION}


def test_two_roles_and_their_source_are_three_sessions(hub: LocalAws) -> None:
    second = f"arn:aws:iam::{OTHER}:role/preview"
    hub.add_role(second)
    for role in (None, ROLE, second, ROLE, None):
        open_projects_api(Credentials(role_arn=role), WHERE).list_all()
    assert len(assumed(hub)) == 2


class FakeClock:
    """A clock that a test moves, and STS in that time: the local AWS issues sessions by the clock of the machine."""

    def __init__(self) -> None:
        self.moved = timedelta()
        self._sts: Any = open_client("sts", Credentials(), region=REGION, config=sts_config())

    def now(self) -> datetime:
        return datetime.now(tz=timezone.utc) + self.moved

    def assume_role(self, **request: Any) -> Any:
        issued = self._sts.assume_role(**request)["Credentials"]
        return {"Credentials": issued | {"Expiration": issued["Expiration"] + self.moved}}


def session_of(clock: FakeClock) -> RoleSession:
    return RoleSession(Credentials(), ROLE, clock, now=clock.now)


def callers(session: RoleSession, count: int) -> set[str]:
    """Whom STS sees in that many requests on 32 threads."""
    client: Any = boto3.Session(botocore_session=session).client(
        "sts", region_name=REGION, config=client_config(attempts=1)
    )
    with ThreadPoolExecutor(32) as pool:
        return set(pool.map(lambda _: str(client.get_caller_identity()["Arn"]), range(count)))


def test_a_session_is_renewed_before_it_expires_once_for_all_threads(hub: LocalAws) -> None:
    clock = FakeClock()
    session = session_of(clock)
    for minutes, times in ((0, 1), (44, 1), (46, 2), (90, 2), (92, 3)):
        clock.moved = timedelta(minutes=minutes)
        assert callers(session, 40) == {f"arn:aws:sts::{OTHER}:assumed-role/bedrock-projects/bedrock-projects"}
        assert len(assumed(hub)) == times
    bodies = {str(request.body) for request in hub.requests("sts:AssumeRole")}
    assert all(f"DurationSeconds={SECONDS}" in body for body in bodies)


def test_a_renewal_that_fails_early_changes_nothing_and_one_that_fails_late_is_the_same_sentence(
    hub: LocalAws,
) -> None:
    clock = FakeClock()
    session = session_of(clock)
    callers(session, 1)
    hub.faults([Fault(kind="denied", action="sts:AssumeRole")])
    clock.moved = timedelta(minutes=46)
    assert len(callers(session, 1)) == 1
    clock.moved = timedelta(minutes=51)
    with pytest.raises(AccessDeniedError, match=f"role {ROLE} in account {OTHER} cannot be assumed by"):
        callers(session, 1)


def test_a_role_that_is_missing_is_one_sentence_and_one_request(hub: LocalAws) -> None:
    role = f"arn:aws:iam::{OTHER}:role/missing"
    credentials = Credentials(role_arn=role)

    def message(_: int) -> str:
        with pytest.raises(AccessDeniedError) as caught:
            open_projects_api(credentials, WHERE)
        return str(caught.value)

    with ThreadPoolExecutor(8) as pool:
        [text] = set(pool.map(message, range(20)))
    assert re.sub(r"request [\w-]+", "request R", text) == (
        f"role {role} in account {OTHER} cannot be assumed by environment variable AWS_ACCESS_KEY_ID: User: "
        f"arn:aws:iam::{ACCOUNT}:user/local is not authorized to perform: sts:AssumeRole on resource: {role} because "
        "no identity-based policy allows the sts:AssumeRole action; grant the action to the credentials that ran this; "
        "the role must exist, and its trust policy must admit these credentials: `bedrock-projects iam roles` prints "
        "both (HTTP 403, AccessDenied, request R)"
    )
    assert len(assumed(hub)) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault(kind="expired_credentials", operation="sts:AssumeRole"), CredentialsError, "have expired: renew them"),
        (Fault(kind="throttled", operation="sts:AssumeRole"), ThrottledError, "request quota is used up"),
    ],
)
def test_any_other_failure_names_role_account_and_source_too(
    hub: LocalAws, fault: Fault, kind: type[Exception], says: str
) -> None:
    hub.faults([fault])
    with pytest.raises(kind, match=says) as caught:
        BillingClient(Credentials(role_arn=ROLE))
    assert f"role {ROLE} in account {OTHER} cannot be assumed by environment variable" in str(caught.value)


def test_sts_that_nobody_answered_for_once_is_asked_again(hub: LocalAws) -> None:
    hub.faults([Fault(kind="unavailable", operation="sts:AssumeRole", count=3)])
    with pytest.raises(AmbiguousError, match=f"role {ROLE} in account {OTHER} cannot be assumed by"):
        open_projects_api(Credentials(role_arn=ROLE), WHERE)
    open_projects_api(Credentials(role_arn=ROLE), WHERE).list_all()


def test_credentials_that_are_the_role_are_used_as_they_are(hub: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of a pipeline may have signed in as the role; a role may not assume itself unless its trust says so."""
    sts: Any = open_client("sts", Credentials(), region=REGION, config=sts_config())
    issued = sts.assume_role(RoleArn=ROLE, RoleSessionName="job")["Credentials"]
    hub.clear_requests()
    for name, value in (("ACCESS_KEY_ID", "AccessKeyId"), ("SECRET_ACCESS_KEY", "SecretAccessKey")):
        monkeypatch.setenv(f"AWS_{name}", issued[value])
    monkeypatch.setenv("AWS_SESSION_TOKEN", issued["SessionToken"])
    hub.faults([Fault(kind="denied", action="sts:AssumeRole")])
    credentials = Credentials(profile=None, role_arn=ROLE)
    forget_sessions()
    open_projects_api(credentials, WHERE).list_all()
    open_projects_api(credentials, WHERE).list_all()
    assert [request.operation for request in hub.requests()] == [
        "sts:AssumeRole",
        "sts:GetCallerIdentity",
        "bedrock-mantle:ListProjects",
        "bedrock-mantle:ListProjects",
    ]


@pytest.mark.parametrize(
    ("caller", "is_it"),
    [
        (f"arn:aws:sts::{OTHER}:assumed-role/bedrock-projects/job", True),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/bedrock-projects/job", False),
        (f"arn:aws:sts::{OTHER}:assumed-role/bedrock-projects-preview/job", False),
        (f"arn:aws:sts::{OTHER}:assumed-role/other/bedrock-projects", False),
        (f"arn:aws:iam::{OTHER}:user/bedrock-projects", False),
        (f"arn:aws:iam::{OTHER}:root", False),
    ],
)
def test_a_caller_is_a_session_of_a_role_by_account_and_name(caller: str, is_it: bool) -> None:
    assert is_session_of(caller, ROLE) is is_it


def test_the_account_of_a_billing_role_is_in_its_arn(hub: LocalAws) -> None:
    assert billing_account(Credentials(role_arn=ROLE)) == OTHER
    assert hub.requests() == []


def test_an_api_key_assumes_no_role() -> None:
    with pytest.raises(SettingsError, match=r"`auth: bearer` is set, but the role .* use `auth: sigv4`, or leave out"):
        Credentials(auth="bearer").assuming(ROLE)
    assert Credentials(auth="bearer").assuming(None) == Credentials(auth="bearer")
    assert str(Credentials(profile="dev").assuming(ROLE)) == f"role {ROLE} from profile dev"
