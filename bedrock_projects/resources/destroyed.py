"""How many projects a destroy would archive: the engine says it in no call, so the CLI is asked for the state."""

import json

from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.changes import ManagedProject
from bedrock_projects.resources.project_properties import managed_from
from bedrock_projects.resources.sdk import current_call
from bedrock_projects.stacks.pulumi_cli import run_pulumi

PROJECT_TYPE = "pulumi-python:dynamic/bedrock:Project"


def projects_to_archive(managed: ManagedProject) -> int | None:
    """The projects of this stack's state that a destroy archives, `managed` being one; None if it cannot be read.

    The stack is called as in the URN: after `pulumi stack rename` the recorded name is the former one. Neither has the
    organization but the recorded name.
    """
    call = current_call()
    if call is None:
        return None
    organization = (managed.declared.stack or "").partition("/")[0]
    stack = f"{organization}/{call.project}/{call.stack}" if organization else call.stack
    code, stdout, _ = run_pulumi("stack", "export", "--stack", stack, "--non-interactive")
    return None if code else count_to_archive(stdout)


def count_to_archive(exported: str) -> int | None:
    """The same of the text that `pulumi stack export` prints; None if it is no state."""
    try:
        resources = json.loads(exported)["deployment"]["resources"]
        projects = [resource for resource in resources if resource["type"] == PROJECT_TYPE]
        deleted = [resource for resource in projects if not resource.get("protect")]
        managed = [managed_from(resource["id"], resource["outputs"]) for resource in deleted]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return sum(
        project.declared.status == "active" and not project.declared.is_released
        for project in managed
        if project.id != NO_PROJECT_ID
    )
