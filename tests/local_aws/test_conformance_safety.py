"""`conformance` at its worst moments: what is archived is its own, and what may be active is said."""

import errno
import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bedrock_projects.aws import observing
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.aws.observing import Answer, Observer
from bedrock_projects.conformance.checks import Ending, Reason
from bedrock_projects.conformance.create import MARKER_KEY
from bedrock_projects.conformance.live import levels
from bedrock_projects.conformance.live.create_run import CreateRun, check_room, clean_up, find_leftovers, run_create
from bedrock_projects.conformance.live.private_file import NAME, PrivateFile, ThrowAway, check_place, load
from bedrock_projects.conformance.table import clean_up_requests
from bedrock_projects.errors import AccessDeniedError, RefusedError, ServiceError, SettingsError, ThrottledError
from local_aws import Fault, LocalAws
from tests.local_aws import conforming
from tests.local_aws.conforming import RUN_OF_CREATE, Conformance
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.native import Native
from tests.unit.command_line import repository, run

SERVICES = ("bedrock-mantle", "bedrock")
HERE = ("conformance", "--region", REGION)
STS = "sts:GetCallerIdentity"


@pytest.fixture(scope="module")
def _sender(_server: LocalAws) -> Iterator[tuple[LocalAws, Observer]]:
    with pytest.MonkeyPatch.context() as environment:
        conforming.use_account(_server, environment)
        yield _server, conforming.observer()


@pytest.fixture
def account(_sender: tuple[LocalAws, Observer], monkeypatch: pytest.MonkeyPatch) -> tuple[LocalAws, Observer]:
    """An empty account, and who sends requests in it."""
    _sender[0].reset(seed=1)
    conforming.use_account(_sender[0], monkeypatch)
    monkeypatch.setattr(levels, "sleep", lambda _: None)
    return _sender


class Altered:
    """Sends requests; `change` makes another answer of what came, or raises."""

    def __init__(self, sender: Observer, change: Callable[[str, Mapping[str, Any], Answer], Answer]) -> None:
        self._sender = sender
        self._change = change

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        return self._change(operation, parameters, self._sender.send(operation, parameters))


def active(aws: LocalAws) -> list[str]:
    """The names of all active projects but `default`, of both APIs."""
    projects = [one for service in SERVICES for one in aws.projects(service=service)]
    return sorted(one.name for one in projects if one.active and one.id != "default")


def private_file(folder: Path, *projects: ThrowAway, account: str = ACCOUNT, region: str = REGION) -> PrivateFile:
    return PrivateFile(folder / NAME, RUN_OF_CREATE, account, region, "2026-11-29T12:00:00+00:00", list(projects))


def create(sender: Any, private: PrivateFile) -> CreateRun:
    return run_create(conforming.create_guest(sender), private, {}, clock=lambda: 0.0)


def lost(number: int = 1, endpoint: str = MANTLE.name, **fields: Any) -> ThrowAway:
    return ThrowAway(endpoint, f"conformance-{RUN_OF_CREATE}-{number}", **fields)


@pytest.mark.parametrize("operation", ["sts:AssumeRole", "bedrock-mantle:DeleteProject"])
def test_an_operation_that_no_level_sends_is_not_sent(account: tuple[LocalAws, Observer], operation: str) -> None:
    aws, sender = account
    with pytest.raises(ValueError, match=f"^{operation}$"):
        sender.send(operation, {})
    assert aws.requests() == []


@pytest.mark.parametrize("elsewhere", [{"region": "us-east-1"}, {"account": "222222222222"}])
def test_a_clean_up_of_another_place_than_the_private_files_is_refused(
    account: tuple[LocalAws, Observer], tmp_path: Path, elsewhere: Mapping[str, str]
) -> None:
    private_file(tmp_path, lost(), **elsewhere).change(lost(), id="proj_x")
    done = run(*HERE, "--clean-up", ACCOUNT, folder=tmp_path)
    assert (done.code, account[0].requests()) == (1, [])
    assert done.err.endswith(
        "conformance-private.json names projects of another account or region that may be active; "
        "give that account and --region, or another folder with `--output`\n"
    )
    assert [project.name for project in (load(tmp_path) or private_file(tmp_path)).left()] == [lost().name]


def test_a_renamed_project_that_stays_active_is_not_forgotten(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    made = Mantle(aws.url).create(f"{lost().name} together", tags={MARKER_KEY: RUN_OF_CREATE})
    private = private_file(tmp_path, lost(id=made["id"]))
    aws.faults([Fault(kind="server_error", operation="*:ArchiveProject")])
    _, left = clean_up(conforming.create_guest(sender), private)
    assert ([one.id for one in left], [one.id for one in private.left()]) == ([made["id"]], [made["id"]])


def test_a_project_that_no_list_shows_is_archived_by_the_id_of_the_private_file(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    aws.faults([Fault(kind="list_lag", operation="bedrock-mantle:ListProjects", seconds=3600)])
    made = Mantle(aws.url).create(lost().name, tags={MARKER_KEY: RUN_OF_CREATE})
    private = private_file(tmp_path, lost(id=made["id"]))
    found, left = clean_up(conforming.create_guest(sender), private)
    assert (len(found), left, list(private.left()), active(aws)) == (1, [], [], [])


@pytest.mark.parametrize("tags", [{}, {MARKER_KEY: "20261129-ffffff"}])
def test_an_id_that_somebody_wrote_into_the_private_file_is_left_alone(
    account: tuple[LocalAws, Observer], tmp_path: Path, tags: Mapping[str, str]
) -> None:
    aws, sender = account
    made = Mantle(aws.url).create(lost().name, tags=tags)
    clean_up(conforming.create_guest(sender), private_file(tmp_path, lost(id=made["id"])))
    assert active(aws) == [lost().name]


@pytest.mark.parametrize(
    "owner",
    [
        {"bedrock-project": "acme/dev/search"},
        {"project-of": "acme/dev/search", "project-of-stack": "organization/acme/dev"},
    ],
)
def test_a_project_that_an_inventory_has_adopted_meanwhile_is_left_alone(
    account: tuple[LocalAws, Observer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Mapping[str, str]
) -> None:
    """`adopt` lists what an earlier run left as any other project."""
    aws, sender = account
    tags = {MARKER_KEY: RUN_OF_CREATE, **owner}
    made = Mantle(aws.url).create(lost().name, tags=tags)
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK")  # boto3 would sign with it
    Native(aws.url).create(lost(2).name, tags)
    found, left = clean_up(conforming.create_guest(sender), private_file(tmp_path, lost(id=made["id"])))
    assert (found, left, active(aws)) == ([], [], [lost().name, lost(2).name])


def test_the_marker_is_read_from_the_project_and_not_from_a_list(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    Mantle(aws.url).create(lost().name, tags={"Team": "Search"})

    def old_tags(operation: str, _: Mapping[str, Any], answer: Answer) -> Answer:
        if operation != "bedrock-mantle:ListProjects":
            return answer
        items = [{**item, "tags": {MARKER_KEY: RUN_OF_CREATE}} for item in answer.body["data"]]
        return replace(answer, body={**answer.body, "data": items})

    clean_up(conforming.create_guest(Altered(sender, old_tags)), private_file(tmp_path))
    assert active(aws) == [lost().name]


def test_an_answer_about_another_project_archives_none_of_it(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    other = Mantle(aws.url).create("Search")

    def another(operation: str, _: Mapping[str, Any], answer: Answer) -> Answer:
        return replace(answer, body=other) if operation == "bedrock-mantle:CreateProject" else answer

    done = create(Altered(sender, another), private_file(tmp_path))
    assert (done.level.ending, active(aws)) == (Ending.LOST_ANSWER, ["Search"])


def test_a_full_disk_at_any_write_leaves_nothing_active(
    account: tuple[LocalAws, Observer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, sender = account
    for number in range(9):
        left = [number]

        def full(_: int, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(SettingsError, match="cannot be written: No space left on device"):
            create(sender, private_file(folder))
        assert active(aws) == []
        assert {path.name for path in folder.iterdir()} <= {NAME}


@pytest.mark.parametrize("action", ["bedrock-mantle:ArchiveProject", "bedrock:ArchiveProject"])
def test_a_policy_that_refuses_to_archive_at_one_api_ends_nothing_at_the_other(
    account: tuple[LocalAws, Observer], tmp_path: Path, action: str
) -> None:
    aws, sender = account
    aws.faults([Fault(kind="denied", action=action, explicit=True)])
    done = create(sender, private_file(tmp_path))
    assert done.level.ending is Ending.POLICY
    service = action.partition(":")[0]
    kept = [one for one in aws.projects(service=service) if one.active and one.id != "default"]
    assert len(active(aws)) == len(kept) == len(done.left) == 2


def test_an_archive_that_is_answered_and_not_done_is_not_taken_for_done(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    _, sender = account

    def still_active(operation: str, _: Mapping[str, Any], answer: Answer) -> Answer:
        if operation.endswith((":ArchiveProject", "GetProject")) and answer.body:
            return replace(answer, body={**answer.body, "status": "active"})
        return answer

    assert len(create(Altered(sender, still_active), private_file(tmp_path)).left) == 4


def test_the_first_ctrl_c_does_not_end_the_archiving(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    aws, sender = account
    ids: set[str] = set()

    def press(operation: str, parameters: Mapping[str, Any], answer: Answer) -> Answer:
        if operation == "bedrock-mantle:ArchiveProject":
            ids.add(parameters["project_id"])
            if len(ids) == 2:  # the first one is that of a check
                ids.add("pressed")
                raise KeyboardInterrupt
        return answer

    done = create(Altered(sender, press), private_file(tmp_path))
    assert "pressed" in ids
    assert (done.level.ending, list(done.left), active(aws)) == (Ending.INTERRUPTED, [], [])


def test_a_request_to_end_is_taken_as_ctrl_c(
    account: tuple[LocalAws, Observer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[float] = []

    def end(seconds: float) -> None:
        requests.append(seconds)
        if len(requests) == 20:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(levels, "sleep", end)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        done = run(*HERE, "--create", ACCOUNT, folder=tmp_path)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (done.code, active(account[0])) == (1, [])
    assert done.err.endswith("create ended early: it was interrupted; all that was created is archived\n")


@pytest.mark.parametrize("options", [(), ("--create", ACCOUNT), ("--clean-up", ACCOUNT)])
@pytest.mark.parametrize("kind", ["server_error", "reset_before", "not_json", "throttled"])
def test_credentials_that_nobody_can_ask_about_are_one_sentence(
    account: tuple[LocalAws, Observer], tmp_path: Path, options: tuple[str, ...], kind: Any
) -> None:
    account[0].faults([Fault(kind=kind, operation="sts:*")])
    done = run(*HERE, *options, folder=tmp_path)
    assert (done.code, {request.operation for request in account[0].requests()}) == (1, {STS})
    assert re.search(r"the account of the credentials could not be read: (no answer|throttled); [^\n]+\n\Z", done.err)


def test_what_is_left_is_said_also_if_the_report_cannot_be_written(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    (tmp_path / "conformance-report.md").mkdir()
    account[0].faults([Fault(kind="server_error", operation="*:ArchiveProject")])
    done = run(*HERE, "--create", ACCOUNT, folder=tmp_path)
    assert done.code == 1
    assert "conformance-report.md cannot be written: " in done.err
    assert done.err.splitlines()[-1].startswith("may still be active: ")


def test_no_word_that_others_wrote_into_a_name_is_shown(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    aws, _ = account
    for number in (1, 2):
        Mantle(aws.url).create(f"{lost(number).name} Canary-7d1f", tags={MARKER_KEY: RUN_OF_CREATE})
    created = run(*HERE, "--create", ACCOUNT, folder=tmp_path)
    cleaned = run(*HERE, "--clean-up", ACCOUNT, folder=tmp_path)
    assert lost(2).name in created.err
    assert lost(2).name in cleaned.out
    assert "Canary" not in "".join((created.out, created.err, cleaned.out, cleaned.err))
    assert active(aws) == []


@pytest.mark.parametrize("tag", ["Bedrock-Project=x", "BEDROCK-PROJECTS-CONFORMANCE=x"])
def test_an_ownership_tag_in_other_letters_is_refused(
    account: tuple[LocalAws, Observer], tmp_path: Path, tag: str
) -> None:
    done = run(*HERE, "--create", ACCOUNT, "--tag", tag, folder=tmp_path)
    assert (done.code, account[0].requests(), "this tag says whose" in done.err) == (2, [], True)


def test_a_failure_of_the_client_decides_nothing(
    account: tuple[LocalAws, Observer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(operation: str, _: Mapping[str, Any], answer: Answer) -> Answer:
        if operation != "bedrock-mantle:ListProjects":
            raise ServiceError("Parameter validation failed", action="sending")
        return answer

    aws, sender = account
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK")
    conforming.furnish(aws)
    done = conforming.read_only(aws, Altered(sender, fail))
    assert done.differing() == []
    assert {name for name, outcome in done.outcomes().items() if outcome.value == "holds"} <= {
        "endpoint.resolves",
        "auth.sigv4",
        "list.pages-end",
        "list.archived-default",
    }


def test_another_repository_that_the_environment_names_does_not_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tracked", "other"):
        (tmp_path / name).mkdir()
        repository(tmp_path / name)
    (tmp_path / "other/.git/info/exclude").write_text(f"{NAME}*\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))  # as in a hook
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    with pytest.raises(SettingsError, match="is in a git repository that does not ignore"):
        check_place(tmp_path / "tracked")


def bare(value: Any, name: str) -> Any:
    """The same without that member in any structure."""
    if isinstance(value, dict):
        return {key: bare(part, name) for key, part in value.items() if key != name}
    return [bare(part, name) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["id", "key", "value", "arn", "name", "tags", "status"])
def test_answers_without_a_member_are_no_traceback(
    account: tuple[LocalAws, Observer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    aws, sender = account
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK")
    conforming.furnish(aws)
    others = active(aws)
    without = Altered(sender, lambda _, __, answer: replace(answer, body=bare(answer.body, name)))
    conforming.read_only(aws, without)
    done = create(without, private_file(tmp_path))
    assert len(active(aws)) - len(others) <= len(done.left)
    assert set(others) <= set(active(aws))


def test_nulls_in_lists_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    client = SimpleNamespace(list_projects=lambda: {"data": [None, {"id": "a", "tags": {"b": None}}]})
    monkeypatch.setattr(observing, "open_raw_client", lambda *_, **__: client)
    observer = Observer(Credentials(), REGION, user_agent="x")
    assert observer.send("bedrock-mantle:ListProjects", {}).body == {"data": [{"id": "a", "tags": {}}]}


def test_a_name_that_was_refused_for_another_reason_decides_nothing(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    aws.settings(projects_per_account=1, native_projects_per_account=1)
    not_holding = conforming.create(aws, sender, tmp_path)[0].not_holding()
    for name in ("name", "native"):
        assert not_holding[f"create.same-name-twice {name}"] is Reason.REFUSED


def test_a_project_that_a_quota_refuses_says_nothing_of_its_tags(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    aws, sender = account
    aws.settings(projects_per_account=0, native_projects_per_account=0)
    not_holding = conforming.create(aws, sender, tmp_path)[0].not_holding()
    for name in ("tags", "native"):
        assert not_holding[f"create.tags-in-one-request {name}"] is Reason.REFUSED


def test_an_account_whose_list_does_not_go_on_is_not_a_place_to_create_or_clean_up(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    """Projects after the first page would be neither counted nor found."""
    _, sender = account

    def same_page(operation: str, _: Mapping[str, Any], answer: Answer) -> Answer:
        is_list = operation == "bedrock-mantle:ListProjects"
        return replace(answer, body={**answer.body, "has_more": True}) if is_list else answer

    guest = conforming.create_guest(Altered(sender, same_page))
    for look in (check_room, find_leftovers, lambda guest: clean_up(guest, private_file(tmp_path))):
        with pytest.raises(RefusedError, match=r"cannot be listed \(a list does not go on\); use another account"):
            look(guest)


def test_one_clean_up_archives_what_many_runs_have_left(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    aws, sender = account
    for number in range(1, 9):
        run_of_it = f"20261129-00000{number}"
        Mantle(aws.url).create(f"conformance-{run_of_it}-1", tags={MARKER_KEY: run_of_it})
        marker = [{"key": MARKER_KEY, "value": run_of_it}]
        sender.send("bedrock:CreateProject", {"name": f"conformance-{run_of_it}-3", "tags": marker})
    aws.clear_requests()
    done = run(*HERE, "--clean-up", ACCOUNT, folder=tmp_path)
    assert (done.code, active(aws)) == (0, [])
    assert "16 archived, 0 still active" in done.out
    operations = {request.operation.partition(":")[2] for request in aws.requests()}
    assert all(operation.startswith(("Archive", "Get", "List")) for operation in operations)


def test_a_proxy_that_refuses_decides_nothing(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    """As one that does not know a path: its page is not an answer of AWS."""
    aws, sender = account
    refused = {"bedrock-mantle:GetProject", "bedrock:GetProject", "resourcegroupstaggingapi:GetResources"}

    def through_proxy(operation: str, _: Mapping[str, Any], answer: Answer) -> Answer:
        if operation not in refused:
            return answer
        return Answer(refusal=ServiceError("Method Not Allowed", action="reading", code="405", status=405))

    Mantle(aws.url).create("Search", tags={"Team": "Search"})
    done = Conformance(create(Altered(sender, through_proxy), private_file(tmp_path)).level, ()).not_holding()
    for name in ("get", "native-get"):
        assert done[f"create.visible-after {name}"] is Reason.REFUSED
    done = conforming.read_only(aws, Altered(sender, through_proxy)).not_holding()
    assert done["tagging-index.knows-projects projects"] is Reason.REFUSED


PAGES = {
    "403 as HTML": Answer(refusal=AccessDeniedError("Forbidden", action="listing", code="403", status=403)),
    "405 as HTML": Answer(refusal=ServiceError("Method Not Allowed", action="listing", code="405", status=405)),
    "429 without a code": Answer(refusal=ThrottledError("Slow down", action="listing", status=429)),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_page_of_a_proxy_is_not_an_answer_of_the_endpoint(account: tuple[LocalAws, Observer], page: Answer) -> None:
    aws, sender = account

    def through_proxy(operation: str, _: Mapping[str, Any], answer: Answer) -> Answer:
        return page if operation == "bedrock-mantle:ListProjects" else answer

    done = conforming.read_only(aws, Altered(sender, through_proxy))
    assert (done.run.ending, len(done.requests)) == (Ending.NO_ENDPOINT, 1)
    assert "holds" not in {outcome.value for outcome in done.outcomes().values()}


def test_a_denial_of_the_service_is_an_answer_of_the_endpoint(account: tuple[LocalAws, Observer]) -> None:
    aws, sender = account
    aws.faults([Fault(kind="denied", action="bedrock-mantle:ListProjects")])
    done = conforming.read_only(aws, sender)
    assert (done.run.ending, done.outcomes()["endpoint.resolves"].value) == (None, "holds")
    assert done.not_holding()["auth.sigv4 signature"] is Reason.PERMISSION


class Late:
    """Shows what was written to a project, or archived, only to the second read of the same kind after it."""

    def __init__(self, sender: Observer) -> None:
        self._sender = sender
        self._before: dict[str, Answer] = {}
        self._early: set[str] = set()

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        name = operation.partition(":")[2]
        if not name.startswith(("Get", "List")):
            self._early = set(self._before)
            return self._sender.send(operation, parameters)
        read = f"{operation} {sorted(parameters.items())}"
        if read in self._early:
            self._early.remove(read)
            return self._before[read]
        self._before[read] = self._sender.send(operation, parameters)
        return self._before[read]


def test_one_read_that_is_too_early_makes_no_difference(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    aws, sender = account
    done = Conformance(create(Late(sender), private_file(tmp_path)).level, ())
    assert {name: answer for name, answer in done.not_holding().items() if not name.startswith("create.visible")} == {}
    assert active(aws) == []


def test_a_clean_up_waits_for_the_end_of_a_run_on_this_machine(
    account: tuple[LocalAws, Observer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if its private file is in another folder, and the other way: a second run begins after the first."""
    aws, _ = account
    seen: list[tuple[int, str, list[str]]] = []

    def interrupt(_: float) -> None:
        if not seen and len(active(aws)) == 4:
            for option in ("--clean-up", "--create"):
                done = run(*HERE, option, ACCOUNT, "--output", "other", folder=tmp_path)
                seen.append((done.code, done.err.splitlines()[-1], active(aws)))

    monkeypatch.setattr(levels, "sleep", interrupt)
    assert run(*HERE, "--create", ACCOUNT, folder=tmp_path).code == 0
    assert [(code, len(names)) for code, _, names in seen] == [(1, 4), (1, 4)]
    assert {line for _, line, _ in seen} == {
        "another run of `conformance` is going on in this account and region; run this again when it has ended"
    }
    assert run(*HERE, "--clean-up", ACCOUNT, folder=tmp_path).code == 0


def test_a_clean_up_says_first_what_it_sends(account: tuple[LocalAws, Observer], tmp_path: Path) -> None:
    aws, _ = account
    plan = run(*HERE, "--clean-up", ACCOUNT, "--plan", folder=tmp_path)
    assert (plan.code, aws.requests()) == (0, [])
    assert "A run on another machine is not seen" in plan.out
    done = run(*HERE, "--clean-up", ACCOUNT, folder=tmp_path)
    first, then = (re.sub(r"conformance/\S+,", "", text) for text in (plan.out, done.err))
    assert then.startswith(first)
    assert set(conforming.operations_of(aws.requests())) <= clean_up_requests().keys()


def test_a_private_file_that_is_none_is_refused_in_one_sentence(
    account: tuple[LocalAws, Observer], tmp_path: Path
) -> None:
    for text in ('"x"', "5", "[]", "{}", json.dumps({"projects": ["x"], "format": 1})):
        (tmp_path / NAME).write_text(text)
        done = run(*HERE, "--create", ACCOUNT, folder=tmp_path)
        assert (done.code, account[0].requests()) == (1, [])
        assert "conformance-private.json cannot be read; move it away" in done.err
