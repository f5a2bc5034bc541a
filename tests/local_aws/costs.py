"""What tests about costs need: lines of the bill, and answers without their wrapping."""

from decimal import Decimal
from typing import Any

from local_aws import CostLine
from tests.local_aws.mantle import ACCOUNT

YEAR = {"Start": "2025-04-01", "End": "2026-04-01"}
MARCH = {"Start": "2026-03-01", "End": "2026-04-01"}
SUPPORT = "AWS Support (Business)"
EC2 = "Amazon Elastic Compute Cloud - Compute"
HAIKU = "anthropic.claude-haiku-4-5"
OSS = "openai.gpt-oss-20b"


def line(day: str, amount: str, *, account: str = ACCOUNT, service: str = EC2, **more: Any) -> CostLine:
    """A line of a service that is not metered, by default EC2."""
    fields = {"account": account, "day": day, "service": service, "usage_type": "BoxUsage:m5.large", "amount": amount}
    return CostLine.model_validate(fields | more)


def tax(day: str, amount: str, **more: Any) -> CostLine:
    """A line of tax, which is a service of its own."""
    return line(day, amount, **{"service": "Tax", "usage_type": "", "charge_type": "Tax"} | more)


def support(day: str, amount: str, **more: Any) -> CostLine:
    """A line of a support plan: usage of a service of its own."""
    return line(day, amount, **{"service": SUPPORT, "usage_type": ""} | more)


def credit(day: str, amount: str, **more: Any) -> CostLine:
    """A line of a credit, by default for Amazon Bedrock."""
    return line(day, amount, **{"service": "Amazon Bedrock", "usage_type": "", "charge_type": "Credit"} | more)


def ask(client: Any, period: dict[str, str] | None = None, **question: Any) -> list[dict[str, Any]]:
    """The results of all pages, by default by month and in UnblendedCost."""
    question = {"TimePeriod": period or MARCH, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"]} | question
    results: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        answer = client.get_cost_and_usage(**question, **token)
        results += answer["ResultsByTime"]
        if "NextPageToken" not in answer:
            return results
        token = {"NextPageToken": answer["NextPageToken"]}


def grouped(client: Any, *keys: str, period: dict[str, str] | None = None, **question: Any) -> dict[Any, Decimal]:
    """Cost by group over all periods; a key in capitals is a dimension, others are tags. One key gives plain texts."""
    by = [{"Type": "DIMENSION" if key.isupper() else "TAG", "Key": key} for key in keys]
    sums: dict[Any, Decimal] = {}
    for result in ask(client, period, GroupBy=by, **question):
        for group in result["Groups"]:
            name = group["Keys"][0] if len(keys) == 1 else tuple(group["Keys"])
            sums[name] = sums.get(name, Decimal(0)) + Decimal(group["Metrics"]["UnblendedCost"]["Amount"])
    return sums


def total(client: Any, period: dict[str, str] | None = None, **question: Any) -> Decimal:
    """Cost over all periods, not grouped."""
    results = ask(client, period, **question)
    return sum((Decimal(result["Total"]["UnblendedCost"]["Amount"]) for result in results), Decimal(0))


def by_tag(key: str, *values: str, **more: Any) -> dict[str, Any]:
    """A filter by a tag."""
    return {"Tags": {"Key": key, "Values": list(values), **more}}


def by_dimension(key: str, *values: str, **more: Any) -> dict[str, Any]:
    """A filter by a dimension."""
    return {"Dimensions": {"Key": key, "Values": list(values), **more}}
