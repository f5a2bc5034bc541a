"""Which URLs an API key may be sent to."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.endpoints import MANTLE, is_own_url

OWN = [
    MANTLE.base_url("us-west-2"),
    "https://bedrock-mantle.us-gov-west-1.amazonaws.com/v1",
    "https://bedrock-mantle-fips.us-east-1.api.aws/v1",
    "https://vpce-0a1b-c2d3.bedrock-mantle.eu-west-1.vpce.amazonaws.com/v1",
    "HTTPS://Bedrock-Mantle.us-west-2.api.aws:443/v1",
    "http://127.0.0.1:4566/v1",
    "http://localhost:4566/v1",
    "http://[::1]:4566/v1",
]
OTHERS = [
    "",
    "/v1",
    "http://bedrock-mantle.us-west-2.api.aws/v1",
    "https://bedrock-mantle.us-west-2.api.aws.example.com/v1",
    "https://bedrock-mantle.us-west-2.api.aws@example.com/v1",
    "https://example.com/bedrock-mantle.us-west-2.api.aws/v1",
    "https://bedrock-mantle.s3.amazonaws.com/v1",
    "https://bedrock-mantle.s3.us-west-2.amazonaws.com/v1",
    "https://a1b2.execute-api.us-west-2.amazonaws.com/v1",
    "https://bedrock-mantle-1.us-west-2.elb.amazonaws.com/v1",
    "https://bedrock-mantle.us-west-2.example.vpce.amazonaws.com/v1",
    "https://vpce-1.other.us-west-2.vpce.amazonaws.com/v1",
    "https://xbedrock-mantle.us-west-2.api.aws/v1",
    "http://127.0.0.1.example.com/v1",
    "http://localhost.example.com/v1",
    "http://0.0.0.0/v1",
    "http://[::1/v1",
    "ftp://localhost/v1",
]


@pytest.mark.parametrize("url", OWN)
def test_awss_endpoint_and_this_machine_may_have_a_key(url: str) -> None:
    assert is_own_url(url)


@pytest.mark.parametrize("url", OTHERS)
def test_no_other_host_may_have_one(url: str) -> None:
    assert not is_own_url(url)


labels = st.sampled_from(
    [
        "bedrock-mantle",
        "us-west-2",
        "api",
        "aws",
        "amazonaws",
        "com",
        "vpce",
        "vpce-1",
        "s3",
        "x",
        "127",
        "0",
        "1",
        "",
        "@",
    ]
)


@given(st.sampled_from(["http", "https"]), st.lists(labels, min_size=1, max_size=7))
def test_what_may_have_one_is_this_machine_or_has_a_name_of_aws_and_tls(scheme: str, names: list[str]) -> None:
    url = f"{scheme}://{'.'.join(names)}/v1"
    if is_own_url(url):
        parts = urlsplit(url)
        host = parts.hostname or ""
        assert host.startswith("127.") or (
            parts.scheme == "https"
            and "bedrock-mantle.us-west-2." in host
            and host.endswith((".api.aws", ".amazonaws.com"))
        )
