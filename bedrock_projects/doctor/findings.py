"""Judges the results of `bedrock-projects doctor`: pure functions."""

import re
from collections.abc import Mapping

from bedrock_projects.aws.credentials import BEARER_VARIABLE, account_mismatch, bearer_token
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.cost_tags.activation import remedy_for
from bedrock_projects.errors import (
    AccessDeniedError,
    NotEnabledError,
    ServiceError,
)
from bedrock_projects.findings import Finding, finding_of_refusal
from bedrock_projects.json_reading import read_json
from bedrock_projects.stacks.pulumi_cli import NO_STACK, one_line
from bedrock_projects.stacks.pulumi_cli import remedy_for as remedy_for_stack

PULUMI_RANGE = ">=3.272.0,<4"
"""From the oldest SDK that the package accepts: an older CLI, 3.259, failed a test on the real engine."""


def meets(version: str, wanted: str) -> bool:
    """Whether a version is in a range such as `>=3.272,<4`; a suffix after the numbers does not count."""
    numbers = _numbers(version)
    for operator, bound in re.findall(r"(>=|<)\s*([\d.]+)", wanted):
        if (numbers >= _numbers(bound)) is not (operator == ">="):
            return False
    return True


def check_package(name: str, version: str | None, wanted: str, *, needed_by: str = "") -> Finding:
    """Whether an installed package, or Python itself, is in the range that this package requires.

    `needed_by` names the features that need an optional package.
    """
    check = f"version of {name}"
    if version is None and needed_by:
        remedy = f"install `{name}{wanted}` (`bedrock-projects[aws]`), or remove what needs it"
        return Finding(check, "failed", f"not installed, but {needed_by} need it", remedy)
    if version is None:
        return Finding(check, "failed", "not installed", "run `pip install --requirement requirements.txt`")
    if not meets(version, wanted):
        remedy = f"install a supported version: {wanted}"
        return Finding(check, "failed", version, remedy)
    return Finding(check, "ok", version)


def check_pulumi(path: str | None, said: str, *, has_host: bool) -> Finding:
    """The CLI on PATH: its path or None, the output of `pulumi version`, and whether it can run Python."""
    install = "https://www.pulumi.com/docs/iac/download-install/"
    if path is None:
        return Finding("pulumi", "failed", "not on PATH", f"install the Pulumi CLI: {install}")
    if not re.match(r"v?\d+\.\d+\.\d+", said):
        return Finding("pulumi", "failed", f"{path} prints no version", f"reinstall the Pulumi CLI: {install}")
    if not meets(said.lstrip("v"), PULUMI_RANGE):
        return Finding(
            "pulumi", "failed", f"{path} is {said}", f"install a supported version, {PULUMI_RANGE}: {install}"
        )
    if not has_host:
        remedy = f"install the Pulumi CLI with all its files: {install}"
        return Finding("pulumi", "failed", "pulumi-language-python is not on PATH", remedy)
    return Finding("pulumi", "ok", said)


def check_state(stack: str, exit_code: int, stdout: str, stderr: str) -> Finding:
    """The answer of `pulumi stack export`: the pending operations of a killed run."""
    locked = "if the stack is locked and no run is active, run `pulumi cancel`"
    if exit_code:
        said = one_line(stderr)
        remedy = remedy_for_stack(stack, said)
        if NO_STACK in said:  # before the first run there is none, and `bedrock-projects run` makes it
            return Finding("state", "hint", f"no stack yet: {said}", remedy)
        return Finding("state", "failed", f"not readable: {said}", remedy)
    try:
        deployment = read_json(stdout)["deployment"] or {}
        pending = deployment.get("pending_operations") or []
        names = [operation["resource"]["urn"].rpartition("::")[2] for operation in pending]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Finding("state", "unknown", "`pulumi stack export` printed no state", locked)
    if names:
        remedy = "make sure that no run is active, then run `pulumi refresh --clear-pending-creates` once"
        return Finding("state", "hint", f"a run was killed while changing {', '.join(sorted(names))}", remedy)
    return Finding("state", "ok", f"no pending operations ({locked})")


def check_passphrase(exit_code: int, stderr: str) -> Finding:
    """The answer of the CLI to a new secret in a copy of the stack's file, which a passphrase encrypts."""
    said = one_line(stderr)
    if not exit_code:
        return Finding("passphrase", "ok", "matches the stack's settings file")
    if "passphrase" not in said:
        return Finding("passphrase", "unknown", f"not checked: {said}")
    remedy = (
        "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to the passphrase of the stack; without it, "
        "each run asks, and fails if it has no terminal"
    )
    return Finding("passphrase", "failed", said, remedy)


def check_account(caller: str, declared: str | None, *, environment: str, credentials: str) -> Finding:
    """Compares the account of the credentials with that of the environment."""
    mismatch = account_mismatch(credentials, caller, expected=declared, of=f"environment {environment!r}")
    if mismatch:
        return Finding(
            "identity",
            "failed",
            mismatch,
            "use credentials of that account, or set `aws:profile` in the stack's settings",
        )
    result = f"account {caller} ({credentials})"
    if declared is None and environment:
        remedy = f"add `account: {caller!r}` to environment {environment!r}, so that no run uses another account"
        return Finding("identity", "hint", result, remedy)
    return Finding("identity", "ok", result)


def check_bearer(environment: Mapping[str, str], *, auth: str) -> Finding | None:
    """Compares `auth` with the Bedrock API key in the environment; None if they agree."""
    is_set = bearer_token(environment) is not None
    if auth == "bearer" and not is_set:
        remedy = f"set {BEARER_VARIABLE}, or `auth: sigv4`"
        return Finding("auth", "failed", "`auth: bearer` is set, but no Bedrock API key", remedy)
    if auth == "sigv4" and is_set:
        remedy = "unset it, or set `auth: bearer` in the stack's settings to use it"
        return Finding("auth", "hint", f"{BEARER_VARIABLE} is set, but `auth: sigv4` does not use it", remedy)
    return None


def finding_of_billing_refusal(error: ServiceError) -> Finding:
    """Billing's refusal; for a member account the remedy is not a permission."""
    if not isinstance(error, AccessDeniedError) or isinstance(error, NotEnabledError):
        return finding_of_refusal("billing", error)
    return Finding("billing", "failed", str(error), remedy_for(error))


def finding_of_stores(
    region: str, *, project_id: str | None = None, is_shown: bool = False, refusal: ServiceError | None = None
) -> Finding:
    """Whether both endpoints have the same projects, which no page of AWS says.

    `project_id` is the project of the first endpoint that was looked for at the second; None: it has no project.
    """
    check = f"project stores {region}"
    if isinstance(refusal, AccessDeniedError):
        needed = f"{MANTLE.action('ListProjects')} and {RUNTIME.action('GetProject')}"
        return Finding(check, "unknown", f"not checked (not allowed to look: {refusal})", f"it needs {needed}")
    if refusal:
        return Finding(check, "unknown", f"not checked: {refusal}")
    if project_id is None:
        return Finding(check, "unknown", f"not checked ({MANTLE} has no project there to look for)")
    if is_shown:
        return Finding(check, "ok", f"one store: {RUNTIME} shows {project_id} of {MANTLE}")
    return Finding(check, "ok", f"two stores: {RUNTIME} does not show {project_id} of {MANTLE}")


def hint_on_applications(environment: str) -> Finding:
    """What no check here can see: the policies of applications."""
    result = (
        f"not checked: a request on {RUNTIME} needs {RUNTIME.inference_actions[0]} on its project too, and a policy "
        "that lists only models does not allow that"
    )
    remedy = f"compare the policies with `bedrock-projects iam application KEY --environment {environment}`"
    return Finding("application policies", "hint", result, remedy)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.findall(r"\d+", re.split(r"[-+a-zA-Z]", version.lstrip("v"))[0])]
    return (*numbers, 0, 0, 0)[:3]
