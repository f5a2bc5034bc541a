"""The lines of the bill: what metered use costs, and what the control API added for other services.

Amounts are Decimal of ten decimals at most, as Cost Explorer shows them: so groups add up to the total, exactly.
Metered use has the charge type `Usage`, and costs the same by every metric, as on a plain on-demand account; discounts,
credits, refunds, taxes and fees are lines of the control API, which may name other amounts for other metrics.
Not imitated: rates of a reservation, and what AWS itself makes of a line (a tax on it, a credit that covers it).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from local_aws.bedrock_mantle.models import Place
from local_aws.cost_explorer import prices
from local_aws.metering import Meter, Usage
from local_aws.model_catalogue import MODELS

MINUTES_OF_DAY: Final = 1440
USAGE: Final = "Usage"
CREDIT: Final = "Credit"
BillingEntity = Literal["AWS", "AWS Marketplace"]


@dataclass(frozen=True)
class Item:
    """What is billed together; `tags` are sorted pairs, those that the resource carried when it was used.

    `unit` is that of its quantities, "" for none; `attributes` are its product attributes, by key. Cost Explorer does
    not show the last three, a data export does; `taxed_service` is what a tax is for.
    """

    account: str
    service: str
    usage_type: str
    region: str = ""
    operation: str = ""
    billing_entity: BillingEntity = "AWS"
    tags: tuple[tuple[str, str], ...] = ()
    charge_type: str = USAGE
    unit: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    resource_id: str = ""
    iam_principal: str = ""
    taxed_service: str = ""


class Charge(NamedTuple):
    """Use of an item in a minute (unix time divided by 60), in USD and in the unit of its usage type.

    `others` are the metrics by which it costs something else.
    """

    minute: int
    cost: Decimal
    quantity: Decimal
    others: tuple[tuple[str, Decimal], ...] = ()


Ledger = dict[Item, list[Charge]]


def merged(ledgers: Iterable[Ledger]) -> Ledger:
    """All charges of all ledgers."""
    whole: defaultdict[Item, list[Charge]] = defaultdict(list)
    for ledger in ledgers:
        for item, charges in ledger.items():
            whole[item] += charges
    return dict(whole)


def without_credit_tags(ledger: Ledger) -> Ledger:
    """The same, but credits carry no tags."""
    credits_of = {item: charges for item, charges in ledger.items() if item.charge_type == CREDIT}
    rest = {item: charges for item, charges in ledger.items() if item.charge_type != CREDIT}
    return merged((rest, *({replace(item, tags=()): charges} for item, charges in credits_of.items())))


def rated(meters: Iterable[tuple[Meter, Usage]], *, marketplace_tags: bool, runtime_tags: bool) -> Ledger:
    """What the metered use costs.

    Without `marketplace_tags` the lines of Marketplace models carry none, without `runtime_tags` those of
    `bedrock-runtime`.
    """
    ledger: Ledger = {}
    # Looked up once for all minutes of a use: a year of a thousand projects has a million of them.
    known: dict[tuple[object, ...], tuple[list[Charge], Decimal, Decimal]] = {}
    for meter, usage in meters:
        for kind, tokens in _tokens(usage):
            if tokens:
                same = (meter.account, meter.region, meter.project, meter.model, meter.tags, meter.endpoint, kind)
                if same not in known:
                    item = _item(meter, kind, marketplace_tags=marketplace_tags, runtime_tags=runtime_tags)
                    rate = prices.PRICES[meter.model].of_token(kind)
                    known[same] = (ledger.setdefault(item, []), rate, prices.units(meter.model))
                charges, rate, units = known[same]
                charges.append(Charge(meter.minute, rate * tokens, units * tokens))
    return ledger


def _tokens(usage: Usage) -> tuple[tuple[prices.Kind, int], ...]:
    plain: tuple[tuple[prices.Kind, int], ...] = (("input", usage.input_tokens), ("output", usage.output_tokens))
    if not (usage.cache_read_tokens or usage.cache_write_tokens):
        return plain
    return (*plain, ("cache_read", usage.cache_read_tokens), ("cache_write", usage.cache_write_tokens))


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
        unit=prices.unit(meter.model),
        attributes=prices.attributes(meter.model, kind),
        resource_id=Place(meter.account, meter.region).arn(
            meter.project, service="bedrock" if meter.endpoint == "bedrock-runtime" else "bedrock-mantle"
        ),
    )
