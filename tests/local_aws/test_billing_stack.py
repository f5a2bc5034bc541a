"""What a stack of Billing refuses before it declares anything: another account's Billing, and projects in its state."""

from pathlib import Path

import pytest

from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.inventory import load
from bedrock_projects.preflight.billing_stack import check_billing_stack
from bedrock_projects.stacks.access import for_deploying
from bedrock_projects.stacks.settings import read_settings
from local_aws import LocalAws
from tests.local_aws.test_preflight_command import resource
from tests.pulumi_cli import PulumiStandIn, new_stack

PAYER, OTHER = "999999999999", "111111111111"
STACK = "organization/acme/billing"
INVENTORY = """\
version: 1
inventory: acme
billing: {account: "999999999999"}
environments: {dev: {account: "111111111111", region: us-west-2}}
defaults: {environments: [dev]}
projects:
  search: {name: Search}
"""


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PulumiStandIn:
    return new_stack(tmp_path, monkeypatch)


def check(folder: Path, *, account: str, aws: LocalAws, scope: str = "all") -> None:
    (folder / "projects.yaml").write_text(INVENTORY)
    contents = load(folder / "projects.yaml")
    written = read_settings({"acme:scope": scope}, project="acme", stack="billing")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws.environment(account).items():
            patch.setenv(name, value)
        check_billing_stack(for_deploying(written, contents), contents, written=written, stack=STACK)


def test_the_billing_of_another_account_is_refused(aws: LocalAws, tmp_path: Path, pulumi: PulumiStandIn) -> None:
    with pytest.raises(SettingsError, match=rf"^Billing \(`billing.account`\) is in account {PAYER}, but .* {OTHER}"):
        check(tmp_path, account=OTHER, aws=aws)
    assert pulumi.asked == []


def test_a_stack_that_holds_projects_is_not_for_billing_alone(
    aws: LocalAws, tmp_path: Path, pulumi: PulumiStandIn
) -> None:
    """The provider, which archives, reads what the stack says, and knows of no scope that comes from a name."""
    check(tmp_path, account=PAYER, aws=aws)
    pulumi.has([resource("search", "proj_1")])
    with pytest.raises(RefusedError, match=rf"^stack {STACK} has projects in its state \(search\), but with `billing`"):
        check(tmp_path, account=PAYER, aws=aws)
    check(tmp_path, account=PAYER, aws=aws, scope="billing")
    assert pulumi.asked == [f"stack export --stack {STACK} --non-interactive"] * 2, (
        "the provider refuses if the stack says so itself"
    )
