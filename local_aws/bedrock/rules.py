"""The rules of the native Projects API, each with how it is known."""

from typing import Final

from local_aws.rules import Rule

_READ: Final = "2026-11-28"
_MODEL: Final = "botocore's model of bedrock, 2023-04-20, as of 1.44.8"
_CHOICE: Final = "choice of the local AWS"


def _documented(rule_id: str, says: str) -> Rule:
    return Rule(rule_id, says, "documented", _MODEL, _READ)


def _assumed(rule_id: str, says: str) -> Rule:
    return Rule(rule_id, says, "assumed", _CHOICE, _READ)


AUTHENTICATED: Final = _assumed("native-authenticated", "403 unless the sender is proven, by SigV4 or an API key")
SIGNING_NAME: Final = _documented("native-signing-name", "SigV4 is for bedrock")
HOST_REGION: Final = _documented("native-host-region", "a request is signed for the region of its host")
PATH: Final = _documented("native-path", "the slash of an ARN in a path is percent-encoded; any other path is 404")
BODY: Final = _assumed("native-body", "the body is a JSON object, else SerializationException")
SHAPE: Final = _documented("native-shape", "members have the types of the model")
IDENTIFIER: Final = _documented("native-identifier", "an id, or an ARN of service bedrock")
OWN: Final = _documented("native-own", "an ARN is of the caller's account and this region")
UNKNOWN: Final = _documented("native-unknown", "404 ResourceNotFoundException for an id that is not here")

NAME: Final = _documented("native-name", "1 to 127 code points, one of them not blank; not unique")
RETENTION: Final = _documented("native-retention", "five modes, inherit if none is given")
ONE_FIELD: Final = _documented("native-one-field", "an update has exactly one of name and dataRetention")
DEFAULT: Final = _documented("native-default", "the default project is neither updated nor archived")
DEFAULT_TAGS: Final = _assumed("native-default-tags", "the default project has no tags, although its ARN fits")
ARCHIVED: Final = _documented("native-archived", "an archived project rejects mutations; archive succeeds again")
ARCHIVED_GET: Final = _assumed("native-archived-get", "an archived project is read until it is purged")
QUOTA: Final = _assumed("native-quota", "no limit of projects, unless a setting has one")
RATE: Final = _assumed("native-rate", "no limit of requests, unless a setting has one; then 429 ThrottlingException")

PAGE: Final = _documented("native-page", "maxResults is 1 to 100, default 20; archived projects are listed")
STATUS: Final = _documented("native-status", "statusFilter is active or archived")
TOKEN: Final = _assumed("native-token", "nextToken is one that a list gave")

TAG: Final = _documented("native-tag", "key 1 to 128, value 0 to 256: ASCII letters, digits, white space, ._:/=+@-")
TAG_LIST: Final = _documented("native-tag-list", "at most 200 tags or keys in a request")
TAG_TWICE: Final = _assumed("native-tag-twice", "a key stands once in a request")
TAG_PREFIX: Final = _assumed("native-tag-prefix", "no aws: prefix")
TAGS: Final = _documented("native-tags", "50 tags on a project, existing and new ones together")
TAG_ARN: Final = _documented("native-tag-arn", "the ARN ends in project/ and proj_ with 20 of a-z2-7, or default")
CONFLICT: Final = _documented("native-conflict", "ConflictException, for reasons that nobody has said")
