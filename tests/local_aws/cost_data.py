"""The bill of the page Costs: what an organisation spent on Bedrock, day by day."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from local_aws import CostLine

DEV, PROD = "111111111111", "222222222222"
FIRST, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
OWN, NEWER, CLAUDE = "Amazon Bedrock", "Amazon Bedrock Service", "Claude Haiku 4.5 (Amazon Bedrock Edition)"
MANTLE = "USW2-qwen.qwen3-32b-mantle-input-tokens-standard"
RUNTIME = "USW2-Nova2.0Lite-input-tokens"
MARKETPLACE = "USW2-MP:USW2_input_tokens_standard-Units"


@dataclass(frozen=True, kw_only=True)
class Habit:
    """USD a day in October and in November, of one project or, without a key, of none."""

    key: str = ""
    service: str = OWN
    usage_type: str = MANTLE
    account: str = PROD
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
                    "amount": self.october if day < NOVEMBER else self.november,
                    "tags": {"bedrock-project": f"acme-retail/prod/{self.key}"} if self.key else {},
                }
            )
            for day in days
        ]


HABITS = (
    Habit(key="customer-chatbot", october="2.55", november="2.55"),
    Habit(key="customer-chatbot", service=CLAUDE, usage_type=MARKETPLACE, october="7.50", november="14.50"),
    Habit(key="product-search", service=NEWER, october="2.97", november="6.27"),
    Habit(key="demand-forecast", october="0.36", november="0.36"),
    Habit(key="old-pilot", october="0.21", november="0.21", last=date(2026, 11, 9)),
    Habit(account=DEV, service=NEWER, october="0.88", november="0.88"),
    Habit(account=DEV, usage_type=RUNTIME, october="0.55", november="0.55"),
    Habit(service=CLAUDE, usage_type=MARKETPLACE, october="0.25", november="0.25"),
)


def bill() -> list[CostLine]:
    """All lines."""
    return list(chain.from_iterable(habit.lines() for habit in HABITS))
