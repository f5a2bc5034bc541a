"""`conformance`, level follow-up, against the local AWS: a paid run, days on its clock, then its lines on the bill."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bedrock_projects.aws.observing import Observer
from bedrock_projects.aws.prices import COST_EXPLORER_REQUEST
from bedrock_projects.conformance.checks import Level, Outcome, Reason, results_of
from bedrock_projects.conformance.create import MARKER_KEY
from bedrock_projects.conformance.follow_up import COST_EXPLORER_REQUESTS
from bedrock_projects.conformance.live import levels
from bedrock_projects.conformance.live.create_run import run_paid
from bedrock_projects.conformance.live.follow_up import FollowUp, follow_up_looks
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.private_file import NAME, PrivateFile
from bedrock_projects.conformance.live.run import LevelRun, run_level
from bedrock_projects.conformance.policy import policy_of
from bedrock_projects.conformance.table import checks_of, most_requests
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.fetch import read_tag_keys
from bedrock_projects.exports.stores import Folder
from bedrock_projects.iam.policies import Place
from bedrock_projects.reports.line_facts import LineFacts
from bedrock_projects.reports.model import DateRange
from local_aws import DataExport, Fault, LocalAws, Use
from tests.local_aws import conforming
from tests.local_aws.conforming import OWNER_KEY, RUN_OF_CREATE, Conformance
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.sessions import new_session
from tests.unit.command_line import run
from tests.unit.export_files import deliver, manifest, row
from tests.unit.iam import actions_of, allows

GPT = ("openai.gpt-oss-20b", "openai.gpt-oss-20b-1:0")
CLAUDE = ("anthropic.claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0")
KEY = "billing.key-known-after key"
PROJECT = "cost.tag-on-project-line tag"
MARKETPLACE = "cost.tag-on-marketplace-line tag"
RUNTIME = "cost.runtime-carries-tags tag"
USAGE, COUNTED = (f"quota.archived-count {name}" for name in ("usage", "counted"))
RESOURCE = "cost.resource-id-is-project-arn resource-id"
FORMS = tuple(f"export.tag-key-form {column}" for column in ("tags", "resource_tags", "Tags"))
NOTHING = Reason.NOTHING_TO_LOOK_AT
NOW = datetime.now(tz=timezone.utc)
NO_EXPORT = dict.fromkeys(FORMS, Reason.NO_EXPORT)
WITHOUT_TAGS = {**NO_EXPORT, RESOURCE: NOTHING}
"""What cannot be decided if no line carries the tag."""
SWITCHES: Mapping[str, tuple[tuple[str, ...], Mapping[str, Any], Mapping[str, object]]] = {
    "usual": (GPT, {}, {MARKETPLACE: NOTHING}),
    "usual, Marketplace": (CLAUDE, {}, {PROJECT: NOTHING, RUNTIME: NOTHING}),
    "runtime_usage_tags": (GPT, {"runtime_usage_tags": "tagged"}, {MARKETPLACE: NOTHING, RUNTIME: "carried"}),
    "resource_costs": (GPT, {"resource_costs": "off"}, {MARKETPLACE: NOTHING, RESOURCE: Reason.NOT_SWITCHED_ON}),
    "projects_limit_counts_archived": (
        GPT,
        {"projects_limit_counts_archived": True},
        {MARKETPLACE: NOTHING, COUNTED: "archived too"},
    ),
    "projects_quota without usage": (
        GPT,
        {"projects_quota": "without_usage"},
        {MARKETPLACE: NOTHING, USAGE: "not shown", COUNTED: NOTHING},
    ),
    "projects_quota unlisted": (
        GPT,
        {"projects_quota": "unlisted"},
        {MARKETPLACE: NOTHING, USAGE: "quota not listed", COUNTED: NOTHING},
    ),
    "marketplace_tags": (
        CLAUDE,
        {"marketplace_tags": "missing"},
        {PROJECT: NOTHING, RUNTIME: NOTHING, MARKETPLACE: "missing", RESOURCE: NOTHING},
    ),
}
"""Models and switches, with the questions that do not hold."""


@pytest.fixture
def aws(_server: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """An account whose clock is four days behind."""
    for name, value in _server.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    _server.reset(now=(datetime.now(tz=timezone.utc) - timedelta(days=4)).isoformat(timespec="seconds"))
    return _server


def activate(aws: LocalAws) -> None:
    """Makes the marker key active for what is used from now on."""
    aws.tag_keys(ACCOUNT, [MARKER_KEY])
    new_session().client("ce", region_name="us-east-1").update_cost_allocation_tags_status(
        CostAllocationTagsStatus=[{"TagKey": MARKER_KEY, "Status": "Active"}]
    )
    aws.advance(hours=1)


def archive_more(aws: LocalAws) -> None:
    """Archived projects, as earlier runs leave them: with one alone the counts do not differ from that of `default`."""
    for number in range(3):
        aws.archive(Mantle(aws.url).create(f"Old {number}")["id"])


def use_default(aws: LocalAws) -> None:
    """Usage of a model without a project."""
    aws.use_many(
        [Use(project_id="default", account=ACCOUNT, region=REGION, model=GPT[0], input_tokens=9, output_tokens=9)]
    )


@cache
def sender(url: str) -> Observer:
    """One for all tests of the server there, whose clients take long to make."""
    assert os.environ["AWS_ENDPOINT_URL"] == url
    return conforming.observer()


def paid(aws: LocalAws, folder: Path, *models: str) -> PrivateFile:
    """A run of the level `paid` now on the clock of the local AWS, which is today's when it is over."""
    guest = Guest(sender(aws.url), most_requests(Level.PAID), clock=lambda: 0.0, sleep=lambda _: None, remembers=False)
    private = PrivateFile(folder / NAME, RUN_OF_CREATE, ACCOUNT, REGION, aws.now().isoformat(timespec="seconds"))
    run_paid(guest, private, {}, models=models, owner_key=OWNER_KEY, clock=lambda: 0.0)
    aws.set_clock(datetime.now(tz=timezone.utc).isoformat(timespec="seconds"))
    return private


def follow_up(aws: LocalAws, private: PrivateFile, *, now: datetime | None = None) -> Conformance:
    guest = Guest(sender(aws.url), most_requests(Level.FOLLOW_UP), clock=lambda: 0.0, sleep=lambda _: None)
    aws.clear_requests()
    done = run_level(
        Level.FOLLOW_UP,
        guest,
        follow_up_looks(FollowUp(private, now or datetime.now(tz=timezone.utc))),
        clock=lambda: 0.0,
    )
    return Conformance(done, aws.requests())


@pytest.mark.parametrize(("models", "settings", "not_holding"), SWITCHES.values(), ids=SWITCHES)
def test_a_switch_changes_its_check_alone(
    aws: LocalAws, tmp_path: Path, models: tuple[str, ...], settings: Mapping[str, Any], not_holding: Mapping[str, Any]
) -> None:
    aws.settings(**settings)
    archive_more(aws)
    activate(aws)
    done = follow_up(aws, paid(aws, tmp_path, *models))
    assert (done.not_holding(), done.run.ending) == ({**not_holding, **NO_EXPORT}, None)


@pytest.mark.parametrize(("hours", "key"), [(24, {}), (1000, {KEY: "not within 72 hours"})])
def test_a_key_that_was_not_active_then_decides_nothing_of_the_lines(
    aws: LocalAws, tmp_path: Path, hours: int, key: dict[str, object]
) -> None:
    aws.settings(discovery_hours=hours)
    done = follow_up(aws, paid(aws, tmp_path, *GPT))
    assert done.not_holding() == {
        **key,
        **WITHOUT_TAGS,
        **dict.fromkeys((PROJECT, MARKETPLACE, RUNTIME), Reason.KEY_NOT_ACTIVE),
    }


@pytest.mark.parametrize(
    ("hours", "is_known", "answer"),
    [
        (1, False, Reason.TOO_EARLY),
        (23, True, "within 24 hours"),
        (71, True, "within 72 hours"),
        (71, False, Reason.TOO_EARLY),
        (73, True, "known at a look after 72 hours"),
        (73, False, "not within 72 hours"),
    ],
)
def test_a_look_says_within_how_many_hours_billing_knows_the_key(
    aws: LocalAws, tmp_path: Path, hours: int, is_known: bool, answer: object
) -> None:
    """And before the third day nothing is asked that costs."""
    private = paid(aws, tmp_path, *GPT)
    aws.settings(discovery_hours=0 if is_known else 1000)
    began = datetime.fromisoformat(private.started)
    done = follow_up(aws, private, now=began + timedelta(hours=hours))
    found = {
        r.question.name: r.seen.answer if r.seen else r.reason for r in done.run.results if r.check == KEY.split()[0]
    }
    assert found == {"key": answer}
    paid_for = {"ce:GetCostAndUsage", "ce:GetCostAndUsageWithResources"} & done.operations
    assert bool(paid_for) is (hours > 72)
    if hours < 72:
        lines = {name: done.not_holding()[name] for name in (PROJECT, MARKETPLACE, RUNTIME)}
        assert lines == dict.fromkeys(lines, Reason.TOO_EARLY)


def test_a_run_of_more_than_14_days_ago_is_not_asked_for_by_resource(aws: LocalAws, tmp_path: Path) -> None:
    activate(aws)
    private = paid(aws, tmp_path, *GPT)
    done = follow_up(aws, private, now=datetime.fromisoformat(private.started) + timedelta(days=15))
    assert done.not_holding()[RESOURCE] is Reason.TOO_OLD
    assert "ce:GetCostAndUsageWithResources" not in done.operations


def test_a_key_that_was_activated_after_the_run_decides_nothing(aws: LocalAws, tmp_path: Path) -> None:
    private = paid(aws, tmp_path, *GPT)
    activate(aws)
    done = follow_up(aws, private, now=aws.now())
    assert done.not_holding() == WITHOUT_TAGS | dict.fromkeys((PROJECT, MARKETPLACE, RUNTIME), Reason.KEY_NOT_ACTIVE)


def test_each_switch_of_the_table_is_flipped() -> None:
    flipped = {name for _, settings, _ in SWITCHES.values() for name in settings} | {"discovery_hours"}
    of_questions = {q.switch for check in checks_of(Level.FOLLOW_UP) for q in check.questions} - {""}
    assert of_questions | {"resource_costs"} == flipped


def test_other_usage_without_the_tag_hides_which_line_is_of_the_run(aws: LocalAws, tmp_path: Path) -> None:
    aws.settings(marketplace_tags="missing")
    activate(aws)
    use_default(aws)
    done = follow_up(aws, paid(aws, tmp_path, *CLAUDE))
    hidden = dict.fromkeys((PROJECT, MARKETPLACE), Reason.OTHER_USAGE)
    assert done.not_holding() == {**hidden, **WITHOUT_TAGS, RUNTIME: NOTHING}


def test_an_endpoint_whose_model_did_not_answer_decides_nothing(aws: LocalAws, tmp_path: Path) -> None:
    activate(aws)
    use_default(aws)
    private = paid(aws, tmp_path, *GPT)
    private.projects = [replace(project, was_answered=False) for project in private.projects]
    assert follow_up(aws, private).not_holding() == NO_EXPORT | dict.fromkeys((PROJECT, MARKETPLACE, RUNTIME), NOTHING)


@pytest.mark.parametrize(
    "faults",
    [
        *(
            [Fault(kind=kind, operation=operation) for operation in ("ce:*", "servicequotas:*")]
            for kind in ("not_json", "cut_off", "server_error")
        ),
        [
            Fault(kind="denied", action=action)
            for action in ("ce:GetCostAndUsage*", "ce:ListCostAllocationTags", "servicequotas:ListServiceQuotas")
        ],
    ],
    ids=lambda faults: str(faults[0].kind),
)
def test_an_answer_that_is_none_decides_nothing(aws: LocalAws, tmp_path: Path, faults: list[Fault]) -> None:
    private = paid(aws, tmp_path, *GPT)
    aws.faults(faults)
    assert set(follow_up(aws, private).outcomes().values()) == {Outcome.NOT_CHECKED}


@pytest.mark.parametrize("action", ["cloudwatch:GetMetricData", "bedrock-mantle:ListProjects", "bedrock:ListProjects"])
def test_a_usage_that_cannot_be_compared_is_shown_and_says_no_more(aws: LocalAws, tmp_path: Path, action: str) -> None:
    private = paid(aws, tmp_path, *GPT)
    aws.faults([Fault(kind="denied", action=action)])
    done = follow_up(aws, private)
    assert (done.not_holding()[COUNTED], USAGE in done.not_holding()) == (Reason.PERMISSION, False)


def test_projects_of_another_region_hide_what_is_counted(aws: LocalAws, tmp_path: Path) -> None:
    for number in range(9):
        Mantle(aws.url, region="eu-west-1").create(f"Elsewhere {number}")
    assert follow_up(aws, paid(aws, tmp_path, *GPT)).not_holding()[COUNTED] is Reason.OTHER_USAGE


def test_what_is_sent_is_in_plan_price_and_policy(aws: LocalAws, tmp_path: Path) -> None:
    activate(aws)
    done = follow_up(aws, paid(aws, tmp_path, *GPT))
    plan = most_requests(Level.FOLLOW_UP)
    assert done.operations | {"sts:GetCallerIdentity"} == plan.keys()
    assert all(count <= plan[operation] for operation, count in done.run.sent.items())
    assert sum(plan[name] for name in plan if "GetCostAndUsage" in name) == COST_EXPLORER_REQUESTS
    policy = policy_of(Level.FOLLOW_UP, Place(account=ACCOUNT, regions=conforming.BOTH))
    taken = {(action, resource) for request in done.requests for action, resource in request.permissions}
    assert [one for one in taken if not allows(policy, *one)] == []
    assert all(action.partition(":")[2].startswith(("Get", "List")) for action in actions_of(policy))


def test_the_command_reads_the_private_file_and_leaves_it(
    aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "sleep", lambda _: None)
    activate(aws)
    private = paid(aws, tmp_path, *GPT)
    before = private.path.read_bytes()
    options = ("conformance", "--follow-up", ACCOUNT)
    aws.clear_requests()
    plan = run(*options, "--plan", folder=tmp_path)
    assert (plan.code, aws.requests(), len(list(tmp_path.iterdir()))) == (0, [], 1)
    price = COST_EXPLORER_REQUESTS * COST_EXPLORER_REQUEST
    assert f"Costs at most USD {price}: 5 Cost Explorer API requests of USD 0.01." in plan.out.splitlines()
    done = run(*options, folder=tmp_path)
    assert (done.code, private.path.read_bytes()) == (0, before)
    reports = [tmp_path / f"conformance-report.{suffix}" for suffix in ("json", "md")]
    posted = "".join(path.read_text("utf-8") for path in reports) + done.out
    secrets = [ACCOUNT, RUN_OF_CREATE, *(value for project in private.projects for value in (project.id, project.name))]
    assert [value for value in secrets if value in posted] == []
    assert list(json.loads(reports[0].read_text("utf-8"))["levels"]) == ["follow-up"]


def _file(**changes: Any) -> dict[str, Any]:
    """A private file of a paid run of four days ago."""
    started = datetime.now(tz=timezone.utc) - timedelta(days=4)
    project = {"endpoint": "bedrock-mantle", "name": "n", "id": "i", "arn": "a", "was_answered": True}
    given = {"run": RUN_OF_CREATE, "account": ACCOUNT, "region": REGION, "started": started.isoformat()}
    return {**given, "projects": [project], "format": 1, **changes}


REFUSED: Mapping[str, tuple[dict[str, Any] | None, str]] = {
    "no file": (None, "does not exist; give the folder of a run with --paid as --output"),
    "another account": (_file(account="222222222222"), "is of another account"),
    "level create": (_file(projects=[]), "names no request that a model answered"),
    "of the future": (_file(started="2999-01-01T00:00:00+00:00"), "has no time of its run"),
    "no time": (_file(started="soon"), "has no time of its run"),
    "another format": (_file(more=1), "cannot be read"),
}


@pytest.mark.parametrize(("contents", "message"), REFUSED.values(), ids=REFUSED)
def test_a_private_file_that_says_nothing_is_one_sentence_and_nothing_is_sent(
    aws: LocalAws, tmp_path: Path, contents: dict[str, Any] | None, message: str
) -> None:
    if contents is not None:
        (tmp_path / NAME).write_text(json.dumps(contents), "utf-8")
    aws.clear_requests()
    done = run("conformance", "--follow-up", ACCOUNT, folder=tmp_path)
    assert (done.code, aws.requests(), "Traceback" in done.err) == (1, [], False)
    assert message in " ".join(done.err.split())


def test_credentials_of_another_account_pay_nothing(aws: LocalAws, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps(_file(account="222222222222")), "utf-8")
    aws.clear_requests()
    done = run("conformance", "--follow-up", "222222222222", folder=tmp_path)
    assert (done.code, {request.operation for request in aws.requests()}) == (1, {"sts:GetCallerIdentity"})
    assert "--follow-up: the credentials are of another account" in " ".join(done.err.split())


def test_a_follow_up_that_may_look_at_nothing_fails_and_leaves_a_report(
    aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "sleep", lambda _: None)
    (tmp_path / NAME).write_text(json.dumps(_file()), "utf-8")
    aws.faults([Fault(kind="denied", action=action) for action in ("ce:*", "servicequotas:*")])
    done = run("conformance", "--follow-up", ACCOUNT, folder=tmp_path)
    assert done.code == 1
    assert done.err.endswith("\nnothing could be checked; the report says why for each check\n")
    report = json.loads((tmp_path / "conformance-report.json").read_text("utf-8"))
    checks = report["levels"]["follow-up"]["checks"]
    assert {check["outcome"] for check in checks.values()} == {"not checked"}
    assert checks["billing.key-known-after"]["questions"]["key"]["reason"] == "permission missing"


@pytest.mark.parametrize(
    "options",
    [("--region", REGION), ("--model", "m"), ("--clean-up", ACCOUNT), ("--tag", "a=b"), ("--create", ACCOUNT)],
    ids=str,
)
def test_options_that_do_not_go_with_it_are_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert run("conformance", "--follow-up", ACCOUNT, *options, folder=tmp_path).code == 2


@pytest.mark.parametrize(
    ("lines", "with_arn", "expected"),
    [
        (2, 2, {}),
        (2, 1, {RESOURCE: "of some lines only"}),
        (2, 0, {RESOURCE: "something else"}),
        (0, 0, {RESOURCE: NOTHING}),
        (2, None, {RESOURCE: NOTHING}),
    ],
)
def test_lines_of_an_export_say_what_their_resource_ids_are(
    lines: int, with_arn: int | None, expected: Mapping[str, object]
) -> None:
    facts = LineFacts(
        project_lines=lines,
        project_lines_with_arn=with_arn,
        marketplace_lines=None,
        marketplace_lines_with_project=None,
    )
    run = FollowUp(PrivateFile(Path(), RUN_OF_CREATE, ACCOUNT, REGION, ""), NOW, facts)
    assert looked_at(run, RESOURCE.split()[0]) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"tags": ["resourceTags/bedrock-projects-conformance", "resourceTags/Team"]}, {}),
        ({"resource_tags": ["user_bedrock_projects_conformance"]}, {}),
        ({"Tags": ["bedrock-projects-conformance"]}, {}),
        ({"Tags": ["user_bedrock_projects_conformance"]}, {FORMS[2]: "user_ before it, normalized"}),
        ({"Tags": ["user:bedrock-projects-conformance"]}, {FORMS[2]: "user: before it"}),
        ({"tags": ["bedrock-projects-conformance"]}, {FORMS[0]: "the key"}),
        ({"tags": ["user:bedrock-projects-conformance", "bedrock-projects-conformance"]}, {FORMS[0]: "several forms"}),
        ({"resource_tags": ["user_BedrockProjectsConformance"]}, {FORMS[1]: "other"}),
        ({"tags": ["resourceTags/Team"]}, {FORMS[0]: NOTHING}),
    ],
)
def test_columns_of_tags_say_in_which_form_a_key_is(
    keys: Mapping[str, Sequence[str]], expected: Mapping[str, object]
) -> None:
    run = FollowUp(PrivateFile(Path(), RUN_OF_CREATE, ACCOUNT, REGION, ""), NOW, tag_keys=keys)
    others = {name: NOTHING for name in FORMS if name.split()[-1] not in keys}
    assert looked_at(run, "export.tag-key-form") == {**others, **expected}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, {FORMS[2]: NOTHING}),
        ({"format": "csv"}, {FORMS[2]: NOTHING}),
        ({"table": "focus-1.2"}, dict.fromkeys(FORMS[:2], NOTHING)),
        (
            {"table": "focus-1.0", "tag_keys": "normalized"},
            {**dict.fromkeys(FORMS[:2], NOTHING), FORMS[2]: "user_ before it, normalized"},
        ),
    ],
)
def test_keys_are_read_from_each_kind_of_export(
    aws: LocalAws, tmp_path: Path, form: Mapping[str, Any], expected: Mapping[str, object]
) -> None:
    activate(aws)
    run = FollowUp(paid(aws, tmp_path, *GPT), NOW)
    aws.export(DataExport(account=ACCOUNT, destination=str(tmp_path / "export"), **form))
    run = replace(run, tag_keys=read_tag_keys(Folder(tmp_path / "export"), run.days))
    assert looked_at(run, "export.tag-key-form") == expected


def test_a_column_of_tags_of_another_type_is_one_message(tmp_path: Path) -> None:
    """As from a tool that wrote the files again: taken for a text, it would have no key, and nothing would say why."""
    folder = deliver(tmp_path, [row()])
    connection = duckdb.connect()
    connection.execute(f"COPY (SELECT 1 AS tags) TO '{folder / 'acme-cur2-00001.snappy.parquet'}' (FORMAT parquet)")
    (folder / "acme-cur2-00001.csv.gz").unlink()
    manifest(tmp_path, "2026-10", ["acme-cur2-00001.snappy.parquet"])
    with pytest.raises(SettingsError, match="the column tags has the type INTEGER, which is neither a map nor a text"):
        read_tag_keys(Folder(tmp_path), DateRange(start=date(2026, 10, 1), end=date(2026, 10, 31)))


def looked_at(run: FollowUp, name: str) -> Mapping[str, object]:
    """The questions of a check that sends nothing and does not hold."""
    guest = Guest(conforming.observer(), {}, clock=lambda: 0.0, sleep=lambda _: None)
    check = next(check for check in checks_of(Level.FOLLOW_UP) if check.name == name)
    return Conformance(
        LevelRun(Level.FOLLOW_UP, results_of(check, follow_up_looks(run)[name](guest))), ()
    ).not_holding()


def test_an_export_of_the_bill_is_read_before_anything_is_sent(
    aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "sleep", lambda _: None)
    activate(aws)
    paid(aws, tmp_path, *GPT)
    aws.export(DataExport(account=ACCOUNT, destination=str(tmp_path / "export")))
    options = ("conformance", "--follow-up", ACCOUNT, "--export")
    aws.clear_requests()
    missing = run(*options, "elsewhere", folder=tmp_path)
    assert (missing.code, aws.requests(), "Traceback" in missing.err) == (1, [], False)
    done = run(*options, "./export", folder=tmp_path)
    assert done.code == 0
    assert "holds              cost.resource-id-is-project-arn" in done.out
    assert "export.tag-key-form" in done.out


INVENTORY = """\
version: 1
inventory: acme
environments: {dev: {}}
projects: {}
exports: {%s}
"""


def test_an_export_in_a_bucket_is_read_by_its_name_in_the_inventory(
    aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "sleep", lambda _: None)
    activate(aws)
    paid(aws, tmp_path, *GPT)
    new_session().client("s3", region_name="us-east-1").create_bucket(Bucket="acme-bill")
    aws.export(DataExport(account=ACCOUNT, destination="s3://acme-bill/x"))
    (tmp_path / "projects.yaml").write_text(INVENTORY % 'bill: {table: cur2, location: "s3://acme-bill/x"}')
    for options in (("export:bill",), ("export",), ("s3://acme-bill/x", "--inventory", "projects.yaml")):
        aws.clear_requests()
        done = run("conformance", "--follow-up", ACCOUNT, "--export", *options, folder=tmp_path)
        assert (done.code, "holds              cost.resource-id-is-project-arn" in done.out) == (0, True)
        assert aws.requests("s3:*")


@pytest.mark.parametrize(
    ("export", "words"),
    [
        ("export:other", "--export export:other: unknown export 'other'"),
        ("cost-explorer", "--export cost-explorer: no such folder; give a folder, s3://BUCKET/PREFIX or export:NAME"),
        ("ftp://x", "--export 'ftp://x' is not a place"),
    ],
)
def test_a_place_that_is_none_is_one_sentence_and_nothing_is_sent(
    aws: LocalAws, tmp_path: Path, export: str, words: str
) -> None:
    (tmp_path / "projects.yaml").write_text(INVENTORY % "bill: {table: cur2, location: bill}")
    (tmp_path / NAME).write_text(json.dumps(_file()), "utf-8")
    aws.clear_requests()
    done = run("conformance", "--follow-up", ACCOUNT, "--export", export, folder=tmp_path)
    assert (done.code, aws.requests(), words in done.err) == (1, [], True)


def test_an_export_without_the_level_is_refused(tmp_path: Path) -> None:
    done = run("conformance", "--export", "export", folder=tmp_path)
    assert (done.code, "--export is for --follow-up" in " ".join(done.err.split())) == (2, True)
