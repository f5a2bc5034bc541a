"""Checks before a stack declares what is of Billing: whose Billing it is, and that the stack has no projects."""

from bedrock_projects.aws.identity import billing_mismatch
from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.settings import Settings
from bedrock_projects.stacks.state import exported_state


def check_billing_stack(settings: Settings, inventory: Inventory, *, written: Settings, stack: str) -> None:
    """Raises SettingsError or ServiceError for another account, and RefusedError for projects in the state.

    `written` are the settings before the inventory completed them. If they say `scope: billing`, the provider refuses
    to archive; it does not know of a scope that comes from the name of the environment.
    """
    if mismatch := billing_mismatch(settings.billing_credentials, inventory.billing):
        raise SettingsError(f"{mismatch}; nothing was changed")
    if settings.scope != "billing" or written.scope == "billing":
        return
    held = [name for name, managed in exported_state(stack).held.items() if managed.declared.status == "active"]
    if held:
        raise RefusedError(
            f"stack {stack} has projects in its state ({', '.join(sorted(held))}), but with `billing` in the inventory "
            f"a stack of environment {settings.environment!r} is for Billing alone, and the run would remove them. "
            "Correct the setting `environment`; or give that environment another name, with this one in `aliases`, and "
            "rename the stack by `pulumi stack rename`"
        )
