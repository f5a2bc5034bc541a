"""Which models requests on `bedrock-runtime` can name together with a project."""

from bedrock_projects.errors import SettingsError
from bedrock_projects.model_ids import is_target_of_projects


def check_target(model: str) -> None:
    """SettingsError if a request cannot name the model and a project."""
    if not is_target_of_projects(model):
        raise SettingsError(
            f"model {model!r}: a project does not go with an application inference profile or a custom model; name a "
            "foundation model, or an inference profile of AWS such as 'us.amazon.nova-lite-v1:0'"
        )
