"""Each call takes the permissions that docs/service-notes.md names, and fails without any one of them."""

from collections.abc import Callable

import pytest

from local_aws import Fault, LocalAws
from tests.local_aws.mantle import Mantle

CREATE = "bedrock-mantle:CreateProject"
EXPIRED = "The security token included in the request is expired"


ARN = "arn:aws:bedrock-mantle:us-west-2:111111111111:project/{id}"
CALLS: dict[str, tuple[str, Callable[[Mantle, str], object], list[tuple[str, str]]]] = {
    "create": (CREATE, lambda m, _: m.call("POST", "", {"name": "x"}), [("CreateProject", "*")]),
    "create with tags": (
        CREATE,
        lambda m, _: m.call("POST", "", {"name": "x", "tags": {"a": "b"}}),
        [("CreateProject", "*"), ("TagResource", ARN.format(id="*"))],
    ),
    "list": (
        "bedrock-mantle:ListProjects",
        lambda m, _: m.call("GET"),
        [("ListProjects", "*"), ("ListTagsForResource", "*")],
    ),
    "get": (
        "bedrock-mantle:GetProject",
        lambda m, id_: m.call("GET", f"/{id_}"),
        [("GetProject", ARN), ("ListTagsForResource", ARN)],
    ),
    "rename": (
        "bedrock-mantle:UpdateProject",
        lambda m, id_: m.call("POST", f"/{id_}", {"name": "y"}),
        [("UpdateProject", ARN)],
    ),
    "retag": (
        "bedrock-mantle:UpdateProject",
        lambda m, id_: m.call("POST", f"/{id_}", {"add_tags": {"a": "b"}, "remove_tag_keys": ["c"]}),
        [("UpdateProject", ARN), ("TagResource", ARN), ("UntagResource", ARN), ("ListTagsForResource", ARN)],
    ),
    "archive": (
        "bedrock-mantle:ArchiveProject",
        lambda m, id_: m.call("POST", f"/{id_}/archive"),
        [("ArchiveProject", ARN)],
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_each_call_is_recorded_with_the_permissions_that_it_takes(mantle: Mantle, aws: LocalAws, case: str) -> None:
    operation, call, needed = CALLS[case]
    project_id = mantle.create("Chat")["id"]
    call(mantle, project_id)
    request = aws.requests()[-1]
    expected = [[f"bedrock-mantle:{action}", resource.format(id=project_id)] for action, resource in needed]
    assert (request.operation, request.permissions) == (operation, expected)


@pytest.mark.parametrize(
    ("case", "action"), [(case, action) for case, (_, _, needed) in CALLS.items() for action, _ in needed]
)
def test_a_call_fails_without_any_one_of_its_permissions(mantle: Mantle, aws: LocalAws, case: str, action: str) -> None:
    project = mantle.create("Chat", tags={"c": "d"})
    aws.faults([Fault(kind="denied", action=f"bedrock-mantle:{action}")])
    operation, call, _ = CALLS[case]
    call(mantle, project["id"])
    request = aws.requests()[-1]
    assert (request.operation, request.status, request.code) == (operation, 403, "access_denied")
    aws.faults([])
    assert mantle.call("GET", f"/{project['id']}").json == project


@pytest.mark.parametrize(
    ("explicit", "because"),
    [
        (False, "because no identity-based policy allows the bedrock-mantle:TagResource action"),
        (True, "with an explicit deny in a service control policy"),
    ],
)
def test_a_denial_names_who_what_and_why(mantle: Mantle, aws: LocalAws, explicit: bool, because: str) -> None:
    aws.faults([Fault(kind="denied", action="*:TagResource", explicit=explicit)])
    assert mantle.try_create()[0] == 200
    answer = mantle.call("POST", "", {"name": "x", "tags": {"a": "b"}})
    assert answer.error[2] == (
        "User: arn:aws:iam::111111111111:user/local is not authorized to perform: bedrock-mantle:TagResource "
        f"on resource: arn:aws:bedrock-mantle:us-west-2:111111111111:project/* {because}"
    )
