"""A small bill of an organisation for a chargeback."""

from typing import Any

from local_aws import CostLine, LocalAws
from tests.local_aws.costs import line, support
from tests.local_aws.costs_cli import DEV, MANTLE, OWN, PAYER, PROD

DISCOUNT = "Enterprise Discount Program Discount"


def open_organization(aws: LocalAws) -> None:
    """The organisation in June 2026, whose keys Team and bedrock-project are active from then on."""
    aws.set_clock("2026-06-01T00:00:00Z")
    aws.organization(management=PAYER, members=[DEV, PROD])
    aws.tag_keys(PAYER, ["Team", "bedrock-project"], status="Active")
    aws.settings(credit_tags="kept")


def rest(month: str) -> tuple[CostLine, ...]:
    """Another service and support."""
    return line(f"{month}-15", "70", account=PAYER), support(f"{month}-28", "29", account=PAYER)


def spend(
    amount: str, *, owner: str = "", kind: str = "Usage", team: str = "", month: str = "2026-10", **more: Any
) -> CostLine:
    """A line of Bedrock in the middle of a month."""
    tags = {key: value for key, value in (("bedrock-project", owner), ("Team", team)) if value}
    usage = {"usage_type": MANTLE if kind == "Usage" else "", "service": OWN, "model": "GPT-5.5", "unit": "1K tokens"}
    if kind != "Usage":
        usage |= {"model": "", "unit": ""}
    place = {"account": DEV if "/dev/" in owner else PROD, "charge_type": kind, "tags": tags}
    return line(f"{month}-15", amount, **place | usage | more)
