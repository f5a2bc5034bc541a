"""What a report from a data export costs in time and memory: of 1 and of 10 million lines, and of a csv.gz.

    python -m benchmarks.exports

Writes made-up exports of CUR 2.0 with its real columns, as Parquet in twelve billing periods: 30 % of the lines are
Bedrock's, of 300 projects in 60 accounts with 40 teams and 8 models; the rest are those of 60 other services. Each
report is a process of its own, `bedrock-projects costs --by Team --source …`. Prints for each: wall seconds, CPU
seconds and peak memory; then how they grow, and the csv.gz next to a plain reader of the standard library. Takes some
minutes and 1 GB of the temporary folder, most of it to write the exports.
"""

import csv
import gzip
import json
import multiprocessing
import os
import sys
import tempfile
from calendar import monthrange
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Literal

from benchmarks.child import Child, run_child
from benchmarks.report import Target
from local_aws.data_exports.columns import CUR2, Type

Kind = Literal["snappy.parquet", "csv.gz"]

FEW, MANY = 1_000_000, 10_000_000
CSV_LINES = 100_000
MONTHS = tuple(date(2025 + (9 + number) // 12, (9 + number) % 12 + 1, 1) for number in range(12))
NAME = "benchmark"
INVENTORY = {
    "version": 1,
    "inventory": "benchmark",
    "environments": {"prod": {"region": "us-west-2"}},
    "tag_keys": {"Team": {}},
    "projects": {"one": {"name": "One", "environments": ["prod"], "tags": {"Team": "team-1"}}},
}
TYPES: dict[Type, str] = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "timestamp_milliseconds": "TIMESTAMP",
    "double": "DOUBLE",
    "map": "MAP(VARCHAR, VARCHAR)",
}
TAGS = (
    "CASE WHEN kind = 1 AND h3 % 10 > 0 THEN MAP {{'{0}': 'benchmark/prod/project-' || h3 % 300, "
    "'{1}': 'team-' || h3 % 40}} WHEN kind = 0 AND h3 % 3 = 0 THEN MAP {{'{1}': 'team-' || h3 % 40}} ELSE MAP {{}} END"
)
VALUES = {
    "bill_bill_type": "'Anniversary'",
    "bill_billing_entity": "CASE WHEN kind = 2 THEN 'AWS Marketplace' ELSE 'AWS' END",
    "bill_billing_period_start_date": "start",
    "bill_invoice_id": "'EUINUS26-' || kind",
    "bill_payer_account_id": "'111111111111'",
    "identity_line_item_id": "md5(CAST(i AS VARCHAR))",
    "identity_time_interval": "strftime(day, '%Y-%m-%dT00:00:00Z')",
    "line_item_currency_code": "'USD'",
    "line_item_line_item_description": "'$0.0000' || h % 400 || ' per 1K tokens'",
    "line_item_line_item_type": "CASE WHEN i % 200 = 0 THEN 'Tax' WHEN i % 150 = 0 THEN 'Credit' ELSE 'Usage' END",
    "line_item_net_unblended_cost": "round(h % 1000003 / 10309297.0, 10)",
    "line_item_operation": "'InvokeModelInference'",
    "line_item_product_code": "CASE kind WHEN 1 THEN 'AmazonBedrock' WHEN 2 THEN 'opaque' ELSE 'Service' || h % 60 END",
    "line_item_resource_id": "CASE kind WHEN 0 THEN 'arn:aws:service:us-west-2:100000000000:thing/' || h3 % 50000 ELSE "
    "'arn:aws:bedrock:us-west-2:100000000000:inference-profile/' || h3 % 200 END",
    "line_item_unblended_cost": "round(h % 1000003 / 10000019.0, 10)",
    "line_item_usage_account_id": "CAST(100000000000 + h3 % 60 AS VARCHAR)",
    "line_item_usage_account_name": "'account-' || h3 % 60",
    "line_item_usage_amount": "round(h3 % 100003 / 37.0, 6)",
    "line_item_usage_end_date": "day + INTERVAL 1 DAY",
    "line_item_usage_start_date": "day",
    "line_item_usage_type": "CASE kind WHEN 0 THEN 'USW2-Type-' || h % 400 ELSE 'USW2-vendor.model-' || h % 8 || "
    "'-mantle-' || CASE h % 2 WHEN 0 THEN 'input' ELSE 'output' END || '-tokens-standard' END",
    "pricing_rate_code": "'SKU' || h % 2000 || '.X.Y'",
    "pricing_term": "'OnDemand'",
    "pricing_unit": "CASE kind WHEN 0 THEN 'Hrs' ELSE '1K tokens' END",
    "product": "CASE kind WHEN 0 THEN MAP {'product_name': 'Amazon Service ' || h % 60, 'location': 'US West'} ELSE "
    "MAP {'product_name': CASE kind WHEN 1 THEN 'Amazon Bedrock Service' ELSE 'Claude (Amazon Bedrock Edition)' END, "
    "'model': 'Model ' || h % 8, 'provider': 'Vendor', 'inference_type': 'Input', 'feature': 'On-demand'} END",
    "product_product_family": "CASE kind WHEN 0 THEN 'Family ' || h % 30 ELSE 'Amazon Bedrock' END",
    "product_region_code": "'us-west-2'",
    "product_servicecode": "'Service' || h % 60",
    "product_sku": "'SKU' || h % 2000",
    "resource_tags": TAGS.format("user_bedrock_project", "user_team"),
    "tags": TAGS.format("resourceTags/bedrock-project", "resourceTags/Team"),
}


def export(root: Path, lines: int, months: tuple[date, ...], kind: Kind) -> Path:
    """An export of that many lines; gives its folder.

    Another process writes it: Linux counts the peak of this one in that of each report.
    """
    writer = multiprocessing.get_context("spawn").Process(target=write_export, args=(root, lines, months, kind))
    writer.start()
    writer.join()
    if writer.exitcode:
        raise SystemExit("the export could not be written")
    return root / NAME


def write_export(root: Path, lines: int, months: tuple[date, ...], kind: Kind) -> None:
    """Writes an export as AWS lays it out."""
    import duckdb

    columns = ", ".join(f"CAST({VALUES.get(name, 'NULL')} AS {TYPES[type_]}) AS {name}" for name, type_ in CUR2.items())
    form = "FORMAT parquet, COMPRESSION snappy"
    if kind == "csv.gz":
        maps = ", ".join(f"to_json({name}) AS {name}" for name, type_ in CUR2.items() if type_ == "map")
        columns, form = f"* REPLACE ({maps}) FROM (SELECT {columns}", "FORMAT csv, HEADER, COMPRESSION gzip"
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        for number, month in enumerate(months):
            path = f"{NAME}/data/BILLING_PERIOD={month:%Y-%m}/{NAME}-00001.{kind}"
            place = root / path
            place.parent.mkdir(parents=True)
            first, last = (lines * count // len(months) for count in (number, number + 1))
            connection.execute(
                f"COPY (SELECT {columns} FROM (SELECT *, DATE '{month}' AS start, hash(i + 13) AS h3, CAST(DATE "
                f"'{month}' + CAST(h % {monthrange(month.year, month.month)[1]} AS INTEGER) AS TIMESTAMP) AS day, CASE "
                "WHEN hash(i + 5) % 10 < 2 THEN 1 WHEN hash(i + 5) % 10 < 3 THEN 2 ELSE 0 END AS kind FROM (SELECT "
                f"range AS i, hash(range) AS h FROM range({first}, {last}))){')' * (kind == 'csv.gz')}) TO '{place}' "
                f"({form})"
            )
            manifest = root / f"{NAME}/metadata/BILLING_PERIOD={month:%Y-%m}/{NAME}-Manifest.json"
            manifest.parent.mkdir(parents=True)
            manifest.write_text(json.dumps({"dataFiles": [f"s3://bucket/{path}"]}))


def measure(folder: Path, months: tuple[date, ...]) -> Child:
    """One report, in a process of its own."""
    inventory = folder.parent / "projects.yaml"
    inventory.write_text(json.dumps(INVENTORY))
    dates = ["--from", f"{months[0]:%Y-%m}", "--to", f"{months[-1]:%Y-%m}", "--inventory", str(inventory)]
    words = ["costs", "--by", "Team", "--source", str(folder), *dates, "--format", "json"]
    command = [sys.executable, "-m", "bedrock_projects", *words]
    return run_child(command, os.environ, output=folder.parent / "report.json")


def read_plainly(folder: Path) -> float:
    """CPU seconds of the standard library for the same sums: csv, gzip, json, Decimal."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    start = process_time()
    for path in folder.rglob("*.csv.gz"):
        with gzip.open(path, "rt", newline="") as text:
            for row in csv.DictReader(text):
                tags = json.loads(row["tags"] or "{}")
                project = tags.get("resourceTags/bedrock-project", "")
                sums[project, row["line_item_line_item_type"]] += Decimal(row["line_item_unblended_cost"])
    return process_time() - start


def main() -> None:
    """Prints a row for each report, and what was promised of them."""
    print(f"{'lines':>12}{'months':>8}  {'form':10}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    costs: dict[tuple[int, int], Child] = {}
    for lines in (FEW, MANY):
        with tempfile.TemporaryDirectory() as folder:
            written = export(Path(folder), lines, MONTHS, "snappy.parquet")
            for months in (MONTHS[-1:], MONTHS):
                cost = costs[lines, len(months)] = measure(written, months)
                print(f"{lines:>12,}{len(months):>8}  {'Parquet':10}{cost.wall:>8.2f}{cost.cpu:>8.2f}{cost.peak:>9.0f}")
    with tempfile.TemporaryDirectory() as folder:
        written = export(Path(folder), CSV_LINES, MONTHS[-1:], "csv.gz")
        text = measure(written, MONTHS[-1:])
        plain = read_plainly(written)
    print(f"{CSV_LINES:>12,}{1:>8}  {'csv.gz':10}{text.wall:>8.2f}{text.cpu:>8.2f}{text.peak:>9.0f}")
    print(f"{CSV_LINES:>12,}{1:>8}  {'csv.gz, plain reader':20}{plain:>6.2f} of CPU")
    month, year = costs[MANY, 1], costs[MANY, len(MONTHS)]
    for target in (
        Target("a month of 10 million lines, seconds", month.wall, 1),
        Target("a month of 10 million lines, MB", month.peak, 300),
        Target("twelve months of 10 million lines, seconds", year.wall, 5),
        Target("twelve months of 10 million lines, MB", year.peak, 500),
        Target("100,000 rows of csv.gz, seconds", text.wall, 1),
        Target("CPU of 10 times the lines, twelve months", year.cpu / costs[FEW, len(MONTHS)].cpu, 10),
        Target("CPU of csv.gz / that of a plain reader", text.cpu / plain, 2),
    ):
        print(target)


if __name__ == "__main__":
    main()
