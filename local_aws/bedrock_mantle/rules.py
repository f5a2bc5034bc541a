"""The rules of the Projects API and of inference, each with how it is known."""

from typing import Final

from local_aws.rules import REFERENCE, Rule

_ENDPOINT = f"{REFERENCE}, Endpoint and auth"
_OPERATIONS = f"{REFERENCE}, Operations"
_LIMITS = f"{REFERENCE}, Limits"
_RETENTION = f"{REFERENCE}, Data retention"
_USING = f"{REFERENCE}, Using a project"
_OPENAI = "OpenAI's specification"
_CHOICE = "choice of the local AWS"

AUTHENTICATED: Final = Rule("authenticated", "401 invalid_api_key unless the sender is proven", "seen", _ENDPOINT)
SIGNING_NAME: Final = Rule("signing-name", "SigV4 is for bedrock-mantle, else 401 invalid_api_key", "seen", _ENDPOINT)
V1_ONLY: Final = Rule("v1-only", "the API is on /v1; /openai/v1 answers 404", "seen", _ENDPOINT)
REGION: Final = Rule("region", "elsewhere the name does not resolve; here: no answer", "seen", _ENDPOINT)
HOST_REGION: Final = Rule("host-region", "a request is signed for the region of its host", "documented", _ENDPOINT)

JSON_BODY: Final = Rule("json-body", "the body is a JSON object", "assumed", _CHOICE)
FIELDS: Final = Rule("fields", "fields of the body that are not documented are refused", "assumed", _CHOICE)
NO_BODY: Final = Rule("no-body", "an archive has no body, or an empty object", "documented", _OPERATIONS)
NO_CHANGE: Final = Rule("no-change", "an update says at least one change", "assumed", _CHOICE)
REGIONAL: Final = Rule("regional", "an unknown id, or one of another region, is 404 not_found_error", "seen", _ENDPOINT)
PAGE: Final = Rule("page", "limit is 1 to 100, default 20; after is an id of the list", "documented", _OPENAI)
ARCHIVED: Final = Rule("archived", "get answers, update is refused, archive answers again", "assumed", _CHOICE)

NAME: Final = Rule("name", "1 to 128 characters", "documented", _LIMITS)
NAME_GUIDE: Final = Rule("name-guide", "at most 64, words joined by one space, _ or -, unique", "documented", _LIMITS)
DUPLICATE_NAME: Final = Rule("duplicate-name", "two projects may have one name", "assumed", _CHOICE)
PROJECTS: Final = Rule(
    "projects", "1,000 projects in an account; here those that are active, default aside", "documented", _LIMITS
)
TAGS: Final = Rule("tags", "50 tags on a project (200 by the schema)", "documented", _LIMITS)
TAG: Final = Rule(
    "tag", "key 1 to 128, value 0 to 256 of the allowed characters, no aws: prefix", "documented", _LIMITS
)
TAG_TWICE: Final = Rule("tag-twice", "a key is not added and removed in one update", "assumed", _CHOICE)
RETENTION: Final = Rule("retention", "five modes, anything else is 400", "seen", _RETENTION)
DEFAULT: Final = Rule("default", "the default project is neither tagged nor archived", "documented", _LIMITS)

INFERENCE_BODY: Final = Rule("inference-body", "400 for missing or misshapen fields; others pass", "documented", _USING)
ANTHROPIC_VERSION: Final = Rule("anthropic-version", "Messages takes that header", "documented", _USING)
MODEL: Final = Rule("model", "404 for a model that is not served", "seen", _USING)
MODEL_ROUTE: Final = Rule("model-route", "400 for a model on an API or prefix that does not serve it", "seen", _USING)
ARCHIVED_INFERENCE: Final = Rule("archived-inference", "an archived project is refused, 400", "assumed", _CHOICE)
