"""How many projects a destroy would archive: the engine says it in no call, so the CLI is asked for the state."""

from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.projects.changes import ManagedProject
from bedrock_projects.resources.sdk import current_call
from bedrock_projects.stacks.state import exported_state


def projects_to_archive(managed: ManagedProject) -> int | str | None:
    """The projects of this stack's state that a destroy archives, `managed` being one; why it cannot be read, else.

    None if nobody says which stack it is. A destroy deletes nothing that is protected.

    The stack is called as in the URN: after `pulumi stack rename` the recorded name is the former one. Neither has the
    organization but the recorded name.
    """
    call = current_call()
    if call is None:
        return None
    organization = (managed.declared.stack or "").partition("/")[0]
    stack = f"{organization}/{call.project}/{call.stack}" if organization else call.stack
    try:
        deleted = exported_state(stack, protected=False)
    except SettingsError as error:
        return str(error)
    return sum(
        project.declared.status == "active" and not project.declared.is_released
        for project in deleted.all
        if project.id != NO_PROJECT_ID
    )
