"""Least privilege and credentials on the real engine: what a whole life takes, and where no secret may turn up."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.iam.policies import Place, allow
from local_aws.accounts import LOCAL_SECRET
from tests.engine.conftest import DEV, PAYER, Cloud, MakeStack
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory
from tests.unit.command_line import start
from tests.unit.iam import actions_of, allows

BEFORE = {
    "search": SEARCH,
    "chat": CHAT,
    "moved": "{name: Moved, tags: {Team: Data}}",
    "retired": "{name: Retired, tags: {Team: Data}}",
    "released": "{name: Released, tags: {Team: Data}}",
}
AFTER = {
    "search": "{name: Search, tags: {Team: Data}}",
    "chat": "{name: Talk, tags: {Team: Care}}",
    "moved": "{name: Moved, region: eu-west-1, move_from: us-west-2, tags: {Team: Data}}",
    "retired": "{name: Retired, status: archived, tags: {Team: Data}}",
    "released": "{name: Released, status: released, tags: {Team: Data}}",
}
PLACE = Place(account=DEV, regions={MANTLE: ["us-west-2", "eu-west-1"]})
# Everything that the engine, the program and the provider can be made to say.
TALKATIVE = ("--logtostderr", "--logflow", "-v=9")
SECRET, TOKEN, API_KEY = "canary-secret-key", "canary-session-token", "canary-bedrock-api-key"
ACCESS_KEY = "ASIAIOSFODNN7EXAMPLE"


@pytest.fixture
def stack(cloud: Cloud, make_stack: MakeStack) -> Stack:
    """A stack of a linked account, which uses Billing with a role of the management account."""
    stack = make_stack(inventory(BEFORE))
    cloud.aws.organization(management=PAYER, members=[DEV])
    role = cloud.role(PAYER, "billing")
    stack.config |= {
        "bedrock-projects:scope": "all",
        "bedrock-projects:billingRoleArn": role,
        "bedrock-projects:deactivateOnDestroy": "true",
    }
    cloud.forget_requests()
    return stack


def permissions_taken(cloud: Cloud, account: str) -> set[tuple[str, str]]:
    """The permissions, action and resource, that the requests of the account took since the last look."""
    return {(action, on) for request in cloud.aws.requests(account=account) for action, on in request.permissions}


def command_line(cloud: Cloud, account: str, folder: Path, *arguments: str) -> None:
    environment = {**cloud.credentials(account), "AWS_ENDPOINT_URL": cloud.url, "AWS_SESSION_TOKEN": ""}
    done = start(*arguments, folder=folder, environment=environment)
    assert "Traceback" not in done.err


def test_the_policies_hold_what_a_whole_life_a_review_and_the_doctor_take_and_nothing_else(
    cloud: Cloud, stack: Stack
) -> None:
    stack.write_inventory(inventory({**BEFORE, "gone": "{name: Gone, environments: [dev]}"}))
    stack.up().succeeded()
    for project in stack.outputs()["projects"].values():
        cloud.aws.usage(project["id"])
    cloud.aws.advance(days=1)
    deploying, paying = permissions_taken(cloud, DEV), permissions_taken(cloud, PAYER)

    stack.config["bedrock-projects:scope"] = "projects"
    stack.write_inventory(inventory(BEFORE))
    cloud.forget_requests()
    assert "whether they had requests" not in "".join(stack.preview().succeeded().warnings)
    command_line(cloud, DEV, stack.program, "doctor", "--stack", "dev")
    # What doctor asks the other endpoint is optional: if it is refused, that line is `unknown`.
    reviewing = {taken for taken in permissions_taken(cloud, DEV) if taken[0] != RUNTIME.action("GetProject")}
    review = allow("review", PLACE)
    assert [permission for permission in reviewing if not allows(review, *permission)] == []
    assert {action for action, _ in reviewing} == actions_of(review)

    stack.config["bedrock-projects:scope"] = "all"
    stack.write_inventory(inventory(AFTER))
    cloud.forget_requests()
    changes = stack.up().succeeded().changes
    assert (changes.pop("moved"), changes.pop("gone")) == ("replace", "delete")
    assert changes == dict.fromkeys(("search", "chat", "retired", "released", "tags"), "update")
    stack.refresh().succeeded()
    stack.destroy().succeeded()
    deploying |= permissions_taken(cloud, DEV)
    paying |= permissions_taken(cloud, PAYER)

    deploy = allow("deploy", PLACE, billing_role=stack.config["bedrock-projects:billingRoleArn"])
    # The local AWS does not tell which role was assumed.
    assert [
        permission for permission in deploying if permission[0] != "sts:AssumeRole" and not allows(deploy, *permission)
    ] == []
    assert {action for action, _ in deploying} == actions_of(deploy)

    cloud.forget_requests()
    first_of_the_month = date.today().replace(day=1).isoformat()
    for arguments in (["--from", first_of_the_month, "--yes"], ["--status"]):
        command_line(cloud, PAYER, stack.program, "backfill", *arguments)
    paying |= permissions_taken(cloud, PAYER)
    billing = allow("billing", Place())
    assert [permission for permission in paying if not allows(billing, *permission)] == []
    # `accounts` lists those of the organisation; no stack does.
    assert {action for action, _ in paying} == actions_of(billing) - {"organizations:ListAccounts"}


def places_of(words: tuple[str, ...], *, below: Path) -> Iterator[tuple[str, str]]:
    """Which of the words are in which file: the backend, Pulumi's home, all that was printed or logged."""
    for file in below.rglob("*"):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            yield from ((word, file.name) for word in words if word.encode() in content)


def test_no_credential_is_in_the_state_the_outputs_or_the_logs(cloud: Cloud, stack: Stack, tmp_path: Path) -> None:
    cloud.aws.add_key(ACCESS_KEY, secret_key=SECRET, session_token=TOKEN, account=DEV)
    cloud.aws.add_bearer_key(API_KEY, account=DEV, region="us-west-2")
    stack.environment |= {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
        "AWS_BEARER_TOKEN_BEDROCK": API_KEY,
    }
    stack.up(*TALKATIVE).succeeded()
    stack.config["bedrock-projects:auth"] = "bearer"
    stack.write_inventory(inventory({**BEFORE, "chat": AFTER["chat"]}))
    assert stack.up(*TALKATIVE).succeeded().changes["chat"] == "update"
    stack.pulumi("stack export", "--show-secrets").succeeded()
    assert all(isinstance(resource["inputs"]["__provider"], str) for resource in stack.resources().values())
    # What is not a secret is found where a secret would be: in the state, in what was shown, in the log.
    places = {file for _, file in places_of(("acme/dev/search",), below=tmp_path)}
    assert places >= {"dev.json", "events", "stdout", "stderr"}
    assert list(places_of((SECRET, TOKEN, API_KEY, LOCAL_SECRET), below=tmp_path)) == []
