"""The declared permissions: all that the clients send, and the policies that are made from them."""

import ast
import json
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

import pytest
from botocore import xform_name

import bedrock_projects.aws
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.aws.observing import SENT
from bedrock_projects.aws.session import open_session
from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.permissions import BEARER, CHANGES, OPERATIONS, PolicyName
from bedrock_projects.iam.policies import Place, allow
from tests.unit.command_line import HEAD, Done, inventory, run
from tests.unit.iam import actions_of, allows, denies

SOURCES = Path(bedrock_projects.aws.__file__).parent
PIPELINE = "arn:aws:iam::111111111111:role/pipeline"
BILLING_ROLE = "arn:aws:iam::999999999999:role/billing"
ARN = "arn:aws:bedrock-mantle:us-west-2:111111111111:project/proj_1"
NATIVE_ARN = "arn:aws:bedrock:us-west-2:111111111111:project/proj_1"
BOTH: dict[Endpoint, Sequence[str]] = {MANTLE: ["us-west-2"], RUNTIME: ["us-west-2"]}
TAGGED = HEAD.replace("Team: {}, CostCenter: {}", "Team: {required: true}, CostCenter: {required: true, enforce: warn}")
DEV = HEAD.replace("dev: {region: us-west-2", 'dev: {account: "111111111111", region: us-west-2')
MOVING = inventory("a: {name: A, environments: {dev: {region: eu-west-1, move_from: us-east-1}}}", head=DEV)


def texts(tree: ast.AST) -> Iterator[str]:
    """All texts, and the names of endpoints: what a client may be of."""
    endpoints = {"MANTLE": MANTLE.name, "RUNTIME": RUNTIME.name}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and node.id in endpoints:
            yield endpoints[node.id]


def sent_by_the_clients() -> set[str]:
    """What each source calls, of the services that it names: a method, or a paginator that is asked for."""
    session: Any = open_session(Credentials())
    available = set(session.get_available_services())
    sent = set()
    for file in SOURCES.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        words = {*texts(tree), *(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))}
        for service in available & {*texts(tree)}:
            model = session.client(service, region_name="us-east-1").meta.service_model
            sent |= {f"{service}:{name}" for name in model.operation_names if xform_name(name) in words}
    return sent


def test_each_operation_that_a_client_sends_is_declared_and_no_other() -> None:
    """An observer has its operations in a table, from which it makes the names of boto3's methods."""
    observed = {f"{service}:{name}" for service, names in SENT.items() for name in names}
    assert sent_by_the_clients() | observed == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_policy_allows_all_that_its_operations_take(operation: str) -> None:
    declared = OPERATIONS[operation]
    arn = NATIVE_ARN if declared.endpoint is RUNTIME else ARN
    resources = {"*": "*", "project": arn, "billing role": BILLING_ROLE}
    for name in declared.policies:
        policy = allow(name, Place(account="111111111111", regions=BOTH), billing_role=BILLING_ROLE)
        assert [need for need in declared.needs if not allows(policy, need.action, resources[need.on])] == []


@pytest.mark.parametrize("name", get_args(PolicyName))
def test_a_policy_names_no_action_that_none_of_its_operations_takes(name: PolicyName) -> None:
    taken = [(operation, need.action) for operation in OPERATIONS.values() for need in operation.needs]
    for endpoints in ([MANTLE], [RUNTIME], [MANTLE, RUNTIME]):
        place = Place(regions=dict.fromkeys(endpoints, ()))
        assert actions_of(allow(name, place, billing_role=BILLING_ROLE)) == {
            action
            for operation, action in taken
            if name in operation.policies and operation.endpoint in (None, *endpoints)
        }


def test_the_policy_for_costs_only_reads_cost_explorer_invoices_and_budgets() -> None:
    actions = actions_of(allow("costs", Place()))
    assert {action.partition(":")[0] for action in actions} == {"ce", "invoicing", "budgets"}
    assert {action.partition(":")[2][:3] for action in actions} == {"Get", "Lis", "Vie"}


def test_a_reviewer_changes_nothing() -> None:
    reading = actions_of(allow("review", Place(regions=BOTH)))
    assert not {action.partition(":")[2] for action in reading} & set(CHANGES)
    assert {action.partition(":")[2][:3] for action in reading} == {"Get", "Lis"}


@pytest.mark.parametrize("elsewhere", [ARN.replace("us-west-2", "eu-west-1"), ARN.replace("1" * 12, "2" * 12)])
def test_an_account_and_regions_shut_out_all_others(elsewhere: str) -> None:
    policy = allow("deploy", Place(account="111111111111", regions={MANTLE: ["us-west-2"]}))
    assert allows(policy, "bedrock-mantle:ArchiveProject", ARN)
    assert not allows(policy, "bedrock-mantle:ArchiveProject", elsewhere)


def test_the_partition_is_the_regions() -> None:
    [arn] = Place(account="111111111111", regions={MANTLE: ["us-gov-west-1"]}).project_arns(MANTLE)
    assert arn == "arn:aws-us-gov:bedrock-mantle:us-gov-west-1:111111111111:project/*"


@pytest.mark.parametrize(("options", "granted"), [((), False), (("--bearer",), True)])
def test_calls_with_a_bedrock_api_key_take_one_more(tmp_path: Path, options: tuple[str, ...], granted: bool) -> None:
    for command in ("deploy", "review"):
        policy = json.loads(run("iam", command, *options, folder=tmp_path).out)
        assert allows(policy, BEARER[MANTLE].action, "*") is granted


@pytest.mark.parametrize("name", ["deploy", "review", "billing", "costs"])
def test_each_policy_is_printed_by_the_command_of_its_name(tmp_path: Path, name: PolicyName) -> None:
    done = run("iam", name, folder=tmp_path)
    assert (done.code, done.err, json.loads(done.out)) == (0, "", allow(name, Place()))


def iam(folder: Path, *arguments: str, text: str = MOVING) -> Done:
    (folder / "projects.yaml").write_text(text)
    return run("iam", *arguments, folder=folder)


def projects_of(done: Done) -> list[str]:
    assert (done.code, done.err) == (0, "")
    [statement] = [candidate for candidate in json.loads(done.out)["Statement"] if candidate["Resource"] != ["*"]]
    return [":".join(arn.split(":")[3:5]) for arn in statement["Resource"]]


PLACES: dict[str, tuple[list[str], list[str]]] = {
    "nothing": ([], ["*:*"]),
    "an account": (["--account", "333333333333"], ["*:333333333333"]),
    "two regions": (["--region", "us-west-2", "--region", "eu-west-1"], ["eu-west-1:*", "us-west-2:*"]),
    "an environment": (
        ["--environment", "dev"],
        ["eu-west-1:111111111111", "us-east-1:111111111111", "us-west-2:111111111111"],
    ),
    "an environment and a region": (
        ["--environment", "dev", "--region", "us-west-2", "--account", "111111111111"],
        ["us-west-2:111111111111"],
    ),
}


@pytest.mark.parametrize("command", ["deploy", "review"])
def test_a_file_is_not_passed_over_nor_an_environment_guessed(tmp_path: Path, command: str) -> None:
    done = iam(tmp_path, command, "--inventory", "projects.yaml")
    assert (done.code, done.out) == (2, "")
    assert "give --environment too" in done.err
    done = iam(tmp_path, command, "--environment", "dve")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.endswith("'dve' in inventory 'acme'; did you mean 'dev'?\n")
    (tmp_path / "other.yaml").write_text(MOVING)
    (tmp_path / "projects.yaml").write_text("version: 2")
    assert run("iam", command, "--environment", "dev", "--inventory", "other.yaml", folder=tmp_path).code == 0


@pytest.mark.parametrize(("options", "expected"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("command", ["deploy", "review"])
def test_projects_are_those_of_the_account_and_all_regions_in_use(
    tmp_path: Path, command: str, options: list[str], expected: list[str]
) -> None:
    assert projects_of(iam(tmp_path, command, *options)) == expected


TWO_ENDPOINTS = inventory(
    "a: {name: A, environments: {dev: {endpoint: bedrock-runtime, region: eu-west-1}}}",
    "b: {name: B, environments: [dev]}",
    "c: {name: C, environments: {prod: {endpoint: bedrock-runtime, move_from_endpoint: bedrock-mantle}}}",
    "d: {name: D, environments: {test: {endpoint: bedrock-runtime}}}",
    head=DEV.replace("tag_keys:", "  test: {}\ntag_keys:"),
)
ENDPOINTS_USED: dict[str, set[str]] = {
    "dev": {"bedrock:eu-west-1:111111111111", "bedrock-mantle:us-west-2:111111111111"},
    "prod": {"bedrock:us-west-2:*", "bedrock-mantle:us-west-2:*"},
    "test": {"bedrock:*:*"},
}


@pytest.mark.parametrize(("environment", "places"), ENDPOINTS_USED.items(), ids=ENDPOINTS_USED)
@pytest.mark.parametrize("command", ["deploy", "review"])
def test_a_policy_is_for_the_endpoints_of_the_environment_each_in_its_own_regions(
    tmp_path: Path, command: str, environment: str, places: set[str]
) -> None:
    policy = json.loads(iam(tmp_path, command, "--environment", environment, "--bearer", text=TWO_ENDPOINTS).out)
    services = {place.partition(":")[0] for place in places}
    for statement in policy["Statement"]:
        for arn in statement["Resource"]:
            if arn != "*":
                _, _, service, region, account, _ = arn.split(":")
                assert f"{service}:{region}:{account}" in places
                assert {action.partition(":")[0] for action in statement["Action"]} == {service}
    prefixes = {action.partition(":")[0] for action in actions_of(policy)}
    assert prefixes & {"bedrock", "bedrock-mantle"} == services
    assert ("cloudwatch" in prefixes) is ("bedrock-mantle" in services)
    assert ("tag" in prefixes) is ("bedrock" in services)
    for service in services:
        assert allows(policy, f"{service}:CallWithBearerToken", "*")


CATALOGUE = {
    "version": 1,
    "inventory": "acme",
    "environments": {
        "dev": {
            "account": None,
            "region": None,
            "base_url": None,
            "projects": {
                key: {
                    "id": arn.rpartition("/")[2],
                    "arn": arn,
                    "name": key,
                    "region": "us-west-2",
                    "status": "active",
                    "base_url": url,
                    "endpoint": endpoint.name,
                }
                for key, arn, endpoint, url in (
                    ("old", ARN, MANTLE, MANTLE.base_url("us-west-2")),
                    ("new", NATIVE_ARN, RUNTIME, ""),
                )
            },
        }
    },
    "declared": {},
}
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
DEFAULT, NATIVE_DEFAULT = (arn.replace("proj_1", "default") for arn in (ARN, NATIVE_ARN))


@pytest.mark.parametrize("denying", [False, True])
@pytest.mark.parametrize("keys", [["old"], ["new"], ["new", "old", "new"]])
def test_an_application_may_use_its_projects_and_no_other(tmp_path: Path, keys: list[str], denying: bool) -> None:
    (tmp_path / "c.json").write_text(json.dumps(CATALOGUE))
    options = ["--environment", "dev", "--catalogue", "c.json", *(["--deny-default-project"] if denying else [])]
    done = run("iam", "application", *keys, *options, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    policy = json.loads(done.out)
    sids = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(sids)) == len(sids)
    cases = (("old", MANTLE, ARN, DEFAULT), ("new", RUNTIME, NATIVE_ARN, NATIVE_DEFAULT))
    for key, endpoint, arn, default in cases:
        for action in endpoint.inference_actions:
            assert allows(policy, action, arn) is (key in keys)
            assert not allows(policy, action, arn.replace("proj_1", "proj_2"))
            assert not allows(policy, action, default)
            denied = [
                pattern
                for statement in policy["Statement"]
                if statement["Effect"] == "Deny" and action in statement["Action"]
                for pattern in statement["Resource"]
            ]
            # Without a project at all: on either endpoint, and in any region.
            for region in ("us-west-2", "eu-west-1"):
                matching = [one for one in denied if fnmatchcase(default.replace("us-west-2", region), one)]
                assert len(matching) == int(denying)
            assert not any(fnmatchcase(arn, pattern) for pattern in denied)
    for action in RUNTIME.inference_actions:
        assert allows(policy, action, MODEL) is ("new" in keys)


def test_an_application_without_a_project_gets_no_policy(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(CATALOGUE))
    done = run("iam", "application", "nwe", "--environment", "dev", "--catalogue", "c.json", folder=tmp_path)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "did you mean 'new'?" in done.err


def test_the_guard_is_for_the_endpoints_of_the_inventory_and_leaves_other_tags_of_bedrock_alone(
    tmp_path: Path,
) -> None:
    done = iam(tmp_path, "guard", "--role-arn", PIPELINE, text=TWO_ENDPOINTS)
    policy = json.loads(done.out)
    for name in CHANGES:
        for prefix in ("bedrock", "bedrock-mantle"):
            assert denies(policy, f"{prefix}:{name}", principal=PIPELINE + "-2", tags=COMPLETE)
    resources = {
        tuple(statement["Action"]): statement["Resource"]
        for statement in policy["Statement"]
        if "bedrock:TagResource" in statement["Action"]
    }
    assert resources == {("bedrock:TagResource", "bedrock:UntagResource"): "arn:*:bedrock:*:*:project/*"}
    assert denies(policy, "bedrock:CreateProject", principal=PIPELINE, tags={})
    others = actions_of(json.loads(iam(tmp_path, "guard", "--role-arn", PIPELINE).out))
    assert {action.partition(":")[0] for action in others} == {"bedrock-mantle"}


REFUSED: dict[str, tuple[list[str], int, str]] = {
    "another account than the environment's": (
        ["deploy", "--environment", "dev", "--account", "222222222222"],
        1,
        "environment 'dev' is account 111111111111, not 222222222222",
    ),
    "no account": (["deploy", "--account", "1234"], 2, "12 digits"),
    "other digits": (["review", "--account", "١٢٣٤٥٦٧٨٩٠١٢"], 2, "12 digits"),
    "no account of a check": (["conformance", "read-only", "--account", "1234"], 2, "12 digits"),
    "an unknown environment": (["review", "--environment", "prd"], 1, "did you mean 'prod'?"),
    "a session instead of its role": (
        ["guard", "--role-arn", "arn:aws:sts::111111111111:assumed-role/pipeline/ci"],
        1,
        "a session of a role counts as its role",
    ),
    "no role at all": (["guard", "--role-arn", "*"], 1, "arn:aws:iam::<account>:role/<name>"),
    "no guard without a role": (["guard"], 2, "--role-arn"),
}


@pytest.mark.parametrize(("arguments", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_policy_is_refused_with_the_reason(
    tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    done = iam(tmp_path, *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


def test_a_billing_role_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="is not the ARN of a role"):
        allow("deploy", Place(), billing_role="billing")


COMPLETE = {"bedrock-project": "acme/dev/a", "Team": "Search"}
CALLS: dict[str, tuple[str, str, dict[str, str], bool]] = {
    "the pipeline creates with all tags": (PIPELINE, "CreateProject", COMPLETE, False),
    "the pipeline creates without a required tag": (PIPELINE, "CreateProject", {"bedrock-project": "x"}, True),
    "the pipeline creates without the ownership tag": (PIPELINE, "CreateProject", {"Team": "Search"}, True),
    "the pipeline archives": (PIPELINE, "ArchiveProject", {}, False),
    "the pipeline takes a tag off": (PIPELINE, "UntagResource", {}, False),
    "somebody creates": (PIPELINE + "-2", "CreateProject", COMPLETE, True),
    "somebody renames": ("arn:aws:iam::111111111111:user/somebody", "UpdateProject", {}, True),
    "somebody archives": ("arn:aws:iam::111111111111:user/somebody", "ArchiveProject", {}, True),
    "somebody tags": ("arn:aws:iam::111111111111:user/somebody", "TagResource", COMPLETE, True),
    "somebody uses a project": ("arn:aws:iam::111111111111:user/somebody", "CreateInference", {}, False),
    "somebody looks": ("arn:aws:iam::111111111111:user/somebody", "ListProjects", {}, False),
    "the pipeline of another account": (PIPELINE.replace("1" * 12, "2" * 12), "ArchiveProject", {}, True),
}


@pytest.mark.parametrize(("principal", "action", "tags", "denied"), CALLS.values(), ids=CALLS)
def test_the_guard_lets_the_pipeline_through_and_nobody_else(
    tmp_path: Path, principal: str, action: str, tags: dict[str, str], denied: bool
) -> None:
    done = iam(tmp_path, "guard", "--role-arn", PIPELINE, text=inventory(head=TAGGED))
    assert (done.code, done.err) == (0, "")
    policy = json.loads(done.out)
    assert denies(policy, f"bedrock-mantle:{action}", principal=principal, tags=tags) is denied
    assert "aws:RequestedRegion" not in done.out


def test_a_guard_that_is_too_long_for_organizations_says_so(tmp_path: Path) -> None:
    keys = ", ".join(f"Key{number}: {{required: true}}" for number in range(40))
    text = inventory(head=HEAD.replace("Team: {}, CostCenter: {}", keys))
    done = iam(tmp_path, "guard", "--role-arn", PIPELINE, text=text)
    assert (done.code, len(json.loads(done.out)["Statement"])) == (0, 42)
    assert "AWS Organizations takes 5120" in done.err
