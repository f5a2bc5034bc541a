"""Made-up files of data exports as AWS lays them out, and a plain reader, with which sums are compared.

Nothing here is of a real account. Rows are texts by column; the maps are JSON.
"""

import csv
import gzip
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

Row = Mapping[str, str]
NAME = "acme-cur2"
OWNER = "bedrock-project"
TAG_KEYS = ("Team", "CostCenter")
OPTIONS: Mapping[str, Any] = {
    "filters": (),
    "previous": None,
    "granularity": "month",
    "cost": "billed",
    "exclude": (),
    "environments": (),
    "accounts": (),
    "usage": True,
}
"""Those of a request of which only the dates and the grouping were given."""
_MONEY = (
    *("line_item_unblended_cost", "line_item_net_unblended_cost", "line_item_usage_amount"),
    *("BilledCost", "ConsumedQuantity", "EffectiveCost"),
)
_TIMES = ("line_item_usage_start_date", "line_item_usage_end_date", "ChargePeriodStart", "ChargePeriodEnd")
_MAPS = ("product", "tags", "resource_tags", "Tags")


def row(amount: str = "1", *, tags: Mapping[str, str] | None = None, model: str = "GPT-5.5", **fields: Any) -> Row:
    """A line of Bedrock's usage in October 2026; `tags` are those of the resource."""
    day = fields.pop("day", "2026-10-05")
    product = {"product_name": fields.pop("service", "Amazon Bedrock")} | ({"model": model} if model else {})
    return {
        "bill_invoice_id": "EUINUS26-1",
        "line_item_currency_code": "USD",
        "line_item_line_item_type": "Usage",
        "line_item_net_unblended_cost": "",
        "line_item_product_code": "AmazonBedrock",
        "line_item_unblended_cost": amount,
        "line_item_usage_account_id": "012345678901",
        "line_item_usage_account_name": "acme-prod",
        "line_item_usage_amount": "2",
        "line_item_usage_end_date": f"{day}T23:00:00.000Z",
        "line_item_usage_start_date": f"{day}T00:00:00.000Z",
        "line_item_usage_type": "USE1-openai.gpt-5.5-mantle-input-tokens-standard",
        "pricing_unit": "1K tokens",
        "product": json.dumps(product),
        "product_product_family": "Amazon Bedrock",
        "tags": json.dumps({f"resourceTags/{key}": value for key, value in (tags or {}).items()}),
    } | fields


def bare(amount: str, line_type: str, **fields: Any) -> Row:
    """A line of tax, credit or refund: with a product code and without a product."""
    empty = {"product": "{}", "product_product_family": "", "line_item_usage_type": "", "pricing_unit": ""}
    return row(amount, **{"line_item_line_item_type": line_type, "line_item_usage_amount": "0", **empty} | fields)


def charge(amount: str = "1", *, tags: Mapping[str, str] | None = None, **fields: Any) -> Row:
    """A charge of FOCUS 1.2: Bedrock's usage in October 2026; `tags` are the entries of `Tags`."""
    day = fields.pop("day", "2026-10-05")
    return {
        "BilledCost": amount,
        "BillingCurrency": "USD",
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargePeriodEnd": f"{day}T23:00:00.000Z",
        "ChargePeriodStart": f"{day}T00:00:00.000Z",
        "ConsumedQuantity": "2",
        "ConsumedUnit": "1K tokens",
        "EffectiveCost": amount,
        "InvoiceId": "EUINUS26-1",
        "ProviderName": "AWS",
        "ServiceName": "Amazon Bedrock",
        "SkuMeter": "USE1-openai.gpt-5.5-mantle-input-tokens-standard",
        "SubAccountId": "012345678901",
        "SubAccountName": "acme-prod",
        "Tags": json.dumps(tags or {}),
        "x_ServiceCode": "AmazonBedrock",
    } | fields


def csv_text(rows: Sequence[Row], columns: Sequence[str] | None = None) -> bytes:
    """A CSV with a header."""
    names = columns or list(dict.fromkeys(name for each in rows for name in each))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([each.get(name, "") for name in names] for each in rows)
    return text.getvalue().encode()


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """A csv.gz of two gzip members: Data Exports may join them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = csv_text(rows)
    path.write_bytes(gzip.compress(text[: len(text) // 2]) + gzip.compress(text[len(text) // 2 :]))


def write_parquet(path: Path, rows: Sequence[Row], *, money: str = "DOUBLE") -> None:
    """The same as Parquet, with maps, times and numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for each in rows for name in each))
    source = path.with_name("rows.csv")
    source.write_bytes(csv_text(rows, names))
    shown = ", ".join(_cast(name, money) for name in names)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT {shown} FROM read_csv('{source}', all_varchar=true, header=true, delim=',', quote='\"', "
            f"escape='\"')) TO '{path}' (FORMAT parquet, COMPRESSION snappy)"
        )
    source.unlink()


def _cast(name: str, money: str) -> str:
    if name in _MAPS:
        return f"from_json({name}, '\"MAP(VARCHAR,VARCHAR)\"') AS {name}"
    kind = money if name in _MONEY else "TIMESTAMP" if name in _TIMES else "VARCHAR"
    return f"CAST({name} AS {kind}) AS {name}"


def manifest(root: Path, month: str, files: Iterable[str], *, name: str = NAME, run: str = "", **fields: Any) -> Path:
    """Writes the manifest of a billing period; `files` are paths below the folder of the period."""
    place = root / name / "metadata" / f"BILLING_PERIOD={month}" / run
    place.mkdir(parents=True, exist_ok=True)
    body = {
        "executionId": "11111111-2222-4333-8444-555555555555",
        "exportArn": f"arn:aws:bcm-data-exports:us-east-1:999999999999:export/{name}-1",
        "columns": [],
        "dataFiles": [f"s3://acme-billing/cost/{name}/data/BILLING_PERIOD={month}/{file}" for file in files],
        "additionalOutputFiles": [],
    }
    path = place / f"{name}-Manifest.json"
    path.write_text(json.dumps(body | fields))
    return path


def deliver(
    root: Path, rows: Sequence[Row], *, month: str = "2026-10", form: str = "csv", chunks: int = 1, **fields: Any
) -> Path:
    """An export that overwrites, with its rows in so many files; gives the folder of the files."""
    folder = root / NAME / "data" / f"BILLING_PERIOD={month}"
    names = []
    for number in range(chunks):
        names.append(f"{NAME}-{number + 1:05}.{'csv.gz' if form == 'csv' else 'snappy.parquet'}")
        part = rows[number::chunks]
        if form == "csv":
            write_csv(folder / names[-1], part)
        else:
            write_parquet(folder / names[-1], part, **fields)
    manifest(root, month, names)
    return folder


def plain_rows(paths: Iterable[Path]) -> list[dict[str, str]]:
    """All rows of csv.gz files, by the standard library alone."""
    rows = []
    for path in paths:
        with gzip.open(path, "rt", newline="") as text:
            rows += list(csv.DictReader(text))
    return rows


def plain_sums(
    rows: Iterable[Mapping[str, str]], key: Callable[[Mapping[str, str]], tuple[str, ...]]
) -> dict[tuple[str, ...], Decimal]:
    """The sums of billed cost by a key."""
    sums: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for each in rows:
        sums[key(each)] += Decimal(each["line_item_unblended_cost"])
    return dict(sums)


def plain_tag(each: Mapping[str, str], key: str) -> str:
    """The value of a tag of a row; empty without it."""
    value: str = json.loads(each["tags"]).get(f"resourceTags/{key}", "")
    return value
