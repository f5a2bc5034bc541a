"""Looks at the accounts of an organisation for `bedrock-projects accounts`. It only reads."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bedrock_projects.audit.accounts import (
    Look,
    check_accounts,
    check_looks,
    not_looked_at,
    places_of,
    unlisted,
)
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import OrganizationAccount, RemoteProject
from bedrock_projects.aws.organizations import OrganizationsClient
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.errors import ServiceError
from bedrock_projects.findings import Finding
from bedrock_projects.limits import ACCOUNT_PLACEHOLDER, UNMANAGED_ID
from bedrock_projects.model import Inventory

_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True)
class AccountSurvey:
    """What to look at.

    `credentials` are those of the management account or a delegated administrator. `role_arn` has `{account}` and is
    assumed by their source; None: accounts without an environment are named and not looked at. `regions` are instead of
    those of the inventory.
    """

    inventory: Inventory
    credentials: Credentials
    role_arn: str | None
    regions: Sequence[str] = ()

    def findings(self) -> list[Finding]:
        """All findings; raises ServiceError if the accounts cannot be listed."""
        accounts = OrganizationsClient(self.credentials).accounts()
        findings = check_accounts(accounts, self.inventory)
        others = unlisted(accounts, self.inventory)
        if not others:
            return findings
        if self.role_arn is None:
            return [*findings, not_looked_at(others)]
        places, role = places_of(self.inventory, self.regions), self.role_arn
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            looks = list(pool.map(lambda account: self._look(account, role, places), others))
        return [*findings, *check_looks(looks, self.inventory)]

    def _look(self, account: OrganizationAccount, role: str, places: Sequence[RegionalEndpoint]) -> Look:
        credentials = self.credentials.source.assuming(role.replace(ACCOUNT_PLACEHOLDER, account.id))
        listings: dict[RegionalEndpoint, list[RemoteProject]] = {}
        try:
            for where in places:
                projects = open_projects_api(credentials, where).list_all()
                listings[where] = [one for one in projects if one.status == "active" and one.id != UNMANAGED_ID]
        except ServiceError as error:
            return Look(account, listings, error)
        return Look(account, listings)
