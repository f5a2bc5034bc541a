"""What the program and the provider say holds text of others: it goes to a terminal, or to the log of a job."""

import ast
import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks, set_mocks

from bedrock_projects.errors import (
    BedrockProjectsError,
    InventoryError,
    Problem,
    RefusedError,
    ServiceError,
    SettingsError,
)
from bedrock_projects.projects.properties import inputs_of
from bedrock_projects.pulumi.messages import failure, info, warn
from bedrock_projects.resources.cost_allocation_tags import CostAllocationTagsProvider
from bedrock_projects.resources.messages import notify_user, one_message
from bedrock_projects.resources.project import ProjectProvider
from tests.unit.hostile import HOSTILE, TEXT, check_lines
from tests.unit.provider_requests import DECLARED, configure
from tests.unit.sdk_loops import event_loops

ROOT = Path(__file__).parents[2]
ERRORS: dict[str, Callable[[], BedrockProjectsError]] = {
    "of one line": lambda: SettingsError(HOSTILE),
    "of two lines": lambda: RefusedError("two lines of ours:", f"  {HOSTILE}"),
    "of a service": lambda: ServiceError(HOSTILE, action=HOSTILE, code=HOSTILE, status=400, request_id=HOSTILE),
    "of an inventory": lambda: InventoryError(
        [Problem(HOSTILE, 1, 1, HOSTILE, HOSTILE), Problem("a", 1, 1, "", HOSTILE, "warning")]
    ),
}


class NoResources(Mocks):
    """A fake engine that makes nothing."""

    def call(self, args: MockCallArgs) -> tuple[dict[str, str], None]:
        del args
        return {}, None

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, str]]:
        return args.name, {}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_an_error_has_the_lines_that_we_wrote_in_the_program_and_in_the_provider(
    error: Callable[[], BedrockProjectsError],
) -> None:
    @one_message
    def fail() -> None:
        raise error()

    with pytest.raises(BedrockProjectsError) as raised:
        fail()
    for text in (str(raised.value), str(failure(error()))):
        check_lines(text)
        assert len(text.split("\n")) == len(error().lines)


def test_the_program_informs_and_warns_in_lines_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # the SDK's
    def program() -> None:
        info(HOSTILE)
        warn(f"ours:\n{HOSTILE.replace(chr(10), '')}")

    with event_loops(), caplog.at_level(logging.INFO):
        set_mocks(NoResources())
        program()
    first, second = (record.getMessage() for record in caplog.records)
    check_lines(first)
    check_lines(second)
    assert (first.count("\n"), second.count("\n")) == (0, 1)


def test_the_provider_says_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    notify_user(HOSTILE)
    said = capsys.readouterr().err
    check_lines(said)
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("provider", "inputs"),
    [
        (CostAllocationTagsProvider(), {"keys": [f"aws:{TEXT}"]}),
        (ProjectProvider(), {**inputs_of(DECLARED), "tags": {TEXT: 5.0}}),
        (ProjectProvider(), {**inputs_of(DECLARED), "region": TEXT}),
    ],
)
def test_a_refused_input_is_one_line(provider: ResourceProvider, inputs: dict[str, Any]) -> None:
    configure(provider)
    failures = provider.check({}, inputs).failures
    assert failures
    for refused in failures:
        check_lines(refused.reason)
        assert "\n" not in refused.reason


PLACES = {
    "pulumi.info": ("bedrock_projects/pulumi/messages.py",),
    "pulumi.warn": ("bedrock_projects/pulumi/messages.py",),
    "pulumi.error": (),
    "pulumi.log": (),
    "pulumi.RunError": ("bedrock_projects/pulumi/messages.py",),
    "sys.stderr": (
        "bedrock_projects/cli.py",
        "bedrock_projects/resources/messages.py",
        "bedrock_projects/terminal.py",
    ),
    "typer.echo": ("bedrock_projects/cli.py", "bedrock_projects/commands/"),
}


@functools.cache
def _attributes(path: Path) -> frozenset[str]:
    """The names with one dot that the file has, such as `sys.stderr`."""
    return frozenset(
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    )


@pytest.mark.parametrize(("name", "places"), PLACES.items(), ids=PLACES)
def test_only_these_places_speak_to_the_user(name: str, places: tuple[str, ...]) -> None:
    """What commands write goes through the stream that `cli` puts in the place of stdout and stderr."""
    sources = [ROOT / "__main__.py", *(ROOT / "components").rglob("*.py"), *(ROOT / "bedrock_projects").rglob("*.py")]
    users = {path.relative_to(ROOT).as_posix() for path in sources if name in _attributes(path)}
    assert bool(users) == bool(places)
    assert [user for user in users if not user.startswith(places)] == []
