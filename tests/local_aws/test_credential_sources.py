"""Where credentials come from, by the real botocore with real programs and files: a failure is one message, in time."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.aws.credential_sources import SECONDS, CheckedSession, source_of
from bedrock_projects.aws.credentials import Credentials, missing_files
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.aws.session import open_client, sts_config
from bedrock_projects.errors import (
    ClockError,
    CredentialsError,
    CredentialSourceError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)
from local_aws import LocalAws
from local_aws.accounts import LOCAL_SECRET
from local_aws.faults import Fault
from tests.local_aws.mantle import ACCOUNT
from tests.local_aws.scripted import ScriptedAnswer, scripted
from tests.patience import LIMIT

NOBODY = "http://127.0.0.1:9"
"""A port on which nothing answers."""
ROLE = "arn:aws:iam::222222222222:role/deploy"
SECRET = "a-secret-that-a-program-printed"
STATIC = f"aws_access_key_id = local-{ACCOUNT}\naws_secret_access_key = {LOCAL_SECRET}\n"
TOKEN = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token"}
PORTAL = f"sso_region = us-east-1\nsso_start_url = {NOBODY}/start\n"
SSO = "sso_account_id = 111111111111\nsso_role_name = deploy\n"
INVENTORY = """\
version: 1
inventory: acme
environments: {dev: {region: us-west-2}}
projects: {a: {name: A, environments: [dev]}}
"""
BY_HAND = "run that program by hand: it must end by itself and print credentials as JSON"


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOBODY)


class Machine:
    """The folder of AWS's settings, with the program `helper` in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.setenv = monkeypatch.setenv

    def settings(self, text: str) -> None:
        (self.folder / "config").write_text(text.replace("{folder}", str(self.folder)))
        self.setenv("AWS_CONFIG_FILE", str(self.folder / "config"))

    def helper(self, script: str) -> None:
        (self.folder / "helper").write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / "helper").chmod(0o755)

    def variables(self, **values: str) -> None:
        for name, value in values.items():
            self.setenv(name, value.replace("{folder}", str(self.folder)))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path, monkeypatch)
    made.settings("[profile dev]\ncredential_process = {folder}/helper\n")
    return made


def account(profile: str | None) -> str:
    """Whose the credentials are, by STS."""
    credentials = Credentials(profile=profile)
    sts = open_client("sts", credentials, region="us-east-1", config=sts_config())
    with translate_errors("asking STS", credentials=str(credentials)):
        return str(sts.get_caller_identity()["Account"])


def failure(profile: str | None) -> ServiceError:
    """What comes of asking with these credentials, in one line without a secret."""
    with pytest.raises(ServiceError) as raised:
        account(profile)
    assert "\n" not in str(raised.value)
    assert SECRET not in str(raised.value)
    return raised.value


def printed(**fields: object) -> str:
    """A script that prints credentials."""
    known = {"Version": 1, "AccessKeyId": f"local-{ACCOUNT}", "SecretAccessKey": LOCAL_SECRET}
    return f"echo '{json.dumps({**known, **fields})}'"


PROGRAMS: dict[str, tuple[str, str]] = {
    "prints no JSON": (f"echo {SECRET}", "its answer is not JSON"),
    "prints nothing": ("true", "its answer is not JSON"),
    "prints no text": (r"printf '\\377'", "its answer is not JSON"),
    "prints a list": (f"echo '[\"{SECRET}\"]'", "its answer is not credentials"),
    "prints a number for a key": (printed(AccessKeyId=7, SecretAccessKey=SECRET), "its answer is not credentials"),
    "prints no key": (printed(AccessKeyId=None), "its answer is not credentials"),
    "prints an empty key": (printed(SecretAccessKey=""), "its answer is not credentials"),
    "prints another version": (printed(Version=2), "Unsupported version '2'"),
    "prints a part": (f'echo \'{{"Version": 1, "SecretAccessKey": "{SECRET}"}}\'', "Missing required key"),
    "prints a day that is none": (printed(SessionToken="t", Expiration="soon"), "soon"),
    "prints a number for a day": (printed(SessionToken="t", Expiration=5), "its answer is not credentials"),
    "prints what has expired": (printed(SessionToken="t", Expiration="2020-01-01T00:00:00Z"), "still expired"),
    "fails": ("echo sign in first >&2; echo and again >&2; exit 3", ": sign in first and again; run"),
    "fails without a word": ("exit 3", ": it failed without a message; run"),
    "fails with a long text": ("yes | head -c 9000 >&2; exit 3", ": y y y"),
}


@pytest.mark.parametrize(("script", "words"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_that_does_not_give_credentials_is_named_with_what_it_did(
    machine: Machine, script: str, words: str
) -> None:
    machine.helper(script)
    error = failure("dev")
    assert type(error) is CredentialSourceError
    assert str(error).startswith("reading the AWS credentials from `credential_process` of profile dev: ")
    assert words in str(error)
    assert BY_HAND in str(error)
    assert len(str(error)) < 700


COMMANDS: dict[str, tuple[str, str]] = {
    "that is not there": ("/no/such/program", "/no/such/program: No such file or directory"),
    "that may not be run": ("{folder}/config", "/config: Permission denied"),
    "with a quote too many": ('{folder}/helper "x', "No closing quotation"),
}


@pytest.mark.parametrize(("command", "words"), COMMANDS.values(), ids=COMMANDS)
def test_a_program_that_cannot_be_started_is_named(machine: Machine, command: str, words: str) -> None:
    machine.settings(f"[profile dev]\ncredential_process = {command}\n")
    error = failure("dev")
    assert type(error) is CredentialSourceError
    assert words in error.message
    assert "`credential_process` of profile dev" in str(error)


Case = tuple[str, Mapping[str, str], str | None, str, str]
PROFILE = "[profile dev]\n"
ROLE_OF_OTHER = f"{PROFILE}role_arn = {ROLE}\nsource_profile = other\n"
SOURCES: dict[str, Case] = {
    "a source profile that is not there": (
        ROLE_OF_OTHER,
        {},
        "dev",
        "`role_arn` of profile dev",
        'source_profile "other"',
    ),
    "a source profile whose program fails": (
        f"{ROLE_OF_OTHER}[profile other]\ncredential_process = /bin/echo x\n",
        {},
        "dev",
        "`role_arn` of profile dev",
        "its answer is not JSON; correct profile dev, or sign in again with what its `source_profile`",
    ),
    "profiles in a circle": (
        f"{ROLE_OF_OTHER}[profile other]\nrole_arn = {ROLE}\nsource_profile = dev\n",
        {},
        "dev",
        "`role_arn` of profile dev",
        "Infinite loop",
    ),
    "a source that nobody knows": (
        f"{PROFILE}role_arn = {ROLE}\ncredential_source = Cloud\n",
        {},
        "dev",
        "`role_arn` of profile dev",
        '"Cloud" referenced in profile "dev" is not valid; correct profile dev',
    ),
    "a source that has none": (
        f"{PROFILE}role_arn = {ROLE}\ncredential_source = Environment\n",
        {"AWS_PROFILE": "dev"},
        None,
        "`role_arn` of profile dev (AWS_PROFILE)",
        "No credentials found in credential_source",
    ),
    "a role without a source": (
        f"{PROFILE}role_arn = {ROLE}\n",
        {},
        "dev",
        "`role_arn` of profile dev",
        "missing: source_profile or credential_source",
    ),
    "a token's file that is not there": (
        "",
        TOKEN,
        None,
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "/token: No such file or directory; AWS_WEB_IDENTITY_TOKEN_FILE must name a file that can be read",
    ),
    "a token's file that is a folder": (
        "",
        {**TOKEN, "AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}"},
        None,
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "Is a directory",
    ),
    "a token's file of a profile": (
        f"{PROFILE}role_arn = {ROLE}\nweb_identity_token_file = {{folder}}/token\n",
        TOKEN,
        "dev",
        "`web_identity_token_file` of profile dev",
        "/token: No such file or directory; `web_identity_token_file` of profile dev must name",
    ),
    "a token without a role": (
        "",
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token"},
        None,
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "no role ARN configured",
    ),
    "a sign-in that was never done": (
        f"{PROFILE}{SSO}sso_session = acme\n[sso-session acme]\n{PORTAL}",
        {},
        "dev",
        "profile dev",
        "Token for acme does not exist; run `aws sso login --profile dev`",
    ),
    "a sign-in of the former kind": (
        f"{PROFILE}{SSO}{PORTAL}",
        {"AWS_DEFAULT_PROFILE": "dev"},
        None,
        "profile dev (AWS_DEFAULT_PROFILE)",
        "run `aws sso login --profile dev`",
    ),
    "a sign-in of which half is missing": (
        f"{PROFILE}sso_account_id = 111111111111\n",
        {},
        "dev",
        "profile dev",
        "missing required configuration: sso_role_name, sso_start_url, sso_region; correct profile dev",
    ),
    "a console sign-in": (
        f"{PROFILE}login_session = arn:aws:iam::111111111111:user/x\n",
        {},
        "dev",
        "profile dev",
        "install it, or use another profile",
    ),
    "half of the variables": (
        "",
        {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"},
        None,
        "the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
        "missing: AWS_SECRET_ACCESS_KEY; set them anew, or unset all of them",
    ),
    "variables that have expired": (
        "",
        {
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": "t",
            "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
        },
        None,
        "the variables AWS_ACCESS_KEY_ID",
        "still expired; set them anew",
    ),
    "half of a profile's keys": (
        f"{PROFILE}aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
        {},
        "dev",
        "the AWS settings of profile dev",
        "missing: aws_secret_access_key; correct profile dev",
    ),
    "a number that is none": (
        "",
        {"AWS_METADATA_SERVICE_TIMEOUT": "soon"},
        None,
        "the AWS settings of profile default",
        "'soon'; correct profile default, or the variables that begin with AWS_",
    ),
    "a container's token file that is not there": (
        "",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": NOBODY, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{folder}/token"},
        None,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "/token: No such file or directory; correct AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION",
    ),
    "a container's endpoint elsewhere": (
        "",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"},
        None,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "Unsupported host '192.0.2.1'",
    ),
    "a container's endpoint that does not answer": (
        "",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": NOBODY},
        None,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "Could not connect to the endpoint",
    ),
    "an old file that is not there": (
        "",
        {"AWS_CREDENTIAL_FILE": "{folder}/old"},
        None,
        "AWS_CREDENTIAL_FILE",
        "/old) could not be found; unset it, or name a file that can be read",
    ),
}


@pytest.mark.parametrize(("text", "variables", "profile", "name", "words"), SOURCES.values(), ids=SOURCES)
def test_a_source_that_fails_is_named_with_its_remedy(
    machine: Machine,
    text: str,
    variables: Mapping[str, str],
    profile: str | None,
    name: str,
    words: str,
) -> None:
    machine.settings(text)
    machine.variables(**variables)
    error = failure(profile)
    assert type(error) is CredentialSourceError
    assert str(error).startswith(f"reading the AWS credentials from {name}")
    assert words in error.message


def test_each_source_of_botocore_has_a_name_and_remedies_without_gaps() -> None:
    chain: Any = CheckedSession(profile=None).get_component("credential_provider")
    methods = [provider.METHOD for provider in chain.providers]
    assert {"env", "sso", "login", "custom-process", "container-role", "iam-role"} <= set(methods)
    for method in [*methods, "a-source-of-tomorrow"]:
        source = source_of(method, profile=None, is_given=False, environment={})
        texts = [source.name, *source.remedies.values()]
        assert [text for text in texts if "{" in text or "None" in text] == []


def test_a_containers_endpoint_is_named_by_its_variable() -> None:
    name = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    assert source_of("container-role", profile=None, is_given=False, environment={name: "/x"}).name == name


def test_a_code_that_nobody_can_type_in_is_not_waited_for(machine: Machine) -> None:
    machine.settings(f"{ROLE_OF_OTHER}mfa_serial = arn:aws:iam::111111111111:mfa/x\n[profile other]\n{STATIC}")
    (machine.folder / "projects.yaml").write_text(INVENTORY)
    # Without a terminal: a session of its own, and nothing to read.
    machine.setenv("AWS_PROFILE", "dev")
    done = subprocess.run(
        [sys.executable, "-m", "bedrock_projects", "doctor", "--environment", "dev", "--format", "json"],
        cwd=machine.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=LIMIT,
        check=False,
    )
    [finding] = [finding for finding in json.loads(done.stdout) if finding["check"] == "identity"]
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert finding["result"] == (
        "reading the AWS credentials from `role_arn` of profile dev (AWS_PROFILE): it asks for an MFA code, and "
        "there is no terminal to type it in; use a profile without `mfa_serial`, with credentials that were made with "
        "the code"
    )
    assert finding["remedy"] == "correct this, then run this again"


def sts_error(code: str, message: str, status: int = 400) -> ScriptedAnswer:
    """A refusal of STS, in its own XML."""
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return ScriptedAnswer(body, status=status)


Refusal = tuple[str, str, type[ServiceError], str]
WEB: dict[str, Refusal] = {
    "another audience": (
        "InvalidIdentityToken",
        "Incorrect token audience",
        CredentialSourceError,
        "Incorrect token audience; take a token for the audience that the IAM identity provider lists",
    ),
    "an issuer that the account does not know": (
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for https://ci.example.com",
        CredentialSourceError,
        "needs an IAM identity provider for the issuer",
    ),
    "an old token": (
        "ExpiredTokenException",
        "Token expired: current date/time 1 must be before the expiration date/time 0",
        CredentialSourceError,
        "take a new token",
    ),
    "a trust policy": (
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        CredentialSourceError,
        "AssumeRoleWithWebIdentity; the trust policy of the role must admit the `sub` and `aud` of the token",
    ),
    "something else": (
        "ValidationError",
        "roleArn is malformed.",
        CredentialSourceError,
        "roleArn is malformed; correct AWS_WEB_IDENTITY_TOKEN_FILE and its role",
    ),
    "no reason": ("ValidationError", "", CredentialSourceError, "the service gave no reason; correct"),
    "a clock that is slow": (
        "SignatureDoesNotMatch",
        "Signature expired: 20260301T110000Z is now earlier than 20260301T120000Z",
        ClockError,
        "the clock of this machine is off",
    ),
}


@pytest.mark.parametrize(("code", "text", "kind", "words"), WEB.values(), ids=WEB)
def test_a_token_that_sts_refuses_has_the_remedy_for_its_cause(
    machine: Machine, code: str, text: str, kind: type[ServiceError], words: str
) -> None:
    machine.settings("")
    machine.variables(**TOKEN)
    (machine.folder / "token").write_text(SECRET)
    with scripted(sts_error(code, text)) as (url, asked):
        machine.setenv("AWS_ENDPOINT_URL", url)
        error = failure(None)
    assert type(error) is kind
    assert str(error).startswith("reading the AWS credentials from AWS_WEB_IDENTITY_TOKEN_FILE: ")
    assert words in error.message
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(kind="denied", action="sts:AssumeRole"), CredentialSourceError),
        (Fault(kind="throttled", operation="sts:*"), ThrottledError),
        (Fault(kind="server_error", operation="sts:*"), UnreachableError),
        (Fault(kind="reset_before", operation="sts:*"), UnreachableError),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_a_role_that_cannot_be_assumed_says_whether_that_is_for_good(
    aws: LocalAws, machine: Machine, fault: Fault, kind: type[ServiceError]
) -> None:
    machine.setenv("AWS_ENDPOINT_URL", aws.url)
    machine.settings(f"{ROLE_OF_OTHER}[profile other]\n{STATIC}")
    aws.faults([fault])
    error = failure("dev")
    assert type(error) is kind
    assert str(error).startswith("reading the AWS credentials from `role_arn` of profile dev: ")
    assert ("the trust policy of the role must admit" in error.message) is (kind is CredentialSourceError)


def test_nobody_answering_for_a_role_is_not_the_fault_of_the_profile(machine: Machine) -> None:
    machine.settings(f"{ROLE_OF_OTHER}[profile other]\n{STATIC}")
    assert type(failure("dev")) is UnreachableError


GOOD: dict[str, tuple[str, str]] = {
    "a program": ("credential_process = {folder}/helper\n", ACCOUNT),
    "a role": (f"role_arn = {ROLE}\nsource_profile = other\n[profile other]\n{STATIC}", "222222222222"),
    "a role of a program": (
        f"role_arn = {ROLE}\nsource_profile = other\n[profile other]\ncredential_process = {{folder}}/helper\n",
        "222222222222",
    ),
    "keys": (STATIC, ACCOUNT),
}


@pytest.mark.parametrize(("text", "whose"), GOOD.values(), ids=GOOD)
def test_credentials_that_are_good_are_used(aws: LocalAws, machine: Machine, text: str, whose: str) -> None:
    machine.setenv("AWS_ENDPOINT_URL", aws.url)
    machine.settings(PROFILE + text)
    machine.helper(printed())
    aws.add_role(ROLE)
    assert account("dev") == whose


def test_a_renewal_that_fails_in_the_middle_of_a_run_is_the_same_message(aws: LocalAws, machine: Machine) -> None:
    machine.setenv("AWS_ENDPOINT_URL", aws.url)
    soon = (datetime.now(timezone.utc) + timedelta(seconds=90)).isoformat()
    machine.helper(f"echo >> {machine.folder}/starts; {printed(SessionToken='expired', Expiration=soon)}")
    api = open_projects_api(Credentials(profile="dev"), RegionalEndpoint("us-west-2"))
    machine.helper(f"echo {SECRET}")
    with pytest.raises(CredentialSourceError, match="`credential_process` of profile dev: its answer is not JSON"):
        api.get("proj_1")
    assert aws.requests() == []


def test_a_program_that_hangs_is_waited_for_once(machine: Machine) -> None:
    machine.helper(f"echo $$ >> {machine.folder}/starts; exec sleep 600")
    session = CheckedSession(profile="dev", seconds=1)
    try:
        for _ in range(3):
            with pytest.raises(CredentialSourceError, match=f"no answer within 1 seconds; {BY_HAND}"):
                session.get_credentials()
        assert len((machine.folder / "starts").read_text().split()) == 1
    finally:
        for process in (machine.folder / "starts").read_text().split():
            os.kill(int(process), signal.SIGKILL)


def test_nothing_that_gives_credentials_is_waited_for_a_minute() -> None:
    config: Any = sts_config()
    attempts = config.retries["total_max_attempts"]
    pauses = sum(2.0**attempt for attempt in range(attempts - 1))
    assert attempts * max(config.connect_timeout, config.read_timeout) + pauses < 60
    assert SECONDS < 60


@pytest.mark.parametrize("name", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
@pytest.mark.parametrize("profile", ["dev", None])
def test_a_file_of_settings_that_is_not_there_is_named(machine: Machine, name: str, profile: str | None) -> None:
    machine.settings("")
    machine.variables(**{name: "{folder}/nowhere"})
    error = failure(profile)
    assert type(error) is CredentialsError
    assert f"{name} names {machine.folder}/nowhere, which is not a file" in error.message


def test_a_file_that_is_there_is_not_called_missing(tmp_path: Path) -> None:
    (tmp_path / "config").touch()
    assert missing_files({"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": ""}) == ""


@pytest.mark.parametrize("content", [b"nonsense [[\n", b"[profile dev]\n\xff\xfe = 1\n"])
def test_a_file_of_settings_that_cannot_be_read_is_named(machine: Machine, content: bytes) -> None:
    (machine.folder / "config").write_bytes(content)
    error = failure("dev")
    assert type(error) is CredentialSourceError
    assert f"Unable to parse config file: {machine.folder}/config; correct it" in error.message


def test_a_billing_role_does_not_need_the_profile_that_the_environment_names(aws: LocalAws, machine: Machine) -> None:
    machine.setenv("AWS_ENDPOINT_URL", aws.url)
    machine.settings(PROFILE + STATIC)
    machine.setenv("AWS_PROFILE", "nobody")
    aws.add_role(ROLE)
    credentials = Credentials(profile="dev", role_arn=ROLE)
    sts = open_client("sts", credentials, region="us-east-1", config=sts_config())
    assert sts.get_caller_identity()["Account"] == "222222222222"
