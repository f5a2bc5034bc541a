"""The program on Pulumi's mocks: what it refuses is one message that says what to do, and nothing is sent to AWS.

`tests/engine/test_errors.py` has one refusal before AWS is asked and one after, on the real engine.
"""

import gc
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from bedrock_projects.pulumi import deploy
from local_aws import LocalAws
from tests.engine.inventories import CHAT, SEARCH, inventory
from tests.local_aws.mantle import ACCOUNT, REGION
from tests.unit.declared import Recorded
from tests.unit.sdk_loops import event_loops

OTHER = "333333333333"


def no_credentials(aws: LocalAws) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


def expired_token(aws: LocalAws) -> dict[str, str]:
    return {"AWS_SESSION_TOKEN": "expired"}


def no_endpoint(aws: LocalAws) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL_BEDROCK_MANTLE": "http://bedrock-mantle.us-west-1.invalid"}


def wrong_account(aws: LocalAws) -> dict[str, str]:
    return aws.environment(OTHER, region=REGION)


def unknown_setting(aws: LocalAws) -> dict[str, str]:
    return {"PULUMI_CONFIG": json.dumps({"bedrock-projects:enviroment": "dev"})}


CASES: dict[str, tuple[Callable[[LocalAws], dict[str, str]], list[str]]] = {
    "no credentials": (no_credentials, ["Unable to locate credentials", "sign in again"]),
    "expired token": (expired_token, ["expired", "AWS_ACCESS_KEY_ID"]),
    "a region without the endpoint": (no_endpoint, ["bedrock-mantle.us-west-1.invalid", "us-west-2"]),
    "wrong account": (wrong_account, [ACCOUNT, OTHER]),
    "unknown setting": (unknown_setting, ["enviroment", "did you mean 'environment'?"]),
}


@pytest.mark.parametrize(("variables", "words"), CASES.values(), ids=CASES)
def test_a_program_that_cannot_go_on_says_so_once_and_changes_nothing(
    aws: LocalAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variables: Callable[[LocalAws], dict[str, str]],
    words: list[str],
) -> None:
    (tmp_path / "projects.yaml").write_text(inventory({"search": SEARCH, "chat": CHAT}), "utf-8")
    monkeypatch.chdir(tmp_path)
    config = {"PULUMI_CONFIG": json.dumps({"bedrock-projects:scope": "projects"})}
    for name, value in {**aws.environment(ACCOUNT, region=REGION), **config, **variables(aws)}.items():
        monkeypatch.setenv(name, value)

    caplog.set_level(logging.CRITICAL, "asyncio")  # as the SDK does for a program

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK's
    def program() -> None:
        deploy()

    declared = Recorded()
    with event_loops():
        pulumi.runtime.set_mocks(declared, project="bedrock-projects", stack="dev")
        try:
            with pytest.raises(pulumi.RunError) as refused:
                program()
        finally:
            gc.enable()  # `deploy` turns it off for the program, which soon ends
            gc.collect()
    assert [word for word in words if word not in str(refused.value)] == []
    assert declared.names("Project") == []
    assert aws.projects(ACCOUNT, REGION)[1:] == []
