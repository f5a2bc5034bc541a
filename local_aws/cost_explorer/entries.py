"""What the control API adds to the bill: metered use of projects without a request, and lines of other services."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from local_aws.bedrock_mantle.models import DEFAULT_ID, Place, Project, ProjectStore
from local_aws.clock import unix
from local_aws.cost_explorer.ledger import MINUTES_OF_DAY, USAGE, BillingEntity, Charge, Item
from local_aws.cost_explorer.periods import EPOCH
from local_aws.metering import Endpoint, Meter
from local_aws.model_catalogue import MODELS
from local_aws.state import State

_Placed = tuple[Endpoint, Place, Project]
_Account = Annotated[str, Field(pattern=r"^\d{12}$")]
_Amount = Annotated[Decimal, Field(decimal_places=10, max_digits=20)]
_Tokens = Annotated[int, Field(ge=0)]
# The metrics of cost except UnblendedCost, which is a line's `amount`.
OtherMetric = Literal[
    "BlendedCost",
    "AmortizedCost",
    "NetUnblendedCost",
    "NetAmortizedCost",
    "BilledCost",
    "ListCost",
    "ContractedCost",
    "PublicEquivalentBilledCost",
    "PublicOnDemandCost",
]


class Use(BaseModel):
    """Requests of a project to a model, with the tokens of all of them.

    `at` (ISO 8601, not in the future) is when, now by default; the tags are those that the project has now. The project
    `default` is named by its account and region, any other by its id. `endpoint` is where it was used, by default the
    one of the API that has the project; of `default`, `bedrock-mantle`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    project_id: str
    model: str
    input_tokens: _Tokens
    output_tokens: _Tokens
    cache_read_tokens: _Tokens = 0
    cache_write_tokens: _Tokens = 0
    requests: Annotated[int, Field(ge=1, le=100_000)] = 1
    at: str | None = None
    account: _Account | None = None
    region: str | None = None
    endpoint: Endpoint | None = None

    @model_validator(mode="after")
    def _can_be_named(self) -> "Use":
        if self.project_id == DEFAULT_ID and (self.account is None or self.region is None):
            raise ValueError("the project default needs account and region")
        if self.model not in MODELS:
            raise ValueError(f"no model {self.model}; there are {', '.join(MODELS)}")
        return self


class CostLine(BaseModel):
    """A line of the bill for a day (ISO 8601): USD and quantity with ten decimals at most, as text, and of either sign.

    `charge_type` is RECORD_TYPE in Cost Explorer's spelling (`Credit`, `Enterprise Discount Program Discount`, …), any
    other word too. Tax and support are services of their own, such as `Tax` and `AWS Support (Business)`. `amount` is
    UnblendedCost; `other_amounts` says by which metrics the line costs something else. The quantity is by default 1 of
    usage, else 0; `unit` is what it counts. The billing entity follows from the usage type if it is not given.
    `provider`, `model`, `inference_type` and `feature` are its product attributes. `posted_at` (ISO 8601, in the future
    too) is when AWS adds the line to the bill of its day: a late credit, support, or, by negative amounts and
    quantities, a correction of what was there. Of `resource_id`, `iam_principal` and `taxed_service`, the service that
    a tax is for, only data exports know.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: _Account
    day: date
    service: Annotated[str, Field(min_length=1)]
    usage_type: str = ""
    amount: _Amount
    quantity: _Amount | None = None
    unit: str = ""
    tags: dict[str, str] = {}
    region: str = ""
    operation: str = ""
    charge_type: Annotated[str, Field(min_length=1)] = USAGE
    other_amounts: dict[OtherMetric, _Amount] = {}
    billing_entity: BillingEntity | None = None
    provider: str = ""
    model: str = ""
    inference_type: str = ""
    feature: str = ""
    resource_id: str = ""
    iam_principal: str = ""
    taxed_service: str = ""
    posted_at: str | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """The product attributes that it has, by their keys in Cost Explorer."""
        given = {
            "feature": self.feature,
            "inferenceType": self.inference_type,
            "model": self.model,
            "provider": self.provider,
        }
        return {key: value for key, value in given.items() if value}


def add_uses(state: State, uses: Sequence[Use]) -> None:
    """Meters all of the uses, or raises ValueError and none. Billing will discover the keys that the projects carry."""
    now = state.clock.now()
    stores: list[tuple[Endpoint, ProjectStore]] = [
        ("bedrock-mantle", state.projects),
        ("bedrock-runtime", state.native.own),
    ]
    by_id: dict[str, _Placed] = {
        project.id: (endpoint, place, project)
        for endpoint, store in stores
        for place in store.places()
        for project in store.all(place, now=now).values()
    }
    placed = [(use, *_project(state, by_id, use), _moment(use, now)) for use in uses]
    for use, endpoint, place, project, moment in placed:
        tags = tuple(sorted(project.tags.items()))
        meter = Meter(place.account, place.region, project.id, use.model, int(moment // 60), tags, endpoint=endpoint)
        state.meters.count(
            meter,
            input_tokens=use.input_tokens,
            output_tokens=use.output_tokens,
            cache_read_tokens=use.cache_read_tokens,
            cache_write_tokens=use.cache_write_tokens,
        )
        for _ in range(use.requests - 1):
            state.meters.count(meter, input_tokens=0, output_tokens=0)
        if endpoint == "bedrock-mantle" or state.settings.runtime_usage_tags == "tagged":
            state.billing.use(place.account, project.tags, now=moment)


def add_lines(state: State, lines: Sequence[CostLine]) -> None:
    """Adds the lines, or raises ValueError and adds none. Billing will discover the tag keys that they carry.

    A line counts at the end of its day: a tag key that is activated on that day counts for it.
    """
    postings: defaultdict[float, defaultdict[Item, list[Charge]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        moment = 0.0 if line.posted_at is None else unix(line.posted_at)
        postings[moment][_item(line)].append(_charge(line))
    for moment, ledger in postings.items():
        state.billing.post(dict(ledger), at=moment)
    for line in lines:
        state.billing.use(line.account, line.tags, now=(line.day - EPOCH).days * 86_400.0)


def _item(line: CostLine) -> Item:
    by_usage_type: BillingEntity = "AWS Marketplace" if "-MP:" in line.usage_type else "AWS"
    return Item(
        account=line.account,
        service=line.service,
        usage_type=line.usage_type,
        region=line.region,
        operation=line.operation,
        billing_entity=line.billing_entity or by_usage_type,
        tags=tuple(sorted(line.tags.items())),
        charge_type=line.charge_type,
        unit=line.unit,
        attributes=tuple(line.attributes.items()),
        resource_id=line.resource_id,
        iam_principal=line.iam_principal,
        taxed_service=line.taxed_service,
    )


def _charge(line: CostLine) -> Charge:
    minute = (line.day + timedelta(days=1) - EPOCH).days * MINUTES_OF_DAY - 1
    quantity = Decimal(line.charge_type == USAGE) if line.quantity is None else line.quantity
    return Charge(minute, line.amount, quantity, tuple(line.other_amounts.items()))


def _project(state: State, by_id: Mapping[str, _Placed], use: Use) -> _Placed:
    if use.project_id == DEFAULT_ID and use.account and use.region:
        place = Place(use.account, use.region)
        default = state.projects.all(place, now=state.clock.now())[DEFAULT_ID]
        return use.endpoint or "bedrock-mantle", place, default
    if use.project_id not in by_id:
        raise ValueError(f"no project {use.project_id} in any account and region")
    endpoint, place, project = by_id[use.project_id]
    return use.endpoint or endpoint, place, project


def _moment(use: Use, now: float) -> float:
    moment = now if use.at is None else unix(use.at)
    if moment > now:
        raise ValueError(f"{use.at} is in the future")
    return moment
