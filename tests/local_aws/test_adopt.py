"""`bedrock-projects adopt` against the local AWS: what is written, what is left alone, how it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bedrock_projects.inventory import load
from local_aws import Fault, LocalAws
from tests.local_aws.mantle import ACCOUNT, Mantle
from tests.local_aws.native import Native
from tests.unit.command_line import Done, run

PROD = "222222222222"
STRICT = """\
version: 1
inventory: acme
environments: {dev: {account: "111111111111", region: us-west-2}}
tag_keys:
  Team: {required: true, values: [Search]}
projects: {}
"""


@pytest.fixture(autouse=True)
def _credentials(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    as_account(monkeypatch, aws, ACCOUNT)
    yield
    written = {"CreateProject", "UpdateProject", "ArchiveProject", "TagResource", "UntagResource"}
    requests = [request for service in ("bedrock-mantle", "bedrock") for request in aws.requests(f"{service}:*")]
    ours = [request for request in requests if "bedrock-projects" in str(request.headers)]
    assert not written & {request.operation.partition(":")[2] for request in ours}


def as_account(monkeypatch: pytest.MonkeyPatch, aws: LocalAws, account: str) -> None:
    for name, value in aws.environment(account, region="us-west-2").items():
        monkeypatch.setenv(name, value)


def adopt(folder: Path, *arguments: str) -> Done:
    return run("adopt", *arguments, folder=folder)


def test_a_new_inventory_goes_to_stdout_and_is_valid(mantle: Mantle, tmp_path: Path) -> None:
    ids = {name: mantle.create(name, tags={"Team": "Search"})["id"] for name in ("Search-Dev", "CatalogText-Dev")}
    archived = mantle.create("Old-Dev")["id"]
    mantle.call("POST", f"/{archived}/archive")
    done = adopt(tmp_path)
    assert done.code == 0
    (tmp_path / "projects.yaml").write_text(done.out, "utf-8")
    assert run("validate", folder=tmp_path).code == 0
    inventory = load(tmp_path / "projects.yaml")
    assert [(project.key, project.adopt_id, project.name, project.tags) for project in inventory.projects] == [
        ("catalog-text", ids["CatalogText-Dev"], "CatalogText-Dev", {"Team": "Search"}),
        ("search", ids["Search-Dev"], "Search-Dev", {"Team": "Search"}),
    ]
    assert inventory.environments["dev"].name_format == "{name}-Dev"
    assert (inventory.environments["dev"].account, inventory.environments["dev"].region) == (ACCOUNT, "us-west-2")
    assert f"'Old-Dev' ({archived}, us-west-2): is archived" in done.err
    assert "  default: every account has it, and it cannot be managed" in done.err
    assert "The first `pulumi up` adds the ownership tag to each project and changes nothing else." in done.err


def test_accounts_are_paired_in_one_file_and_a_second_run_changes_nothing(
    aws: LocalAws, mantle: Mantle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "projects.yaml"
    dev = mantle.create("Search-Dev", tags={"Team": "Search"})["id"]
    prod = Mantle(aws.url, account=PROD).create("Search-Prod", tags={"Team": "Search"})["id"]
    assert adopt(tmp_path, "--into", file.name).code == 0
    before = file.read_text("utf-8").replace("  search:", "  # the web shop's\n  search:")
    file.write_text(before, "utf-8")
    as_account(monkeypatch, aws, PROD)
    assert adopt(tmp_path, "--environment", "prod", "--into", file.name).code == 0
    after = file.read_text("utf-8")
    assert yaml.safe_load(after)["projects"] == {
        "search": {
            "name": "Search",
            "tags": {"Team": "Search"},
            "environments": {"dev": {"id": dev}, "prod": {"id": prod}},
        }
    }
    assert [line for line in after.splitlines() if line in before.splitlines()] == before.splitlines()
    again = adopt(tmp_path, "--environment", "prod", "--into", file.name)
    assert (again.code, file.read_text("utf-8")) == (0, after)
    assert "0 new entries · 0 paired with entries · 1 known · 0 left out (and default)\n" in again.err


@pytest.mark.parametrize("count", [5, 6])
def test_many_archived_projects_are_one_line_and_few_are_a_line_each(
    mantle: Mantle, tmp_path: Path, count: int
) -> None:
    mantle.create("Search")
    ids = [mantle.create(f"Old{number}")["id"] for number in range(count)]
    for project in ids:
        mantle.call("POST", f"/{project}/archive")
    done = adopt(tmp_path)
    assert f"1 new entry · 0 paired with entries · 0 known · {count} left out (and default)\n" in done.err
    lines = [line for line in done.err.splitlines() if "archived (irreversible)" in line]
    assert len(lines) == (5 if count == 5 else 1)
    assert all(f"'Old{number}'" in done.err for number in range(5))
    assert ("  6 projects ('Old0', 'Old1', 'Old2', 'Old3', 'Old4', …): each is archived" in done.err) == (count == 6)


def test_several_regions_are_one_environment(aws: LocalAws, mantle: Mantle, tmp_path: Path) -> None:
    mantle.create("Search")
    Mantle(aws.url, region="eu-west-1").create("Chat")
    done = adopt(tmp_path, "--region", "us-west-2", "--region", "eu-west-1")
    projects = yaml.safe_load(done.out)["projects"]
    assert {key: entry["environments"]["dev"].get("region") for key, entry in projects.items()} == {
        "search": None,
        "chat": "eu-west-1",
    }


def test_a_new_inventory_of_the_other_endpoint(aws: LocalAws, native: Native, tmp_path: Path) -> None:
    project = native.create("Search-Dev", {"Team": "Search"})["id"]
    archived = native.archived()
    done = adopt(tmp_path, "--endpoint", "bedrock-runtime")
    assert done.code == 0
    (tmp_path / "projects.yaml").write_text(done.out, "utf-8")
    assert run("validate", folder=tmp_path).code == 0
    inventory = load(tmp_path / "projects.yaml")
    assert inventory.environments["dev"].endpoint == "bedrock-runtime"
    [entry] = inventory.projects
    assert (entry.adopt_id, entry.name, entry.tags) == (project, "Search-Dev", {"Team": "Search"})
    assert "endpoint" not in yaml.safe_load(done.out)["projects"]["search"]["environments"]["dev"]
    assert f"dev · {ACCOUNT} · us-west-2 (bedrock-runtime): 1 new entry" in done.err
    assert f"'Chat' ({archived}, us-west-2 (bedrock-runtime)): is archived" in done.err
    assert aws.requests("bedrock-mantle:*") == []


@pytest.mark.parametrize("stores", ["one", "two"])
def test_both_endpoints_go_into_one_file_and_a_project_of_both_is_known(
    aws: LocalAws, mantle: Mantle, native: Native, tmp_path: Path, stores: str
) -> None:
    aws.settings(project_stores=stores)
    here = mantle.create("Search-Dev", tags={"Team": "Search"})["id"]
    there = native.create("Find-Dev", {"Team": "Search"})["id"]
    file = tmp_path / "projects.yaml"
    assert adopt(tmp_path, "--into", file.name).code == 0
    first = file.read_text("utf-8")
    done = adopt(tmp_path, "--endpoint", "bedrock-runtime", "--into", file.name)
    assert done.code == 0
    entries = {key: entry["environments"]["dev"] for key, entry in yaml.safe_load(file.read_text())["projects"].items()}
    if stores == "one":
        assert file.read_text("utf-8") == first
        assert "0 new entries · 0 paired with entries · 2 known · 0 left out" in done.err
        assert entries == {"search": {"id": here}, "find": {"id": there}}
    else:
        assert "1 new entry · 0 paired with entries · 0 known · 0 left out" in done.err
        assert entries == {"search": {"id": here}, "find": {"id": there, "endpoint": "bedrock-runtime"}}
    assert run("validate", folder=tmp_path).code == 0


def test_the_endpoint_is_that_of_the_environment(aws: LocalAws, native: Native, tmp_path: Path) -> None:
    project = native.create("Search", {"Team": "Search"})["id"]
    file = tmp_path / "projects.yaml"
    file.write_text(STRICT.replace("us-west-2}", "us-west-2, endpoint: bedrock-runtime}"), "utf-8")
    assert adopt(tmp_path, "--into", file.name).code == 0
    entries = yaml.safe_load(file.read_text())["projects"]
    assert entries["search"]["environments"] == {"dev": {"id": project}}
    assert aws.requests("bedrock-mantle:*") == []


def test_a_new_environment_has_the_endpoint_of_the_defaults(aws: LocalAws, native: Native, tmp_path: Path) -> None:
    native.create("Search", {"Team": "Search"})
    file = tmp_path / "projects.yaml"
    file.write_text(STRICT + "defaults: {endpoint: bedrock-runtime}\n", "utf-8")
    assert adopt(tmp_path, "--into", file.name, "--environment", "new").code == 0
    written = yaml.safe_load(file.read_text())
    assert written["environments"]["new"] == {"account": ACCOUNT, "region": "us-west-2"}
    assert aws.requests("bedrock-mantle:*") == []


def test_a_mapped_tag_is_declared_and_its_retag_is_reported(mantle: Mantle, tmp_path: Path) -> None:
    mantle.create("Search", tags={"team": "Search"})
    done = adopt(tmp_path, "--map-tag", "team=Team")
    assert yaml.safe_load(done.out)["projects"]["search"]["tags"] == {"Team": "Search"}
    expected = "  search: Team (none) → Search, team Search → (none)"
    assert f"adds the ownership tag to each project and changes 1 of 1 projects:\n{expected}" in done.err


@pytest.mark.parametrize("endpoint", ["bedrock-mantle", "bedrock-runtime"])
def test_a_bedrock_api_key_is_enough(
    aws: LocalAws, mantle: Mantle, native: Native, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoint: str
) -> None:
    project = (mantle if endpoint == "bedrock-mantle" else native).create("Search")["id"]
    aws.add_bearer_key("local-key", account=ACCOUNT, region="us-west-2")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "local-key")
    asked = {"bedrock-mantle": "bedrock-mantle:*", "bedrock-runtime": "bedrock:*"}
    aws.clear_requests()
    done = adopt(tmp_path, "--auth", "bearer", "--region", "us-west-2", "--endpoint", endpoint)
    assert (done.code, project in done.out) == (0, True)
    assert {name for name, requests in asked.items() if aws.requests(requests)} == {endpoint}


def test_an_invalid_result_is_not_written_and_its_problems_are_shown(mantle: Mantle, tmp_path: Path) -> None:
    mantle.create("Chat", tags={"Team": "Care"})
    file = tmp_path / "projects.yaml"
    file.write_text(STRICT, "utf-8")
    done = adopt(tmp_path, "--into", file.name)
    assert (done.code, file.read_text("utf-8"), done.out) == (1, STRICT, "")
    assert done.err == (
        "Nothing was written, because the result would be invalid (`enforce: warn` accepts legacy tags):\n"
        "projects.yaml:9:18: projects.chat.tags.Team: unknown value 'Care'; known: Search\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["projects.yaml"]


def test_a_key_in_other_letters_is_refused_with_the_option_that_declares_it(mantle: Mantle, tmp_path: Path) -> None:
    mantle.create("Chat", tags={"team": "Search"})
    (tmp_path / "projects.yaml").write_text(STRICT, "utf-8")
    done = adopt(tmp_path, "--into", "projects.yaml")
    assert done.code == 1
    assert "\nadd `--map-tag team=Team` to declare the tag team as Team\n" in done.err
    assert adopt(tmp_path, "--into", "projects.yaml", "--map-tag", "team=Team").code == 0


def test_a_key_that_the_file_declares_in_no_letters_gets_no_such_option(mantle: Mantle, tmp_path: Path) -> None:
    mantle.create("Chat", tags={"team": "Search", "Stage": "live"})
    (tmp_path / "projects.yaml").write_text(STRICT, "utf-8")
    done = adopt(tmp_path, "--into", "projects.yaml")
    assert done.code == 1
    assert [line for line in done.err.splitlines() if "--map-tag" in line] == [
        "add `--map-tag team=Team` to declare the tag team as Team"
    ]


def test_entries_that_a_pattern_places_in_the_new_environment_are_said_to_be_created(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody named them here, and a project cannot be deleted again."""
    everywhere = STRICT.partition("tag_keys:")[0] + 'projects:\n  chat: {name: Chat, environments: ["*"]}\n'
    (tmp_path / "projects.yaml").write_text(everywhere, "utf-8")
    Mantle(aws.url, account=PROD).create("Search")
    as_account(monkeypatch, aws, PROD)
    done = adopt(tmp_path, "--environment", "prod", "--into", "projects.yaml")
    assert done.code == 0, done.err
    placed = {(project.key, project.environment) for project in load(tmp_path / "projects.yaml").projects}
    assert placed == {("chat", "dev"), ("chat", "prod"), ("search", "prod")}
    assert (
        "A group or pattern places chat in the new environment: the first `pulumi up` creates the projects.\n"
    ) in done.err
    assert "adds the ownership tag to each project and changes nothing else about them.\n" in done.err


def test_a_key_to_map_that_no_project_has_is_named(mantle: Mantle, tmp_path: Path) -> None:
    none = adopt(tmp_path, "--map-tag", "teem=Team")
    assert (none.code, none.err.splitlines()[-1]) == (0, "--map-tag teem=Team: no project here has a tag")
    mantle.create("Chat", tags={"team": "Search"})
    done = adopt(tmp_path, "--map-tag", "teem=Team")
    assert done.err.endswith("--map-tag teem=Team: no project here has the tag 'teem'; did you mean 'team'?\n")
    assert "--map-tag" not in adopt(tmp_path, "--map-tag", "team=Team").err


REFUSED = {
    "another account": (PROD, ["--into", "projects.yaml", "--environment", "dev"], 1, f"account {PROD}"),
    "an account that no environment has": (PROD, ["--into", "projects.yaml"], 1, "give `--environment`"),
    "a mapping without a key": (ACCOUNT, ["--map-tag", "team"], 2, "write FROM=TO"),
    "an endpoint": (ACCOUNT, ["--endpoint", "bedrock"], 2, "is not one of"),
    "an environment's name": (ACCOUNT, ["--environment", "a/b"], 2, "is not a valid environment name"),
}


@pytest.mark.parametrize(("account", "arguments", "code", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_written(
    aws: LocalAws,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    account: str,
    arguments: list[str],
    code: int,
    reason: str,
) -> None:
    file = tmp_path / "projects.yaml"
    file.write_text(STRICT, "utf-8")
    as_account(monkeypatch, aws, account)
    done = adopt(tmp_path, *arguments)
    assert (done.code, done.out, file.read_text("utf-8")) == (code, "", STRICT)
    assert reason in " ".join(done.err.split())


def test_without_a_region_anywhere_nothing_is_asked(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    done = adopt(tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "give `--region`, or set AWS_DEFAULT_REGION" in " ".join(done.err.split())
    assert aws.requests() == []


def test_a_service_that_refuses_is_one_message(aws: LocalAws, tmp_path: Path) -> None:
    aws.faults([Fault(kind="denied", action="bedrock-mantle:ListProjects")])
    done = adopt(tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("listing the projects in us-west-2: ")
