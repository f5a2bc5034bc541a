"""What `bedrock-projects audit` makes of projects, requests, tag keys, limits, costs and refusals."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import get_args

import pytest

from bedrock_projects.audit import cost_checks, project_checks
from bedrock_projects.audit.project_checks import AuditFinding, Owned, owned
from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject, TagStatus
from bedrock_projects.errors import AccessDeniedError, CredentialsError, NotEnabledError, ServiceError, ThrottledError
from bedrock_projects.findings import Outcome
from bedrock_projects.iam.permissions import PolicyName
from bedrock_projects.model import Environment, Inventory, Project, TagKey
from bedrock_projects.reports.model import CauseKind
from bedrock_projects.reports.unallocated import CAUSES
from tests.unit.cost_answers import CLAUDE, OWN, Groups, cost_table, result

TAG = "bedrock-project"
SINCE = date(2026, 2, 13)
INVENTORY = Inventory(
    name="acme",
    previous_name="acme-old",
    previous_ownership_tag_key="owner",
    environments={"dev": Environment(name="dev")},
    tag_keys={
        "Team": TagKey(key="Team"),
        "Unit": TagKey(key="Unit"),
        "Note": TagKey(key="Note", cost_allocation=False),
    },
    projects=(
        Project(
            key="search",
            environment="dev",
            name="Search",
            tags={"Team": "Search", "Note": "x"},
            adopt_id="proj_adopted",
            owner="acme/dev/search",
            previous_owners=("acme/dev/find",),
            location="projects.yaml:9:3",
        ),
    ),
)


def project(identifier: str = "proj_1", *, created: str | None = "2026-01-01", **tags: str) -> RemoteProject:
    moment = datetime.fromisoformat(created).replace(tzinfo=timezone.utc) if created else None
    return RemoteProject(
        id=identifier,
        name=identifier.removeprefix("proj_").title(),
        tags={key.replace("_", "-"): value for key, value in tags.items()},
        created_at=int(moment.timestamp()) if moment else None,
    )


def by_check(findings: Sequence[AuditFinding]) -> dict[str, tuple[Outcome, tuple[str, ...]]]:
    return {finding.check: (finding.outcome, finding.about) for finding in findings}


WEST, IRELAND = RegionalEndpoint("us-west-2"), RegionalEndpoint("eu-west-1")
NATIVE = RegionalEndpoint("us-west-2", RUNTIME)
OWNERS: dict[str, tuple[RemoteProject, str]] = {
    "an entry's tag": (project(bedrock_project="acme/dev/search"), "managed"),
    "a former tag of an entry": (project(bedrock_project="acme/dev/find"), "managed"),
    "a tag under its former key": (project(owner="acme/dev/search"), "managed"),
    "an id that an entry names": (project("proj_adopted"), "managed"),
    "a tag whose entry is gone": (project(bedrock_project="acme/dev/gone"), "without_entry"),
    "a tag of the inventory's former name": (project(bedrock_project="acme-old/dev/gone"), "without_entry"),
    "another inventory whose name begins alike": (project(bedrock_project="acme-ml/dev/search"), "others"),
    "another inventory's tag of another key": (
        project(project_of="other/dev/a", project_of_stack="organization/other/dev"),
        "others",
    ),
    "a tag like one": (project(project_of="other/dev/a"), "unmanaged"),
    "no tag": (project(Team="Search"), "unmanaged"),
    "an empty tag": (project(bedrock_project=""), "unmanaged"),
}


@pytest.mark.parametrize(("one", "kind"), OWNERS.values(), ids=OWNERS)
def test_the_ownership_tag_decides_the_owner(one: RemoteProject, kind: str) -> None:
    assert {kind: projects for kind, projects in vars(owned(INVENTORY, {WEST: [one]})).items() if projects} == {
        kind: (one,)
    }


def test_projects_that_no_entry_has_are_something_to_do_and_those_of_others_are_not() -> None:
    by_owner = Owned(
        managed=(project("proj_a"),),
        without_entry=(project("proj_b"),),
        others=(project("proj_c"),),
        unmanaged=(project("proj_d"), project("proj_e")),
    )
    assert by_check(project_checks.check_owners(by_owner, {})) == {
        "unmanaged projects": ("hint", ("proj_d", "proj_e")),
        "projects without entry": ("hint", ("proj_b",)),
        "other inventories": ("ok", ("proj_c",)),
    }
    nothing = project_checks.check_owners(Owned(managed=(project(),), without_entry=(), others=(), unmanaged=()), {})
    assert {finding.outcome for finding in nothing} == {"ok"}


@pytest.mark.parametrize(
    ("listed", "commands"),
    [
        ({WEST: ["proj_a"]}, "`bedrock-projects adopt`"),
        ({NATIVE: ["proj_a"]}, "`bedrock-projects adopt --endpoint bedrock-runtime`"),
        ({WEST: ["proj_a"], NATIVE: []}, "`bedrock-projects adopt --endpoint bedrock-mantle`"),
        (
            {WEST: ["proj_a"], NATIVE: ["proj_b"]},
            (
                "`bedrock-projects adopt --endpoint bedrock-mantle` and "
                "`bedrock-projects adopt --endpoint bedrock-runtime`"
            ),
        ),
    ],
)
def test_projects_are_adopted_at_their_endpoint(
    listed: Mapping[RegionalEndpoint, Sequence[str]], commands: str
) -> None:
    listings = {where: [project(one) for one in ids] for where, ids in listed.items()}
    [finding, _] = project_checks.check_owners(owned(INVENTORY, listings), listings)
    assert finding.remedy == f"adopt them with {commands}, or ask who created them"


def test_use_that_nothing_counts_is_not_known_and_nothing_to_do() -> None:
    native, empty = RegionalEndpoint("us-west-2", RUNTIME), RegionalEndpoint("eu-west-1", RUNTIME)
    listings = {native: [project(bedrock_project="acme/dev/search"), project("proj_2")], empty: [project("proj_3")]}
    [finding] = project_checks.check_uncounted(INVENTORY, listings)
    assert finding == AuditFinding(
        "unused projects",
        "ok",
        "not known for 1 project in us-west-2 (bedrock-runtime): CloudWatch does not count requests by project there",
        "",
        ("proj_1",),
    )


def test_many_projects_are_counted_and_the_first_named_and_all_are_there_for_a_program() -> None:
    many = tuple(project(f"proj_{number}") for number in range(12))
    [finding, _] = project_checks.check_owners(
        Owned(managed=(), without_entry=(), others=(), unmanaged=many), {WEST: many}
    )
    assert finding.result.startswith("12 of 12: 0 (proj_0), 1 (proj_1)")
    assert finding.result.endswith("4 (proj_4), 7 more")
    assert len(finding.about) == 12


USES: dict[str, tuple[RemoteProject, dict[str, int], Outcome]] = {
    "used": (project(), {"proj_1": 3}, "ok"),
    "not used": (project(), {"proj_2": 3}, "hint"),
    "not used, of unknown age": (project(created=None), {}, "hint"),
    "made on the day itself": (project(created="2026-02-13"), {}, "ok"),
    "made on the day before": (project(created="2026-02-12"), {}, "hint"),
}


@pytest.mark.parametrize(("one", "requests", "outcome"), USES.values(), ids=USES)
def test_a_project_without_a_request_for_the_whole_time_is_unused(
    one: RemoteProject, requests: dict[str, int], outcome: Outcome
) -> None:
    [finding] = project_checks.check_use([one], requests, since=SINCE)
    assert (finding.outcome, finding.about) == (outcome, ("proj_1",) if outcome == "hint" else ())


def test_requests_that_named_no_project_are_something_to_do() -> None:
    [_, finding] = project_checks.check_use([project()], {"proj_1": 1, "default": 1200}, since=SINCE)
    assert (finding.outcome, finding.about) == ("hint", ("default",))
    assert finding.result == "1,200 requests since 2026-02-13 named no project"


KEYS: dict[str, tuple[dict[str, TagStatus], str | None]] = {
    "all active": ({TAG: "Active", "Team": "Active"}, None),
    "one that Billing does not know": ({TAG: "Active"}, "pending tag keys"),
    "one that differs in case": ({TAG: "Active", "team": "Active"}, "pending tag keys"),
    "one that is inactive": ({TAG: "Active", "Team": "Inactive"}, "inactive tag keys"),
    "one that no project carries": ({TAG: "Active", "Team": "Active", "Unit": "Active"}, "unused tag keys"),
    "one that is not meant for Billing": ({TAG: "Active", "Team": "Active", "Note": "Active"}, "unused tag keys"),
    "a former ownership tag": ({TAG: "Active", "Team": "Active", "owner": "Active"}, "unused tag keys"),
    "an unused one that is inactive": ({TAG: "Active", "Team": "Active", "Unit": "Inactive"}, None),
    "keys of others": ({TAG: "Active", "Team": "Active", "Backup": "Active"}, None),
}


@pytest.mark.parametrize(("statuses", "check"), KEYS.values(), ids=KEYS)
def test_tag_keys_are_held_against_billing(statuses: dict[str, TagStatus], check: str | None) -> None:
    findings = cost_checks.check_tag_keys(
        {TAG, "Team"}, statuses, unneeded=cost_checks.unneeded_keys(INVENTORY), carried={}
    )
    assert [finding.check for finding in findings if finding.outcome == "hint"] == ([check] if check else [])
    assert all(finding.remedy and finding.about for finding in findings if finding.outcome == "hint")


def test_a_pending_key_says_since_when_a_project_carries_it() -> None:
    carried = cost_checks.carried_since(
        [project(created="2026-03-01", Team="A"), project(created="2026-01-05", Team="B"), project(created=None, X="y")]
    )
    assert carried == {"Team": date(2026, 1, 5)}
    [pending, *_] = cost_checks.check_tag_keys({TAG, "Team"}, {}, unneeded=set(), carried=carried)
    assert pending.result == f"2 of 2 in use: Team (on a project since 2026-01-05), {TAG}"


@pytest.mark.parametrize(("count", "outcome"), [(449, "ok"), (450, "hint"), (500, "hint")])
def test_active_keys_come_near_their_limit_from_nine_tenths_on(count: int, outcome: Outcome) -> None:
    statuses: dict[str, TagStatus] = {f"k{number}": "Active" for number in range(count)}
    *_, limit = cost_checks.check_tag_keys([], statuses | {"x": "Inactive"}, unneeded=[], carried={})
    assert (limit.outcome, limit.result) == (outcome, f"{count} of 500 active in Billing")


@pytest.mark.parametrize(("count", "outcome"), [(0, "ok"), (899, "ok"), (900, "hint"), (1000, "hint")])
def test_projects_of_all_regions_come_near_the_limit_together(count: int, outcome: Outcome) -> None:
    listed = [project(f"proj_{number}") for number in range(count)]
    listings = {WEST: listed[: count // 2], IRELAND: listed[count // 2 :]}
    [limit, _] = project_checks.check_limits(listings, listings)
    assert (limit.outcome, limit.result) == (outcome, f"{count:,} of 1,000 active projects in eu-west-1, us-west-2")


def test_each_endpoint_counts_what_it_lists_and_one_project_has_one_line_about_its_tags() -> None:
    both = [project(f"proj_{number}") for number in range(950)]
    full = project("proj_full", **{f"t{n}": "" for n in range(50)})
    limits = project_checks.check_limits({WEST: [*both, full], NATIVE: [*both, full]}, {WEST: both, NATIVE: [full]})
    assert [(finding.check, finding.outcome, finding.result, finding.about) for finding in limits] == [
        ("project limit", "hint", "951 of 1,000 active projects in us-west-2", ()),
        ("tag limit", "ok", "0 of 50 on the project with the most tags", ()),
        ("tag limit", "hint", "50 of 50 on the project with the most tags (bedrock-runtime)", ("proj_full",)),
    ]


@pytest.mark.parametrize(("count", "about"), [(44, ()), (45, ("proj_1",)), (50, ("proj_1",))])
def test_a_project_comes_near_the_limit_of_tags(count: int, about: tuple[str, ...]) -> None:
    full = project(**{f"k{number}": "v" for number in range(count)})
    listings = {WEST: [full, project("proj_2", a="b")]}
    [_, limit] = project_checks.check_limits(listings, listings)
    assert (limit.outcome, limit.about) == ("hint" if about else "ok", about)
    assert limit.result.startswith(f"{count} of 50")


@pytest.mark.parametrize("order", [(WEST, NATIVE), (NATIVE, WEST)])
def test_a_project_that_both_endpoints_of_a_region_list_counts_once(order: Sequence[RegionalEndpoint]) -> None:
    both, native = project("proj_both"), project("proj_native")
    listings = {WEST: [both], NATIVE: [both, native], IRELAND: [both]}
    once = project_checks.counted_once(INVENTORY, {where: listings[where] for where in (*order, IRELAND)})
    assert once == {WEST: [both], NATIVE: [native], IRELAND: [both]}
    assert len(owned(INVENTORY, once).unmanaged) == 3


@pytest.mark.parametrize("one", [project("proj_adopted"), project(bedrock_project="acme/dev/find")])
def test_a_project_of_both_endpoints_is_where_its_entry_says(one: RemoteProject) -> None:
    [entry] = INVENTORY.projects
    there = INVENTORY.model_copy(update={"projects": (entry.model_copy(update={"endpoint": RUNTIME.name}),)})
    listings = {WEST: [one], NATIVE: [one]}
    assert project_checks.counted_once(there, listings) == {WEST: [], NATIVE: [one]}
    assert project_checks.counted_once(INVENTORY, listings) == {WEST: [one], NATIVE: []}
    assert project_checks.counted_once(there, {WEST: [one]}) == {WEST: [one]}


OURS, NOBODYS = f"{TAG}$acme/dev/a", f"{TAG}$"
GROUPS: dict[str, tuple[list[Groups], Outcome, str]] = {
    "nothing": ([], "ok", "no Bedrock spend"),
    "nothing of Bedrock": ([{(NOBODYS, "Amazon Elastic Compute Cloud"): "9"}], "ok", "no Bedrock spend"),
    "all with a project": ([{(OURS, OWN): "3"}], "ok", "0.0% (USD 0.00 of 3.00)"),
    "some without": (
        [{(OURS, OWN): "1.5", (NOBODYS, "Amazon Bedrock Service"): "0.5"}],
        "hint",
        "25.0% (USD 0.50 of 2.00)",
    ),
    "Marketplace": ([{(OURS, CLAUDE): "90", (NOBODYS, OWN): "10"}], "hint", "10.0% (USD 10.00 of 100.00)"),
    "several months": (
        [{(NOBODYS, OWN): "0.10"}, {(NOBODYS, OWN): "0.20", (OURS, "Other"): "0.70"}],
        "hint",
        "30.0% (USD 0.30 of 1.00)",
    ),
}


@pytest.mark.parametrize(("groups", "outcome", "text"), GROUPS.values(), ids=GROUPS)
def test_spend_of_bedrock_without_the_ownership_tag_is_a_share(
    groups: list[Groups], outcome: Outcome, text: str
) -> None:
    costs = cost_table(*(result(f"2026-{month:02}", month_groups) for month, month_groups in enumerate(groups, 1)))
    finding = cost_checks.check_spend(cost_checks.bedrock_spend(costs), span="in March", paid="paid")
    assert finding.outcome == outcome
    assert finding.result.startswith(text)
    assert finding.result.endswith("in March; paid")


def test_the_audit_promises_no_cause_that_the_report_does_not_have() -> None:
    # The others are about a single report: its tag, its projects, its charges.
    of_a_report = {"project without tag", "charge type", "tagged usage", "unknown"}
    assert {*CAUSES} | of_a_report == {*get_args(CauseKind)}
    spend = cost_checks.Spend(total=Decimal(2), unallocated=Decimal(1), currency="USD")
    remedy = cost_checks.check_spend(spend, span="in March", paid="").remedy
    assert remedy == (
        "`bedrock-projects costs` splits it by cause: usage before the tag key was active, requests that name no "
        "project, bedrock-runtime and other usage without a project tag, models billed through AWS Marketplace"
    )


DENIED = AccessDeniedError("User is not authorized to perform: x", action="asking")
LINKED = AccessDeniedError("Linked account doesn't have access to cost allocation tags", action="listing")
REFUSALS: dict[str, tuple[ServiceError, PolicyName, Outcome, str]] = {
    "no permission for metrics": (DENIED, "review", "unknown", "bedrock-projects iam review"),
    "no permission for billing": (DENIED, "billing", "unknown", "bedrock-projects iam billing"),
    "a member account": (LINKED, "billing", "unknown", "scope: projects"),
    "no permission for costs": (DENIED, "costs", "unknown", "bedrock-projects iam costs"),
    "Cost Explorer is off": (NotEnabledError("not enabled", action="asking"), "costs", "failed", "it is enabled"),
    "expired credentials": (CredentialsError("expired", action="asking"), "costs", "failed", "sign in again"),
    "throttling": (ThrottledError("slow down", action="asking"), "costs", "failed", "run this again"),
}


@pytest.mark.parametrize(("error", "policy", "outcome", "remedy"), REFUSALS.values(), ids=REFUSALS)
def test_a_missing_permission_leaves_unknown_and_any_other_refusal_fails(
    error: ServiceError, policy: PolicyName, outcome: Outcome, remedy: str
) -> None:
    finding = project_checks.not_looked_up("a check", error, needs=("x:Look", "x:See"), policy=policy)
    assert finding.outcome == outcome
    assert remedy in finding.remedy
    assert finding.result.startswith("needs x:Look, x:See: ") is (outcome == "unknown")
