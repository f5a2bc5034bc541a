"""An export in a bucket, over HTTP: what is downloaded, what is kept, and what a refresh in between does."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.aws.buckets import BucketClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.session import forget_sessions
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.bucket import Bucket, cache_folder
from bedrock_projects.exports.manifests import Listing
from bedrock_projects.exports.stores import ChangedError
from local_aws import Fault, LocalAws
from tests.local_aws.costs_cli import Desk, opened, totals
from tests.local_aws.exports import declare, deliver, exported, request_of
from tests.local_aws.sessions import new_session

BUCKET = "acme-billing"
SOURCE = f"s3://{BUCKET}/cost"


@dataclass(frozen=True)
class Office:
    """The desk with an export in a bucket, and a cache of its own."""

    desk: Desk
    cache: Path

    @property
    def copies(self) -> list[Path]:
        """The files that are kept."""
        folder = cache_folder({"XDG_CACHE_HOME": str(self.cache)})
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def downloads(self) -> list[str]:
        """The objects that the last run read, without the manifests."""
        requests = (request.operation for request in self.desk.aws.requests())
        return [name for name in requests if name.startswith("s3:GET") and "/data/" in name]

    def store(self, **options: Any) -> Bucket:
        """The bucket, with a folder for its copies."""
        return Bucket(SOURCE, BucketClient(BUCKET, Credentials()), "cost/", self.cache / "own", **options)


@pytest.fixture
def office(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    home = tmp_path / "desk"
    home.mkdir()
    desk = opened(aws, home, monkeypatch).filled()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    forget_sessions()
    client().create_bucket(Bucket=BUCKET)
    deliver(aws, SOURCE, chunk_rows=3)
    yield Office(desk, tmp_path / "cache")
    forget_sessions()


def client() -> Any:
    return new_session().client("s3", region_name="us-east-1")


def test_the_report_is_that_of_cost_explorer_and_needs_s3_alone(office: Office) -> None:
    by_api = office.desk.report("--by", "Team")
    by_files = office.desk.report("--by", "Team", "--source", SOURCE)
    services = {request.operation.partition(":")[0] for request in office.desk.aws.requests()}
    assert services == {"s3"}
    assert totals(by_files) == totals(by_api)


@pytest.mark.parametrize("source", [f"s3://{BUCKET}", f"s3://{BUCKET}/", f"{SOURCE}/", f"{SOURCE}/acme-cur2"])
def test_the_prefix_is_the_export_or_one_above_it(office: Office, source: str) -> None:
    assert office.desk.report("--source", source)["header"]["source"].startswith("AWS Data Exports acme-cur2")


@pytest.mark.parametrize("source", ["export:acme-cur2", "export"])
def test_an_export_of_the_inventory_is_read_by_its_name(office: Office, source: str) -> None:
    declare(office.desk.folder, f'acme-cur2: {{table: cur2, location: "{SOURCE}"}}')
    assert office.desk.report("--source", source)["header"]["source"].startswith("AWS Data Exports acme-cur2")
    assert len(office.downloads()) == 2


@pytest.mark.parametrize("source", ["export", "export:acme-cur", "export:"])
def test_an_ambiguous_export_asks_nothing(office: Office, source: str) -> None:
    lines = [f'{name}: {{table: cur2, location: "{SOURCE}/{name}"}}' for name in ("acme-cur2", "of-payer-b")]
    declare(office.desk.folder, *lines)
    done = office.desk.run("--source", source)
    assert (done.code, done.out) == (1, "")
    assert f"--source {source}: " in done.err
    assert "acme-cur2" in done.err
    assert office.desk.aws.requests() == []


def test_files_are_copied_once_for_each_content(office: Office) -> None:
    office.desk.report("--source", SOURCE)
    first = office.downloads()
    assert len(first) == len(office.copies) == 2
    office.desk.report("--source", SOURCE)
    assert office.downloads() == []
    office.desk.bill(office.desk.spend("1"))
    deliver(office.desk.aws, SOURCE, chunk_rows=3)
    office.desk.report("--source", SOURCE)
    assert 0 < len(office.downloads()) <= 3


def test_copies_are_private(office: Office) -> None:
    office.desk.report("--source", SOURCE)
    assert {path.stat().st_mode & 0o777 for path in office.copies} == {0o600}
    assert office.copies[0].parent.stat().st_mode & 0o777 == 0o700


def test_a_copy_of_another_size_is_read_again(office: Office) -> None:
    office.desk.report("--source", SOURCE)
    office.copies[0].write_bytes(b"x")
    office.desk.report("--source", SOURCE)
    assert len(office.downloads()) == 1


def test_without_a_cache_nothing_is_kept(office: Office) -> None:
    for _ in range(2):
        office.desk.report("--source", SOURCE, "--no-cache")
        assert len(office.downloads()) == 2
    assert office.copies == []


def test_files_that_do_not_fit_on_the_disk_are_not_copied(office: Office) -> None:
    request = request_of(office.desk.folder, "project")
    office.desk.aws.clear_requests()
    with pytest.raises(SettingsError) as refused:
        exported(office.desk.folder, office.store(free=lambda _: 10), request)
    assert re.fullmatch(
        r"the files of s3://\S+ have [1-9][0-9,]* bytes, and .* has 10 free; make room there, or give a folder "
        "that has a copy of the export",
        str(refused.value),
    )
    assert office.downloads() == []


def test_the_oldest_copies_go_if_there_are_too_many_bytes(office: Office) -> None:
    request = request_of(office.desk.folder, "project")
    office.desk.aws.clear_requests()
    exported(office.desk.folder, office.store(most=1), request)
    kept = {*(office.cache / "own").iterdir()}
    assert len(kept) == 2
    for path in kept:
        os.utime(path, (0, 0))
    office.desk.bill(office.desk.spend("1"))
    deliver(office.desk.aws, SOURCE, chunk_rows=100)
    exported(office.desk.folder, office.store(most=1), request)
    assert len({*(office.cache / "own").iterdir()} - kept) == len({*(office.cache / "own").iterdir()}) == 1


class Refreshed(Bucket):
    """A fake: a bucket whose export is refreshed each time that its files have been listed."""

    times = 0
    office: Office

    def listing(self) -> Listing:
        listing = super().listing()
        if self.times:
            self.times -= 1
            self.office.desk.bill(self.office.desk.spend("1"))
            deliver(self.office.desk.aws, SOURCE, chunk_rows=3)
        return listing


def refreshed(office: Office, times: int) -> Refreshed:
    store = Refreshed(SOURCE, BucketClient(BUCKET, Credentials()), "cost/", office.cache / "own")
    store.times, store.office = times, office
    return store


@pytest.mark.parametrize("times", [1, 2])
def test_a_refresh_in_between_starts_over(office: Office, times: int) -> None:
    request = request_of(office.desk.folder, "project")
    data = exported(office.desk.folder, refreshed(office, times), request)
    assert data.bill.total == 163 + times


def test_a_third_refresh_is_one_message_and_no_report(office: Office) -> None:
    request = request_of(office.desk.folder, "project")
    with pytest.raises(ChangedError, match="AWS refreshed the export while it was read, three times; run again later"):
        exported(office.desk.folder, refreshed(office, 9), request)
    assert not list((office.cache / "own").glob("tmp*"))


def test_a_refresh_after_the_last_copy_is_noticed_too(office: Office) -> None:
    store = office.store()
    listing = store.listing()
    paths = [path for path in listing if "/data/" in path]
    store.local(paths, listing)
    office.desk.bill(office.desk.spend("1"))
    deliver(office.desk.aws, SOURCE, chunk_rows=3)
    with pytest.raises(ChangedError):
        store.local(paths, listing)


def test_an_export_that_a_stack_creates_is_not_there_or_not_delivered_yet(office: Office) -> None:
    declare(office.desk.folder, "bedrock: {table: cur2, create: true, bucket: acme-new-costs, region: us-east-1}")
    done = office.desk.run("--source", "export")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "export bedrock is not created yet: no bucket acme-new-costs; run `pulumi up` for the stack of Billing\n"
    )
    client().create_bucket(Bucket="acme-new-costs")
    done = office.desk.run("--source", "export")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "s3://acme-new-costs/exports/bedrock has no delivery yet; AWS delivers within 24 hours of the creation\n"
    )


def test_a_bucket_that_is_not_there_and_one_that_is_denied_are_one_message(office: Office) -> None:
    done = office.desk.run("--source", "s3://nowhere/x")
    assert (done.code, done.out) == (1, "")
    assert "listing s3://nowhere/x/ (s3:ListBucket): The specified bucket does not exist" in done.err
    office.desk.aws.faults([Fault(kind="denied", action="s3:*")])
    done = office.desk.run("--source", SOURCE)
    assert (done.code, done.out) == (1, "")
    assert f"listing {SOURCE}/ (s3:ListBucket): " in done.err


def test_nothing_but_s3_is_contacted_with_a_closed_resolver(office: Office) -> None:
    """The hook of the interpreter refuses each name and each address that is not this machine's own."""
    script = """
import sys

def only_loopback(event, arguments):
    host = {"socket.getaddrinfo": lambda: arguments[0], "socket.connect": lambda: arguments[1][0]}.get(event)
    if host and host() not in ("127.0.0.1", "localhost", "::1"):
        raise OSError(f"{event} {arguments}")

sys.addaudithook(only_loopback)
from bedrock_projects.start import main
main()
"""
    words = ["costs", "--month", f"{office.desk.first:%Y-%m}", "--source", SOURCE]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=office.desk.folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Source: AWS Data Exports acme-cur2" in done.stdout


def test_the_cache_is_below_the_users_own() -> None:
    home = Path.home() / ".cache"
    assert cache_folder({"XDG_CACHE_HOME": "/x"}) == Path("/x/bedrock-projects/exports")
    for environment in ({}, {"XDG_CACHE_HOME": ""}, {"XDG_CACHE_HOME": "relative"}):
        assert cache_folder(environment) == home / "bedrock-projects/exports"
