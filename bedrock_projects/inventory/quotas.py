"""Checks all anomaly alerts and publications of an inventory against AWS's quotas."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from bedrock_projects.aws.endpoints import RUNTIME
from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.limits import (
    MONITORS_PER_ACCOUNT,
    POLICIES_PER_ROLE,
    RUNTIME_POLICIES_PER_ROLE,
    SUBSCRIPTIONS_PER_ACCOUNT,
)
from bedrock_projects.model import AnomalyAlert, Project, Publication, monitored_owners


def check_monitors(
    alerts: Sequence[AnomalyAlert],
    projects: Sequence[Project],
    root: Mapping,
    *,
    ownership_key: str,
    problems: ProblemList,
) -> None:
    """All of them are in one management account, and AWS does not raise its quotas."""
    place = root.mapping("anomaly_alerts")
    monitors = sum(1 for alert in alerts for _ in monitored_owners(alert, projects, ownership_key=ownership_key))
    if monitors > MONITORS_PER_ACCOUNT:
        message = (
            f"needs {monitors} monitors (one per tag value and ten projects), but AWS allows {MONITORS_PER_ACCOUNT} "
            "per account; choose a tag key with fewer values, or fewer environments"
        )
        problems.error(place, message)
    if len(alerts) > SUBSCRIPTIONS_PER_ACCOUNT:
        message = (
            f"needs {len(alerts)} subscriptions (one per alert and environment), but AWS allows "
            f"{SUBSCRIPTIONS_PER_ACCOUNT} per account; remove {len(alerts) - SUBSCRIPTIONS_PER_ACCOUNT}"
        )
        problems.error(place, message)


def check_policies(
    publications: Sequence[Publication], projects: Sequence[Project], root: Mapping, *, problems: ProblemList
) -> None:
    """Each project that a role may use needs a policy of that role, whose length depends on the endpoint."""
    endpoints = {(project.environment, project.key): project.endpoint for project in projects}
    roles: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    for publication in publications:
        for key, arns in publication.inference.items():
            for arn in arns:
                roles[arn][endpoints.get((publication.environment, key))] += 1
    for arn, counts in sorted(roles.items()):
        native = counts[RUNTIME.name]
        room = counts.total() - native + native * POLICIES_PER_ROLE // RUNTIME_POLICIES_PER_ROLE
        if room > POLICIES_PER_ROLE:
            most = RUNTIME_POLICIES_PER_ROLE if native else POLICIES_PER_ROLE
            message = (
                f"{arn!r} may use {counts.total()} projects, with one policy each, but a role holds about {most}"
                f"{f' for {RUNTIME}' if native else ''}; split them among several roles"
            )
            problems.error(root.mapping("publish"), message)
