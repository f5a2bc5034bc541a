"""How much of AWS's quotas all budgets, anomaly alerts and publications of an inventory would take."""

from collections import Counter
from collections.abc import Sequence

from bedrock_projects.inventory.nodes import Mapping, ProblemList
from bedrock_projects.limits import MONITORS_PER_ACCOUNT, POLICIES_PER_ROLE, SUBSCRIPTIONS_PER_ACCOUNT
from bedrock_projects.model import AnomalyAlert, Project, Publication, monitored_owners


def check_monitors(
    alerts: Sequence[AnomalyAlert],
    projects: Sequence[Project],
    root: Mapping,
    *,
    ownership_key: str,
    problems: ProblemList,
) -> None:
    """All of them end up in one payer account, whose quotas AWS does not raise."""
    place = root.mapping("anomaly_alerts")
    monitors = sum(1 for alert in alerts for _ in monitored_owners(alert, projects, ownership_key=ownership_key))
    if monitors > MONITORS_PER_ACCOUNT:
        message = (
            f"are {monitors} monitors, of which AWS allows {MONITORS_PER_ACCOUNT} in an account: one for each value of "
            "the tag key and ten projects; watch by a key with fewer values, or in fewer environments"
        )
        problems.error(place, message)
    if len(alerts) > SUBSCRIPTIONS_PER_ACCOUNT:
        message = (
            f"are {len(alerts)} subscriptions, of which AWS allows {SUBSCRIPTIONS_PER_ACCOUNT} in an account: one for "
            "each alert and environment; take some out"
        )
        problems.error(place, message)


def check_policies(publications: Sequence[Publication], root: Mapping, *, problems: ProblemList) -> None:
    """Each project that a role may use is a policy of that role."""
    roles = Counter(arn for publication in publications for arns in publication.inference.values() for arn in arns)
    for arn, count in sorted(roles.items()):
        if count > POLICIES_PER_ROLE:
            message = (
                f"{arn} may use {count} projects, each by a policy of its own, of which a role holds about "
                f"{POLICIES_PER_ROLE}; give several roles a part each"
            )
            problems.error(root.mapping("publish"), message)
