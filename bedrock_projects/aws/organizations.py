"""The client of AWS Organizations: the accounts of the organisation.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
The management account and delegated administrators may ask.
"""

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.models import OrganizationAccount
from bedrock_projects.aws.session import BILLING_REGION, client_config, open_client
from bedrock_projects.errors import AccessDeniedError

_ATTEMPTS = 5
"""Organizations answers few requests a second, and a page has 20 accounts at most."""


class OrganizationsClient:
    """One method per question; errors are ServiceError."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = str(credentials)
        config = client_config(attempts=_ATTEMPTS, retries="adaptive")
        self._client = open_client("organizations", credentials, region=BILLING_REGION, config=config)

    def accounts(self) -> list[OrganizationAccount]:
        """All accounts, the management account and closed ones among them, sorted by id."""
        try:
            return sorted(self._listed(), key=lambda account: account.id)
        except AccessDeniedError as error:
            raise error.with_hint("only the management account and delegated administrators may ask") from None

    def _listed(self) -> list[OrganizationAccount]:
        with translate_errors("listing the accounts of the organisation", credentials=self._credentials):
            pages = self._client.get_paginator("list_accounts").paginate()
            return [
                # `State` is newer than `Status`, which AWS wants to retire in September 2026.
                OrganizationAccount(
                    id=one["Id"], name=one.get("Name", ""), is_active=one.get("State", one.get("Status")) == "ACTIVE"
                )
                for page in pages
                for one in page["Accounts"]
            ]
