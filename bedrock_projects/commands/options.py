"""Options that several commands have."""

import enum

import typer

from bedrock_projects.limits import REGION, ROLE_ARN


class Auth(str, enum.Enum):
    """How requests are signed."""

    SIGV4 = "sigv4"
    BEARER = "bearer"


class TextOrJson(str, enum.Enum):
    """For people or for programs."""

    TEXT = "text"
    JSON = "json"


def role_arn(value: str | None) -> str | None:
    """The callback of an option that takes the ARN of a role; BadParameter where it is none."""
    violation = ROLE_ARN.violation(value) if value is not None else None
    if violation:
        raise typer.BadParameter(violation)
    return value


def aws_regions(values: list[str] | None) -> list[str] | None:
    """The callback of an option that takes regions; BadParameter if one does not exist."""
    for value in values or ():
        violation = REGION.violation(value)
        if violation:
            raise typer.BadParameter(violation)
    return values
