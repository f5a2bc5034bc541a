"""Options that several commands have."""

import enum

import typer

from bedrock_projects.limits import REGION, ROLE_ARN


class Auth(str, enum.Enum):
    """The ways to sign requests."""

    SIGV4 = "sigv4"
    BEARER = "bearer"


def examples(*commands: str) -> str:
    """The end of a command's `--help`: how to call it, each example on a line of its own."""
    lines = (f"  bedrock-projects {command}" for command in commands)
    return "\n".join(["\b", "Examples:", *lines])  # \b: the lines stay as they are


class TextOrJson(str, enum.Enum):
    """The output formats, for people and for programs."""

    TEXT = "text"
    JSON = "json"


def role_arn(value: str | None) -> str | None:
    """The callback of an option that takes the ARN of a role; raises BadParameter for any other value."""
    violation = ROLE_ARN.violation(value) if value is not None else None
    if violation:
        raise typer.BadParameter(violation)
    return value


def aws_region(value: str | None) -> str | None:
    """The callback of an option that takes a region; raises BadParameter for an unknown one."""
    violation = REGION.violation(value) if value is not None else None
    if violation:
        raise typer.BadParameter(violation)
    return value


def aws_regions(values: list[str] | None) -> list[str] | None:
    """The same for an option that may be repeated."""
    for value in values or ():
        aws_region(value)
    return values
