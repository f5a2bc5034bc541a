"""What the engine hands to a provider process."""

from collections.abc import Mapping

from pulumi.dynamic import Config, ConfigureRequest

from bedrock_projects.projects.changes import DeclaredProject

DECLARED = DeclaredProject(
    key="search",
    name="Search",
    region="us-west-2",
    owner="acme/dev/search",
    owner_tag_key="bedrock-project",
    tags={"a": "1"},
)


def configured(settings: Mapping[str, str] | None = None) -> ConfigureRequest:
    """A stack's configuration; keys without a namespace are in that of the Pulumi project."""
    given = {key if ":" in key else f"shop:{key}": value for key, value in (settings or {}).items()}
    return ConfigureRequest(Config(given, "shop"))
