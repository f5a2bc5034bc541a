"""The benchmark of deployments measures what it says, and `make up` chooses as documented."""

import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from pydantic import TypeAdapter

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import open_projects_api
from bedrock_projects.preflight.run_plan import Ownership, plan_run
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.listing import Listing
from benchmarks import chargeback
from benchmarks.chart import bar_chart
from benchmarks.measuring import Measured, Size, Throttled
from benchmarks.processes import Sampler, kind_of
from benchmarks.rate_limit import Bucket, rate_limited
from benchmarks.report import growth, lines, targets
from benchmarks.subjects import ACCOUNT, REGION, commands
from local_aws import running
from tests.documents import ROOT


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["pulumi", "up"], "engine"),
        (["pulumi", "stack", "export"], "other"),
        (["pulumi"], "other"),
        (["/a/python", "-u", "/b/pulumi-language-python-exec", "--stack"], "program"),
        (["python", "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"], "provider"),
        (["python", "-m", "local_aws"], "local AWS"),
        (["sh", "-c", "true"], "other"),
    ],
)
def test_a_process_is_recognised_by_its_command_line(words: list[str], kind: str) -> None:
    assert kind_of("\0".join(words).encode()) == kind


def test_processes_of_this_one_are_sampled() -> None:
    with Sampler() as others:  # a fixture of other tests may have a local AWS too
        pass
    with running(), Sampler() as sampler:
        pass
    assert sampler.costs["local AWS"].peak > 1
    assert sampler.most["local AWS"] == others.most["local AWS"] + 1


def test_a_bucket_lets_its_rate_through_and_no_more() -> None:
    now = 0.0
    bucket = Bucket(5, clock=lambda: now)
    assert sum(bucket.take() for _ in range(9)) == 5
    now = 1.0
    assert sum(bucket.take() for _ in range(9)) == 5


def test_under_a_quota_all_projects_are_created_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as aws, rate_limited(aws.url, rate=20) as limited:
        for name, value in (aws.environment(ACCOUNT, region=REGION) | {"AWS_ENDPOINT_URL": limited.url}).items():
            monkeypatch.setenv(name, value)
        client = open_projects_api(Credentials(), RegionalEndpoint(REGION))
        names = [f"P{number}" for number in range(40)]
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda name: client.create(name=name, tags={}, data_retention=None), names))
        created = [project.name for project in aws.projects(ACCOUNT, REGION) if project.id != "default"]
    assert limited.refused > 0
    assert sorted(created) == sorted(names)


def test_a_plan_compares_an_entry_with_its_own_projects_only() -> None:
    compared = []

    class Counting(DeclaredProject):
        def owns(self, tags: Mapping[str, str]) -> bool:
            compared.append(self.key)
            return super().owns(tags)

    entries = [
        Counting(key=f"k{n}", name=f"N{n}", region=REGION, owner=f"i/dev/k{n}", owner_tag_key="bedrock-project")
        for n in range(100)
    ]
    listing = Listing(tuple(RemoteProject(id=f"proj_{e.key}", name=e.name, tags=e.all_tags) for e in entries))
    plan = plan_run(entries, {RegionalEndpoint(REGION): listing}, Ownership(("bedrock-project",), ("i/dev/",)))
    assert plan.in_place == tuple(entry.key for entry in entries)
    assert max(Counter(compared).values()) < 10


def test_growth_of_a_line_is_linear_and_that_of_a_square_is_quadratic() -> None:
    sizes = [Size(count) for count in (1, 100, 1000)]
    line = growth(sizes, lambda size: 2 + 0.01 * size.count)
    assert (line.fixed, line.per_project, line.exponent) == pytest.approx((2, 0.01, 1), abs=0.01)
    assert growth(sizes, lambda size: 2 + 0.01 * size.count**2).exponent == pytest.approx(2, abs=0.01)


def test_a_target_is_met_at_its_bound_and_missed_beyond() -> None:
    met = {target.name: target.met for target in targets(_size(110, in_flight=6.0), _throttled())}
    assert met["destroy / (32 in flight + floor)"]
    assert met["no-change up / floor"]
    slower = _size(110, in_flight=6.0)
    slower.projects["destroy"] = _measured(35.3)
    assert not {target.name: target.met for target in targets(slower, None)}["destroy / (32 in flight + floor)"]


def test_the_report_names_every_operation() -> None:
    text = "\n".join(lines([_size(10), _size(110)], _throttled()))
    assert all(f"\n{operation} " in text for operation in _OPERATIONS)


def test_the_chart_has_a_bar_for_each_measure_within_its_frame() -> None:
    root = ElementTree.fromstring(bar_chart("a < b", {"one": 1.0, "two": 103.0}))
    frame = float(root.attrib["viewBox"].split()[2])
    bars = [element.attrib for element in root if element.tag.endswith("rect") and "x" in element.attrib]
    assert len(bars) == 2
    assert all(float(bar["x"]) + float(bar["width"]) < frame for bar in bars)


class _NoStack:
    stack = None


_OPERATIONS = list(commands(_NoStack(), 1))  # type: ignore[arg-type]  # their names only


def _measured(seconds: float) -> Measured:
    return Measured(seconds, cpu={"engine": 1.0}, peak={"engine": 100.0}, requests={}, load=0.0)


def _size(count: int, *, in_flight: float = 3.0) -> Size:
    size = Size(count, sequential=float(count), in_flight=in_flight)
    size.projects = dict.fromkeys(_OPERATIONS, _measured(10))
    size.floor = dict.fromkeys(_OPERATIONS, _measured(10))
    return size


def _throttled() -> Throttled:
    return Throttled(100, 50.0, _measured(30), limit=20.0, passed=100, refused=5, active=100, names=100)


def test_the_documentation_has_the_figures_of_the_measures_next_to_it() -> None:
    document = json.loads((ROOT / "docs/benchmarks/deploy.json").read_text("utf-8"))
    size = TypeAdapter(Size).validate_python(document["sizes"][-1])
    written = targets(size, TypeAdapter(Throttled).validate_python(document["throttled"]))
    page = (ROOT / "docs/large-inventories.md").read_text("utf-8")
    *ratios, memory = written
    rows = re.findall(r"^\| .+ \| .+ \| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    assert rows == [(f"{target.ratio:.2f}", f"{target.bound:g}") for target in ratios]
    assert f"used {memory.ratio:.0f} MB; the target is at most {memory.bound:g} MB" in page
    assert all(target.met for target in written)
    first_up = size.projects["first up"].seconds
    comparison = (ROOT / "docs/comparison.md").read_text("utf-8")
    assert f"first `up` {first_up:.1f} s with 100 ms" in comparison
    assert f"takes {size.sequential / first_up:.1f} times as long" in comparison
    assert f"first `up` {first_up:.1f} s" in page
    assert f"measured on {document['measured']}" in page


def test_the_page_about_a_month_has_the_figures_of_the_measures_next_to_it() -> None:
    document = json.loads((ROOT / "docs/benchmarks/chargeback.json").read_text("utf-8"))
    measured = TypeAdapter(list[chargeback.Measured]).validate_python(document["commands"])
    floor = {each.source: each.cpu for each in measured if each.command == "costs"}
    page = (ROOT / "docs/chargeback.md").read_text("utf-8")
    rows = re.findall(
        r"^\| .+ \| (Cost Explorer|export) \| (\d+) \| ([\d.]+) s \| ([\d.]+) s \| ([\d.]+) \|$", page, re.M
    )
    assert rows == [
        (
            each.source,
            f"{each.requests}",
            f"{each.seconds:.1f}",
            f"{each.cpu:.1f}",
            f"{each.cpu / floor[each.source]:.1f}",
        )
        for each in measured
    ]
    assert f"{max(each.files for each in measured)} files for a closed month" in page
    assert f"measured on {document['measured']}" in page
    assert f"with other load (load average {document['load']:.0f})" in page
    assert f"the target is at most {chargeback.MOST_CPU}" in page
    assert all(target.met for target in chargeback.targets(measured))


@pytest.mark.parametrize(
    ("today", "month"), [("2026-12-07", "2026-10-01"), ("2026-12-08", "2026-11-01"), ("2027-01-07", "2026-11-01")]
)
def test_the_month_of_the_benchmark_can_be_closed(today: str, month: str) -> None:
    assert chargeback.closable_month(date.fromisoformat(today)) == date.fromisoformat(month)
