"""What the program says: all of it goes through here, since names, tags and answers of AWS are in it."""

import pulumi

from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.printing import for_terminal


def info(line: str) -> None:
    """Shows one line."""
    pulumi.info(for_terminal(line))


def warn(text: str, resource: pulumi.Resource | None = None) -> None:
    """Shows a warning, which may have several lines of our own."""
    pulumi.warn(for_terminal(*text.split("\n")), resource)


def failure(error: BedrockProjectsError) -> pulumi.RunError:
    """The error that ends the program with a message and without a traceback."""
    return pulumi.RunError(for_terminal(*error.lines))
