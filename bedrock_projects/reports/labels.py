"""Names the values of a report's lines as the inventory knows them, and marks those that it does not know."""

from collections.abc import Mapping
from typing import Final

from bedrock_projects.model import BILLING_STACK, Inventory
from bedrock_projects.reports.cost_data import ACCOUNT, PROJECT, CostData
from bedrock_projects.reports.model import Account, Grouping
from bedrock_projects.reports.project_names import ProjectNames

NOT_LISTED: Final = "not in the inventory"
"""The mark of a value that the inventory does not have."""
NO_MODEL: Final = "no model"
"""The label of usage for which AWS names no model, such as that of guardrails."""


class Labels:
    """The labels and marks of one report; `accounts` are its accounts by id."""

    def __init__(self, inventory: Inventory, names: ProjectNames, accounts: Mapping[str, Account]) -> None:
        self._inventory = inventory
        self._names = names
        self._accounts = accounts
        self._declares_accounts = any(environment.account for environment in inventory.environments.values())

    def label(self, grouping: Grouping, value: str) -> str:
        """What to show for a value."""
        if grouping.kind == "model":
            return value or NO_MODEL
        if grouping.kind == "account":
            return account_label(self._account(value))
        if not value:
            return f"unallocated (no {grouping.tag_key if grouping.kind == 'tag' else 'project'})"
        return self._names.label(value) if grouping.kind == "project" else value

    def marked(self, grouping: Grouping, value: str) -> str:
        """The label, with the mark if there is one."""
        label, mark = self.label(grouping, value), self.mark(grouping, value)
        return f"{label} ({mark})" if mark else label

    def mark(self, grouping: Grouping, value: str) -> str:
        """What a reader should know of the value; usually empty.

        The inventory does not have it, has it as archived or released, or joins former values with it.
        """
        if not value or grouping.kind in ("model", "service"):
            return ""
        if grouping.kind == "tag":
            return self._mark_of_tag(grouping.tag_key, value)
        if grouping.kind == "account":
            return NOT_LISTED if self._declares_accounts and not self._account(value).environments else ""
        if grouping.kind == "environment":
            return "" if value in self._inventory.environments else NOT_LISTED
        project = self._names.find(value)
        if project is None or project.state == "unlisted":
            return NOT_LISTED
        return "" if project.state == "active" else project.state

    def _mark_of_tag(self, key: str, value: str) -> str:
        if key not in self._inventory.tag_keys:
            return ""
        tag_key = self._inventory.tag_keys[key]
        former = [rename.former for rename in tag_key.renamed if tag_key.current_value(rename.former) == value]
        known = self._inventory.known_values(key)
        if known and value not in known:
            return NOT_LISTED
        return f"formerly {', '.join(former)}" if former else ""

    def _account(self, value: str) -> Account:
        return self._accounts.get(value, Account(id=value))


def accounts_of(data: CostData, inventory: Inventory) -> dict[str, Account]:
    """The accounts with Bedrock spend by id, with the names of Billing and the environments of the inventory."""
    table = data.find((ACCOUNT, PROJECT))
    declared = [(name, environment.account) for name, environment in inventory.environments.items()]
    if inventory.billing:
        declared.append((BILLING_STACK, inventory.billing.account))
    return {
        account: Account(
            id=account,
            name=data.account_names.get(account, ""),
            environments=tuple(name for name, of_stack in declared if of_stack == account),
        )
        for account in sorted({account for account, _ in (table.amounts if table else ())})
    }


def account_of_projects(data: CostData) -> dict[str, str]:
    """The account that AWS billed for each ownership tag; a project that several were billed for is left out."""
    table = data.find((ACCOUNT, PROJECT))
    accounts: dict[str, set[str]] = {}
    for account, project in table.amounts if table else ():
        accounts.setdefault(project, set()).add(account)
    return {project: next(iter(ids)) for project, ids in accounts.items() if len(ids) == 1}


def account_label(account: Account) -> str:
    """The account's id, with the name that Billing has and the environments of the inventory."""
    known = "; ".join(filter(None, (account.name, ", ".join(account.environments))))
    return f"{account.id} ({known})" if known else account.id
