"""Reads budgets and anomaly alerts: merged with their overrides, checked against the projects and AWS's limits."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import cast

from bedrock_projects.arns import is_arn
from bedrock_projects.inventory.header import InventoryHeader
from bedrock_projects.inventory.layers import ResolvedEntry, first_defined
from bedrock_projects.inventory.nodes import HERE, Mapping, Node, ProblemList, Scalar, empty
from bedrock_projects.inventory.taxonomy import hint_at_key, not_activated
from bedrock_projects.limits import ADDRESSES_PER_ALERT, ALERTS_PER_BUDGET, BUDGET_NAME, TOPICS_PER_ALERT
from bedrock_projects.model import Alert, AnomalyAlert, Budget, Frequency, Period, Project, cost_control_name
from bedrock_projects.suggestions import did_you_mean

_SECTIONS = ("budgets", "anomaly_alerts", "publish", "exports", "chargeback")
_USED_UP = "100%"


def are_projects_whole(problems: ProblemList) -> bool:
    """Whether nothing outside of these sections has errors.

    Projects with errors are missing, so it is then unknown which tags no project has.
    """
    return not any(problem.severity == "error" and not problem.path.startswith(_SECTIONS) for problem in problems.all)


def _has_wrong_subscribers(node: Mapping) -> bool:
    """Whether subscribers are set, but none is valid."""
    return "notify" in node.broken or ("notify" in node.entries and not node.texts("notify"))


def environments_of(node: Mapping, header: InventoryHeader, problems: ProblemList) -> dict[str, Mapping] | None:
    """The environments that a node names, with their overrides; None if it names none."""
    given = node.entries.get("environments")
    if given is None:
        return {} if "environments" in node.broken else None
    overrides = header.names.overrides(given, problems)
    return {name: override for name, (_, override) in overrides.items() if name in header.environments}


class CostControlReader:
    """Reads the two sections of one inventory."""

    def __init__(
        self, root: Mapping, header: InventoryHeader, projects: Sequence[ResolvedEntry], *, problems: ProblemList
    ) -> None:
        self._root = root
        self._header = header
        self._projects: dict[str | None, list[Project]] = {None: [resolved.project for resolved in projects]}
        for project in self._projects[None]:
            self._projects.setdefault(project.environment, []).append(project)
        self._report = problems
        self._is_complete = are_projects_whole(problems)

    def budgets(self) -> tuple[Budget, ...]:
        """The budgets without errors, by environment and key; those of all environments come first."""
        section = self._root.mapping("budgets")
        budgets = [
            budget for key, node in section.mappings().items() for budget in self._budgets(section.keys[key], node)
        ]
        return tuple(sorted(budgets, key=lambda budget: (budget.environment or "", budget.key)))

    def anomaly_alerts(self) -> tuple[AnomalyAlert, ...]:
        """The anomaly alerts without errors, in the same order."""
        section = self._root.mapping("anomaly_alerts")
        alerts = [alert for key, node in section.mappings().items() for alert in self._anomaly(section.keys[key], node)]
        return tuple(sorted(alerts, key=lambda alert: (alert.environment or "", alert.key)))

    def _budgets(self, place: Scalar, node: Mapping) -> Iterator[Budget]:
        tag = self._tag(node)
        project = node.entries.get("project")
        named = environments_of(node, self._header, self._report)
        for environment, override in ({None: empty(place)} if named is None else named).items():
            layers = (override, node)
            self._check_counted(environment, tag=tag, project=project if isinstance(project, Scalar) else None)
            self._check_name(place, environment)
            period = cast("Period", first_defined("period", layers) or "monthly")
            alerts = self._alerts(place, layers, period)
            amount = first_defined("amount", layers)
            if amount and alerts and (tag or project):
                yield Budget(
                    key=place.text,
                    environment=environment,
                    tag=(tag[0], tag[1].text) if tag else None,
                    project=node.text("project"),
                    amount=amount,
                    period=period,
                    alerts=alerts,
                )

    def _tag(self, node: Mapping) -> tuple[str, Scalar] | None:
        given, taxonomy = node.mapping("tag"), self._header.taxonomy
        for key in given.entries:
            if key == taxonomy.ownership_key:
                message = "is the ownership tag; to count one project, write `project: <key>` instead of `tag`"
                self._report.error(given.keys[key], message)
                return None
            declared = taxonomy.keys.get(key)
            if declared and not declared.cost_allocation:
                self._report.error(given.keys[key], not_activated(key))
                return None
        return next(iter(taxonomy.tags(given, grant={}, problems=self._report).items()), None)

    def _check_counted(
        self, environment: str | None, *, tag: tuple[str, Scalar] | None, project: Scalar | None
    ) -> None:
        """Whether any project is counted; problems of the tag itself were reported before."""
        here = self._projects.get(environment, [])
        where = f" in {HERE}" if environment else ""
        if not self._is_complete:
            return
        if project and all(candidate.key != project.text for candidate in here):
            keys = {candidate.key for candidate in here}
            message = f"unknown entry {project.text!r}{where}; {did_you_mean(project.text, keys)}"
            self._report.error(project, message, environment=environment)
        if tag:
            key, value = tag
            tag_key = self._header.taxonomy.keys[key]
            carried = {candidate.tags[key] for candidate in here if key in candidate.tags}
            allowed = tag_key.values is None or value.text in {*tag_key.values, *tag_key.former_values}
            if value.text not in carried and allowed:
                remedy = did_you_mean(value.text, carried) if carried else "add it to a project, or choose another tag"
                message = f"no project{where} has the value {value.text!r}; {remedy}"
                self._report.error(value, message, environment=environment)

    def _check_name(self, place: Scalar, environment: str | None) -> None:
        violation = BUDGET_NAME.violation(cost_control_name(self._header.name, environment, place.text))
        if violation:
            name = cost_control_name("<inventory>", "<environment>" if environment else None, "<key>")
            self._report.error(place, f"the name {name} {violation}; choose a shorter key")

    def _alerts(self, place: Scalar, layers: tuple[Mapping, Mapping], period: Period) -> tuple[Alert, ...]:
        """The merged alerts; empty after a reported problem."""
        if any("alerts" in layer.broken or _has_wrong_subscribers(layer) for layer in layers):
            return ()
        written = next((layer for layer in layers if "alerts" in layer.entries), None)
        nodes = written.blocks("alerts") if written else [empty(place)]
        given = next((layer.texts("notify") for layer in layers if layer.texts("notify")), ())
        alerts: dict[tuple[str, Decimal, bool], Alert] = {}
        for node in nodes:
            alert = self._alert(node, given, period)
            if alert is None:
                return ()
            # As AWS distinguishes them: 80% and 80.0% are the same.
            identity = (alert.of, Decimal(alert.at.removesuffix("%")), alert.at.endswith("%"))
            if identity in alerts:
                self._report.error(node, f"duplicate alert at {alert.at!r} of the {alert.of} cost; keep one of the two")
            alerts[identity] = alert
        if len(alerts) > ALERTS_PER_BUDGET:
            surplus = len(alerts) - ALERTS_PER_BUDGET
            message = f"has {len(alerts)} alerts, but AWS allows {ALERTS_PER_BUDGET}; remove {surplus}"
            self._report.error(nodes[0], message, path=f"{place.path}.alerts")
        return tuple(alerts[identity] for identity in sorted(alerts))

    def _alert(self, node: Mapping, given: tuple[str, ...], period: Period) -> Alert | None:
        if node.broken or _has_wrong_subscribers(node):
            return None
        of = "forecast" if node.text("of") == "forecast" else "actual"
        if of == "forecast" and period == "daily":
            message = "AWS has no forecast for a daily budget; write `of: actual`, or another `period`"
            self._report.error(node.entries["of"], message)
        notify = node.texts("notify") or given
        if not notify:
            self._report.error(node, "has no subscriber; add `notify: [<e-mail address>]` here or in the budget")
            return None
        self._check_number(node, notify)
        return Alert(at=node.text("at") or _USED_UP, of=of, notify=tuple(sorted(notify)))

    def _check_number(self, place: Node, notify: Sequence[str]) -> None:
        topics = sum(map(is_arn, notify))
        if topics > TOPICS_PER_ALERT or len(notify) - topics > ADDRESSES_PER_ALERT:
            message = (
                f"has {len(notify) - topics} addresses and {topics} topics, but AWS allows {ADDRESSES_PER_ALERT} and "
                f"{TOPICS_PER_ALERT}; to notify more people, subscribe them to one topic"
            )
            self._report.error(place, message)

    def _anomaly(self, place: Scalar, node: Mapping) -> Iterator[AnomalyAlert]:
        tag_key = node.entries.get("tag_key")
        is_known = isinstance(tag_key, Scalar) and self._is_tag_key(tag_key)
        named = environments_of(node, self._header, self._report)
        for environment, override in ({None: empty(place)} if named is None else named).items():
            layers = (override, node)
            if any(layer.broken for layer in layers) or not isinstance(tag_key, Scalar):
                continue
            if self._is_complete and is_known and not self._carriers(tag_key.text, environment):
                where = f" in {HERE}" if environment else ""
                message = f"no project{where} has the tag {tag_key.text!r}; add it to a project, or choose another key"
                self._report.error(tag_key, message, environment=environment)
            notify = next((layer.items("notify") for layer in layers if layer.items("notify")), [])
            frequency = cast("Frequency", first_defined("frequency", layers) or "daily")
            self._check_channel(frequency, notify)
            self._check_number(place, [subscriber.text for subscriber in notify])
            if notify:
                yield AnomalyAlert(
                    key=place.text,
                    environment=environment,
                    tag_key=tag_key.text,
                    above=first_defined("above", layers),
                    above_percent=first_defined("above_percent", layers),
                    frequency=frequency,
                    notify=tuple(sorted(subscriber.text for subscriber in notify)),
                )

    def _carriers(self, key: str, environment: str | None) -> list[Project]:
        return [
            project
            for project in self._projects.get(environment, [])
            if key == self._header.taxonomy.ownership_key or key in project.tags
        ]

    def _is_tag_key(self, place: Scalar) -> bool:
        """Whether projects may carry the key and Billing knows it; reports a problem if not."""
        taxonomy = self._header.taxonomy
        if place.text == taxonomy.ownership_key or taxonomy.known is None:
            return True
        declared = taxonomy.keys.get(place.text)
        if place.text not in taxonomy.known:
            known = {*taxonomy.known, taxonomy.ownership_key}
            self._report.error(place, f"unknown tag key {place.text!r}; {hint_at_key(place.text, known)}")
        elif declared and not declared.cost_allocation:
            self._report.error(place, not_activated(place.text))
        else:
            return True
        return False

    def _check_channel(self, frequency: Frequency, notify: list[Scalar]) -> None:
        """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html."""
        for subscriber in notify:
            if is_arn(subscriber.text) != (frequency == "immediate"):
                meant = "the ARN of an SNS topic" if frequency == "immediate" else "an e-mail address"
                other = "`daily` or `weekly`" if frequency == "immediate" else "`immediate`"
                message = (
                    f"{subscriber.text!r} needs the frequency {other}; for `frequency: {frequency}`, write {meant}"
                )
                self._report.error(subscriber, message)
