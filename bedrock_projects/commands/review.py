"""`bedrock-projects review`: shows a reviewer what a change to the inventory will do."""

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from bedrock_projects.fields import SENT_FIELDS
from bedrock_projects.printing import for_json, for_markdown, for_terminal
from bedrock_projects.review import reviewing as reviews
from bedrock_projects.review.notes import Note
from bedrock_projects.review.revisions import load_at

CHANGES = 10
IRREVERSIBLE_CHANGES = 20
_TITLES: Mapping[reviews.Kind, str] = {
    "archived": "Archived (irreversible)",
    "moved": "Moved to another region: new project, new id",
    "released": "Released: stays in AWS, no longer managed",
    "account": "In another account: projects cannot move, so the stack keeps those of the former account",
    "created": "Created",
    "adopted": "Adopted: exists in AWS, managed from now on",
    "key_changed": "New key: project and id unchanged, reports by project split here",
    "renamed": "Renamed: id unchanged",
    "retagged": "Retagged: earlier costs keep the old value, reports split here",
    **{field.kind: field.label.capitalize() for field in SENT_FIELDS},
    "unprotected": "No longer protected against archiving",
    "removed": "Removed from the inventory: already archived or released, unchanged in AWS",
    "budget": "Budgets",
    "alert": "Anomaly alerts",
    "published": "Published to applications",
}
_EXAMPLES = 3


class Format(str, enum.Enum):
    """The output formats of the review."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def review(
    *,
    base: Annotated[str, typer.Argument(metavar="BASE", help="What is deployed: a git revision or a file.")],
    head: Annotated[
        str | None, typer.Argument(metavar="HEAD", help="What is proposed (default: the current inventory file).")
    ] = None,
    environment: Annotated[str | None, typer.Option(metavar="NAME", help="Only this environment.")] = None,
    inventory: Annotated[Path, typer.Option(metavar="FILE", help="Inventory file within a revision.")] = Path(
        "projects.yaml"
    ),
    output: Annotated[Format, typer.Option("--format", help="Output format.")] = Format.TEXT,
    unfold: Annotated[bool, typer.Option("--unfold", help="List every project of a group.")] = False,
) -> None:
    """Show what a change to the inventory does in AWS (offline).

    Exit codes: 0 no changes, 10 changes, 20 irreversible changes, 1 an inventory is invalid.
    """
    before, after = load_at(base, inventory), load_at(head or str(inventory), inventory)
    reviewed = reviews.review(before, after, only=environment)
    if output is Format.JSON:
        typer.echo(for_json(asdict(reviewed) | {"irreversible": reviewed.irreversible}))
    else:
        style = _MARKDOWN if output is Format.MARKDOWN else _TEXT
        typer.echo("\n\n".join("\n".join(block) for block in _blocks(reviewed, style, unfold=unfold)))
    if reviewed.changes:
        raise typer.Exit(IRREVERSIBLE_CHANGES if reviewed.irreversible else CHANGES)


@dataclass(frozen=True)
class _Style:
    """How to mark the parts of a review; `code` is for keys and values, `text` makes untrusted text safe."""

    heading: str
    title: str
    item: str
    caution: str
    code: str
    text: Callable[[str], str]


_TEXT = _Style(heading="{}", title="  {}", item="    {}", caution="! ", code="{}", text=for_terminal)
_MARKDOWN = _Style(heading="### {}", title="**{}**\n", item="- {}", caution="⚠ ", code="`{}`", text=for_markdown)


def _blocks(reviewed: reviews.Review, style: _Style, *, unfold: bool) -> Iterator[list[str]]:
    yield [_summary(reviewed, style)]
    for environment in reviewed.environments:
        yield [style.heading.format(style.text(environment.environment))]
        for kind, title in _TITLES.items():
            moves = [change for change in environment.changes if change.kind == kind]
            if moves:
                caution = style.caution if any(change.irreversible for change in moves) else ""
                lines = [style.item.format(line) for line in _folded(moves, style, unfold=unfold)]
                yield [style.title.format(caution + title), *lines]
        if environment.notes:
            yield _noted("Before merging", environment.notes, style, unfold=unfold)
    if reviewed.notes:
        yield [style.heading.format("Billing")]
        yield _noted("Cost allocation tags", reviewed.notes, style, unfold=unfold)


def _summary(reviewed: reviews.Review, style: _Style) -> str:
    count, lost = len(reviewed.changes), sum(change.irreversible for change in reviewed.changes)
    if not count:
        return "No changes." if not reviewed.notes else "No changes to projects."
    changes = f"{count} change{'s' if count > 1 else ''}"
    return f"{style.caution}{changes}, {lost} irreversible." if lost else f"{changes}, none irreversible."


def _noted(title: str, notes: Iterable[Note], style: _Style, *, unfold: bool) -> list[str]:
    lines = [
        f"{_named(note.keys, style, unfold=unfold)}: {style.text(note.text)}" if note.keys else style.text(note.text)
        for note in notes
    ]
    return [style.title.format(title), *map(style.item.format, lines)]


def _folded(changes: Iterable[reviews.Change], style: _Style, *, unfold: bool) -> Iterator[str]:
    """One line for all projects with the same change."""
    for what, group in groupby(sorted(changes, key=lambda change: change.what), key=lambda change: change.what):
        keys = [change.key for change in group]
        named = _named(sorted(keys), style, unfold=unfold)
        yield f"{named}: {_code(what, style)}" if what else named


def _named(keys: Sequence[str], style: _Style, *, unfold: bool) -> str:
    if len(keys) <= _EXAMPLES or unfold:
        return ", ".join(_code(key, style) for key in keys)
    return f"{len(keys)} projects ({', '.join(_code(key, style) for key in keys[:_EXAMPLES])}, …)"


def _code(text: str, style: _Style) -> str:
    return style.text(style.code.format(text.replace("`", "'") if style is _MARKDOWN else text))
