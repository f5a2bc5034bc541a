"""One local AWS for all tests of a process, reset for each."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import local_aws
from local_aws import LocalAws
from tests.local_aws.analysts_month import Month, open_month
from tests.local_aws.billing import Billing
from tests.local_aws.costs_cli import PAYER
from tests.local_aws.mantle import Mantle
from tests.local_aws.native import Native


@pytest.fixture(scope="session")
def _server() -> Iterator[LocalAws]:
    with local_aws.running(tls=True) as aws:
        yield aws


@pytest.fixture(autouse=True)
def _no_aws_of_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Profiles, keys, proxies and the cache of the person who runs the tests stay out of them."""
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "AWS_", "OPENAI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))


@pytest.fixture
def real_pauses() -> None:
    """For a test in which the service takes only so many requests a second: botocore pauses as long as it means to."""


@pytest.fixture(autouse=True)
def _no_pauses(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore repeats a request as often as ever, and at once: a test that counts attempts has nothing to wait for.

    It pauses before a retry, and its adaptive mode before each request after a 429.
    """
    if "real_pauses" not in request.fixturenames:
        monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
        monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda bucket: True)


@pytest.fixture
def aws(_server: LocalAws) -> LocalAws:
    """A local AWS without memory."""
    _server.reset(seed=1)
    return _server


@pytest.fixture
def mantle(aws: LocalAws) -> Mantle:
    """A client of the Projects API."""
    return Mantle(aws.url)


@pytest.fixture
def native(aws: LocalAws) -> Native:
    """A client of the native Projects API."""
    return Native(aws.url)


@pytest.fixture
def billing(aws: LocalAws) -> Billing:
    """The account's own Billing, in the middle of March 2026."""
    aws.set_clock("2026-03-15T12:00:00Z")
    return Billing(aws.url)


@pytest.fixture(scope="session")
def _analysts_month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """A local AWS of its own, for all tests of a process: its bill and its reports take long to make."""
    with local_aws.running() as aws:
        yield open_month(aws, tmp_path_factory.mktemp("month"))


@pytest.fixture
def month(_analysts_month: Month, monkeypatch: pytest.MonkeyPatch) -> Iterator[Month]:
    """The analyst's month, as the management account sees it; settings and faults end with the test."""
    for name, value in _analysts_month.aws.environment(PAYER).items():
        monkeypatch.setenv(name, value)
    before = _analysts_month.aws.settings()
    yield _analysts_month
    _analysts_month.aws.settings(**before)
    _analysts_month.aws.faults([])
