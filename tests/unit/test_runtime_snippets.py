"""The snippets for a project of `bedrock-runtime`, and that no client is given a project of another endpoint."""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.session import Session

from bedrock_projects.attribution.runtime_snippets import RUNTIME_SNIPPETS
from bedrock_projects.attribution.snippets import PROJECT_ID, REGION, SNIPPETS, Use
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint
from bedrock_projects.errors import SettingsError
from bedrock_projects.model_ids import is_claude, is_target_of_projects
from tests.unit.command_line import Done, run

USE = Use(key="search", environment="dev", project_id="proj_5ht6vmk4cnu6yfmc345k", region="us-west-2", base_url="")
PROGRAMS = ("boto3", "aws-sdk-typescript")
ARN = "arn:aws:bedrock:us-west-2:111111111111"
TARGETS = (
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.amazon.nova-lite-v1:0",
    "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0",
    f"{ARN}:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0",
)
OTHERS = (
    f"{ARN}:application-inference-profile/abcdefghijkl",
    f"{ARN}:custom-model-deployment/abcdefghijkl",
    f"{ARN}:provisioned-model/abcdefghijkl",
    f"{ARN}:default-prompt-router/anthropic.claude:1",
    "arn:aws:sagemaker:us-west-2:111111111111:endpoint/foundation-model/x",
)


def catalogue(folder: Path, endpoint: Endpoint) -> None:
    """One project, of that endpoint."""
    region = "us-west-2"
    project = {
        "id": USE.project_id,
        "arn": endpoint.project_arns(region, "1" * 12).replace("*", USE.project_id),
        "name": "Search",
        "region": region,
        "status": "active",
        "base_url": endpoint.base_url(region),
        "endpoint": endpoint.name,
    }
    place = {"account": None, "region": region, "base_url": None, "projects": {"search": project}}
    written = {"version": 1, "inventory": "acme", "environments": {"dev": place}, "declared": {}}
    (folder / "c.json").write_text(json.dumps(written))


def use(folder: Path, *options: str) -> Done:
    return run("use", "search", "--environment", "dev", "--catalogue", "c.json", *options, folder=folder)


@pytest.mark.parametrize(
    ("endpoint", "snippets"), [(MANTLE, SNIPPETS), (RUNTIME, RUNTIME_SNIPPETS)], ids=["mantle", "runtime"]
)
def test_a_client_of_another_endpoint_is_refused_with_those_that_fit(
    tmp_path: Path, endpoint: Endpoint, snippets: Sequence[str]
) -> None:
    catalogue(tmp_path, endpoint)
    others = {*SNIPPETS, *RUNTIME_SNIPPETS} - {*snippets}
    assert len(others) > 1
    for client in others:
        done = use(tmp_path, "--client", client)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert f"'search' in 'dev' is a project of {endpoint}, which `--client {client}` does not reach" in done.err
        assert re.split(r", | or ", done.err.rpartition("use `--client` ")[2].strip()) == [*snippets]
    for client in snippets:
        assert use(tmp_path, "--client", client).code == 0


@pytest.mark.parametrize(("endpoint", "client"), [(MANTLE, "openai"), (RUNTIME, "boto3")], ids=str)
def test_without_a_client_the_snippet_is_for_the_projects_endpoint(
    tmp_path: Path, endpoint: Endpoint, client: str
) -> None:
    catalogue(tmp_path, endpoint)
    done = use(tmp_path)
    assert (done.code, done.err, done.out) == (0, "", use(tmp_path, "--client", client).out)


@pytest.mark.parametrize("client", PROGRAMS)
def test_a_program_reads_project_and_region_from_the_environment_and_says_what_is_not_known(client: str) -> None:
    text = RUNTIME_SNIPPETS[client](USE)
    title, how, *code = text.splitlines()
    assert "search in dev (us-west-2)" in title
    variable = re.compile(r"BEDROCK_[A-Z_]+")
    assert {*variable.findall("\n".join(code))} - {"BEDROCK"} == {PROJECT_ID, REGION} == {*variable.findall(how)}
    assert USE.project_id not in text
    assert "Nobody has shown yet that the cost is attributed to the project." in text
    assert "AWS_BEARER_TOKEN_BEDROCK" in text


def test_env_sets_what_the_programs_read_and_no_url() -> None:
    assert RUNTIME_SNIPPETS["env"](USE).splitlines()[1:] == [
        f"export {PROJECT_ID}={USE.project_id}",
        f"export {REGION}={USE.region}",
    ]
    with pytest.raises(SettingsError, match="remove `--model`"):
        RUNTIME_SNIPPETS["env"](replace(USE, model=TARGETS[0]))


def test_the_python_program_names_members_that_the_installed_service_model_has() -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(RUNTIME_SNIPPETS["boto3"](USE)))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("client.")
    ]
    model = Session().get_service_model("bedrock-runtime")
    operations = {"client.converse": "Converse", "client.invoke_model": "InvokeModel"}
    assert sorted(ast.unparse(call.func) for call in calls) == sorted(operations)
    for call in calls:
        shape = model.operation_model(operations[ast.unparse(call.func)]).input_shape
        assert shape is not None
        names = {keyword.arg for keyword in call.keywords}
        assert {"projectIdentifier", *shape.required_members} <= names <= shape.members.keys()


@pytest.mark.parametrize("client", PROGRAMS)
@pytest.mark.parametrize("model", [None, *TARGETS])
def test_invoke_model_is_for_models_whose_body_is_that_of_messages(client: str, model: str | None) -> None:
    text = RUNTIME_SNIPPETS[client](replace(USE, model=model))
    assert ("bedrock-2023-05-31" in text) is (model is None or is_claude(model))
    assert re.search(r"converse\(|ConverseCommand\(", text)
    assert model is None or json.dumps(model) in text


@pytest.mark.parametrize("client", PROGRAMS)
@pytest.mark.parametrize("model", OTHERS)
def test_a_target_that_excludes_a_project_is_refused(client: str, model: str) -> None:
    with pytest.raises(SettingsError, match="does not go with an application inference profile"):
        RUNTIME_SNIPPETS[client](replace(USE, model=model))


def test_only_foundation_models_and_inference_profiles_of_aws_are_targets() -> None:
    assert [model for model in (*TARGETS, *OTHERS) if is_target_of_projects(model)] == [*TARGETS]


HOSTILE = replace(USE, model="""anthropic.a"b'c\\$(id)`id`\nd""")


def test_python_stays_python_with_any_name_of_the_model() -> None:
    texts = [n.value for n in ast.walk(ast.parse(RUNTIME_SNIPPETS["boto3"](HOSTILE))) if isinstance(n, ast.Constant)]
    assert texts.count(HOSTILE.model) == 1


def test_typescript_has_the_model_as_one_string() -> None:
    strings = re.findall(r'"(?:[^"\\\n]|\\.)*"', RUNTIME_SNIPPETS["aws-sdk-typescript"](HOSTILE))
    assert [json.loads(string) for string in strings].count(HOSTILE.model) == 1
