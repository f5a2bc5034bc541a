"""What becomes of AWS's refusals: whose fault they are decides what is to be done."""

import pytest
from botocore import exceptions as aws

from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.doctor import findings
from bedrock_projects.errors import (
    AccessDeniedError,
    ApiKeyDeniedError,
    ClockError,
    CredentialsError,
    NotEnabledError,
    ServiceError,
    ThrottledError,
)
from bedrock_projects.findings import finding_of_refusal

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
)
EXPIRED = "Signature expired: 20260301T110000Z is now earlier than 20260301T120000Z (20260301T120500Z - 5 min.)"
EARLY = "Signature not yet current: 20260301T130000Z is still later than 20260301T121000Z (20260301T120500Z + 5 min.)"
OFF = "User not enabled for cost explorer access"
MISSING = "User: arn:aws:iam::111111111111:user/x is not authorized to perform: ce:GetCostAndUsage"
ANSWERS: dict[str, tuple[str, int, str, type[ServiceError], str, str]] = {
    "a wrong secret key": ("SignatureDoesNotMatch", 403, MISMATCH, CredentialsError, "not accepted", "sign in again"),
    "a wrong secret key, in JSON": (
        "InvalidSignatureException",
        400,
        MISMATCH,
        CredentialsError,
        "profile dev",
        "sign",
    ),
    "half a signature": (
        "IncompleteSignature",
        400,
        "must contain 'Credential'",
        CredentialsError,
        "not acc",
        "sign in",
    ),
    "half a signature, in JSON": (
        "IncompleteSignatureException",
        403,
        "x",
        CredentialsError,
        "not accepted",
        "sign in",
    ),
    "a clock that is slow": (
        "SignatureDoesNotMatch",
        403,
        EXPIRED,
        ClockError,
        "clock of this machine",
        "correct the clock",
    ),
    "a clock that is fast": (
        "SignatureDoesNotMatch",
        403,
        EARLY,
        ClockError,
        "clock of this machine",
        "correct the clock",
    ),
    "a slow clock, in JSON": ("InvalidSignatureException", 400, EXPIRED, ClockError, "clock of", "correct the clock"),
    "a fast clock, of mantle": (
        "invalid_api_key",
        401,
        EARLY,
        ClockError,
        "clock of this machine",
        "correct the clock",
    ),
    "expired": (
        "ExpiredToken",
        403,
        "The security token is expired",
        CredentialsError,
        "have expired",
        "sign in again",
    ),
    "a missing permission": ("AccessDenied", 403, MISSING, AccessDeniedError, "grant the action", "iam billing"),
    "Cost Explorer is off": ("AccessDeniedException", 400, OFF, NotEnabledError, "switch Cost Explorer on", "up to 24"),
}


def refusal(code: str, status: int, text: str) -> ServiceError:
    answer = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(ServiceError) as raised, translate_errors("asking", credentials="profile dev"):
        raise aws.ClientError(answer, "Ask")  # type: ignore[arg-type]  # the stubs demand all metadata
    return raised.value


@pytest.mark.parametrize(("code", "status", "text", "kind", "advice", "remedy"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_tells_whose_fault_it_is(
    code: str, status: int, text: str, kind: type[ServiceError], advice: str, remedy: str
) -> None:
    error = refusal(code, status, text)
    assert type(error) is kind
    assert advice in error.message
    finding = findings.finding_of_billing_refusal(error)
    assert remedy in finding.remedy
    assert ("grant" in f"{finding.result} {finding.remedy}") is (kind is AccessDeniedError)


def test_a_backfill_that_is_refused_is_not_a_quota_of_requests() -> None:
    error = refusal("BackfillLimitExceededException", 400, "A request to backfill is already in progress.")
    assert isinstance(error, ThrottledError)
    assert "one backfill in 24 hours" in error.message
    assert "quota" not in error.message


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ("environment variable AWS_ACCESS_KEY_ID", "AWS_PROFILE or AWS_DEFAULT_PROFILE names it"),
        ("the API key in AWS_BEARER_TOKEN_BEDROCK", "AWS_PROFILE or AWS_DEFAULT_PROFILE names it"),
        ("profile nope", "set the profile (credentials used: profile nope)"),
    ],
)
def test_a_profile_that_is_not_there_is_the_fault_of_what_names_it(credentials: str, words: str) -> None:
    with pytest.raises(CredentialsError) as raised, translate_errors("reading", credentials=credentials):
        raise aws.ProfileNotFound(profile="nope")
    assert words in raised.value.message
    assert ("AWS_ACCESS_KEY_ID" in raised.value.message) is False


@pytest.mark.parametrize("service", ["bedrock-mantle", "bedrock"])
@pytest.mark.parametrize(
    ("because", "advice"),
    [
        ("with an explicit deny in a service control policy", "a policy keeps all Bedrock API keys out"),
        ("because no identity-based policy allows it", "grant this action to the identity of the API key"),
    ],
)
def test_a_key_that_is_refused_has_nothing_to_do_with_regions_or_the_pipelines_policy(
    service: str, because: str, advice: str
) -> None:
    text = f"User: arn:aws:iam::1:user/x is not authorized to perform: {service}:CallWithBearerToken on * {because}"
    error = refusal("access_denied", 403, text)
    assert isinstance(error, ApiKeyDeniedError)
    assert advice in error.message
    assert "`auth: sigv4`" in error.message
    assert "RequestedRegion" not in error.message
    assert finding_of_refusal("identity", error).remedy.startswith("use `auth: sigv4`")
