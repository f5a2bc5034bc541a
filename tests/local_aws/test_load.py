"""Many requests at once: none lost, none doubled."""

from concurrent.futures import ThreadPoolExecutor

from local_aws import Fault, LocalAws
from tests.local_aws.mantle import Mantle


def test_64_threads_create_640_projects(mantle: Mantle, aws: LocalAws) -> None:
    names = [f"P{number}" for number in range(640)]
    with ThreadPoolExecutor(64) as pool:
        created = list(pool.map(mantle.create, names))
    assert len({project["id"] for project in created}) == 640
    assert sorted(project.name for project in aws.projects()) == sorted(["default", *names])
    assert sorted(request.number for request in aws.requests()) == list(range(1, 641))


def test_64_requests_wait_at_the_same_time(mantle: Mantle, aws: LocalAws) -> None:
    mantle.listed()
    aws.faults([Fault(kind="latency", seconds=0.5)])
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: mantle.call("GET").status, range(64)))
    assert answers == [200] * 64
    moments = [request.time for request in aws.requests("bedrock-mantle:ListProjects")[1:]]
    assert max(moments) - min(moments) < 16  # one after the other they would need 32 s


def test_updates_of_one_project_by_many_threads_are_all_kept(mantle: Mantle) -> None:
    project_id = mantle.create("Chat")["id"]
    keys = [f"k{number}" for number in range(50)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: mantle.call("POST", f"/{project_id}", {"add_tags": {key: key}}), keys))
    assert mantle.call("GET", f"/{project_id}").json["tags"] == {key: key for key in keys}
