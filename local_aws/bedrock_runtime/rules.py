"""The rules of inference on `bedrock-runtime`, each with how it is known."""

from typing import Final

from local_aws.rules import Rule

_READ: Final = "2026-11-28"
_MODEL: Final = "botocore's model of bedrock-runtime, 2023-09-30, as of 1.44.8"
_CHOICE: Final = "choice of the local AWS"
_CLAUDE: Final = "docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html"
_OPENAI: Final = "docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html"

PROJECT: Final = Rule(
    "runtime-project", "a project is active, of the caller's account and this region", "documented", _MODEL, _READ
)
APPLICATION_PROFILE: Final = Rule(
    "runtime-application-profile", "no application inference profile with a named project", "documented", _MODEL, _READ
)
TARGET: Final = Rule(
    "runtime-target",
    "a named project takes a foundation model or a system-defined inference profile",
    "documented",
    _MODEL,
    _READ,
)
MODEL: Final = Rule(
    "runtime-model",
    "400 ValidationException for a model id that is not known",
    "seen",
    "github.com/earendil-works/pi/issues/4993",
    _READ,
)
JSON: Final = Rule("runtime-json", "the body is a JSON object", "assumed", _CHOICE, _READ)
CONVERSE: Final = Rule("runtime-converse", "Converse takes messages with content blocks", "documented", _MODEL, _READ)
CLAUDE: Final = Rule(
    "runtime-claude", "anthropic_version bedrock-2023-05-31, max_tokens and messages", "documented", _CLAUDE, _READ
)
CLAUDE_EXTRA: Final = Rule(
    "runtime-claude-extra", "neither model nor stream in Claude's body", "assumed", _CHOICE, _READ
)
OPENAI: Final = Rule("runtime-openai", "messages; model and stream as in the request", "documented", _OPENAI, _READ)
LIMIT: Final = Rule("runtime-limit", "a limit of tokens is a whole number of at least 1", "documented", _MODEL, _READ)
