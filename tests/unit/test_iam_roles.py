"""What makes the roles of all accounts: who is trusted, what they may do, and whether the tools take the files."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hcl2
import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.runner import Runner

from bedrock_projects import inventory
from bedrock_projects.iam.policies import Place, allow
from bedrock_projects.iam.policies import place_of as place_of_environment
from tests.unit.command_line import run

INVENTORY = """\
version: 1
inventory: acme
environments:
  shop-dev: {account: "111111111111", region: us-west-2}
  shop-prod: {account: "222222222222", region: eu-west-1, endpoint: bedrock-runtime}
  care-prod: {account: "222222222222", region: us-west-2}
  lab:
    account: "444444444444"
    region: us-west-2
    role_arn: "arn:aws:iam::{account}:role/lab"
    preview_role_arn: "arn:aws:iam::{account}:role/lab-preview"
environment_groups: {pipeline: ["shop-*", care-prod]}
billing:
  account: "999999999999"
  role_arn: "arn:aws:iam::{account}:role/billing"
  preview_role_arn: "arn:aws:iam::{account}:role/billing-preview"
defaults:
  role_arn: "arn:aws:iam::{account}:role/ci/bedrock-projects"
  preview_role_arn: "arn:aws:iam::{account}:role/ci/bedrock-projects-preview"
projects:
  search: {name: Search, environments: [shop-dev, shop-prod, care-prod]}
"""
HUB = "arn:aws:iam::333333333333:role/ci"
LOOKING_HUB = "arn:aws:iam::333333333333:role/ci-preview"
GITHUB = "token.actions.githubusercontent.com"
TRUSTS: dict[str, list[str]] = {
    "github": ["--github", "acme/infra"],
    "gitlab": ["--gitlab", "acme/platform/infra"],
    "gitlab of one's own": ["--gitlab", "https://git.acme.example/acme/infra"],
    "a hub": ["--hub-role-arn", HUB],
    "two roles of a hub": ["--hub-role-arn", HUB, "--preview-hub-role-arn", LOOKING_HUB],
}
CHOSEN = ["--environment", "pipeline"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    return tmp_path


def template(folder: Path, *arguments: str) -> Any:
    done = run("iam", "roles", *arguments, folder=folder)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def module(folder: Path, *arguments: str) -> str:
    done = run("iam", "roles", "--format", "terraform", *arguments, folder=folder)
    assert (done.code, done.err) == (0, "")
    return done.out


def properties(template: Any, role: str) -> Any:
    return template["Resources"][role]["Properties"]


def trusting(template: Any, role: str) -> list[Any]:
    statements: list[Any] = properties(template, role)["AssumeRolePolicyDocument"]["Statement"]
    return statements


def as_of(account: str, value: Any) -> Any:
    """The value of a template as CloudFormation fills it in for an account."""
    if isinstance(value, dict) and value.keys() == {"Fn::Sub"}:
        return value["Fn::Sub"].replace("${AWS::AccountId}", account).replace("${AWS::Partition}", "aws")
    if isinstance(value, dict):
        return {key: as_of(account, part) for key, part in value.items()}
    return [as_of(account, part) for part in value] if isinstance(value, list) else value


# The names of these actions are inferred, as docs/iam.md says: cfn-lint has AWS's list, which lacks them.
INFERRED = re.compile(r"'(create|list|get|update|archive)projects?' is not one of \['")


LINTED = {
    **{name: (CHOSEN, trust) for name, trust in TRUSTS.items()},
    "billing": (["--billing"], TRUSTS["github"]),
    "one account": (["--environment", "lab"], TRUSTS["github"]),
}


@cache
def linter() -> Runner:
    """With all rules: to read them takes ten times as long as to check a template."""
    return Runner(ConfigMixIn(regions=["us-east-1"]))


@pytest.mark.parametrize(("chosen", "trust"), LINTED.values(), ids=LINTED)
def test_cloudformations_linter_takes_the_template(folder: Path, chosen: list[str], trust: list[str]) -> None:
    read, faults = decode_str(json.dumps(template(folder, *chosen, *trust)))
    assert faults == []
    found = [f"{match.rule.id} {match.message[:120]}" for match in linter().validate_template(read)]
    assert [line for line in found if not (line.startswith("W3037") and INFERRED.search(line))] == []
    assert bool(found) is (chosen == CHOSEN), "only a place on bedrock-runtime has actions that the list lacks"


@pytest.mark.parametrize(("chosen", "trust"), LINTED.values(), ids=LINTED)
def test_template_and_module_make_the_same_roles(folder: Path, chosen: list[str], trust: list[str]) -> None:
    """A parser of Terraform's language reads the module; `terraform validate` needs AWS's provider, and did not run."""
    made, text = template(folder, *chosen, *trust), module(folder, *chosen, *trust)
    read = hcl2.loads(text)
    roles = {name: one["Properties"] for name, one in made["Resources"].items() if one["Type"] == "AWS::IAM::Role"}
    resources = [pair for block in read["resource"] for pair in blocks(block, "aws_iam_role")]
    of_terraform = {unquoted(label): body for label, body in resources}
    assert {(role["RoleName"], role["Path"]) for role in roles.values()} == {
        (unquoted(body["name"]), unquoted(body["path"])) for body in of_terraform.values()
    }
    for role in roles.values():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert all(f'"{action}"' in text for action in statement["Action"])
                arns = [one["Fn::Sub"] if isinstance(one, dict) else one for one in statement["Resource"]]
                account = "${data.aws_caller_identity.current.account_id}"
                assert all(f'"{one.replace("${AWS::AccountId}", account)}"' in text for one in arns)


def blocks(resource: Any, kind: str) -> Iterator[tuple[str, Any]]:
    for name, labelled in resource.items():
        if unquoted(name) == kind:
            yield from labelled.items()


def unquoted(text: str) -> str:
    return text.strip('"')


def test_the_policies_are_those_of_the_other_commands(folder: Path) -> None:
    made = template(folder, *CHOSEN, *TRUSTS["github"])
    contents = inventory.load(folder / "projects.yaml")
    wide = Place(
        account="222222222222",
        regions={
            endpoint: sorted(regions)
            for name in ("shop-dev", "shop-prod")
            for endpoint, regions in place_of_environment(contents, name).regions.items()
        },
    )
    for role, policy in (("DeployRole", "deploy"), ("PreviewRole", "review")):
        [one] = as_of("222222222222", properties(made, role)["Policies"])
        assert one == {"PolicyName": policy, "PolicyDocument": allow(policy, wide)}  # type: ignore[arg-type]  # a name
    billing = template(folder, "--billing", *TRUSTS["a hub"])
    policies = properties(billing, "DeployRole")["Policies"]
    assert [one["PolicyDocument"] for one in policies] == [allow("billing", Place()), allow("costs", Place())]


def test_who_previews_billing_may_read_costs_and_list_the_accounts_that_accounts_reports(folder: Path) -> None:
    """`costs` and `accounts` assume `preview_role_arn` of `billing`."""
    made = template(folder, "--billing", *TRUSTS["github"])
    costs, accounts = [one["PolicyDocument"] for one in properties(made, "PreviewRole")["Policies"]]
    assert costs == allow("costs", Place())
    assert accounts["Statement"] == [
        {"Sid": "OnEverything", "Effect": "Allow", "Action": ["organizations:ListAccounts"], "Resource": ["*"]}
    ]


def test_a_job_of_github_assumes_the_role_of_its_environments_account_and_no_other(folder: Path) -> None:
    made = template(folder, *CHOSEN, *TRUSTS["github"])
    assert made["Mappings"]["Jobs"] == {
        "111111111111": {
            "DeployRole": ["repo:acme/infra:environment:shop-dev"],
            "PreviewRole": ["repo:acme/infra:environment:shop-dev-preview"],
        },
        "222222222222": {
            "DeployRole": [f"repo:acme/infra:environment:{name}" for name in ("care-prod", "shop-prod")],
            "PreviewRole": [f"repo:acme/infra:environment:{name}-preview" for name in ("care-prod", "shop-prod")],
        },
    }
    [deploy] = trusting(made, "DeployRole")
    assert deploy["Action"] == "sts:AssumeRoleWithWebIdentity"
    jobs = {"Fn::FindInMap": ["Jobs", {"Ref": "AWS::AccountId"}, "DeployRole"]}
    assert deploy["Condition"] == {
        "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{GITHUB}:sub": jobs},
    }
    preview, deployer = trusting(made, "PreviewRole")
    assert preview["Condition"]["StringLike"][f"{GITHUB}:sub"]["Fn::FindInMap"][2] == "PreviewRole"
    assert deployer == {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::GetAtt": ["DeployRole", "Arn"]}},
        "Action": "sts:AssumeRole",
    }, "an up begins with a preview"


@pytest.mark.parametrize(
    ("trust", "host", "path"),
    [("gitlab", "gitlab.com", "acme/platform/infra"), ("gitlab of one's own", "git.acme.example", "acme/infra")],
)
def test_on_gitlab_only_the_main_branch_deploys(folder: Path, trust: str, host: str, path: str) -> None:
    made = template(folder, *CHOSEN, *TRUSTS[trust])
    conditions = {role: trusting(made, role)[0]["Condition"] for role in ("DeployRole", "PreviewRole")}
    branches = {role: condition["StringLike"][f"{host}:sub"] for role, condition in conditions.items()}
    prefix = f"project_path:{path}:ref_type:branch:ref:"
    assert branches == {"DeployRole": [f"{prefix}main"], "PreviewRole": [f"{prefix}*"]}
    provider = made["Resources"]["IdentityProvider"]["Properties"]
    assert provider == {"Url": f"https://{host}", "ClientIdList": [f"https://{host}"]}


def test_of_a_hub_the_role_for_previews_deploys_nothing(folder: Path) -> None:
    made = template(folder, *CHOSEN, *TRUSTS["two roles of a hub"])
    admitted = {role: trusting(made, role)[0]["Principal"]["AWS"] for role in ("DeployRole", "PreviewRole")}
    assert admitted == {"DeployRole": [HUB], "PreviewRole": [HUB, LOOKING_HUB]}
    assert "IdentityProvider" not in made["Resources"]


def test_the_policy_of_a_hub_has_the_roles_of_all_accounts(folder: Path) -> None:
    def resources(*arguments: str) -> Any:
        [statement] = json.loads(run("iam", "hub", *arguments, folder=folder).out)["Statement"]
        assert statement["Action"] == ["sts:AssumeRole"]
        return [arn.removeprefix("arn:aws:iam::*:role/") for arn in statement["Resource"]]

    previews = ["billing-preview", "ci/bedrock-projects-preview", "lab-preview"]
    assert resources() == sorted(["billing", "ci/bedrock-projects", "lab", *previews]), "an up begins with a preview"
    assert resources("--preview") == previews


@pytest.mark.parametrize(
    ("whose", "role"), [("billing", "billing-preview"), ("care-prod", "ci/bedrock-projects-preview")]
)
def test_a_hub_for_previews_has_no_role_that_deploys(folder: Path, whose: str, role: str) -> None:
    """Such a role would not trust it: `iam roles` refuses to make one."""
    line = f'  preview_role_arn: "arn:aws:iam::{{account}}:role/{role}"\n'
    (folder / "projects.yaml").write_text(INVENTORY.replace(line, ""))
    done = run("iam", "hub", "--preview", folder=folder)
    assert (done.code, done.out) == (1, "")
    assert f"{whose!r} has no `preview_role_arn`, and its `role_arn` deploys; write one" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "give one of --github, --gitlab and --hub-role-arn"),
        (["--github", "a/b", "--gitlab", "a/b"], 2, "give one of --github, --gitlab and --hub-role-arn"),
        (["--github", "a/b", "--preview-hub-role-arn", HUB], 2, "--preview-hub-role-arn needs --hub-role-arn"),
        (["--github", "acme"], 1, "'acme' is not the path of a repository; write owner/name"),
        (["--gitlab", "https://git.acme.example"], 1, "'' is not the path of a repository"),
        (["--github", 'acme/in"fra'], 1, "is not the path of a repository"),
        (["--github", "acme/*"], 1, "is not the path of a repository"),
        (["--github", "a/b", "--billing", "--environment", "lab"], 2, "--billing has no environments"),
        (["--github", "a/b", "--environment", "nobody"], 1, "unknown environment 'nobody'"),
        (
            ["--github", "a/b"],
            1,
            "environments 'care-prod' and 'lab' have different roles to deploy with: ci/bedrock-projects and lab; give",
        ),
    ],
)
def test_what_cannot_be_made_is_one_message(folder: Path, arguments: list[str], code: int, says: str) -> None:
    done = run("iam", "roles", *arguments, folder=folder)
    assert (done.code, done.out) == (code, "")
    assert says in " ".join(re.sub("[│╭╮╰╯─]", " ", done.err).split())


def test_an_inventory_without_roles_says_where_to_write_one(tmp_path: Path) -> None:
    (tmp_path / "projects.yaml").write_text(
        'version: 1\ninventory: acme\nenvironments: {dev: {account: "111111111111"}}\nprojects: {}\n'
    )
    roles = run("iam", "roles", *TRUSTS["a hub"], folder=tmp_path)
    assert "environment 'dev' has no `role_arn`; write one in it or in `defaults`" in roles.err
    assert (
        "inventory 'acme' has no `billing`" in run("iam", "roles", "--billing", *TRUSTS["a hub"], folder=tmp_path).err
    )
    assert "has no `role_arn`; write one in `defaults`" in run("iam", "hub", folder=tmp_path).err


@pytest.mark.parametrize("trust", TRUSTS)
@pytest.mark.parametrize(
    ("name", "chosen"), [("shop-dev", CHOSEN), ("shop-dev", ["--environment", "care-prod"]), ("billing", ["--billing"])]
)
def test_the_previews_of_no_environment_run_as_a_deployment_of_another(
    folder: Path, trust: str, name: str, chosen: list[str]
) -> None:
    """A pull request runs its own code in the environment `shop-dev-preview`, which may not be one that deploys."""
    other = f'  {name}-preview: {{account: "111111111111", region: us-west-2}}\n'
    (folder / "projects.yaml").write_text(INVENTORY.replace("  care-prod: {", f"{other}  care-prod: {{"))
    done = run("iam", "roles", *chosen, *TRUSTS[trust], folder=folder)
    if trust.endswith("a hub"):
        assert "pull requests could deploy: pipelines" not in done.err, "a hub's roles are not of an environment"
        return
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"pull requests could deploy: pipelines preview environment '{name}' as '{name}-preview")


def test_billing_without_a_role_has_none_to_make(folder: Path) -> None:
    line = '  role_arn: "arn:aws:iam::{account}:role/billing"\n'
    (folder / "projects.yaml").write_text(INVENTORY.replace(line, ""))
    done = run("iam", "roles", "--billing", *TRUSTS["github"], folder=folder)
    assert (done.code, done.out, done.err) == (1, "", "'billing' has no `role_arn`; write one\n")


ONE_FOR_BOTH = {
    "the environments": (CHOSEN, '  preview_role_arn: "arn:aws:iam::{account}:role/ci/bedrock-projects-preview"\n'),
    "`billing`": (["--billing"], '  preview_role_arn: "arn:aws:iam::{account}:role/billing-preview"\n'),
}


@pytest.mark.parametrize("trust", TRUSTS)
@pytest.mark.parametrize("whose", ONE_FOR_BOTH)
def test_no_pull_request_may_assume_a_role_that_deploys(folder: Path, whose: str, trust: str) -> None:
    """A trust that tells previews apart needs two roles; a hub of one role has one for all."""
    chosen, line = ONE_FOR_BOTH[whose]
    (folder / "projects.yaml").write_text(INVENTORY.replace(line, ""))
    if trust == "a hub":
        made = template(folder, *chosen, *TRUSTS[trust])
        assert made["Resources"].keys() == {"DeployRole"}
        [statement] = trusting(made, "DeployRole")
        assert statement["Principal"]["AWS"] == [HUB]
        return
    done = run("iam", "roles", *chosen, *TRUSTS[trust], folder=folder)
    assert (done.code, done.out) == (1, "")
    where = "`billing`" if whose == "`billing`" else "`defaults`"
    assert f"pull requests could deploy: {whose} " in done.err
    assert f"write another one as `preview_role_arn` in {where}" in done.err


@pytest.mark.parametrize(
    ("accounts", "code", "says"),
    [
        (100, 0, ""),
        (200, 0, "above 51200 AWS takes it from a bucket: use `--template-url`"),
        (201, 1, "the jobs of at most 200 accounts, and here are 201; choose fewer with `--environment`"),
    ],
)
def test_a_template_that_is_too_large_says_what_to_do(tmp_path: Path, accounts: int, code: int, says: str) -> None:
    environment = '  an-environment-with-a-long-name-{0:03}: {{account: "{0:012}", region: us-west-2}}\n'
    names = "".join(map(environment.format, range(accounts)))
    (tmp_path / "projects.yaml").write_text(
        f"version: 1\ninventory: acme\nenvironments:\n{names}"
        'defaults: {role_arn: "arn:aws:iam::{account}:role/deploy", '
        'preview_role_arn: "arn:aws:iam::{account}:role/look"}\nprojects: {}\n'
    )
    done = run("iam", "roles", *TRUSTS["github"], folder=tmp_path)
    assert done.code == code
    assert says in done.err
    assert bool(done.err) is bool(says)
