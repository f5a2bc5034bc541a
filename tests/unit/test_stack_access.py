"""What a stack owns and which roles it assumes, by its settings and the inventory together."""

from pathlib import Path

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Billing, Environment, Inventory
from bedrock_projects.stacks.access import chosen_settings, for_deploying, for_reading, settings_of_stack
from bedrock_projects.stacks.outputs import stack_of
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


INVENTORY = """\
version: 1
inventory: acme
billing: {account: "999999999999"}
environments: {shop: {}, care: {}, lab: {}}
projects: {chat: {name: Chat, environments: [shop]}}
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a program with an inventory; the stack `care` has a file, and `trial`, which is of `lab`."""
    (tmp_path / "Pulumi.yaml").write_text("name: acme\nconfig: {scope: {default: projects}}\n", "utf-8")
    (tmp_path / "projects.yaml").write_text(INVENTORY, "utf-8")
    (tmp_path / "Pulumi.care.yaml").write_text("config: {acme:auth: bearer}\n", "utf-8")
    (tmp_path / "Pulumi.trial.yaml").write_text("config: {acme:environment: lab}\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("stack", "environment", "auth"),
    [
        ("care", "care", "bearer"),
        ("trial", "lab", "sigv4"),
        ("shop", "shop", "sigv4"),
        ("org/acme/shop", "shop", "sigv4"),
    ],
)
def test_a_stack_of_run_needs_no_file(stack: str, environment: str, auth: str) -> None:
    for read in (settings_of_stack(stack), chosen_settings(stack)):
        assert (read.environment, read.auth, read.scope) == (environment, auth, "projects")
        assert read.inventory == Path("projects.yaml")


@pytest.mark.usefixtures("program")
def test_the_stack_of_billing_needs_no_file_if_the_inventory_has_billing(program: Path) -> None:
    assert settings_of_stack("billing").environment == "billing"
    (program / "projects.yaml").write_text(INVENTORY.replace("billing:", "# "), "utf-8")
    with pytest.raises(SettingsError, match=r"^Pulumi\.billing\.yaml does not exist; "):
        settings_of_stack("billing")


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(("stack", "meant"), [("shp", "shop"), ("triall", "trial")])
def test_an_unknown_stack_gets_the_name_that_is_meant(stack: str, meant: str) -> None:
    message = rf"^Pulumi\.{stack}\.yaml does not exist; did you mean '{meant}'\? Create a new stack with"
    with pytest.raises(SettingsError, match=message):
        settings_of_stack(stack)


def test_a_file_that_is_named_and_missing_is_not_made_up(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDROCK_PROJECTS_STACK_FILE", str(program / "gone.yaml"))
    with pytest.raises(SettingsError, match=r"gone\.yaml does not exist"):
        chosen_settings("shop")


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(("environment", "stack"), [("care", "care"), ("lab", "trial"), ("shop", "shop")])
def test_an_environment_is_deployed_by_the_stack_of_a_file_else_by_that_of_run(environment: str, stack: str) -> None:
    assert stack_of(environment) == stack


@pytest.mark.usefixtures("program")
def test_an_environment_that_nothing_deploys_gets_the_name_that_is_meant() -> None:
    with pytest.raises(
        SettingsError, match=r"^no stack in this folder deploys environment 'shp': did you mean 'shop'\?"
    ):
        stack_of("shp")


def test_without_a_program_the_message_says_where_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        SettingsError, match=r"; run this in the folder of the Pulumi program, or give `--catalogue FILE`$"
    ):
        stack_of("shop")
