"""What the state remembers of a project that a run creates anew: the engine does not show it, so the CLI is asked.

A resource that is tainted, or replaced by `--replace`, is neither compared nor checked with its old inputs.
"""

import functools
import threading

from bedrock_projects.errors import SettingsError
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.resources.messages import notify_user_once
from bedrock_projects.stacks.state import exported_state

_LOCK = threading.Lock()


def was_adopted(declared: DeclaredProject, project_id: str) -> bool:
    """Whether the state of the stack says that the project was adopted; asked once for all projects of a run."""
    if declared.stack is None:
        return False
    with _LOCK:
        return project_id in adopted_in(declared.stack)


@functools.cache
def adopted_in(stack: str) -> frozenset[str]:
    """The ids of the projects of which the state of the stack says that they were adopted; empty if it is not shown."""
    try:
        state = exported_state(stack)
    except SettingsError as error:
        notify_user_once(
            f"which projects were adopted is not known: {error}. Their entries release them if they have `id` or "
            "`on_remove: release`"
        )
        return frozenset()
    return frozenset(managed.id for managed in state.all if managed.declared.adopt_id)
