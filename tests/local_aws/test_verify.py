"""`bedrock-projects verify` against the local AWS: its requests, its verdicts, and that nothing is sent unasked."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws import Fault, LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.unit.command_line import Done, run

CLAUDE, OPEN = "anthropic.claude-haiku-4-5", "openai.gpt-oss-120b"
ASK = "bedrock-mantle:CreateInference"


class Desk:
    """A catalogue of two projects in one region and one in another, and the credentials of their account."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self.aws = aws
        self.folder = folder
        self.ids = {"search": self._create("search", REGION), "chat": self._create("chat", REGION)}
        self.ids["far"] = self._create("far", "eu-west-1")
        self._catalogue()

    def _create(self, key: str, region: str) -> str:
        return str(Mantle(self.aws.url, region=region).create(key)["id"])

    def _catalogue(self) -> None:
        projects = {
            key: {
                "id": id_,
                "arn": f"arn:aws:bedrock-mantle:{'eu-west-1' if key == 'far' else REGION}:{ACCOUNT}:project/{id_}",
                "name": key,
                "region": "eu-west-1" if key == "far" else REGION,
                "status": "active",
                "base_url": "https://bedrock-mantle.us-west-2.api.aws/v1",
            }
            for key, id_ in self.ids.items()
        }
        place = {"account": ACCOUNT, "region": REGION, "base_url": None, "projects": projects}
        text = {"version": 1, "inventory": "acme", "environments": {"dev": place}, "declared": {}}
        (self.folder / "c.json").write_text(json.dumps(text))

    def forget_account(self) -> None:
        file = self.folder / "c.json"
        text = json.loads(file.read_text())
        text["environments"]["dev"]["account"] = None
        file.write_text(json.dumps(text))

    def verify(self, *arguments: str, model: str = OPEN, yes: bool = True) -> Done:
        options = ["--environment", "dev", "--catalogue", "c.json", "--model", model, *(["--yes"] if yes else [])]
        return run("verify", *arguments, *options, folder=self.folder)

    def met(self) -> dict[str, int]:
        """Requests by project."""
        return {meter["project"]: meter["requests"] for meter in self.aws.meters()}


@pytest.fixture
def desk(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in aws.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-{ACCOUNT}-{REGION}")
    return Desk(aws, tmp_path)


@pytest.mark.parametrize("model", [OPEN, CLAUDE])
def test_each_project_gets_one_request_and_each_region_one_that_must_fail(desk: Desk, model: str) -> None:
    done = desk.verify(model=model)
    assert done.code == 0
    assert [line.partition("  proj_")[0] for line in done.out.splitlines()] == [
        f"{key:<6}  not yet visible" for key in desk.ids
    ]
    assert desk.met() == dict.fromkeys(desk.ids.values(), 1)
    assert [request.status for request in desk.aws.requests(ASK)] == [404, 200, 200, 404, 200]
    assert "Sends 5 billed requests" in done.err
    assert "aws cloudwatch get-metric-statistics" in done.err


def test_with_a_wait_cloudwatch_proves_them(desk: Desk) -> None:
    done = desk.verify("search", "far", "--wait", "1")
    assert (done.code, done.out.count("  attributed  ")) == (0, 2)
    assert desk.met() == {desk.ids["search"]: 1, desk.ids["far"]: 1}


def test_where_no_project_is_active_there_is_nothing_to_verify(desk: Desk) -> None:
    catalogue = desk.folder / "c.json"
    catalogue.write_text(catalogue.read_text().replace('"active"', '"archived"'))
    done = desk.verify()
    assert (done.code, done.out) == (1, "")
    assert "environment 'dev' has no active project in c.json; deploy one" in " ".join(done.err.split())
    assert desk.aws.requests(ASK) == []


def test_nothing_is_sent_without_a_yes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert desk.verify("search", yes=False).code == 1
    assert desk.aws.requests(ASK) == []


Change = Callable[[Desk], object]
REFUSED: dict[str, tuple[Change, str, str]] = {
    "a project that is archived": (
        lambda desk: Mantle(desk.aws.url).call("POST", f"/{desk.ids['search']}/archive"),
        OPEN,
        "is archived",
    ),
    "a model that is not there": (lambda desk: None, "no.such", "The model 'no.such' does not exist"),
    "a model of another interface": (lambda desk: None, "openai.gpt-5.5", "does not support"),
    "credentials that may not": (
        lambda desk: desk.aws.faults([Fault(kind="denied", action=ASK)]),
        OPEN,
        "not authorized to perform: bedrock-mantle:CreateInference",
    ),
}


@pytest.mark.parametrize(("answer", "code"), [("refused", 1), ("answered", 0)])
def test_a_request_for_an_archived_project_is_judged_by_its_answer(desk: Desk, answer: str, code: int) -> None:
    Mantle(desk.aws.url).call("POST", f"/{desk.ids['search']}/archive")
    desk.aws.settings(archived_inference=answer)
    done = desk.verify("search")
    assert (done.code, "is archived" in done.out) == (code, code == 1)
    assert ("not yet visible" in done.out) is (code == 0)


@pytest.mark.parametrize(("change", "model", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_why_and_fails(desk: Desk, change: Change, model: str, words: str) -> None:
    change(desk)
    done = desk.verify("search", model=model)
    assert done.code == 1
    assert done.out.startswith("search  refused  ")
    assert words in done.out
    assert desk.met().get(desk.ids["search"], 0) == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(kind="throttled", operation=ASK), "request quota is used up"),
        (Fault(kind="reset_before", operation=ASK), "no complete answer came back"),
        (Fault(kind="server_error", operation=ASK), "HTTP 500"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_a_request_is_never_sent_twice(desk: Desk, fault: Fault, words: str) -> None:
    desk.aws.faults([fault])
    done = desk.verify("search")
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert len(desk.aws.requests(ASK)) == 1


@pytest.mark.parametrize("region", [1, 2])
def test_a_refusal_by_cloudwatch_in_any_region_comes_before_anything_is_paid_for(desk: Desk, region: int) -> None:
    desk.aws.faults([Fault(kind="denied", action="*:ListMetrics", nth=region)])
    done = desk.verify("search", "far", "--wait", "1")
    assert (done.code, done.out) == (1, "")
    assert "ListMetrics" in done.err
    assert desk.aws.requests(ASK) == []


def test_what_was_paid_for_is_reported_though_a_later_region_fails(desk: Desk) -> None:
    desk.aws.faults([Fault(kind="throttled", operation=ASK, nth=3)])
    done = desk.verify("search", "far")
    assert (done.code, done.out.count("\n")) == (1, 1)
    assert done.out.startswith("search  not yet visible  ")
    assert "request quota is used up" in done.err


def test_the_command_to_look_later_is_for_the_region_of_its_project(desk: Desk) -> None:
    Mantle(desk.aws.url).call("POST", f"/{desk.ids['search']}/archive")
    done = desk.verify("search", "far")
    assert done.code == 1
    [command] = [line for line in done.err.splitlines() if "aws cloudwatch" in line]
    assert f"Value={desk.ids['far']} " in command
    assert command.endswith("--region eu-west-1")


@pytest.mark.parametrize(("words", "result"), [((), "was not checked"), (("--wait", "1"), "could not be read: ")])
def test_what_cloudwatch_did_not_say_is_not_said_of_it(desk: Desk, words: tuple[str, ...], result: str) -> None:
    desk.aws.faults([Fault(kind="denied", action="*:ListMetrics", nth=2)])
    done = desk.verify("search", *words)
    assert (done.code, done.out.count("\n")) == (len(words) // 2, 1)
    assert f"; CloudWatch {result}" in done.out


def test_a_key_that_cannot_be_used_stops_the_run_before_it_costs(desk: Desk) -> None:
    done = desk.verify("search", "serch")
    assert (done.code, done.out) == (1, "")
    assert "did you mean 'search'?" in done.err
    assert desk.aws.requests(ASK) == []


@pytest.mark.parametrize("auth", ["sigv4", "bearer"])
def test_credentials_of_another_account_are_refused_before_anything_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local-222222222222")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", f"local-key-222222222222-{REGION}")
    done = desk.verify("search", "--auth", auth)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert f"is in account {ACCOUNT}, but the credentials (" in done.err
    assert "are for account 222222222222; use credentials of" in done.err
    assert desk.aws.requests(ASK) == []


@pytest.mark.parametrize("auth", ["sigv4", "bearer"])
def test_credentials_that_are_none_are_refused_before_anything_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "local-key-12")
    done = desk.verify("search", "--auth", auth)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "the credentials were not accepted" in done.err
    assert desk.aws.requests(ASK) == []


def test_without_an_api_key_bearer_is_refused_before_anything_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", " ")
    done = desk.verify("search", "--auth", "bearer")
    assert (done.code, done.out) == (1, "")
    assert done.err == "--auth bearer: AWS_BEARER_TOKEN_BEDROCK is not set; set it, or remove --auth\n"
    assert desk.aws.requests(ASK) == []


UNKNOWN: dict[str, Change] = {
    "a key that may not list": lambda desk: desk.aws.faults([Fault(kind="denied", action="*:ListProjects")]),
    "a list without ARNs": lambda desk: desk.aws.settings(omit_fields=["arn"]),
    "a catalogue without the account": lambda desk: desk.forget_account(),
}


@pytest.mark.parametrize("change", UNKNOWN.values(), ids=UNKNOWN)
def test_an_account_that_is_unknown_keeps_nobody(desk: Desk, change: Change) -> None:
    change(desk)
    assert desk.verify("search", "--auth", "bearer").code == 0


def test_with_an_api_key_cloudwatch_is_asked_with_the_aws_credentials(desk: Desk) -> None:
    done = desk.verify("search", "--wait", "1", "--auth", "bearer")
    assert (done.code, done.out.count("  attributed  ")) == (0, 1), done


def test_an_api_key_alone_cannot_look_at_cloudwatch_and_the_message_does_not_blame_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    done = desk.verify("search", "--wait", "1", "--auth", "bearer")
    assert (done.code, done.out) == (1, "")
    assert "credentials used: the default AWS credential chain" in done.err
    assert desk.aws.requests(ASK) == []
