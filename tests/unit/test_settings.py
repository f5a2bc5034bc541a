"""The settings of a stack: exact, closed, and in agreement with the environment."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Environment
from bedrock_projects.stacks.settings import Settings, check_region, read_settings


def read(**own: str) -> Settings:
    return read_settings({f"shop:{key}": value for key, value in own.items()}, project="shop", stack="dev")


def test_an_empty_configuration_is_the_environment_of_the_stacks_name() -> None:
    assert read() == Settings(environment="dev", inventory=Path("projects.yaml"))


@pytest.mark.parametrize(
    "key",
    [
        "environment",
        "inventory",
        "scope",
        "auth",
        "preflight",
        "billingRoleArn",
        "billingProfile",
        "deactivateOnDestroy",
    ],
)
def test_an_empty_value_counts_as_unset(key: str) -> None:
    assert read(**{key: " "}) == read()


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("enviroment", "did you mean 'environment'?"),
        ("billingRoleARN", "did you mean 'billingRoleArn'?"),
        ("zzz", "known: "),
    ],
)
def test_an_unknown_setting_is_refused_with_the_likely_one(key: str, hint: str) -> None:
    with pytest.raises(SettingsError) as error:
        read(**{key: "x"})
    assert f"Pulumi.dev.yaml: unknown setting shop:{key}" in str(error.value)
    assert hint in str(error.value)


@pytest.mark.parametrize(
    ("key", "value"), [("scope", "everything"), ("auth", "basic"), ("preflight", "yes"), ("deactivateOnDestroy", "1")]
)
def test_a_value_out_of_range_names_the_allowed_ones(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"shop:{key} is '{value}'; it must be one of "):
        read(**{key: value})


def test_a_region_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"Pulumi\.dev\.yaml: aws:region 'us_west_2' is not a valid region"):
        read_settings({"aws:region": "us_west_2"}, project="shop", stack="dev")


@pytest.mark.parametrize("arn", ["notanarn", "arn:aws:iam::1:role/billing", "arn:aws:iam::111111111111:user/billing"])
def test_a_role_for_billing_that_is_none_is_refused(arn: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"Pulumi\.dev\.yaml: shop:billingRoleArn '{arn}' is not a valid role ARN; use arn:"
    ):
        read(billingRoleArn=arn)
    assert read(billingRoleArn="arn:aws:iam::111111111111:role/a/billing").billing_role_arn is not None


def test_settings_of_other_namespaces_are_none_of_ours() -> None:
    others = {"other:x": "y", "aws-native:region": "eu-west-1", "pulumi:tags": "{}", "pulumi-python:assumeRole": "y"}
    settings = read_settings({"aws:region": "eu-west-1", "aws:profile": "ops", **others}, project="shop", stack="dev")
    assert (settings.region, settings.profile) == ("eu-west-1", "ops")


def aws_settings() -> list[str]:
    """All settings of Pulumi's AWS provider, from its own package."""
    package = find_spec("pulumi_aws")
    assert package
    assert package.origin
    source = (Path(package.origin).parent / "config" / "vars.py").read_text("utf-8")
    return re.findall(r"__config__\.get(?:_\w+)?\('(\w+)'\)", source)


def test_every_setting_of_pulumis_aws_provider_but_two_is_refused() -> None:
    keys = set(aws_settings())
    assert keys > {"region", "profile", "assumeRoles", "defaultTags"}
    for key in sorted(keys - {"region", "profile"}):
        with pytest.raises(SettingsError, match=rf"^Pulumi\.dev\.yaml: aws:{key} has no effect on projects"):
            read_settings({f"aws:{key}": "x"}, project="shop", stack="dev")


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("assumeRole", "or give it to `Project`; the role for Billing alone is `billingRole"),
        ("assumeRoles", "write `role_arn` in the environment of the inventory"),
        ("defaultTags", "write `defaults: {tags: …}` in the inventory"),
        ("allowedAccountIds", "write `account` in the environment of the inventory"),
        ("accessKey", "set the variables of AWS, such as AWS_ACCESS_KEY_ID"),
        ("Region", "did you mean 'region'?"),
        ("s3UsePathStyle", "remove it"),
    ],
)
@pytest.mark.parametrize("value", ["x", ""])
def test_a_setting_of_aws_that_has_no_effect_says_what_to_do_instead(key: str, remedy: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({f"aws:{key}": value}, project="shop", stack="dev")
    assert str(error.value).startswith(f"Pulumi.dev.yaml: aws:{key} has no effect on projects, so it is refused; ")
    assert remedy in str(error.value)


@pytest.mark.parametrize(
    ("stack", "environment", "agrees"),
    [
        (None, "us-west-2", True),
        ("us-west-2", None, True),
        ("us-west-2", "us-west-2", True),
        ("eu-west-1", "us-west-2", False),
    ],
)
def test_the_region_of_the_stack_agrees_with_the_environments(
    stack: str | None, environment: str | None, agrees: bool
) -> None:
    settings = Settings(environment="dev", inventory=Path("projects.yaml"), region=stack)
    declared = Environment(name="dev", region=environment)
    if agrees:
        check_region(settings, declared)
    else:
        with pytest.raises(SettingsError, match=r"eu-west-1.*us-west-2"):
            check_region(settings, declared)
