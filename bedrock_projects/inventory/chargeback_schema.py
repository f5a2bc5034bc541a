"""The schema of the section `chargeback` of an inventory file."""

from dataclasses import replace
from typing import get_args

from bedrock_projects import limits
from bedrock_projects.chargeback.rules import Addition, Basis, Closed, CreditPassing, Method, Passing
from bedrock_projects.inventory.schema_types import Choice, Field, ListOf, MapOf, Object, SchemaType, String, WordOr

CENTRAL = "central"
"""The word for what no rule passes on."""
_METHODS: tuple[Method, ...] = get_args(Method)
_WITHOUT_FILE = tuple(method for method in _METHODS if method != "weights")
_VALUE = String(limits.CHARGED_VALUE)
_CLOSED = Closed()
_SPLIT: dict[str, Field] = {
    "method": Field(Choice(_WITHOUT_FILE), "How the amount is split among values of the charged tag.", required=True),
    "to": Field(
        ListOf(_VALUE),
        "With `proportional` and `even`: the values that share the amount.",
        default="all with direct cost",
    ),
    "shares": Field(
        MapOf(limits.CHARGED_VALUE, String(limits.PERCENTAGE), least=1),
        "With `fixed`: the part of each value. Together they are 100%.",
    ),
}
SPLIT = Object(
    title="split",
    description="How an amount is split: `proportional` to direct cost, `even` parts, or `fixed` shares.",
    fields=_SPLIT,
)
SHARED_COST = Object(
    title="shared cost",
    description="Projects whose cost is split, in all environments.",
    fields={
        "projects": Field(ListOf(String(limits.PROJECT_KEY)), "The keys of their entries.", required=True),
        **_SPLIT,
        "method": replace(_SPLIT["method"], schema=Choice(_METHODS)),
        "weights": Field(
            String(limits.WEIGHTS_FILE),
            "With `weights`: a CSV file with the columns `value` and `weight`. `{month}` in its path is YYYY-MM.",
        ),
    },
)
ADJUSTMENT = Object(
    title="adjustment",
    description="An amount that AWS does not bill, in the currency of the bill.",
    fields={
        "description": Field(String(limits.ADJUSTMENT_DESCRIPTION), "What statements call it.", required=True),
        "amount": Field(
            String(limits.ADJUSTMENT_AMOUNT), "What is charged; below 0, what is given back.", required=True
        ),
        **_SPLIT,
    },
)
CENTRAL_COST = Object(
    title="central cost",
    description="Who carries what no rule passes on.",
    fields={
        "name": Field(String(limits.CENTRAL_NAME), "The name on its statement.", required=True),
        "cost_center": Field(String(limits.CHARGED_VALUE), "Its value of the tag key that `journal` names."),
    },
)
JOURNAL = Object(
    title="journal",
    description="What the file `journal.csv` books.",
    fields={
        "cost_center": Field(
            String(limits.TAG_KEY), "The tag key whose values are the cost centers of projects.", required=True
        ),
        "gl_account": Field(String(limits.GL_ACCOUNT), "The account of the general ledger.", required=True),
    },
)
CLOSED_MONTHS = Object(
    title="closed months",
    description="The files of closed months.",
    fields={
        "folder": Field(
            String(limits.FOLDER), "Their folder, relative to that of the inventory.", default=f"`{_CLOSED.folder}`"
        ),
        "not_before_day": Field(
            String(limits.CLOSING_DAY),
            "The day of the next month from which a month can be closed.",
            default=str(_CLOSED.not_before_day),
        ),
        "smallest_true_up": Field(
            String(limits.SMALLEST_TRUE_UP),
            "A true-up below this amount waits, in the currency of the bill.",
            default=f"{_CLOSED.smallest_true_up:f}",
        ),
    },
)


def _choice(words: tuple[str, ...], description: str, *, default: str) -> Field:
    return Field(Choice(words), description, default=default)


_ADDITIONS: tuple[Addition, ...] = get_args(Addition)
_PASSINGS: tuple[Passing, ...] = get_args(Passing)
_UNALLOCATED: SchemaType = WordOr((CENTRAL,), SPLIT)
CHARGEBACK = Object(
    title="chargeback",
    description="Whose cost a month is. A closed month keeps the rules that it was closed with.",
    fields={
        "by": Field(String(limits.TAG_KEY), "The charged tag: statements are for its values.", required=True),
        "cost": _choice(
            get_args(Basis), "What is charged: the amounts of invoices, or the net amortized cost.", default="billed"
        ),
        "central": Field(CENTRAL_COST, "Who carries what no rule passes on. Required if anything can be central."),
        "shared": Field(
            MapOf(limits.SHARED_COST, SHARED_COST), "The projects whose cost is split, in the order of the rules."
        ),
        "unallocated": Field(
            _UNALLOCATED, "Cost without a value of the charged tag: central, or split.", default=f"`{CENTRAL}`"
        ),
        "discounts": _choice(_PASSINGS, "Discounts: with the usage that has them, or central.", default="as_billed"),
        "refunds": _choice(_PASSINGS, "Refunds: with the usage that has them, or central.", default="as_billed"),
        "credits": _choice(
            get_args(CreditPassing), "Credits: central, with the usage that has them, or split.", default=CENTRAL
        ),
        "tax": _choice(_ADDITIONS, "Bedrock's part of the tax.", default="exclude"),
        "support": _choice(_ADDITIONS, "Bedrock's part of support charges.", default="exclude"),
        "adjustments": Field(MapOf(limits.MONTH, ListOf(ADJUSTMENT)), "Amounts that AWS does not bill, by month."),
        "journal": Field(JOURNAL, "What finance books. Without it, there is no `journal.csv`."),
        "closed": Field(CLOSED_MONTHS, "Where closed months are, and when a month can be closed."),
    },
)
