"""What the services' answers say, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from bedrock_projects.arns import account_in
from bedrock_projects.errors import ServiceError

TagStatus = Literal["Active", "Inactive"]
"""The status of a cost allocation tag in Billing."""


@dataclass(frozen=True, kw_only=True)
class TagKeyState:
    """What Billing says of a tag key. `changed_on` is the day on which its status last changed, None if it never did.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CostAllocationTag.html
    """

    status: TagStatus
    changed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class OrganizationAccount:
    """An account of the organisation; `name` may be empty. Not active: suspended, closed or about to be."""

    id: str
    name: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class InvoiceSummary:
    """An invoice or a credit memo: the account that gets it, and its total by currency, below 0 for a credit memo."""

    id: str
    account: str
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class BudgetState:
    """A budget of AWS Budgets; `forecast` is that of its current period in US dollars, None if it has none.

    `cost_types` says what it counts, by AWS's names; empty if AWS does not say it in this way.
    """

    name: str
    time_unit: str
    cost_types: Mapping[str, bool]
    forecast: Decimal | None


@dataclass(frozen=True, kw_only=True)
class StatusChange:
    """What came of setting the status of cost allocation tags.

    `done` are the keys that Billing lists with the new status, `unknown` those that it does not know. `error` says why
    any others are left, and names them; None if none is.
    """

    done: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    error: ServiceError | None = None


class Backfill(BaseModel):
    """One request to apply today's cost allocation tags to past costs.

    Times are ISO 8601; `completed_at` may be empty.
    """

    model_config = ConfigDict(frozen=True)

    since: str
    requested_at: str
    status: str
    completed_at: str = ""


def active_since(state: TagKeyState, backfills: Iterable[Backfill]) -> date | None:
    """The first day whose costs have an active key: that of its activation, or of a backfill after that.

    None if Billing does not say when the key was activated.
    """
    if state.changed_on is None:
        return None
    covered = [
        date.fromisoformat(backfill.since[:10])
        for backfill in backfills
        if backfill.status == "SUCCEEDED" and date.fromisoformat(backfill.requested_at[:10]) >= state.changed_on
    ]
    return min([state.changed_on, *covered])


class RemoteProject(BaseModel):
    """A project as the service describes it.

    Fields that an answer lacks are None or empty, and not in `model_fields_set`. `status` is `active` or `archived`:
    what AWS calls by any other word is there, so it is active. `created_at` is whole seconds since 1970.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    arn: str | None = None
    name: str = ""
    status: str = "active"
    created_at: int | None = None
    tags: dict[str, str] = {}
    data_retention: str | None = None

    @field_validator("status")
    @classmethod
    def _one_of_two(cls, status: str) -> str:
        return "archived" if status.lower() == "archived" else "active"

    @property
    def account_id(self) -> str | None:
        """The account in the ARN."""
        return account_in(self.arn or "")


@dataclass(frozen=True, kw_only=True)
class ProjectUpdate:
    """What one update has to say: only what differs. Falsy when nothing does."""

    name: str | None = None
    add_tags: Mapping[str, str] = field(default_factory=dict)
    remove_tag_keys: tuple[str, ...] = ()
    data_retention: str | None = None

    def __bool__(self) -> bool:
        return self != ProjectUpdate()


class UnconfirmedError(ServiceError):
    """AWS answered a write, but does not show what was asked. `project` is what AWS shows."""

    def __init__(self, message: str, *, action: str, project: RemoteProject) -> None:
        super().__init__(message, action=action)
        self.project = project

    def about(self, project: RemoteProject) -> "UnconfirmedError":
        """The same error with more of what AWS has."""
        return UnconfirmedError(self.message, action=self.action, project=project)

    def with_hint(self, advice: str) -> "UnconfirmedError":
        """The same error with what to do about it."""
        return UnconfirmedError(f"{self.message}; {advice}", action=self.action, project=self.project)
