"""The text of the comment that says what a change does in AWS."""

import re
from pathlib import Path

from bedrock_projects.ci.git import commit_of, lacks_path
from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.printing import for_terminal
from bedrock_projects.review.comparison import review
from bedrock_projects.review.rendering import as_markdown
from bedrock_projects.review.revisions import load_at

MARK = "<!-- bedrock-projects review -->"
"""The first line of the comment, by which it is found again."""
LONGEST = 60_000
"""Of the review, in characters; GitHub takes 65,536 for a comment."""
LONGEST_TABLE = 25_000
"""Of the table of all stacks."""


def review_comment(base: str, head: str | None, inventory: Path) -> tuple[str, bool]:
    """The comment on the change from one revision to another, or to the inventory file; and whether it has a review.

    If an inventory cannot be read, the comment says why.
    """
    try:
        return comment(_review(base, head, inventory)), True
    except BedrockProjectsError as error:
        return comment(failure(for_terminal(*error.lines))), False


def _review(base: str, head: str | None, inventory: Path) -> str:
    commit = commit_of(base)
    if commit is not None and lacks_path(commit, inventory):
        load_at(head or str(inventory), inventory)
        return (
            f"This is the first `{inventory.as_posix()}`: there is nothing to compare it with, "
            "so all of its projects are new."
        )
    before, after = load_at(base, inventory), load_at(head or str(inventory), inventory)
    return shortened(as_markdown(review(before, after), unfold=False))


def comment(body: str) -> str:
    """The whole comment, its last line break included."""
    return f"{MARK}\n## Bedrock projects: what this change does in AWS\n\n{body}\n"


def failure(message: str) -> str:
    """Says that there is no review; the message is shown as it is, with a fence longer than its own."""
    text = shortened(message)
    longest = max((len(run) for run in re.findall("~+", text)), default=0)
    fence = "~" * max(4, longest + 1)
    return f"The review could not be made:\n\n{fence}text\n{text}\n{fence}"


def with_table(comment: str, table: str) -> str:
    """The comment with the table of all stacks below it; both are cut if they are too long together."""
    below = shortened(table, LONGEST_TABLE, rest="see the summaries of the jobs")
    return f"{shortened(comment, LONGEST - len(below))}\n### What the previews show\n\n{below}"


def shortened(text: str, longest: int = LONGEST, *, rest: str = "run `bedrock-projects review`") -> str:
    """The text, or its beginning if it is too long for a comment."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}\n\n… and more: {rest} for the rest."
