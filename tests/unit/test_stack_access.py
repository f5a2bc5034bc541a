"""What a stack owns and which roles it assumes, by its settings and the inventory together."""

from pathlib import Path

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Billing, Environment, Inventory
from bedrock_projects.stacks.access import for_deploying, for_reading
from bedrock_projects.stacks.settings import Scope, Settings

DEPLOY, LOOK = ("arn:aws:iam::111111111111:role/deploy", "arn:aws:iam::111111111111:role/look")
PAY, READ_BILL = ("arn:aws:iam::999999999999:role/pay", "arn:aws:iam::999999999999:role/read")
OWN = "arn:aws:iam::999999999999:role/own"
SHOP = Environment(name="shop", role_arn=DEPLOY, preview_role_arn=LOOK)
CARE = Environment(name="care", role_arn=DEPLOY)
LAB = Environment(name="lab")
BILLING = Billing(account="999999999999", role_arn=PAY, preview_role_arn=READ_BILL)


def inventory(billing: Billing | None = None) -> Inventory:
    return Inventory(name="acme", environments={one.name: one for one in (SHOP, CARE, LAB)}, billing=billing)


def settings(environment: str, **others: object) -> Settings:
    return Settings(environment=environment, inventory=Path("projects.yaml"), **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("environment", "deploys_with", "reads_with"),
    [("shop", DEPLOY, LOOK), ("care", DEPLOY, DEPLOY), ("lab", None, None), ("", None, None)],
)
def test_a_run_assumes_the_role_of_its_environment_and_what_only_reads_the_one_for_previews(
    environment: str, deploys_with: str | None, reads_with: str | None
) -> None:
    given = settings(environment, profile="ci")
    deploying, reading = for_deploying(given, inventory()), for_reading(given, inventory())
    assert deploying.credentials == Credentials(profile="ci", role_arn=deploys_with)
    assert reading.credentials == Credentials(profile="ci", role_arn=reads_with)
    # Without `billing` a stack that owns all asks the Billing of its own account.
    assert deploying.billing_credentials == Credentials(profile="ci", role_arn=deploys_with)
    assert reading.billing_credentials == Credentials(profile="ci", role_arn=reads_with)


@pytest.mark.parametrize(
    ("environment", "written", "scope"),
    [
        ("shop", "all", "projects"),
        ("billing", "all", "billing"),
        ("shop", "billing", "billing"),
        ("shop", "projects", "projects"),
        ("billing", "projects", "projects"),
    ],
)
def test_an_inventory_with_billing_says_what_a_stack_owns_unless_its_settings_do(
    environment: str, written: Scope, scope: Scope
) -> None:
    given = settings(environment, scope=written)
    assert for_deploying(given, inventory(BILLING)).scope == scope
    assert for_reading(given, inventory(BILLING)).scope == scope
    assert for_deploying(given, inventory()).scope == written


@pytest.mark.parametrize(
    ("own", "deploys_with", "reads_with"),
    [
        ({}, Credentials(role_arn=PAY), Credentials(role_arn=READ_BILL)),
        ({"profile": "ci"}, Credentials("ci", role_arn=PAY), Credentials("ci", role_arn=READ_BILL)),
        ({"billing_role_arn": OWN}, Credentials(role_arn=OWN), Credentials(role_arn=OWN)),
        ({"billing_profile": "payer"}, Credentials("payer"), Credentials("payer")),
        (
            {"billing_profile": "payer", "billing_role_arn": OWN},
            Credentials("payer", role_arn=OWN),
            Credentials("payer", role_arn=OWN),
        ),
    ],
)
@pytest.mark.parametrize("environment", ["billing", "shop"])
def test_billing_is_reached_by_its_own_role_and_the_settings_of_the_stack_come_first(
    environment: str, own: dict[str, str], deploys_with: Credentials, reads_with: Credentials
) -> None:
    given = settings(environment, **own)
    assert for_deploying(given, inventory(BILLING)).billing_credentials == deploys_with
    assert for_reading(given, inventory(BILLING)).billing_credentials == reads_with
    assert for_deploying(given, inventory(BILLING)).default_billing_role == (None if own.keys() - {"profile"} else PAY)


def test_the_stack_of_billing_has_no_role_for_projects() -> None:
    assert for_deploying(settings("shop", scope="billing"), inventory(BILLING)).credentials == Credentials()


def test_a_role_that_an_api_key_would_have_to_assume_is_refused() -> None:
    given = settings("shop", auth="bearer")
    for complete in (for_deploying, for_reading):
        with pytest.raises(SettingsError, match=r"`auth: bearer` is set, but the role arn:.* no API key can"):
            complete(given, inventory())
    assert for_deploying(settings("lab", auth="bearer"), inventory()).credentials == Credentials(auth="bearer")
