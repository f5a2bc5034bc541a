"""TLS with a throw-away certificate: the real boto3 clients, with an API key of their environment and without."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import SSLError

import local_aws
from local_aws import Fault, LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION
from tests.local_aws.native import arn
from tests.local_aws.sessions import new_session

KEY = f"local-key-222222222222-{REGION}"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables of account 111111111111, over TLS."""
    for name, value in (aws.environment(ACCOUNT, region=REGION) | aws.over_tls()).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_boto3_signs_over_tls(environment: pytest.MonkeyPatch, aws: LocalAws) -> None:
    project = new_session().client("bedrock").create_project(name="Chat")
    assert (project["arn"], aws.requests()[-1].status) == (arn(project["id"]), 200)


def test_boto3_sends_an_api_key_of_the_environment_over_tls(environment: pytest.MonkeyPatch, aws: LocalAws) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    project = new_session().client("bedrock").create_project(name="Chat")
    assert project["arn"] == arn(project["id"], account="222222222222")
    runtime = new_session().client("bedrock-runtime")
    messages: Any = [{"role": "user", "content": [{"text": "x"}]}]
    model = "openai.gpt-oss-20b-1:0"
    named = {"projectIdentifier": project["id"]}
    runtime.converse(modelId=model, messages=messages, **named)
    assert list(runtime.converse_stream(modelId=model, messages=messages, **named)["stream"])
    assert [(meter["account"], meter["project"], meter["requests"]) for meter in aws.meters()] == [
        ("222222222222", project["id"], 2)
    ]
    assert {request.access_key for request in aws.requests()} == {""}


def test_boto3_refuses_to_send_an_api_key_plainly(environment: pytest.MonkeyPatch, aws: LocalAws) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    with pytest.raises(Exception, match="requires an HTTPS endpoint"):
        new_session().client("bedrock", endpoint_url=aws.url).list_projects()
    assert aws.requests() == []


def test_a_pinned_signature_wins_over_an_api_key_of_the_environment(
    environment: pytest.MonkeyPatch, aws: LocalAws
) -> None:
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    project = (
        new_session().client("bedrock", config=Config(signature_version="v4")).get_project(projectIdentifier="default")
    )
    assert project["arn"] == arn("default")


def test_a_client_that_does_not_know_the_authority_goes_no_further(
    environment: pytest.MonkeyPatch, aws: LocalAws
) -> None:
    environment.delenv("AWS_CA_BUNDLE")
    with pytest.raises(SSLError):
        new_session().client("bedrock", config=Config(retries={"total_max_attempts": 1})).list_projects()
    assert aws.requests() == []


def test_faults_break_connections_over_tls_too(aws: LocalAws) -> None:
    pool = urllib3.PoolManager(ca_certs=aws.authority, retries=False)
    headers = {"Authorization": f"Bearer {KEY}"}
    for kind in ("reset_before", "cut_off"):
        aws.faults([Fault(kind=kind)])
        with pytest.raises(urllib3.exceptions.HTTPError):
            pool.request("GET", f"{aws.tls_url}/projects", headers=headers)
    aws.faults([])
    assert pool.request("GET", f"{aws.tls_url}/projects", headers=headers).status == 200


def test_the_control_api_is_there_over_tls(aws: LocalAws) -> None:
    pool = urllib3.PoolManager(ca_certs=aws.authority)
    assert pool.request("GET", f"{aws.tls_url}/_local/health").json() == {"status": "ok"}


def test_without_tls_there_is_none_and_no_file_stays(aws: LocalAws) -> None:
    with local_aws.running() as plain:
        assert (plain.tls_url, plain.authority) == ("", "")
    with local_aws.running(tls=True) as other:
        assert Path(other.authority).exists()
        assert other.authority != aws.authority
    assert not Path(other.authority).exists()


def test_the_command_says_what_to_export_for_tls() -> None:
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--tls"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline().rstrip("\n") for _ in range(7)]
        child.terminate()
    assert lines[0].startswith("local AWS on http://127.0.0.1:")
    assert lines[-2].startswith("export AWS_CA_BUNDLE=/")
    assert lines[-1].startswith("over TLS on https://127.0.0.1:")
