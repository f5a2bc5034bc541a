"""The rules of the Resource Groups Tagging API, each with how it is known."""

from typing import Final

from local_aws.rules import Rule

_READ: Final = "2026-11-28"
_MODEL: Final = "botocore's model of resourcegroupstaggingapi, 2017-01-26, as of 1.44.8"

REFUSED: Final = Rule("index-refused", "AccessDeniedException without tag:GetResources", "documented", _MODEL, _READ)
UNSUPPORTED: Final = Rule(
    "index-unsupported",
    "400 InvalidParameterException for a type that is not known",
    "seen",
    "github.com/boto/botocore/issues/1843",
    _READ,
)
SHAPE: Final = Rule("index-shape", "ResourcesPerPage is 1 to 100, lists are lists", "documented", _MODEL, _READ)
TOKEN: Final = Rule("index-token", "a token is one that an answer gave", "documented", _MODEL, _READ)
EXPIRED: Final = Rule("index-expired", "a token holds for 15 minutes", "documented", _MODEL, _READ)
