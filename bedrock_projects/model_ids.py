"""What the id of a model tells."""

import re
from typing import Final

_CLAUDE = re.compile(r"(?:.*[./])?anthropic\.", re.DOTALL)
_ARN_OF_TARGET = re.compile(r"arn:[^:]*:bedrock:[^:]*:\d*:(foundation-model|inference-profile)/")

MOST_TOKENS: Final = 16
"""What an answer to a question of this package may be long; the question is three words."""


def is_claude(model: str) -> bool:
    """Whether the model is Anthropic's, whose own interface is Messages.

    On `bedrock-runtime` the name may have an inference profile before it, or be the end of an ARN.
    """
    return _CLAUDE.match(model) is not None


def is_target_of_projects(model: str) -> bool:
    """Whether requests on `bedrock-runtime` may name a project too: not if an ARN is of something that is not a model.

    A project goes with a foundation model, or with an inference profile of AWS's own:
    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
    """
    return not model.startswith("arn:") or _ARN_OF_TARGET.match(model) is not None
