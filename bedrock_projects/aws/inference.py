"""The client that sends one tiny request to a model on behalf of a project.

https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html
"""

from typing import Any, Final

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.projects.mantle import mantle_client
from bedrock_projects.model_ids import is_claude

MOST_TOKENS: Final = 16
"""What an answer may be long; the question is three words."""

_QUESTION: Final = ({"role": "user", "content": "Answer with OK."},)
_VERSION: Final = "2023-06-01"


class InferenceClient:
    """Asks models in one region. Each request is sent once: it costs money in any case."""

    def __init__(self, credentials: Credentials, where: RegionalEndpoint) -> None:
        self.where = where
        self._credentials = credentials
        self._client = mantle_client(credentials, region=where.region, attempts=1)

    def ask(self, model: str, *, project_id: str) -> None:
        """Asks by Messages where the model is Claude, else by Chat Completions, and throws the answer away.

        Raises ServiceError: NotFoundError for a project or a model that is not there, AccessDeniedError where the
        credentials may not use it.
        """
        action = f"asking {model} for project {project_id} in {self.where}"
        common: dict[str, Any] = {"model": model, "messages": _QUESTION}
        with translate_errors(action, credentials=str(self._credentials)):
            if is_claude(model):
                self._client.create_message(workspace=project_id, version=_VERSION, max_tokens=MOST_TOKENS, **common)
            else:
                self._client.create_chat_completion(project=project_id, max_completion_tokens=MOST_TOKENS, **common)
