"""The quota of projects in Service Quotas, and which projects its usage counts: decisions over what AWS listed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bedrock_projects.limits import UNMANAGED_ID

SERVICE_CODE: Final = "bedrock"
"""Service Quotas lists the quotas of both endpoints under Amazon Bedrock (documented).

https://docs.aws.amazon.com/bedrock/latest/userguide/quotas.html
"""

ACTIVE_ONLY: Final = "active only"
ARCHIVED_TOO: Final = "archived too"

_PROJECTS: Final = re.compile(r"\bprojects\b", re.IGNORECASE)
_OTHER_PROJECTS: Final = "automation"
"""Amazon Bedrock Data Automation has projects of its own."""


@dataclass(frozen=True)
class Counted:
    """How many projects were listed, `default` not among them."""

    active: int
    archived: int


def count(items: Iterable[Mapping[str, Any]]) -> Counted:
    """The projects of lists of either API, each id once."""
    statuses = {
        item["id"]: item.get("status", "active") for item in items if item.get("id") not in (None, UNMANAGED_ID)
    }
    archived = sum(status == "archived" for status in statuses.values())
    return Counted(len(statuses) - archived, archived)


def quotas_of_projects(quotas: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The quotas that limit the number of projects. AWS documents no name, so they are taken by a word."""
    names = ((quota, quota.get("QuotaName", "")) for quota in quotas)
    return [quota for quota, name in names if _PROJECTS.search(name) and _OTHER_PROJECTS not in name.lower()]


def counted_by(usage: float, lists: Iterable[Counted]) -> str | None:
    """Which projects a usage counts: ACTIVE_ONLY or ARCHIVED_TOO; None if it fits both or neither.

    Each of `lists` may be what the quota is about: one API's projects, or those of both. `default` may count too.
    """
    given = [(one.active + default, one.archived) for one in lists for default in (0, 1)]
    is_active = usage in {active for active, _ in given}
    is_all = usage in {active + archived for active, archived in given}
    if is_active == is_all:
        return None
    return ACTIVE_ONLY if is_active else ARCHIVED_TOO
