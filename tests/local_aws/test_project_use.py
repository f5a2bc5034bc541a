"""What CloudWatch says about the projects of a stack: requests and tokens, each counted once, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from bedrock_projects.attribution.catalogue import Catalogue, CatalogueEnvironment, CatalogueProject
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, RegionalEndpoint
from bedrock_projects.aws.metrics import MetricsClient
from bedrock_projects.errors import AccessDeniedError, SettingsError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.reports.model import DateRange, ProjectUse
from bedrock_projects.reports.project_use import StackUse, stack_use, use_by_project
from bedrock_projects.stacks.settings import Settings
from local_aws import Fault, LocalAws
from tests.local_aws.cloudwatch import CloudWatch
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle

NOW = datetime(2027, 3, 15, 12, 0, 30, tzinfo=timezone.utc)
MARCH = DateRange(start=date(2027, 3, 1), end=date(2027, 3, 31))
SMALL, LARGE = "openai.gpt-oss-20b", "openai.gpt-oss-120b"
NONE = ProjectUse(requests=0, input_tokens=0, output_tokens=0)


def deployed(project_id: str, *, region: str = REGION, endpoint: str = MANTLE.name) -> CatalogueProject:
    arn = f"arn:aws:{endpoint}:{region}:{ACCOUNT}:project/{project_id}"
    return CatalogueProject(
        id=project_id, arn=arn, name="Name", region=region, status="active", base_url="", endpoint=endpoint
    )


def catalogue(account: str | None = ACCOUNT, **projects: CatalogueProject) -> Catalogue:
    environment = CatalogueEnvironment(account=account, region=REGION, base_url=None, projects=projects)
    return Catalogue(inventory="acme", environments={"dev": environment}, declared={})


def ask(mantle: Mantle, project: str, model: str = SMALL, *, characters: int = 8) -> None:
    """A request that takes a token for each four characters, and five for its answer."""
    body = {"model": model, "input": "x" * characters, "max_output_tokens": 5}
    assert mantle.post("/v1/responses", body, headers={"OpenAI-Project": project}).status == 200


@dataclass
class Desk:
    """The credentials of a stack, in which nothing was used yet; today is 15 March."""

    aws: LocalAws
    settings: Settings

    def use(self, of: Catalogue, dates: DateRange = MARCH) -> StackUse:
        return stack_use(self.settings, of, dates, now=NOW)


@pytest.fixture
def desk(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Desk:
    aws.set_clock(NOW.isoformat())
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    return Desk(aws, Settings(environment="dev", inventory=Path("projects.yaml")))


@pytest.mark.parametrize("series", ["all", "project_and_model"])
def test_requests_and_tokens_are_counted_once_whichever_series_there_are(
    desk: Desk, mantle: Mantle, series: str
) -> None:
    desk.aws.settings(metric_series=series)
    chat, search, other = (mantle.create(name)["id"] for name in ("Chat", "Search", "Other"))
    ask(mantle, chat)
    ask(mantle, chat, LARGE, characters=40)
    ask(mantle, chat, LARGE, characters=40)
    ask(mantle, other)
    ask(mantle, "default")
    assert desk.use(catalogue(chat=deployed(chat), search=deployed(search))).by_owner == {
        "acme/dev/chat": ProjectUse(requests=3, input_tokens=2 + 10 + 10, output_tokens=15),
        "acme/dev/search": NONE,
    }


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        ("2027-02-28T23:59:00", 0),
        ("2027-03-01T00:00:00", 1),
        ("2027-03-10T23:59:00", 1),
        ("2027-03-11T00:00:00", 0),
    ],
)
def test_the_days_are_whole_and_both_ends_are_included(desk: Desk, at: str, counted: int) -> None:
    CloudWatch(desk.aws).put(1, datetime.fromisoformat(f"{at}+00:00"), Project="proj_a")
    dates = DateRange(start=date(2027, 3, 1), end=date(2027, 3, 10))
    [use] = desk.use(catalogue(chat=deployed("proj_a")), dates).by_owner.values()
    assert use.requests == counted


def test_each_region_is_asked_and_what_never_had_a_project_is_left_out(desk: Desk, mantle: Mantle) -> None:
    near, far = "proj_near", "proj_far"
    CloudWatch(desk.aws).put(2, NOW.replace(minute=0, hour=1), Project=near)
    CloudWatch(desk.aws, "eu-west-1").put(3, NOW.replace(minute=0, hour=1), Project=far)
    use = desk.use(catalogue(near=deployed(near), far=deployed(far, region="eu-west-1"), never=deployed(NO_PROJECT_ID)))
    assert {owner: count.requests for owner, count in use.by_owner.items()} == {"acme/dev/near": 2, "acme/dev/far": 3}


def test_tokens_are_asked_only_of_series_that_had_requests(desk: Desk) -> None:
    CloudWatch(desk.aws).put(1, NOW.replace(hour=1), Project="proj_a")
    desk.aws.clear_requests()
    desk.use(catalogue(a=deployed("proj_a"), b=deployed("proj_b")))
    assert operations(desk) == ["GetCallerIdentity", "ListMetrics", *["GetMetricData"] * 3]
    desk.aws.clear_requests()
    desk.use(catalogue(b=deployed("proj_b")))
    assert operations(desk) == ["GetCallerIdentity", "ListMetrics", "GetMetricData"]


def operations(desk: Desk) -> Sequence[str]:
    return [request.operation.partition(":")[2] for request in desk.aws.requests()]


def test_projects_of_the_other_endpoint_are_unknown_and_not_zero(desk: Desk) -> None:
    desk.aws.clear_requests()
    use = desk.use(catalogue(chat=deployed("proj_a", endpoint=RUNTIME.name)))
    assert use == StackUse(by_owner={}, notes=("CloudWatch does not count requests of bedrock-runtime by project",))
    assert desk.aws.requests() == []


@pytest.mark.parametrize(
    ("dimensions", "start", "words"),
    [
        ({"Project": "proj_a"}, date(2027, 2, 1), []),
        ({"Project": "proj_a", "Model": "m"}, date(2027, 3, 2), []),
        ({"Project": "proj_a", "Model": "m"}, date(2027, 3, 1), ["in us-west-2, CloudWatch shows no requests by"]),
        ({"Project": "proj_a"}, date(2025, 12, 1), ["CloudWatch keeps requests for 455 days"]),
    ],
)
def test_what_cloudwatch_no_longer_has_is_said(
    desk: Desk, dimensions: dict[str, str], start: date, words: list[str]
) -> None:
    CloudWatch(desk.aws).put(1, NOW.replace(hour=1), **dimensions)
    use = desk.use(catalogue(chat=deployed("proj_a")), DateRange(start=start, end=MARCH.end))
    assert [note[: len(word)] for note, word in zip(use.notes, words, strict=True)] == words


@pytest.mark.parametrize("action", ["ListMetrics", "GetMetricData"])
def test_a_missing_permission_is_an_error_that_names_it(desk: Desk, action: str) -> None:
    desk.aws.faults([Fault(kind="denied", action=f"*:{action}")])
    with pytest.raises(AccessDeniedError, match=f"cloudwatch:{action}"):
        desk.use(catalogue(chat=deployed("proj_a")))


def test_credentials_of_another_account_would_count_nothing_and_are_refused(desk: Desk) -> None:
    with pytest.raises(SettingsError, match="environment 'dev' is in account 222222222222, but the credentials"):
        desk.use(catalogue(account="222222222222", chat=deployed("proj_a")))
    assert desk.aws.requests("*:ListMetrics") == []


def test_a_key_of_bedrock_cannot_count(desk: Desk) -> None:
    desk.settings = replace(desk.settings, auth="bearer")
    with pytest.raises(SettingsError, match="CloudWatch accepts no Bedrock API key"):
        desk.use(catalogue(chat=deployed("proj_a")))


def test_an_environment_that_was_not_read_is_refused(desk: Desk) -> None:
    desk.settings = replace(desk.settings, environment="prod")
    with pytest.raises(SettingsError, match="the outputs of environment 'prod' are missing"):
        desk.use(catalogue())


def test_a_stack_without_projects_asks_nobody(desk: Desk) -> None:
    desk.aws.clear_requests()
    assert desk.use(catalogue()) == StackUse(by_owner={})
    assert desk.aws.requests() == []


def test_projects_that_are_not_asked_for_are_left_out(desk: Desk) -> None:
    CloudWatch(desk.aws).put(1, NOW.replace(hour=1), Project="proj_a")
    CloudWatch(desk.aws).put(5, NOW.replace(hour=1), Project="proj_of_others")
    client = MetricsClient(Credentials(), RegionalEndpoint(REGION))
    use = use_by_project(client, ["proj_a"], since=datetime(2027, 3, 1, tzinfo=timezone.utc), until=NOW)
    assert {project: count.requests for project, count in use.by_project.items()} == {"proj_a": 1}
    assert use.is_by_project
