"""The lines of the bill: what metered use costs, and what the control API added for other services.

Amounts are Decimal of ten decimals at most, as Cost Explorer shows them: so groups add up to the total, exactly.
Not imitated: discounts, credits, taxes and fees (every metric of cost is the same here, as on a plain on-demand
account), rates of a reservation, units of usage.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from local_aws.cost_explorer import prices
from local_aws.metering import Meter, Usage
from local_aws.model_catalogue import MODELS

MINUTES_OF_DAY: Final = 1440
_KINDS: Final[tuple[prices.Kind, prices.Kind]] = ("input", "output")


@dataclass(frozen=True)
class Item:
    """What is billed together; `tags` are sorted pairs, those that the resource carried when it was used."""

    account: str
    service: str
    usage_type: str
    region: str = ""
    operation: str = ""
    billing_entity: Literal["AWS", "AWS Marketplace"] = "AWS"
    tags: tuple[tuple[str, str], ...] = ()


class Charge(NamedTuple):
    """Use of an item in a minute (unix time divided by 60), in USD and in the unit of its usage type."""

    minute: int
    cost: Decimal
    quantity: Decimal


Ledger = dict[Item, list[Charge]]


def merged(ledgers: Iterable[Ledger]) -> Ledger:
    """All charges of all ledgers."""
    whole: defaultdict[Item, list[Charge]] = defaultdict(list)
    for ledger in ledgers:
        for item, charges in ledger.items():
            whole[item] += charges
    return dict(whole)


def rated(meters: Iterable[tuple[Meter, Usage]], *, marketplace_tags: bool, runtime_tags: bool) -> Ledger:
    """What the metered use costs.

    Without `marketplace_tags` the lines of Marketplace models carry none, without `runtime_tags` those of
    `bedrock-runtime`.
    """
    ledger: Ledger = {}
    # Looked up once for all minutes of a use: a year of a thousand projects has a million of them.
    known: dict[tuple[object, ...], tuple[list[Charge], Decimal, Decimal]] = {}
    for meter, usage in meters:
        for kind, tokens in zip(_KINDS, (usage.input_tokens, usage.output_tokens), strict=True):
            if tokens:
                same = (meter.account, meter.region, meter.model, meter.tags, meter.endpoint, kind)
                if same not in known:
                    item = _item(meter, kind, marketplace_tags=marketplace_tags, runtime_tags=runtime_tags)
                    rate = prices.PRICES[meter.model].of_token(kind)
                    known[same] = (ledger.setdefault(item, []), rate, prices.units(meter.model))
                charges, rate, units = known[same]
                charges.append(Charge(meter.minute, rate * tokens, units * tokens))
    return ledger


def _item(meter: Meter, kind: prices.Kind, *, marketplace_tags: bool, runtime_tags: bool) -> Item:
    marketplace = MODELS[meter.model].marketplace
    tagged = (marketplace_tags or not marketplace) and (runtime_tags or meter.endpoint == "bedrock-mantle")
    return Item(
        account=meter.account,
        service=prices.service(meter.model),
        usage_type=prices.usage_type(meter.model, kind, region=meter.region, endpoint=meter.endpoint),
        region=meter.region,
        operation="Usage" if marketplace else "",
        billing_entity="AWS Marketplace" if marketplace else "AWS",
        tags=meter.tags if tagged else (),
    )
