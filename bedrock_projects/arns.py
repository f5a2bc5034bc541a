"""What an ARN says: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html."""


def is_arn(text: str) -> bool:
    """Whether it is one, and no name or address."""
    return text.startswith("arn:")


def account_in(arn: str) -> str | None:
    """The account in it; None if it has none, or is none."""
    fields = arn.split(":")
    return fields[4] if len(fields) > 5 else None


def service_in(arn: str) -> str | None:
    """The service in it; None if it has none, or is none."""
    fields = arn.split(":")
    return fields[2] or None if len(fields) > 5 else None


def region_in(arn: str) -> str | None:
    """The region in it; None if it has none, or is none."""
    fields = arn.split(":")
    return fields[3] or None if len(fields) > 5 else None


def role_name(arn: str) -> str:
    """The name of a role, without its path."""
    return arn.rpartition("/")[2]
