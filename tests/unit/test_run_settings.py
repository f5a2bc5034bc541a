"""Which settings count in the provider process: those of the last run, or those that the stack has now."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2

from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.projects.properties import inputs_of
from bedrock_projects.projects.run_ledger import this_run
from bedrock_projects.resources.configuration import RunSettings, run_settings
from bedrock_projects.resources.project import ProjectProvider
from bedrock_projects.stacks.files import STACK_FILE_VARIABLE
from tests.unit.provider_requests import A_PROGRAM_RUNS, DECLARED, URN, Request, configure, configured, within

READ = provider_pb2.ReadRequest(urn=URN)
DELETE = provider_pb2.DeleteRequest(urn=URN)
ROLE = "arn:aws:iam::999999999999:role/billing"
# In place of the CLI: what is asked of it here is the configuration of a stack.
CLI = """\
#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
cat "$(dirname "$0")/config.json" 2>/dev/null || { echo "error: no stack named 'dev' found" >&2; exit 255; }
"""


class Program:
    """The folder of a Pulumi program, in which the provider is started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project()

    def project(self, **more: Any) -> None:
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "shop", "runtime": "python", **more}))

    def stack(self, name: str = "Pulumi.dev.yaml", /, **config: Any) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"config": {key.replace("__", ":"): value for key, value in config.items()}}))

    def cli(self, answer: str | None = None) -> Path:
        """A CLI on PATH, with an answer or without; what it was asked is in the file."""
        folder = self.folder / "bin"
        folder.mkdir()
        (folder / "pulumi").write_text(CLI)
        (folder / "pulumi").chmod(0o755)
        if answer is not None:
            (folder / "config.json").write_text(answer)
        return folder / "asked"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv(STACK_FILE_VARIABLE, raising=False)
    return Program(tmp_path)


def asked_in(request: Request | None, **recorded: Any) -> RunSettings:
    """The settings within a call, where the last run recorded these."""
    last = configured({key.replace("__", ":"): value for key, value in recorded.items()})
    return within(request, lambda: run_settings(last))


@pytest.mark.parametrize("call", [READ, DELETE])
def test_a_refresh_and_a_destroy_go_by_what_the_stack_has_now(program: Program, call: Request) -> None:
    program.stack(
        aws__profile="now", shop__auth="bearer", shop__billingProfile="payer", shop__billingRoleArn=ROLE, other__x=1
    )
    read = asked_in(call, aws__profile="then", auth="sigv4", billingProfile="old")
    assert (read.credentials.profile, read.credentials.auth) == ("now", "bearer")
    assert (read.billing_credentials().profile, read.billing_credentials().role_arn) == ("payer", ROLE)


def test_a_run_of_the_program_goes_by_what_the_engine_hands_over(program: Program) -> None:
    """It may have been given another file by `--config-file`."""
    program.stack(aws__profile="file")
    assert asked_in(A_PROGRAM_RUNS, aws__profile="given").credentials.profile == "given"
    assert asked_in(DELETE, aws__profile="given").credentials.profile == "file"
    this_run().declare("acme/dev/search")
    assert asked_in(DELETE, aws__profile="given").credentials.profile == "given"


def test_what_the_file_no_longer_has_is_unset_or_the_projects_default(program: Program) -> None:
    program.stack()
    assert asked_in(READ, aws__profile="then", auth="bearer").credentials.profile is None
    assert asked_in(READ, aws__profile="then", auth="bearer").credentials.auth == "sigv4"
    program.project(config={"aws:profile": {"value": "default"}, "auth": {"default": "bearer"}})
    assert asked_in(READ, aws__profile="then").credentials.profile == "default"
    assert asked_in(READ, aws__profile="then").credentials.auth == "bearer"


def test_what_is_encrypted_is_that_of_the_last_run_and_said_once(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.stack(
        aws__profile={"secure": "v1:x"}, shop__billingProfile={"secure": "v1:y"}, other__token={"secure": "z"}
    )
    for _ in range(2):
        read = asked_in(READ, aws__profile="then")
        assert (read.credentials.profile, read.billing_credentials().profile) == ("then", "then")
    assert capsys.readouterr().err == (
        "the value of aws:profile in Pulumi.dev.yaml cannot be read: that of the last run is used\n"
        "the value of shop:billingProfile in Pulumi.dev.yaml cannot be read: the last run had none, so it is unset\n"
    )


def test_the_folder_of_the_settings_is_that_which_pulumi_yaml_names(program: Program) -> None:
    program.project(stackConfigDir="settings")
    program.stack("settings/Pulumi.dev.yaml", aws__profile="now")
    program.stack(aws__profile="another")
    assert asked_in(READ).credentials.profile == "now"


def test_the_program_may_be_below_the_folder_of_pulumi_yaml(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program.stack(aws__profile="now")
    (program.folder / "src").mkdir()
    monkeypatch.chdir(program.folder / "src")
    assert asked_in(READ).credentials.profile == "now"


def test_a_file_given_to_the_cli_is_named_by_a_variable(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program.stack(aws__profile="another")
    program.stack("elsewhere/settings.yaml", aws__profile="now")
    monkeypatch.setenv(STACK_FILE_VARIABLE, "elsewhere/settings.yaml")
    assert asked_in(READ).credentials.profile == "now"
    monkeypatch.setenv(STACK_FILE_VARIABLE, "elsewhere/none.yaml")
    with pytest.raises(SettingsError, match=r"BEDROCK_PROJECTS_STACK_FILE names 'elsewhere/none\.yaml', which is"):
        asked_in(READ)


def test_without_a_file_of_its_own_the_cli_knows(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    asked = program.cli(
        '{"aws:profile": {"value": "now", "secret": false}, "shop:auth": {"secret": true}, '
        '"shop:billingProfile": {"value": "[unknown]", "secret": false}}'
    )
    read = asked_in(READ, aws__profile="then", auth="bearer", billingProfile="payer")
    assert (read.credentials.profile, read.credentials.auth) == ("now", "bearer")
    assert read.billing_credentials().profile == "payer"
    assert asked.read_text() == "config --json --stack dev --non-interactive\n"
    assert capsys.readouterr().err.splitlines() == [
        f"the value of shop:{key} in `pulumi config` cannot be read: that of the last run is used"
        for key in ("auth", "billingProfile")
    ]


def test_the_cli_knows_a_project_file_of_another_name(program: Program) -> None:
    program.cli('{"aws:profile": {"value": "now", "secret": false}}')
    program.stack(aws__profile="another")
    (program.folder / "Pulumi.yaml").rename(program.folder / "Pulumi.yml")
    assert asked_in(READ).credentials.profile == "now"


def test_a_file_that_imports_environments_is_read_by_the_cli(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = program.cli('{"aws:profile": {"value": "now", "secret": false}}')
    (program.folder / "Pulumi.dev.yaml").write_text("environment: [aws]\nconfig: {shop:auth: bearer}\n")
    assert asked_in(READ).credentials.profile == "now"
    monkeypatch.setenv(STACK_FILE_VARIABLE, "Pulumi.dev.yaml")
    assert asked_in(READ).credentials.profile == "now"
    assert asked.read_text().splitlines()[1].endswith("--config-file Pulumi.dev.yaml")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "`pulumi config` says: error: no stack named 'dev' found"),
        ("oops", "`pulumi config --json` does not print a mapping of keys"),
        ("[1]", "`pulumi config --json` does not print a mapping of keys"),
        ('{"a": 1}', "`pulumi config --json` does not print a mapping of keys"),
    ],
)
def test_what_nobody_knows_is_that_of_the_last_run_and_deactivates_nothing(
    program: Program, capsys: pytest.CaptureFixture[str], answer: str | None, why: str
) -> None:
    program.cli(answer)
    read = asked_in(DELETE, aws__profile="then", deactivateOnDestroy="true")
    assert (read.credentials.profile, read.deactivates_on_destroy) == ("then", False)
    assert capsys.readouterr().err == (
        f"the settings that this stack has now cannot be had: {why}. Those of the last run are used, and no cost "
        "allocation tag is deactivated\n"
    )


def test_an_sdk_that_does_not_show_the_call_leaves_the_last_run(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.stack(aws__profile="now", shop__deactivateOnDestroy="true")
    read = asked_in(None, aws__profile="then", deactivateOnDestroy="true")
    assert (read.credentials.profile, read.deactivates_on_destroy) == ("then", False)
    assert "cannot be had: the Pulumi SDK does not show which stack this is. Those" in capsys.readouterr().err


def test_what_an_up_refuses_is_refused(program: Program) -> None:
    program.stack(shop__deactivateOnDestroy="1")
    with pytest.raises(SettingsError, match="shop:deactivateOnDestroy is '1'; it must be one of true, false"):
        asked_in(DELETE)
    program.stack(shop__anothersOwn="x")
    assert asked_in(DELETE).credentials.profile is None


SCOPES = st.sampled_from([None, "all", "projects", "billing"])
WORDS = st.sampled_from([None, "true", "false"])


@given(scopes=st.tuples(SCOPES, SCOPES), words=st.tuples(WORDS, WORDS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_cannot_be_taken_back_needs_both_settings(
    program: Program, scopes: tuple[str | None, str | None], words: tuple[str | None, str | None]
) -> None:
    """Before, what the last run had was enough."""
    then, now = (
        {key: value for key, value in (("scope", scope), ("deactivateOnDestroy", word)) if value}
        for scope, word in zip(scopes, words, strict=True)
    )
    program.stack(**{f"shop__{key}": value for key, value in now.items()})
    read = asked_in(DELETE, **then)
    assert read.asks_billing == ("projects" not in scopes)
    assert read.deactivates_on_destroy == (read.asks_billing and words == ("true", "true"))
    assert read.waits_for_a_run == (read.asks_billing and words[1] == "true" != words[0])
    assert bool(read.refusal_to_archive) == ("billing" in scopes)


def test_a_scope_of_the_last_run_archives_no_projects(program: Program) -> None:
    program.stack(shop__scope="all")
    provider = ProjectProvider()
    configure(provider, {"scope": "billing"}, request=DELETE)
    with pytest.raises(RefusedError) as refused:
        provider.delete("proj_1", inputs_of(DECLARED))
    assert str(refused.value) == (
        "entry 'search': this stack holds projects, but its last run had `scope: billing`; run `pulumi up` with the "
        "`scope` that it has now, then do this again"
    )
