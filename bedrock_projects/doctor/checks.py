"""The checks of `bedrock-projects doctor`: this machine, the stack's files, AWS. They change nothing."""

import importlib.metadata
import os
import platform
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bedrock_projects import inventory as inventories
from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, RegionalEndpoint
from bedrock_projects.aws.identity import billing_mismatch, caller_account
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsApi, open_projects_api
from bedrock_projects.cost_controls import NEEDED_BY
from bedrock_projects.cost_controls.budgets import cost_control_inputs
from bedrock_projects.cost_controls.publishing import publication_inputs
from bedrock_projects.doctor.conformance import findings_of_reports
from bedrock_projects.doctor.exports import export_checks
from bedrock_projects.doctor.findings import (
    check_account,
    check_bearer,
    check_package,
    check_passphrase,
    check_pulumi,
    check_state,
    finding_of_billing_refusal,
    finding_of_stores,
    hint_on_applications,
)
from bedrock_projects.errors import BedrockProjectsError, InventoryError, NotFoundError, RefusedError, ServiceError
from bedrock_projects.exports.creation import created_exports
from bedrock_projects.findings import Check, Finding, finding_of_refusal, run_in_time
from bedrock_projects.limits import UNMANAGED_ID
from bedrock_projects.model import Billing, Environment, Inventory
from bedrock_projects.stacks.access import chosen_settings, for_reading
from bedrock_projects.stacks.deployment import deployment_of
from bedrock_projects.stacks.files import read_stack, settings_file
from bedrock_projects.stacks.pulumi_cli import run_pulumi
from bedrock_projects.stacks.settings import OF_THE_STACK, Settings
from bedrock_projects.suggestions import counted

_PACKAGE = "bedrock-projects"
_AWS = "aws"
_Listing = Future[list[RemoteProject]]
"""The projects of an endpoint in a region, or the error of their listing; they may come later."""


def examine(*, stack: str | None, inventory: Path | None, environment: str | None) -> Iterator[Finding]:
    """All possible checks: those of settings need a stack, those of AWS need an environment."""
    yield from _versions()
    yield _pulumi()
    try:
        settings, contents = _chosen(stack, inventory, environment)
    except InventoryError as error:  # it says whether a stack without a file is one
        yield _unreadable(error, "bedrock-projects validate")
        return
    except BedrockProjectsError as error:
        yield Finding("settings", "failed", str(error), "correct the stack's settings, then rerun")
        return
    if stack is not None:
        file = settings_file(stack, folder=Path())
        source = f"{file}" if file.exists() else f"Pulumi.yaml and {settings.inventory}"
        yield Finding("settings", "ok", f"{source}: scope {settings.scope}, auth {settings.auth}")
        yield from _state(stack)
    if isinstance(contents, InventoryError):
        yield _unreadable(contents, f"bedrock-projects validate {settings.inventory}")
        return
    yield from findings_of_reports(settings.inventory.parent, today=datetime.now(tz=timezone.utc).date())
    yield from _contents(settings, contents, remedy="" if environment else OF_THE_STACK)


def _unreadable(error: InventoryError, command: str) -> Finding:
    first, *others = error.problems
    more = f" (and {len(others)} more)" if others else ""
    return Finding("inventory", "failed", f"{first}{more}", f"`{command}` shows all")


def _chosen(
    stack: str | None, inventory: Path | None, environment: str | None
) -> tuple[Settings, Inventory | InventoryError]:
    """The settings, completed by the inventory, or as they are if that cannot be read; raises SettingsError."""
    settings = chosen_settings(stack, inventory=inventory, environment=environment)
    try:
        contents = inventories.load(settings.inventory)
    except InventoryError as error:
        return settings, error
    return for_reading(settings, contents), contents


def _versions() -> Iterator[Finding]:
    try:
        own = importlib.metadata.distribution(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        yield check_package(_PACKAGE, None, "")
        return
    yield check_package("Python", platform.python_version(), own.metadata["Requires-Python"])
    for name, wanted, extra in _requirements():
        if not extra:
            yield check_package(name, _installed(name), wanted)


def _requirements() -> Iterator[tuple[str, str, str]]:
    """The packages that this one requires: name, range, and the extra that requires them, if any."""
    for requirement in importlib.metadata.requires(_PACKAGE) or []:
        name, rest = re.split(r"(?<=[\w-])(?=[^\w.-])", requirement, maxsplit=1)
        wanted, _, condition = rest.partition(";")
        yield name, wanted.strip(), condition.partition("extra ==")[2].strip(" '\"")


def _extras(settings: Settings, contents: Inventory) -> Iterator[Finding]:
    """The optional packages that this stack needs."""
    declared = (cost_control_inputs, publication_inputs, created_exports)
    if any(inputs(settings, contents) for inputs in declared):
        for name, wanted, extra in _requirements():
            if extra == _AWS:
                yield check_package(name, _installed(name), wanted, needed_by=NEEDED_BY)


def _installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _pulumi() -> Finding:
    path = shutil.which("pulumi")
    said = run_pulumi("version")[1].strip() if path else ""
    return check_pulumi(path, said, has_host=shutil.which("pulumi-language-python") is not None)


def _state(stack: str) -> Iterator[Finding]:
    """Checks the stack with the CLI: its state and its passphrase."""
    if not shutil.which("pulumi"):
        return
    finding = check_state(stack, *run_pulumi("stack", "export", "--stack", stack, "--non-interactive"))
    yield finding
    file = settings_file(stack, folder=Path())
    if finding.outcome != "failed" and file.exists() and read_stack(Path(), stack, file=file).has_passphrase:
        yield _passphrase(stack)


def _passphrase(stack: str) -> Finding:
    """Uses a copy of the file: every other command of the CLI that needs the passphrase changes something."""
    with TemporaryDirectory() as folder:
        copy = shutil.copy(settings_file(stack, folder=Path()), folder)
        secret = ("config", "set", "--secret", "passphrase", "tried", "--config-file", copy)
        code, _, stderr = run_pulumi(*secret, "--stack", stack, "--non-interactive")
    return check_passphrase(code, stderr)


def _contents(settings: Settings, contents: Inventory, *, remedy: str) -> Iterator[Finding]:
    """Compares the inventory with the settings, then checks AWS as far as they allow.

    `remedy` is for an unknown environment: it depends on the source of the name.
    """
    where = f"{settings.inventory}: {contents.name}"
    if settings.scope == "billing":
        yield Finding("inventory", "ok", f"{where}, all environments")
        yield from _extras(settings, contents)
        yield from run_in_time(
            [("billing", partial(_billing, settings, contents.billing)), *_exports(settings, contents)]
        )
        return
    if not settings.environment:
        remedy = "give --stack or --environment to check AWS too"
        yield Finding("inventory", "hint", f"{where}, {', '.join(sorted(contents.environments))}", remedy)
        return
    try:
        environment = contents.environment(settings.environment, remedy=remedy)
        endpoints = deployment_of(settings, contents).endpoints
    except BedrockProjectsError as error:
        yield Finding("environment", "failed", str(error), "compare it with `environments` in the inventory")
        return
    count = len(contents.in_environment(environment.name))
    yield Finding("inventory", "ok", f"{where}, {counted(count, 'project')} in {environment.name}")
    yield from _extras(settings, contents)
    if not endpoints:
        remedy = f"add `region` to environment {environment.name!r}, or run `pulumi config set aws:region <region>`"
        yield Finding("region", "failed", "not set for the stack or the environment", remedy)
        return
    yield from _aws(settings, environment, endpoints)
    if settings.scope == "all":
        yield from run_in_time(_exports(settings, contents))


def _aws(settings: Settings, environment: Environment, endpoints: Sequence[RegionalEndpoint]) -> Iterator[Finding]:
    """The account of the credentials first: with wrong ones, all other checks would be about another account."""
    identity = [bearer] if (bearer := check_bearer(os.environ, auth=settings.auth)) else []
    if not any(finding.outcome == "failed" for finding in identity):
        identity += run_in_time([("identity", partial(_identity, settings, environment, endpoints[0]))])
    yield from identity
    if any(finding.outcome == "failed" for finding in identity):
        yield Finding("permissions", "unknown", "not checked (wrong credentials)")
        return
    yield from _account(settings, endpoints)
    remedy = f"compare the role's policy with `bedrock-projects iam deploy --environment {environment.name}`"
    yield Finding("write permissions", "unknown", "not checked (needs a write)", remedy)
    if any(where.endpoint is RUNTIME for where in endpoints):
        yield hint_on_applications(environment.name)


def _account(settings: Settings, endpoints: Sequence[RegionalEndpoint]) -> Iterator[Finding]:
    """Each region, whether both endpoints have the same projects there, and Billing: all at once."""
    credentials = settings.credentials
    by_region = {where.region: RegionalEndpoint(where.region, MANTLE) for where in endpoints}
    listings = {where: _listing(credentials, where) for where in {*endpoints, *by_region.values()}}
    checks: list[Check] = [
        (f"region {where}", partial(_endpoint, credentials, where, listings[where])) for where in endpoints
    ]
    probes: dict[str, Check] = {}
    for region, where in by_region.items():
        name = f"project stores {region}"
        probes[name] = (name, partial(_stores, credentials, region, listings[where]))
    billing: list[Check] = [("billing", partial(_billing, settings))] if settings.scope == "all" else []
    for finding in run_in_time([*checks, *probes.values(), *billing]):
        # A probe only informs: what keeps it from looking is not a fault of the environment.
        is_open = finding.check in probes and finding.outcome == "failed"
        yield replace(finding, outcome="unknown") if is_open else finding


def _identity(settings: Settings, environment: Environment, where: RegionalEndpoint) -> list[Finding]:
    credentials = settings.credentials
    try:
        account = caller_account(credentials, open_projects_api(credentials, where))
    except ServiceError as error:
        return [finding_of_refusal("identity", error, region=where.region)]
    except RefusedError as error:
        return [Finding("identity", "failed", str(error), "set `auth: sigv4` in the stack's settings")]
    named = environment.name
    return [check_account(account, environment.account, environment=named, credentials=str(credentials))]


def _listing(credentials: Credentials, where: RegionalEndpoint) -> _Listing:
    """Lists the projects in the background, once for all checks that need them."""
    listing = _Listing()

    def run() -> None:
        try:
            # Nobody looks at the tags.
            listing.set_result(open_projects_api(credentials, where).list_all(settled=lambda _: True))
        except BedrockProjectsError as error:
            listing.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return listing


def _endpoint(credentials: Credentials, where: RegionalEndpoint, listing: _Listing) -> list[Finding]:
    """The requests of a preview: the list with its tags, and a single project."""
    check = f"region {where}"
    try:
        projects = listing.result()
        api = open_projects_api(credentials, where)
        # `default` last: every account has it, and this package never manages it.
        one = next(iter(sorted(projects, key=lambda project: project.id == UNMANAGED_ID)), None)
        if one:
            api.get(one.id)
    except ServiceError as error:
        return [finding_of_refusal(check, error, region=where.region)]
    at = f"{api.base_url}: " if api.base_url else ""
    listed = f"{counted(len(projects), 'project')} listed{', one of them read' if one else ''}"
    return [Finding(check, "ok", f"{at}{listed}")]


def _stores(credentials: Credentials, region: str, listing: _Listing) -> list[Finding]:
    """Whether a project of the listing is shown by the other endpoint as well.

    That is one project to read: the listing is that of the region's own check.
    """
    try:
        one = next((project for project in listing.result() if project.id != UNMANAGED_ID), None)
        found = one and _is_shown(open_projects_api(credentials, RegionalEndpoint(region, RUNTIME)), one.id)
    except ServiceError as error:
        return [finding_of_stores(region, refusal=error)]
    return [finding_of_stores(region, project_id=one.id if one else None, is_shown=bool(found))]


def _is_shown(api: ProjectsApi, project_id: str) -> bool:
    try:
        api.get(project_id)
    except NotFoundError:
        return False
    return True


def _exports(settings: Settings, contents: Inventory) -> list[Check]:
    """A check of each export of the inventory, with the credentials for Billing."""
    return export_checks(contents.exports, settings.billing_credentials, folder=settings.inventory.parent)


def _billing(settings: Settings, billing: Billing | None = None) -> list[Finding]:
    credentials = settings.billing_credentials
    try:
        if mismatch := billing_mismatch(credentials, billing):
            return [Finding("billing", "failed", mismatch, "use credentials of that account, or correct the inventory")]
        statuses = BillingClient(credentials).statuses()
    except ServiceError as error:
        return [finding_of_billing_refusal(error)]
    active = sum(status == "Active" for status in statuses.values())
    known = counted(len(statuses), "tag key")
    return [Finding("billing", "ok", f"{known} known ({credentials}), {active} of them active")]
