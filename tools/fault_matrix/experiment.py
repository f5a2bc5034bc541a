"""One case of the matrix: a run under faults, the same run again without, and what came of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import Endpoint, RegionalEndpoint
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.preflight.run_plan import Context, Ownership, plan_run
from bedrock_projects.projects.archive_limit import check_announced
from bedrock_projects.projects.shared_listing import SharedListing
from local_aws import LocalAws, LocalProject
from tools.fault_matrix.faults import FaultCase
from tools.fault_matrix.setups import OURS, REGION, TAG, Setup, lifecycle, setup

ACCOUNT = "111111111111"
_SEED = 6


@dataclass(frozen=True)
class Outcome:
    """`struck` requests and errors `reported` are those of the first run, the rest is as it is after the second.

    `differing` counts projects of which file, state and service do not say the same, and errors of the second run.
    """

    struck: int
    reported: int
    duplicates: int
    lost: int
    wrongly_archived: int
    differing: int

    @property
    def good(self) -> bool:
        """Nothing is doubled, lost, wrongly archived or left to do."""
        return not (self.duplicates or self.lost or self.wrongly_archived or self.differing)


def attempt(aws: LocalAws, case: FaultCase, *, projects: int) -> Outcome:
    """Tries one case; the environment holds the account's credentials. Our own waits move the local clock only."""
    aws.reset(seed=_SEED)
    setting = setup(case.scenario.name, projects, case.endpoint)
    # No list lags so far behind that it would not show these.
    aws.advance(hours=2)
    aws.settings(list_tags="empty" if case.scenario.hides_tags else "full")
    aws.faults(case.rules)
    reported = _run(aws, setting, case.endpoint, refreshed=case.scenario.refreshed)
    _, struck = aws.fault_counts()[0]
    aws.faults([])
    left = _run(aws, setting, case.endpoint, refreshed=case.scenario.refreshed)
    listed = aws.projects(ACCOUNT, REGION, service=case.endpoint.arn_service)
    by_id = {project.id: project for project in listed if project.id != "default"}
    owners = Counter(project.tags.get(TAG, "") for project in by_id.values() if project.active)
    return Outcome(
        struck=struck,
        reported=len(reported),
        duplicates=sum(count - 1 for owner, count in owners.items() if owner.startswith(OURS)),
        lost=sum(owners[entry.owner] == 0 for entry in setting.wanted),
        wrongly_archived=_wrongly_archived(setting, by_id),
        differing=len(left) + _differing(setting, by_id),
    )


def _run(aws: LocalAws, setting: Setup, endpoint: Endpoint, *, refreshed: bool) -> list[BedrockProjectsError]:
    """`pulumi up`, with `--refresh` where asked for: what was raised."""

    def sleep(seconds: float) -> None:
        aws.advance(seconds=seconds)

    errors = setting.stack.refresh(lifecycle(sleep)) if refreshed else []
    if errors:
        return errors
    try:
        _preflight(setting, endpoint, sleep)
    except BedrockProjectsError as error:
        return [error]
    return setting.stack.up(setting.wanted, lifecycle(sleep, destroyed=0 if setting.wanted else len(setting.own)))


def _preflight(setting: Setup, endpoint: Endpoint, sleep: Callable[[float], None]) -> None:
    """As the program does it, with the archives that the scenario wants allowed by their number."""
    where = RegionalEndpoint(REGION, endpoint)
    listing = SharedListing(open_projects_api(Credentials(), where, sleep=sleep), declared=setting.wanted).look()
    plan = plan_run(setting.wanted, {where: listing}, Ownership((TAG,), (OURS,)), Context(state=setting.stack.state))
    allowed = None if setting.wanted else str(len(plan.archived))
    check_announced(plan.archived, owned=plan.owned, allowed=allowed)


def _wrongly_archived(setting: Setup, by_id: dict[str, LocalProject]) -> int:
    """Archived projects but those that the file took out: what is new must be active as well."""
    meant = frozenset() if setting.wanted else setting.own
    return sum(not project.active for project in by_id.values() if project.id not in meant)


def _differing(setting: Setup, by_id: dict[str, LocalProject]) -> int:
    """Entries whose project is not as file and state say, strangers that were touched, projects beyond both."""
    wrong = 0
    for entry in setting.wanted:
        managed = setting.stack.held.get(entry.key)
        project = by_id.get(managed.id) if managed else None
        wrong += (
            managed is None
            or project is None
            or not project.active
            or (entry.name, entry.all_tags) != (project.name, project.tags)
            or (managed.declared.name, managed.declared.all_tags) != (project.name, project.tags)
        )
    for stranger in setting.strangers:
        now = by_id[stranger.id]
        wrong += not now.active or (now.name, now.tags) != (stranger.name, stranger.tags)
    active = sum(project.active for project in by_id.values())
    return wrong + abs(active - len(setting.wanted) - len(setting.strangers)) + len(setting.stack.doomed)
