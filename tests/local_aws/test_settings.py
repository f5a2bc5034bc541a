"""The switches: where the service is not known, both of its possible answers can be had."""

import pytest

from local_aws import ControlError, LocalAws
from tests.local_aws.mantle import Mantle


def archived(mantle: Mantle) -> str:
    project_id = str(mantle.create("Chat")["id"])
    mantle.call("POST", f"/{project_id}/archive")
    return project_id


def test_an_archived_project_may_be_gone_for_get(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(archived_get="not_found")
    assert mantle.call("GET", f"/{archived(mantle)}").error[:2] == (404, "not_found_error")


def test_an_archived_project_may_be_updated(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(archived_update="carried_out")
    answer = mantle.call("POST", f"/{archived(mantle)}", {"name": "New"})
    assert (answer.status, answer.json["name"], answer.json["status"]) == (200, "New", "archived")


def test_a_second_archive_may_be_refused(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(archived_archive="refused")
    status, code, message = mantle.call("POST", f"/{archived(mantle)}/archive").error
    assert (status, code) == (400, "validation_error")
    assert "archived already" in message


@pytest.mark.parametrize("switch", [{"duplicate_names": "refused"}, {"names": "guide"}])
def test_names_may_have_to_be_unique_among_active_projects(
    aws: LocalAws, mantle: Mantle, switch: dict[str, str]
) -> None:
    aws.settings(**switch)
    first = mantle.create("Chat")
    other = mantle.create("Talk")
    for path in ("", f"/{other['id']}"):
        assert mantle.call("POST", path, {"name": "Chat"}).error == (
            400,
            "validation_error",
            "A project with the name 'Chat' exists already.",
        )
    assert mantle.call("POST", f"/{first['id']}", {"name": "Chat"}).status == 200
    mantle.call("POST", f"/{first['id']}/archive")
    assert mantle.create("Chat")["id"] != first["id"]


@pytest.mark.parametrize("name", ["x" * 65, "a  b", "-a", "a_", "ü", "a.b"])
def test_the_user_guides_names_may_hold(aws: LocalAws, mantle: Mantle, name: str) -> None:
    mantle.create(name)
    aws.settings(names="guide")
    mantle.create("Chat Bot_2-x")
    assert mantle.call("POST", "", {"name": name}).error[:2] == (400, "validation_error")


def test_the_schemas_200_tags_may_hold(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(tags_per_project=200)
    mantle.create("x", tags={f"k{number}": "" for number in range(200)})
    answer = mantle.call("POST", "", {"name": "x", "tags": {f"k{number}": "" for number in range(201)}})
    assert answer.error == (400, "validation_error", "A project can have at most 200 tags, this would have 201.")


@pytest.mark.parametrize(("status", "code"), [(400, "validation_error"), (429, "rate_limit_exceeded")])
def test_an_account_has_a_limit_of_projects(aws: LocalAws, mantle: Mantle, status: int, code: str) -> None:
    aws.settings(projects_per_account=2, projects_limit_status=status)
    elsewhere = Mantle(aws.url, region="eu-west-1")
    first = mantle.create("A")
    elsewhere.create("B")
    for client in (mantle, elsewhere):
        expected = (status, code, "The account has reached its limit of 2 projects.")
        assert client.call("POST", "", {"name": "C"}).error == expected
    Mantle(aws.url, account="222222222222").create("C")
    mantle.call("POST", f"/{first['id']}/archive")
    mantle.create("C")


def test_the_limit_may_hold_per_region_and_count_archived_projects(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(projects_per_account=1, projects_limit_per="region", projects_limit_counts_archived=True)
    Mantle(aws.url, region="eu-west-1").create("B")
    archived(mantle)
    assert mantle.call("POST", "", {"name": "C"}).error[0] == 400


def test_the_documented_limit_is_1000(aws: LocalAws) -> None:
    assert aws.settings()["projects_per_account"] == 1000


@pytest.mark.parametrize("field", ["arn", "tags", "data_retention", "archived_at", "created_at"])
def test_fields_may_be_missing_in_every_answer(aws: LocalAws, mantle: Mantle, field: str) -> None:
    aws.settings(omit_fields=[field])
    project = mantle.create("Chat", tags={"a": "b"})
    listed = mantle.call("GET").json["data"]
    for shown in (project, mantle.call("GET", f"/{project['id']}").json, *listed):
        assert field not in shown
        assert shown["object"] == "organization.project"


def test_tags_may_be_empty_in_lists_only(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(list_tags="empty")
    project = mantle.create("Chat", tags={"a": "b"})
    assert [shown["tags"] for shown in mantle.call("GET").json["data"]] == [{}, {}]
    assert mantle.call("GET", f"/{project['id']}").json["tags"] == {"a": "b"}


@pytest.mark.parametrize(("switch", "asked", "plain"), [("always", 2, 2), ("never", 1, 1), ("on_request", 2, 1)])
def test_lists_may_treat_archived_projects_in_three_ways(
    aws: LocalAws, mantle: Mantle, switch: str, asked: int, plain: int
) -> None:
    aws.settings(list_archived=switch)
    archived(mantle)
    assert (len(mantle.listed(include_archived="true")), len(mantle.listed())) == (asked, plain)


def test_paging_may_be_ignored(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(list_paging="ignored")
    mantle.create("A")
    page = mantle.call("GET", query={"limit": 1, "after": mantle.create("B")["id"]}).json
    assert ([project["name"] for project in page["data"]], page["has_more"]) == (["default", "A", "B"], False)


def test_paging_may_be_stuck_on_the_first_page(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(list_paging="stuck")
    mantle.create("A")
    page = mantle.call("GET", query={"limit": 1}).json
    assert page["has_more"]
    assert mantle.call("GET", query={"limit": 1, "after": page["last_id"]}).json == page


def test_the_last_id_may_be_another_items(aws: LocalAws, mantle: Mantle) -> None:
    aws.settings(list_last_id="another_item")
    first = mantle.create("A")
    mantle.create("B")
    assert mantle.call("GET").json["last_id"] == first["id"]


@pytest.mark.parametrize(
    "changes", [{"archived_gett": "answered"}, {"archived_get": "maybe"}, {"tags_per_project": 51}, {"regions": "x"}]
)
def test_an_unknown_switch_or_position_changes_nothing(aws: LocalAws, changes: dict[str, object]) -> None:
    before = aws.settings()
    with pytest.raises(ControlError, match=next(iter(changes))):
        aws.settings(**changes)
    assert aws.settings() == before


def test_a_reset_puts_all_switches_back(aws: LocalAws) -> None:
    before = aws.settings()
    aws.settings(archived_get="not_found", regions=["us-east-1"])
    aws.reset()
    assert aws.settings() == before
