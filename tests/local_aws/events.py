"""What may happen to a file, to projects and to requests: the random part of the state machine."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from bedrock_projects.aws.endpoints import ENDPOINTS, Endpoint
from bedrock_projects.aws.models import ProjectUpdate
from bedrock_projects.aws.projects import ProjectsApi
from bedrock_projects.projects.changes import DeclaredProject
from local_aws import Fault, LocalProject
from tools.fault_matrix.stack import KilledError

ACCOUNT, TAG, OURS = "111111111111", "bedrock-project", "acme/dev/"
STACK_TAG = f"{TAG}-stack"
FIRST, SECOND = STACKS = ("first", "second")
FULL_NAMES = {name: f"organization/bedrock-projects/{name}" for name in STACKS}
HOME, AWAY = REGIONS = ("us-west-2", "us-east-1")
KEYS = st.sampled_from([f"k{number}" for number in range(4)])
NAMES = st.sampled_from([f"N{number}" for number in range(5)])
CHANGES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"name": NAMES}),
    st.fixed_dictionaries({"tags": st.sampled_from([{"Team": "Search"}, {"Team": "Care"}, {"CostCenter": "1"}])}),
    st.fixed_dictionaries({"status": st.sampled_from(["active", "archived", "released"])}),
    st.fixed_dictionaries({"on_remove": st.sampled_from(["archive", "release"])}),
)
BY_HAND: dict[str, Callable[[ProjectsApi, str], object]] = {
    "renames": lambda client, project_id: client.apply(client.get(project_id), ProjectUpdate(name="By hand")),
    "retags": lambda client, project_id: client.apply(
        client.get(project_id), ProjectUpdate(add_tags={"Team": "Hand", "Stray": "1"})
    ),
    "takes the ownership tag off": lambda client, project_id: client.apply(
        client.get(project_id), ProjectUpdate(remove_tag_keys=(TAG,))
    ),
    "archives": lambda client, project_id: client.archive(project_id),
}
ANY = st.integers(0, 5)
OPERATIONS = ("ListProjects", "GetProject", "UpdateProject", "ArchiveProject", "TagResource", "ListTagsForResource")
# botocore sends the others again by itself, after real pauses: tests/local_aws/test_fault_matrix.py has those.
KINDS = ("cut_off", "not_json", "expired_credentials")
CREATE_KINDS = (*KINDS, "server_error", "unavailable", "throttled", "reset_before", "reset_after")


def faults() -> st.SearchStrategy[Fault]:
    def fault(kind: Any, operation: str, endpoint: Endpoint, after: int, every: int) -> Fault:
        return Fault(kind=kind, operation=endpoint.action(operation), after=after, every=every)

    def lagging(endpoint: Endpoint) -> Fault:
        return Fault(kind="list_lag", operation=endpoint.action("ListProjects"), seconds=60)

    endpoints = st.sampled_from(list(ENDPOINTS.values()))
    when = {"endpoint": endpoints, "after": st.integers(0, 2), "every": st.integers(1, 2)}
    on_create = st.builds(fault, st.sampled_from(CREATE_KINDS), st.just("CreateProject"), **when)
    on_others = st.builds(fault, st.sampled_from(KINDS), st.sampled_from(OPERATIONS), **when)
    return on_create | on_create | on_others | st.builds(lagging, endpoints)


def owns(entry: DeclaredProject, project: LocalProject) -> bool:
    """What the code under test has to find out by itself."""
    return project.tags.get(TAG) in (entry.owner, *entry.previous_owners)


def killing(steps: int | None) -> Callable[[], None]:
    left = iter(range(steps)) if steps is not None else None

    def step() -> None:
        if left is not None and next(left, None) is None:
            raise KilledError

    return step
