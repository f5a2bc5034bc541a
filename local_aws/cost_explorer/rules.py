"""The rules of cost allocation tags, each with how it is known."""

from typing import Final

from local_aws.rules import REFERENCE, Rule

_TAGS = f"{REFERENCE}, Cost allocation tags"
_MODEL = "botocore's model of ce, 2017-10-25"
_CHOICE = "choice of the local AWS"

LINKED: Final = Rule("linked-account", "only a management or standalone account may, list included", "seen", _TAGS)
SHAPE: Final = Rule("shape", "lengths, enumerations and required members as modelled", "documented", _MODEL)
TWICE: Final = Rule("key-twice", "a key stands once in an update", "assumed", _CHOICE)
NOT_FOUND: Final = Rule("keys-not-found", "a key that Billing has not discovered fails the whole call", "seen", _TAGS)
ACTIVE: Final = Rule("active-keys", "500 active keys in a payer account", "documented", _TAGS)
TOKEN: Final = Rule("next-token", "a page's token holds for the same question only", "documented", _MODEL)
BACKFILL_DATE: Final = Rule("backfill-date", "first day of a month, at most 12 months back", "documented", _TAGS)
BACKFILL_ONCE: Final = Rule("backfill-once", "one in 24 h, and none while one runs", "documented", _TAGS)
