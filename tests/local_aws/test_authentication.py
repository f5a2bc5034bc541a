"""Who may come in, and as which account and region."""

from datetime import datetime, timedelta, timezone

import boto3
import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws import LocalAws
from tests.local_aws.mantle import PROJECTS, Answer, Mantle

INVALID = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
MISMATCH = "The request signature we calculated does not match the signature you provided."


def refused(answer: Answer) -> str:
    """The message of a 401 that the service gives to senders it does not believe."""
    status, code, message = answer.error
    assert (status, code) == (401, "invalid_api_key")
    assert answer.headers["x-request-id"]
    return message


def test_no_credentials_are_refused(mantle: Mantle) -> None:
    assert refused(mantle.send(AWSRequest("GET", mantle.url + PROJECTS))) == "Missing Authentication Token"


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        (Credentials("AKIAUNKNOWNUNKNOWN12", "local-secret"), INVALID),
        (Credentials("local-12345678901", "local-secret"), INVALID),
        (Credentials("local-111111111111", "local-secret", "a-token"), INVALID),
        (Credentials("local-111111111111", "other-secret"), MISMATCH),
        (
            Credentials("local-111111111111", "local-secret", "expired"),
            "security token included in the request is expired",
        ),
    ],
    ids=["unknown key", "eleven digits", "token", "secret", "expired"],
)
def test_credentials_that_are_not_ours_are_refused(mantle: Mantle, credentials: Credentials, message: str) -> None:
    mantle.credentials = credentials
    assert message in refused(mantle.call("GET"))


@pytest.mark.parametrize("service", ["bedrock", "s3", "execute-api"])
def test_a_signature_for_another_service_is_refused(mantle: Mantle, service: str) -> None:
    message = refused(mantle.send(mantle.signed("GET", PROJECTS, service=service)))
    assert message == "Credential should be scoped to correct service: 'bedrock-mantle'."


def signed_at(mantle: Mantle, offset: timedelta) -> AWSRequest:
    moment = (datetime.now(timezone.utc) + offset).strftime("%Y%m%dT%H%M%SZ")
    request = AWSRequest("GET", mantle.url + PROJECTS, headers={"X-Amz-Date": moment})
    request.context["timestamp"] = moment
    auth = SigV4Auth(mantle.credentials, "bedrock-mantle", mantle.region)
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    signed = auth.signed_headers(auth.headers_to_sign(request))
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={signed}, Signature={signature}"
    )
    return request


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_four_minutes_off_does_no_harm(mantle: Mantle, minutes: int) -> None:
    assert mantle.send(signed_at(mantle, timedelta(minutes=minutes))).status == 200


@pytest.mark.parametrize(("minutes", "text"), [(-6, "Signature expired: "), (6, "Signature not yet current: ")])
def test_a_clock_that_is_six_minutes_off_is_refused(mantle: Mantle, minutes: int, text: str) -> None:
    assert refused(mantle.send(signed_at(mantle, timedelta(minutes=minutes)))).startswith(text)


def test_signatures_go_by_the_machines_clock_and_not_by_the_local_one(mantle: Mantle, aws: LocalAws) -> None:
    aws.advance(days=40)
    assert mantle.call("GET").status == 200


@pytest.mark.parametrize("part", ["body", "path", "query", "method", "header"])
def test_a_request_changed_after_signing_is_refused(mantle: Mantle, aws: LocalAws, part: str) -> None:
    request = mantle.signed("POST", PROJECTS, b'{"name": "A"}', query={"a": "b"}, headers={"X-Custom": "1"})
    if part == "body":
        request.data = b'{"name": "B"}'
    elif part == "header":
        request.headers.replace_header("X-Custom", "2")
    elif part == "method":
        request.method = "GET"
    else:
        old, new = ("a=b", "a=c") if part == "query" else ("projects", "projects/default")
        request.url = str(request.url).replace(old, new)
    assert MISMATCH in refused(mantle.send(request))
    assert aws.projects() == []


def test_a_declared_body_hash_must_be_the_bodys(mantle: Mantle) -> None:
    request = mantle.signed("POST", PROJECTS, b'{"name": "A"}', headers={"X-Amz-Content-SHA256": "0" * 64})
    assert "'x-amz-content-sha256' header does not match" in refused(mantle.send(request))


@pytest.mark.parametrize("query", [{"after": "a b+c/ü%", "limit": "5"}, {"b": "2", "a": "1", "a-b": "3"}, {"a": ""}])
def test_any_query_can_be_signed(mantle: Mantle, query: dict[str, str]) -> None:
    assert mantle.call("GET", query=query).status in (200, 400)


@pytest.mark.parametrize("path", ["/a%20b", "/a%2Fb", "/%C3%BC", "/a+b", "/a:b@c"])
def test_any_path_can_be_signed(mantle: Mantle, path: str) -> None:
    assert mantle.call("GET", path).status == 404


@pytest.mark.parametrize("header", ["Basic eDp5", "AWS4-HMAC-SHA256 Credential=x", "AWS4-HMAC-SHA256"])
def test_a_malformed_authorization_is_refused(mantle: Mantle, header: str) -> None:
    request = AWSRequest("GET", mantle.url + PROJECTS, headers={"Authorization": header})
    assert "Authorization header" in refused(mantle.send(request))


@pytest.mark.parametrize("region", ["us-west-1", "ap-northeast-3", "mars-north-1"])
def test_a_region_without_the_endpoint_gives_no_answer_at_all(aws: LocalAws, region: str) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError):
        Mantle(aws.url, region=region).call("GET")
    assert (aws.requests()[0].status, aws.requests()[0].rule) == (None, "region")


def bearer(mantle: Mantle, key: str, **headers: str) -> Answer:
    request = AWSRequest("GET", mantle.url + PROJECTS, headers={"Authorization": f"Bearer {key}", **headers})
    return mantle.send(request)


@pytest.mark.parametrize(
    ("key", "host", "region"),
    [
        ("local-key-111111111111", None, "us-west-2"),
        ("local-key-111111111111-eu-west-1", None, "eu-west-1"),
        ("local-key-111111111111-ap-southeast-2", None, "ap-southeast-2"),
        ("local-key-111111111111-eu-west-1", "bedrock-mantle.us-west-2.api.aws", "us-west-2"),
        ("my-key", None, "eu-north-1"),
    ],
)
def test_a_bearer_key_is_for_an_account_and_a_region(
    mantle: Mantle, aws: LocalAws, key: str, host: str | None, region: str
) -> None:
    aws.add_bearer_key("my-key", account="111111111111", region="eu-north-1")
    answer = bearer(mantle, key, **({"Host": host} if host else {}))
    assert answer.json["data"][0]["arn"] == f"arn:aws:bedrock-mantle:{region}:111111111111:project/default"


def test_the_default_region_of_bearer_keys_is_a_switch(mantle: Mantle, aws: LocalAws) -> None:
    aws.settings(bearer_region="us-west-2")
    assert ":us-west-2:" in bearer(mantle, "local-key-111111111111").json["data"][0]["arn"]


@pytest.mark.parametrize("key", ["", "expired", "local-111111111111", "local-key-1111"])
def test_an_unknown_bearer_key_is_refused(mantle: Mantle, key: str) -> None:
    refused(bearer(mantle, key))


def test_a_signature_for_another_region_than_the_hosts_is_refused(mantle: Mantle) -> None:
    request = mantle.signed("GET", PROJECTS, headers={"Host": "bedrock-mantle.eu-west-1.api.aws"})
    assert refused(mantle.send(request)) == "Credential should be scoped to a valid region, not 'us-west-2'."


def test_a_further_key_belongs_to_its_account(mantle: Mantle, aws: LocalAws) -> None:
    mantle.credentials = Credentials("AKIATEST", "s3cret")
    refused(mantle.call("GET"))
    aws.add_key("AKIATEST", secret_key="s3cret", account="333333333333")
    assert ":333333333333:" in mantle.call("GET").json["data"][0]["arn"]


@pytest.mark.parametrize(("expires", "status"), [(0.0, 401), (4e9, 200)])
def test_a_session_ends_when_it_says(mantle: Mantle, aws: LocalAws, expires: float, status: int) -> None:
    aws.add_key("ASIATEST", secret_key="s3cret", account="333333333333", session_token="t", expires=expires)
    mantle.credentials = Credentials("ASIATEST", "s3cret", "t")
    assert mantle.call("GET").status == status


def test_a_role_that_sts_lets_one_assume_is_in_the_roles_account(mantle: Mantle, aws: LocalAws) -> None:
    sts = boto3.client(
        "sts",
        endpoint_url=aws.url,
        region_name="us-west-2",
        aws_access_key_id="local-111111111111",
        aws_secret_access_key="local-secret",
    )
    aws.add_role("arn:aws:iam::222222222222:role/deploy")
    issued = sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/deploy", RoleSessionName="ci")["Credentials"]
    mantle.credentials = Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])
    assert ":222222222222:" in mantle.call("GET").json["data"][0]["arn"]
    mantle.credentials = Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], "another")
    assert refused(mantle.call("GET")) == INVALID
    mantle.credentials = Credentials(issued["AccessKeyId"], "another", issued["SessionToken"])
    assert MISMATCH in refused(mantle.call("GET"))
