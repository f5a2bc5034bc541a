"""What a user confirms for one run, by its exact number, because it cannot be undone or takes from somebody else."""

TAKE_OVER_VARIABLE = "BEDROCK_PROJECTS_TAKE_OVER"
"""Set for one run to the exact number of projects that it may take over from other stacks."""

ARCHIVE_ORPHANS_VARIABLE = "BEDROCK_PROJECTS_ARCHIVE_ORPHANS"
"""Set for one run to the exact number of orphans that it archives."""


def confirmed_number(text: str | None) -> int:
    """The number that a variable holds; 0 if it is unset or no number."""
    return int(text) if text is not None and text.isdecimal() else 0
