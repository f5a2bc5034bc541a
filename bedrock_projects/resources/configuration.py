"""The stack's configuration in the provider process, which the program does not reach."""

from pulumi.dynamic import ConfigureRequest


def setting(req: ConfigureRequest, key: str) -> str | None:
    """A setting as `bedrock_projects.stacks.settings` reads it: trimmed, words in small letters, None for an empty one.

    A key without a namespace is in that of the Pulumi project.
    """
    text = str(req.config.get(key) or "").strip()
    return (text.lower() if text.lower() in ("true", "false") else text) or None
