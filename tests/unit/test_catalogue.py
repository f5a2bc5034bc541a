"""The catalogue, and the answers of `bedrock-projects use` and `bedrock-projects catalogue` from files and stacks."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime.rpc import UNKNOWN

from bedrock_projects.attribution.catalogue import catalogue_from, read_catalogue
from bedrock_projects.attribution.cataloguing import Deployed, catalogue_of
from bedrock_projects.errors import SettingsError
from bedrock_projects.inventory import load
from bedrock_projects.limits import NO_PROJECT_ID
from tests.unit.command_line import Done, run

ROOT = Path(__file__).parents[2]
INVENTORY = """\
version: 1
inventory: acme
environments:
  dev: {account: "111111111111", region: us-west-2}
  prod: {account: "222222222222"}
defaults: {environments: [dev, prod]}
projects:
  search: {name: Search}
  chat: {name: Chat}
  old: {name: Old, status: archived}
  gone: {name: Gone, status: released}
  elsewhere: {name: Elsewhere, environments: [prod]}
"""
# In place of the CLI: what is asked of it here is a stack's outputs.
CLI = """\
#!/bin/sh
[ "$1 $2" = "stack output" ] || exit 9
while [ "$1" != --stack ]; do shift; done
cat "$(dirname "$0")/$2.json" 2>/dev/null || { echo "error: no stack named '$2' found" >&2; exit 255; }
"""


def published(
    id_: str, *, status: str = "active", region: str = "us-west-2", account: str = "1" * 12
) -> dict[str, str]:
    arn = f"arn:aws:bedrock-mantle:{region}:{account}:project/{id_}"
    url = f"https://bedrock-mantle.{region}.api.aws/v1"
    values = {"id": id_, "arn": arn, "name": "Any", "region": region, "status": status, "base_url": url}
    return values | {"endpoint": "bedrock-mantle"}


def on_runtime(id_: str) -> dict[str, str]:
    """A project of the endpoint that has no base URL."""
    arn = f"arn:aws:bedrock:us-west-2:111111111111:project/{id_}"
    return published(id_) | {"arn": arn, "base_url": "", "endpoint": "bedrock-runtime"}


DEV = {
    "search": published("proj_search"),
    "old": published("proj_old", status="archived"),
    "gone": published("proj_gone", status="released"),
    "never": published(NO_PROJECT_ID, status="archived") | {"arn": "", "base_url": ""},
}
PROD = {"search": published("proj_p", region="eu-west-1", account="2" * 12)}


@dataclass
class Desk:
    """The folder of a Pulumi program, with stacks that may be deployed."""

    folder: Path

    def deploy(self, stack: str, **outputs: Any) -> None:
        (self.folder / "bin" / f"{stack}.json").write_text(json.dumps(outputs))

    def settings(self, stack: str, **values: str) -> None:
        lines = "".join(f"  {key.replace('__', ':')}: {value}\n" for key, value in values.items())
        (self.folder / f"Pulumi.{stack}.yaml").write_text(f"config:\n{lines}" if lines else "config: {}\n")

    def run(self, *arguments: str) -> Done:
        return run(*arguments, folder=self.folder)

    def use(self, key: str, environment: str = "dev", *options: str) -> Done:
        return self.run("use", key, "--environment", environment, "--client", "env", *options)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").write_text(CLI)
    (tmp_path / "bin" / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "projects.yaml").write_text(INVENTORY)
    (tmp_path / "Pulumi.yaml").write_text("name: bedrock-projects\nruntime: python\n")
    made.settings("dev")
    made.settings("prod", aws__region="eu-west-1")
    made.deploy("dev", projects=DEV, cost_allocation_tags={"active": []})
    made.deploy("prod", projects=PROD)
    return made


def test_a_catalogue_has_what_the_stacks_published_and_all_that_is_declared(desk: Desk) -> None:
    done = desk.run("catalogue", "--stack", "prod", "--stack", "dev")
    assert (done.code, done.err) == (0, "")
    environments = ["dev", "prod"]
    assert json.loads(done.out) == {
        "version": 1,
        "inventory": "acme",
        "environments": {
            "dev": {
                "account": "111111111111",
                "region": "us-west-2",
                "base_url": "https://bedrock-mantle.us-west-2.api.aws/v1",
                "projects": DEV,
            },
            "prod": {
                "account": "222222222222",
                "region": "eu-west-1",
                "base_url": "https://bedrock-mantle.eu-west-1.api.aws/v1",
                "projects": PROD,
            },
        },
        "declared": {
            "chat": environments,
            "elsewhere": ["prod"],
            "gone": environments,
            "old": environments,
            "search": environments,
        },
    }
    assert desk.run("catalogue", "--stack", "dev", "--stack", "prod").out == done.out


def test_all_environments_are_read_and_those_that_are_not_deployed_named(desk: Desk) -> None:
    """A stack whose inventory says all has no file; its name is that of the environment."""
    both = desk.run("catalogue", "--stack", "dev", "--stack", "prod").out
    (desk.folder / "Pulumi.dev.yaml").unlink()
    assert desk.run("catalogue", "--all") == Done(0, both, "")
    desk.deploy("dev")
    done = desk.run("catalogue", "--all")
    assert (done.code, done.err) == (0, "left out, because they are not deployed: dev\n")
    assert [*json.loads(done.out)["environments"]] == ["prod"]
    (desk.folder / "bin/prod.json").unlink()
    nothing = desk.run("catalogue", "--all")
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err == "none of the stacks is deployed; run `bedrock-projects run up --all` first\n"


def test_a_stack_of_another_name_or_for_billing_is_known_by_its_file(desk: Desk) -> None:
    (desk.folder / "Pulumi.dev.yaml").unlink()
    desk.settings("first", **{"bedrock-projects:environment": "dev"})
    desk.settings("billing", **{"bedrock-projects:scope": "billing"})
    desk.deploy("first", projects=DEV)
    done = desk.run("catalogue", "--all")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["environments"]["dev"]["projects"] == DEV


def test_all_is_not_a_list_of_stacks(desk: Desk) -> None:
    for options in ((), ("--all", "--stack", "dev")):
        done = desk.run("catalogue", *options)
        assert (done.code, done.out) == (2, "")
        assert "give --stack or --all" in done.err


def test_it_is_written_in_one_step_and_read_again(desk: Desk) -> None:
    assert desk.run("catalogue", "--stack", "dev", "--into", "catalogue.json") == Done(0, "", "")
    path = desk.folder / "catalogue.json"
    assert path.read_text() == desk.run("catalogue", "--stack", "dev").out == read_catalogue(path).as_json()
    assert [file.name for file in desk.folder.iterdir() if "catalogue" in file.name] == ["catalogue.json"]
    desk.deploy("dev")
    assert desk.run("catalogue", "--stack", "dev", "--into", "catalogue.json").code == 1
    assert read_catalogue(path).environments["dev"].projects


ANSWERS: dict[str, tuple[str, str, str]] = {
    "in another environment only": ("elsewhere", "dev", "'elsewhere' is not in 'dev'; it is in prod"),
    "declared but not deployed": ("chat", "dev", "'chat' is pending in 'dev'"),
    "archived": ("old", "dev", "'old' is archived in 'dev' (proj_old)"),
    "archived before it was ever made": ("never", "dev", "'never' is archived in 'dev'"),
    "released": ("gone", "dev", "'gone' is released in 'dev': this inventory does not manage proj_gone any more"),
    "misspelt": ("serch", "dev", "unknown entry 'serch' in inventory 'acme'; did you mean 'search'?"),
    "unlike anything": ("xyz", "dev", "known: chat, elsewhere, gone, never, old, search"),
    "a misspelt environment": ("search", "prd", "did you mean 'prod'?"),
}


@pytest.mark.parametrize(("key", "environment", "words"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("is_from_file", [False, True], ids=["from the stack", "from a catalogue"])
def test_what_cannot_be_used_is_one_message_with_the_reason(
    desk: Desk, key: str, environment: str, words: str, is_from_file: bool
) -> None:
    desk.run("catalogue", "--stack", "dev", "--stack", "prod", "--into", "c.json")
    done = desk.use(key, environment, *(["--catalogue", "c.json"] if is_from_file else []))
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert words in done.err


def test_an_environment_that_a_catalogue_leaves_out_is_distinguished_from_one_that_is_not_there(desk: Desk) -> None:
    desk.run("catalogue", "--stack", "dev", "--into", "c.json")
    done = desk.use("search", "prod", "--catalogue", "c.json")
    assert (done.code, done.out) == (1, "")
    assert "'prod' is in inventory 'acme', but not in c.json (which has dev)" in done.err


def test_an_environment_has_the_url_of_a_project_that_has_one(desk: Desk) -> None:
    desk.deploy("dev", projects={"a": on_runtime("proj_a"), **DEV})
    [dev] = json.loads(desk.run("catalogue", "--stack", "dev").out)["environments"].values()
    assert dev["base_url"] == DEV["search"]["base_url"]
    desk.deploy("dev", projects={"a": on_runtime("proj_a")})
    [dev] = json.loads(desk.run("catalogue", "--stack", "dev").out)["environments"].values()
    assert (dev["base_url"], dev["projects"]["a"]) == (None, on_runtime("proj_a"))


def test_a_project_without_the_name_of_an_endpoint_is_on_bedrock_mantle(desk: Desk) -> None:
    """An earlier version wrote the catalogue, or the stack's output."""
    earlier = {key: {name: text for name, text in of.items() if name != "endpoint"} for key, of in DEV.items()}
    desk.deploy("dev", projects=earlier)
    done = desk.run("catalogue", "--stack", "dev", "--into", "c.json")
    assert json.loads((desk.folder / "c.json").read_text())["environments"]["dev"]["projects"] == DEV
    file = desk.folder / "c.json"
    file.write_text(file.read_text().replace(',\n          "endpoint": "bedrock-mantle"', ""))
    assert "endpoint" not in file.read_text()
    assert {project.endpoint for project in read_catalogue(file).environments["dev"].projects.values()} == {
        "bedrock-mantle"
    }, done


@pytest.mark.parametrize("fields", [["id", "arn", "base_url"], ["id"], ["base_url"], list(published("proj_a")), None])
def test_an_entry_that_a_targeted_up_skipped_is_not_deployed_yet_and_the_others_are(
    desk: Desk, fields: list[str] | None
) -> None:
    skipped = published("proj_a") | dict.fromkeys(fields, UNKNOWN) if fields else UNKNOWN
    desk.deploy("dev", projects={**DEV, "chat": skipped})
    assert "proj_search" in desk.use("search").out
    assert "'chat' is pending in 'dev'" in desk.use("chat").err
    done = desk.run("catalogue", "--stack", "dev")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["environments"]["dev"]["projects"] == DEV


@pytest.mark.parametrize("client", ["env", "claude-code", "curl"])
def test_each_client_gets_the_id_and_the_url_of_its_own_project(desk: Desk, client: str) -> None:
    for environment, id_, region in (("dev", "proj_search", "us-west-2"), ("prod", "proj_p", "eu-west-1")):
        done = desk.run("use", "search", "--environment", environment, "--client", client)
        assert (done.code, done.err) == (0, "")
        assert id_ in done.out
        assert f"https://bedrock-mantle.{region}.api.aws/" in done.out


def test_the_stack_is_the_one_that_deploys_the_environment_with_any_name(desk: Desk) -> None:
    (desk.folder / "Pulumi.prod.yaml").unlink()
    desk.settings("live", **{"bedrock-projects__environment": "prod", "aws__region": "eu-west-1"})
    desk.settings("bills", **{"bedrock-projects__environment": "prod", "bedrock-projects__scope": "billing"})
    desk.deploy("live", projects=PROD)
    assert "proj_p" in desk.use("search", "prod").out


REFUSED: dict[str, tuple[Callable[[Desk], object], str]] = {
    "no such stack": (
        lambda desk: (desk.folder / "bin/dev.json").unlink(),
        "no stack named 'dev' found; make it with `pulumi stack init dev`, or `pulumi login` to the backend that",
    ),
    "no such environment": (
        lambda desk: desk.settings("dev", **{"bedrock-projects__environment": "qa"}),
        (
            "unknown environment 'qa' in inventory 'acme'; known: dev, prod; set one that it has with `pulumi config "
            "set environment <name>`"
        ),
    ),
    "all of it skipped": (lambda desk: desk.deploy("dev", projects=UNKNOWN), "bring it up first, `pulumi up --stack"),
    "not deployed": (lambda desk: desk.deploy("dev"), "bring it up first, `pulumi up --stack dev`"),
    "no CLI": (lambda desk: (desk.folder / "bin/pulumi").chmod(0o644), "the outputs of stack dev cannot be read"),
    "a billing stack": (
        lambda desk: desk.settings("dev", **{"bedrock-projects__scope": "billing"}),
        "is for Billing alone: it has no projects",
    ),
    "an output of another program": (lambda desk: desk.deploy("dev", projects={"a": 1}), "output `projects`: "),
    "an id that is none": (
        lambda desk: desk.deploy("dev", projects={"a": published("$(id)")}),
        "'$(id)' is not a valid project id",
    ),
    "a URL that is none": (
        lambda desk: desk.deploy("dev", projects={"a": published("proj_a") | {"base_url": "https://x/'; id/v1"}}),
        "base_url",
    ),
    "an unknown endpoint": (
        lambda desk: desk.deploy("dev", projects={"a": published("proj_a") | {"endpoint": "bedrock"}}),
        "a.endpoint: must be one of bedrock-mantle, bedrock-runtime",
    ),
}


@pytest.mark.parametrize(("change", "words"), REFUSED.values(), ids=REFUSED)
def test_a_stack_that_cannot_be_read_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[Desk], object], words: str
) -> None:
    change(desk)
    monkeypatch.setenv("PATH", f"{desk.folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    done = desk.run("catalogue", "--stack", "dev")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert words in done.err


ELSEWHERE = {
    "another host": "https://bedrock-mantle.us-west-2.api.aws.example.com/v1",
    "AWS's own host without TLS": "http://bedrock-mantle.us-west-2.api.aws/v1",
    "somebody's load balancer in AWS": "https://proxy-1.us-west-2.elb.amazonaws.com/v1",
    "no URL": "",
}


@pytest.mark.parametrize("url", ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("command", ["use", "verify"])
def test_no_key_is_sent_to_a_host_that_is_not_awss(desk: Desk, url: str, command: str) -> None:
    desk.deploy("dev", projects={**DEV, "search": DEV["search"] | {"base_url": url}})
    assert desk.run("catalogue", "--stack", "dev", "--into", "c.json").code == 0
    options = {"use": ("--client", "env"), "verify": ("--model", "openai.gpt-oss-120b", "--yes")}[command]
    for source, given in (("stack dev", ()), ("c.json", ("--catalogue", "c.json"))):
        done = desk.run(command, "search", "--environment", "dev", *options, *given)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert done.err.startswith(f"{source}: the URL of 'search' in 'dev' is {url or 'empty'}, not AWS's")


def test_the_other_way_is_offered_to_those_only_who_have_it(desk: Desk) -> None:
    (desk.folder / "bin/dev.json").unlink()
    assert "--catalogue" not in desk.run("catalogue", "--stack", "dev").err
    assert "or use `--catalogue FILE`" in desk.use("search", "dev").err


def test_a_stack_may_be_given_with_its_full_name(desk: Desk) -> None:
    place = desk.folder / "bin" / "organization" / "acme"
    place.mkdir(parents=True)
    (desk.folder / "bin" / "dev.json").rename(place / "dev.json")
    done = desk.run("catalogue", "--stack", "organization/acme/dev")
    assert (done.code, done.err) == (0, "")
    assert list(json.loads(done.out)["environments"]) == ["dev"]


def test_two_inventories_or_two_stacks_of_one_environment_are_no_catalogue(desk: Desk) -> None:
    desk.settings("again", **{"bedrock-projects__environment": "dev"})
    desk.deploy("again", projects={})
    assert "already has another stack" in desk.run("catalogue", "--stack", "dev", "--stack", "again").err
    desk.settings("again", **{"bedrock-projects__inventory": "other.yaml"})
    assert (
        "different inventories (other.yaml, projects.yaml)"
        in desk.run("catalogue", "--stack", "dev", "--stack", "again").err
    )


FILES: dict[str, tuple[str | None, str]] = {
    "none": (None, "does not exist"),
    "empty": ("", "is not a catalogue of version 1"),
    "another version": ('{"version": 2}', "version: "),
    "a stack's own output": (json.dumps(DEV), "version: is missing"),
    "a version that only looks like it": ('{"version": true}', "version: must be 1"),
    "nested too deeply": ("[" * 100_000, "it is nested too deeply"),
    "a list": ("[]", "must be an object"),
    "no list of environments": (
        '{"version": 1, "inventory": "acme", "environments": {}, "declared": {"a": 1}}',
        "declared.a: must be a list",
    ),
    "a name that is no string": ('{"version": 1, "inventory": 5}', "inventory: must be a string"),
    "an unknown status": (
        json.dumps(
            {
                "version": 1,
                "inventory": "acme",
                "environments": {
                    "dev": {
                        "account": None,
                        "region": None,
                        "base_url": None,
                        "projects": {"a": published("proj_a", status="lost")},
                    }
                },
                "declared": {},
            }
        ),
        "environments.dev.projects.a.status: must be one of active, archived, released",
    ),
}


@pytest.mark.parametrize(("text", "words"), FILES.values(), ids=FILES)
def test_a_file_that_is_not_a_catalogue_is_refused(desk: Desk, text: str | None, words: str) -> None:
    if text is not None:
        (desk.folder / "c.json").write_text(text)
    done = desk.use("search", "dev", "--catalogue", "c.json")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "c.json" in done.err
    assert words in done.err


def test_fields_of_a_later_writer_are_passed_over(desk: Desk) -> None:
    written = json.loads(desk.run("catalogue", "--stack", "dev").out)
    written["environments"]["dev"]["projects"]["search"]["owner"] = "x"
    (desk.folder / "c.json").write_text(json.dumps(written | {"more": 1}))
    assert desk.use("search", "dev", "--catalogue", "c.json").code == 0


def test_a_region_that_a_later_writer_knows_is_taken(desk: Desk) -> None:
    desk.run("catalogue", "--stack", "dev", "--into", "c.json")
    file = desk.folder / "c.json"
    file.write_text(file.read_text().replace("us-west-2", "us-west-9"))
    assert "(us-west-9)" in desk.use("search", "dev", "--catalogue", "c.json").out


def test_an_environment_without_projects_has_what_the_inventory_says(desk: Desk) -> None:
    deployed = Deployed(stack="dev", environment="dev", region="us-west-2", projects={})
    [(name, place)] = catalogue_of(load(desk.folder / "projects.yaml"), [deployed]).environments.items()
    assert (name, place.account, place.region, place.base_url) == ("dev", "111111111111", "us-west-2", None)


def test_a_catalogue_that_cannot_be_written_says_so(desk: Desk) -> None:
    done = desk.run("catalogue", "--stack", "dev", "--into", "Pulumi.yaml/c.json")
    assert (done.code, done.out, done.err) == (1, "", "Pulumi.yaml/c.json cannot be written: Not a directory\n")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        read_catalogue(desk.folder)


def test_the_shape_that_the_documentation_shows_is_the_one_that_is_read() -> None:
    text = (ROOT / "docs/using-projects.md").read_text("utf-8")
    [example] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert json.loads(catalogue_from(example).as_json()) == json.loads(example)


def test_the_pipelines_publish_the_catalogue_of_each_stack_that_they_brought_up() -> None:
    github = yaml.safe_load((ROOT / "templates/pulumi/.github/workflows/bedrock-projects.yml").read_text("utf-8"))
    *_, up, write, upload = github["jobs"]["deploy"]["steps"]
    assert up["run"].endswith(' -m bedrock_projects ci deploy "$STACK"')
    assert write["run"].endswith(' -m bedrock_projects catalogue --stack "$STACK" --into catalogue.json')
    assert (upload["with"]["name"], upload["with"]["path"]) == ("catalogue-${{ matrix.environment }}", "catalogue.json")
    deploy = yaml.safe_load((ROOT / "templates/gitlab/.gitlab-ci.yml").read_text("utf-8"))["deploy"]
    assert re.search(r"ci deploy [^;]*catalogue --stack \"\$ENVIRONMENT\" --into catalogue.json\n", deploy["script"][1])
    artifact = {"name": "catalogue-$ENVIRONMENT", "paths": ["catalogue.json"], "access": "developer"}
    assert deploy["artifacts"] == artifact


def test_a_stack_file_that_is_broken_keeps_nobody_from_another_stack(desk: Desk) -> None:
    (desk.folder / "Pulumi.a.yaml").write_text("config: [")
    assert desk.use("search", "dev").code == 0
