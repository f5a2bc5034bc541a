"""The bill of the page Costs: what an organisation spent on Bedrock, day by day, and what else its bill has."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from local_aws import CostLine

DEV, PROD = "111111111111", "222222222222"
FIRST = date(2026, 9, 1)
OWN, NEWER, CLAUDE = "Amazon Bedrock", "Amazon Bedrock Service", "Claude Haiku 4.5 (Amazon Bedrock Edition)"
MANTLE = "USW2-qwen.qwen3-32b-mantle-input-tokens-standard"
RUNTIME = "USW2-Nova2.0Lite-input-tokens"
MARKETPLACE = "USW2-MP:USW2_input_tokens_standard-Units"
MODELS = {MANTLE: "Qwen3 32B", RUNTIME: "Nova 2 Lite", MARKETPLACE: "Claude Haiku 4.5"}


@dataclass(frozen=True, kw_only=True)
class Habit:
    """USD a day in each month, of one project or, without a key, of none."""

    key: str = ""
    service: str = OWN
    usage_type: str = MANTLE
    account: str = PROD
    september: str
    october: str
    november: str
    last: date = date(2026, 11, 24)

    def lines(self) -> list[CostLine]:
        """Its lines of the bill."""
        days = (FIRST + timedelta(days=number) for number in range((self.last - FIRST).days + 1))
        return [
            CostLine.model_validate(
                {
                    "account": self.account,
                    "day": day,
                    "service": self.service,
                    "usage_type": self.usage_type,
                    "amount": self._usd(day),
                    "model": MODELS[self.usage_type],
                    "tags": {"bedrock-project": f"acme-retail/prod/{self.key}"} if self.key else {},
                }
            )
            for day in days
        ]

    def _usd(self, day: date) -> str:
        by_month = {9: self.september, 10: self.october, 11: self.november}
        return by_month[day.month]


HABITS = (
    Habit(key="customer-chatbot", september="2.55", october="2.55", november="2.55"),
    Habit(
        key="customer-chatbot",
        service=CLAUDE,
        usage_type=MARKETPLACE,
        september="4.25",
        october="7.50",
        november="14.50",
    ),
    Habit(key="product-search", service=NEWER, september="2.97", october="2.97", november="6.27"),
    Habit(key="demand-forecast", september="0.36", october="0.36", november="0.36"),
    Habit(key="old-pilot", september="0.21", october="0.21", november="0.21", last=date(2026, 11, 9)),
    Habit(account=DEV, service=NEWER, september="0.88", october="0.88", november="0.88"),
    Habit(account=DEV, usage_type=RUNTIME, september="0.55", october="0.55", november="0.55"),
    Habit(service=CLAUDE, usage_type=MARKETPLACE, september="0.25", october="0.25", november="0.25"),
)


OTHER_CHARGES = (
    CostLine(account=PROD, day=date(2026, 10, 31), service=OWN, amount="-25.00", charge_type="Credit"),
    CostLine(account=PROD, day=date(2026, 10, 31), service="Amazon Elastic Compute Cloud - Compute", amount="1204.60"),
    CostLine(account=PROD, day=date(2026, 10, 31), service="Tax", amount="117.22", charge_type="Tax"),
    CostLine(account=PROD, day=date(2026, 10, 31), service="AWS Support (Business)", amount="100.00"),
)
"""A credit of October, and what the bill of that month has in addition to Bedrock."""


def bill() -> list[CostLine]:
    """All lines."""
    return [*chain.from_iterable(habit.lines() for habit in HABITS), *OTHER_CHARGES]
