"""What a destroy would archive: the engine says it in no call, so the CLI is asked for the state."""

from bedrock_projects.errors import SettingsError
from bedrock_projects.projects.archive_limit import Destroy
from bedrock_projects.projects.changes import ManagedProject
from bedrock_projects.resources.sdk import current_call
from bedrock_projects.stacks.state import exported_state


def destroy_of(managed: ManagedProject) -> Destroy:
    """What the destroy that deletes `managed` archives: all active projects of the stack that are not protected.

    The stack is called as in the URN, which lacks the organization; that is in the recorded name. If the two names
    differ, the stack was renamed or its state copied; if the state that the CLI shows does not have the project, it is
    that of another stack.
    """
    call = current_call()
    if call is None:
        return Destroy()
    recorded, name = managed.declared.stack, f"{call.project}/{call.stack}"
    organization, _, rest = (recorded or "").partition("/")
    if recorded and rest != name:
        doubt = f"the state has them from stack {recorded}, and this is {name}: a renamed stack or a copied state"
    else:
        doubt = ""
    try:
        state = exported_state(f"{organization}/{name}" if organization else call.stack, protected=False)
    except SettingsError as error:
        return Destroy(doubt=str(error))
    archived = state.archived_by_destroy
    if managed.id not in archived:
        return Destroy(
            doubt=f"project {managed.id} is missing from the state of stack {call.stack}, or protected there"
        )
    return Destroy(total=len(archived), doubt=doubt)
