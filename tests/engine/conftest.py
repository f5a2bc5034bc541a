"""The local AWS and stacks of the program for the engine tests."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import boto3
import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.session import open_session
from local_aws import LocalAws, running
from local_aws.accounts import LOCAL_SECRET
from local_aws.faults import Fault
from tests.engine.harness import Stack
from tests.engine.inventories import CHAT, SEARCH, inventory
from tests.engine.vault import vault
from tests.patience import LIMIT

DEV = "111111111111"
PAYER = "999999999999"
ACCOUNTS = {"dev": DEV, "prod": "222222222222"}
_WRITES = ("CreateProject", "UpdateProject", "ArchiveProject")


class Cloud:
    """The AWS of a test: what the service did, and what somebody does behind Pulumi's back."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.url = aws.url

    def credentials(self, account: str) -> dict[str, str]:
        """Environment variables with the credentials of an account."""
        return {"AWS_ACCESS_KEY_ID": f"local-{account}", "AWS_SECRET_ACCESS_KEY": LOCAL_SECRET}

    def changes(self) -> list[tuple[str, dict[str, Any]]]:
        """The writing requests to the Projects API, creates by name: operation and body."""
        changes = []
        for request in self.aws.requests("bedrock-mantle:*"):
            operation = request.operation.partition(":")[2] or request.operation
            if operation in _WRITES:
                changes.append((operation, request.body or {}))
        creates = sorted(
            (change for change in changes if change[0] == "CreateProject"), key=lambda change: str(change[1]["name"])
        )
        return creates + [change for change in changes if change[0] != "CreateProject"]

    def forget_requests(self) -> None:
        self.aws.clear_requests()

    def active(self, account: str, *, region: str = "us-west-2") -> list[dict[str, Any]]:
        """The active projects but `default`, as the service has them."""
        projects = self.aws.projects(account, region)
        return [vars(project) for project in projects if project.active and project.id != "default"]

    def client(self, account: str, region: str = "us-west-2") -> Any:
        """Somebody else's client of the Projects API."""
        session = open_session(Credentials())
        return session.client(
            "bedrock-mantle",  # type: ignore[call-overload]  # a service that the stubs of boto3 do not know
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=f"local-{account}",
            aws_secret_access_key=LOCAL_SECRET,
        )

    def create(self, account: str, name: str, *, tags: Mapping[str, str] | None = None) -> str:
        """Somebody makes a project with a script; its id."""
        project_id = str(self.client(account).create_project(name=name, tags=dict(tags or {}))["id"])
        self.forget_requests()
        return project_id

    def update(self, account: str, project_id: str, change: Mapping[str, Any]) -> None:
        self.client(account).update_project(project_id=project_id, **change)

    def archive(self, account: str, project_id: str) -> None:
        self.client(account).archive_project(project_id=project_id)

    def role(self, account: str, name: str) -> str:
        """A role of the account that anybody may assume; its ARN."""
        iam = self._boto3("iam", account)
        return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"])

    def cost_allocation_tags(self, account: str) -> list[dict[str, Any]]:
        """What Billing lists, AWS's own keys too."""
        tags = list(self._boto3("ce", account).list_cost_allocation_tags()["CostAllocationTags"])
        self.forget_requests()
        return tags

    def _boto3(self, service: Literal["iam", "ce"], account: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=f"local-{account}",
            aws_secret_access_key=LOCAL_SECRET,
        )

    def faults(self, *faults: Fault) -> None:
        self.aws.faults(faults)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Waits for something that another process does; fails the test when it never does."""
        deadline = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)


class MakeStack(Protocol):
    """Makes a stack of the program on a backend of its own, with the account of its environment."""

    def __call__(self, inventory: str, *, environment: str = "dev") -> Stack: ...


def own_tags(key: str) -> dict[str, str]:
    """The tags by which the stack dev knows the project of an entry."""
    return {"bedrock-project": f"acme/dev/{key}", "bedrock-project-stack": "organization/bedrock-projects/dev"}


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    with running() as aws:
        yield aws


@pytest.fixture(scope="session")
def secrets() -> Iterator[str]:
    """The URL of a Vault for the secrets of all stacks."""
    with vault() as url:
        yield url


@pytest.fixture
def cloud(local_aws: LocalAws) -> Cloud:
    local_aws.reset()
    return Cloud(local_aws)


@pytest.fixture(scope="session")
def kept_backends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backends")


@pytest.fixture
def deployed(cloud: Cloud, make_stack: MakeStack, kept_backends: Path) -> Stack:
    """A stack with the projects search and chat, as an up leaves it; only the first test of a process runs one."""
    cloud.aws.reset(seed=1)
    cloud.create(DEV, "Search-Dev", tags={"Team": "Search", "CostCenter": "CC-1", **own_tags("search")})
    cloud.create(DEV, "Chat-Dev", tags={"Team": "Care", **own_tags("chat")})
    stack = make_stack(inventory({"search": SEARCH, "chat": CHAT}))
    kept = kept_backends / "deployed"
    if kept.exists():
        stack.restore_backend(kept)
    else:
        stack.up().succeeded()
        assert cloud.changes() == []
        assert cloud.aws.requests("ce:*") == [], "with `scope: projects` Billing is not asked"
        stack.save_backend(kept)
    return stack


@pytest.fixture
def make_stack(cloud: Cloud, tmp_path: Path, secrets: str) -> MakeStack:
    def make(inventory: str, *, environment: str = "dev") -> Stack:
        keys = cloud.credentials(ACCOUNTS[environment])
        stack = Stack(tmp_path / environment, cloud.url, name=environment, environment=keys, vault=secrets)
        stack.config["bedrock-projects:scope"] = "projects"
        stack.write_inventory(inventory)
        return stack

    return make
