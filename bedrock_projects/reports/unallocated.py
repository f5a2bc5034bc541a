"""Whose spend a tag's value is, and why spend has none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from bedrock_projects.model import Inventory
from bedrock_projects.reports.answers import Table
from bedrock_projects.reports.model import Account, AccountAmount, Cause, CauseKind, ProjectName
from bedrock_projects.reports.percentages import shares
from bedrock_projects.reports.usage_types import MANTLE, is_marketplace


class Owners:
    """The projects that the ownership tag's values name, former values too."""

    def __init__(self, inventory: Inventory) -> None:
        self._names = {inventory.name, inventory.previous_name}
        self._known = {
            value: ProjectName(
                key=project.key, name=project.name, environment=project.environment, state=project.status
            )
            for project in inventory.projects
            for value in (*project.previous_owners, project.owner)
        }
        self._present = {project.owner for project in inventory.projects}
        self._names_given = Counter(project.name for project in inventory.projects)

    def project(self, value: str) -> ProjectName | None:
        """The project of `<inventory>/<environment>/<key>`; None where it is another inventory's, or no such value."""
        inventory, _, rest = value.partition("/")
        environment, _, key = rest.partition("/")
        if inventory not in self._names or not key:
            return self._known.get(value)
        unlisted = ProjectName(key=key, name="", environment=environment, state="unlisted")
        return self._known.get(value, unlisted)

    def label(self, value: str) -> str:
        """What to call a value: the project's name, with the value itself where that is a former owner of it.

        Where environments in several accounts use one name, the environment is added.
        """
        project = self.project(value)
        if project is None:
            return value
        is_former = project.state != "unlisted" and value not in self._present
        where = f" in {project.environment}" if self._names_given[project.name] > 1 else ""
        return f"{project.name or project.key}{where}{f', formerly {value}' if is_former else ''}"


def causes(total: Decimal, table: Table, *, tag_key: str, owned: bool) -> tuple[Cause, ...]:
    """Splits the unattributed `total` by cause, the largest first; `table` is of SERVICE and USAGE_TYPE.

    What the table does not account for is of unknown cause: costs may change between two requests, and a tag with an
    empty value is grouped with those that lack it. `owned` where the tag is
    the ownership tag, which every project has.
    """
    sums: dict[CauseKind, Decimal] = {}
    for (service, usage_type), row in table.amounts.items():
        kind = _cause(service, usage_type)
        sums[kind] = sums.get(kind, Decimal()) + sum(row, Decimal())
    sums["unknown"] = total - table.total
    found = sorted(((kind, amount) for kind, amount in sums.items() if amount), key=lambda item: -item[1])
    parts = shares([amount for _, amount in found])
    return tuple(
        Cause(kind=kind, label=_label(kind, tag_key, owned=owned), total=amount, share=share)
        for (kind, amount), share in zip(found, parts, strict=True)
    )


def by_account(total: Decimal, table: Table, accounts: Sequence[Account]) -> tuple[AccountAmount, ...]:
    """Splits the unattributed `total` by account, the largest first; `table` is of LINKED_ACCOUNT."""
    sums = {account: sum(row, Decimal()) for (account,), row in table.amounts.items()}
    if total != table.total:
        sums["unknown"] = total - table.total
    return _accounts({account: amount for account, amount in sums.items() if amount}, accounts)


def of_one_account(total: Decimal, account: Account) -> tuple[AccountAmount, ...]:
    """All of the unattributed `total`, where there is but one account."""
    return _accounts({account.id: total}, [account])


def _accounts(sums: Mapping[str, Decimal], accounts: Sequence[Account]) -> tuple[AccountAmount, ...]:
    known = {account.id: account for account in accounts}
    found = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    parts = shares([amount for _, amount in found])
    return tuple(
        AccountAmount(account=known.get(number, Account(id=number)), total=amount, share=share)
        for (number, amount), share in zip(found, parts, strict=True)
    )


def _cause(service: str, usage_type: str) -> CauseKind:
    if is_marketplace(service):
        return "marketplace"
    return "default project" if MANTLE in usage_type else "bedrock-runtime"


def _label(kind: CauseKind, tag_key: str, *, owned: bool) -> str:
    if kind == "default project":
        others = "" if owned else f", and projects without {tag_key}"
        return f"bedrock-mantle: the default project{others}"
    if kind == "bedrock-runtime":
        return "bedrock-runtime and whatever else of Bedrock knows no projects"
    if kind == "marketplace":
        return f"models billed through Marketplace, without {tag_key}"
    return f"costs that changed between two requests, or {tag_key} with an empty value"
