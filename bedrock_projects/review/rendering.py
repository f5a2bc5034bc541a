"""A review as text: lines for a terminal, or Markdown."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bedrock_projects.fields import SENT_FIELDS
from bedrock_projects.printing import for_markdown, for_terminal
from bedrock_projects.review import comparison as reviews
from bedrock_projects.review.grouping import FEW_ENVIRONMENTS, Common, apart
from bedrock_projects.review.notes import Note
from bedrock_projects.terminal import Line, Style, Styled, plain

_TITLES: Mapping[reviews.Kind, str] = {
    "archived": "Archived (irreversible)",
    "moved": "Moved to another region: new project, new id",
    "endpoint": "Moved to another endpoint: new project, new id, unless both endpoints have it",
    "released": "Released: stays in AWS, no longer managed",
    "account": "In another account: projects cannot move, so the stack keeps those of the former account",
    "created": "Created",
    "adopted": "Adopted: exists in AWS, managed from now on",
    "key_changed": "New key: project and id unchanged, reports by project split here",
    "renamed": "Renamed: id unchanged",
    "retagged": "Retagged: earlier costs keep the old value, reports split here",
    **{field.kind: field.label.capitalize() for field in SENT_FIELDS},
    "unprotected": "No longer protected: the entry can be removed, or moved to another region or endpoint",
    "removed": "Removed from the inventory: already archived or released, unchanged in AWS",
    "budget": "Budgets",
    "alert": "Anomaly alerts",
    "published": "Published to applications",
    "created_export": "Data exports of the stack of Billing",
    "export": "Data exports: read by cost reports, nothing changes in AWS",
    "chargeback": "Chargeback: closed months keep the rules they were made with, nothing changes in AWS",
}
_EXAMPLES = 3


def as_lines(reviewed: reviews.Review, *, unfold: bool) -> Iterator[Line]:
    """The review for a terminal, with an empty line between its parts; `unfold` lists every project of a group."""
    for index, block in enumerate(_blocks(reviewed, _TEXT, unfold=unfold)):
        yield from ([""] if index else [])
        yield from block


def as_markdown(reviewed: reviews.Review, *, unfold: bool) -> str:
    """The review as Markdown, without a line break at its end; `unfold` lists every project of a group."""
    blocks = _blocks(reviewed, _MARKDOWN, unfold=unfold)
    return "\n\n".join("\n".join(map(plain, block)) for block in blocks)


@dataclass(frozen=True)
class _Layout:
    """How to mark the parts of a review; `code` is for keys and values, `text` makes untrusted text safe."""

    heading: str
    title: str
    item: str
    caution: str
    code: str
    text: Callable[[str], str]


_TEXT = _Layout(heading="{}", title="  {}", item="    {}", caution="! ", code="{}", text=for_terminal)
_MARKDOWN = _Layout(heading="### {}", title="**{}**\n", item="- {}", caution="⚠ ", code="`{}`", text=for_markdown)


def _blocks(reviewed: reviews.Review, layout: _Layout, *, unfold: bool) -> Iterator[list[Line]]:
    yield [_summary(reviewed, layout)]
    common, environments = ((), reviewed.environments) if unfold else apart(reviewed.environments)
    if common:
        yield [Styled(layout.heading.format("several environments"), Style.HEADING)]
        yield from _common_blocks(common, layout)
    for environment in environments:
        yield [Styled(layout.heading.format(layout.text(environment.environment)), Style.HEADING)]
        for kind in _TITLES:
            moves = [change for change in environment.changes if change.kind == kind]
            if moves:
                yield [_title(kind, moves, layout), *map(layout.item.format, _folded(moves, layout, unfold=unfold))]
        if environment.notes:
            yield _noted("Before merging", environment.notes, layout, unfold=unfold)
    if reviewed.notes:
        yield [Styled(layout.heading.format("Billing"), Style.HEADING)]
        yield _noted("Cost allocation tags", reviewed.notes, layout, unfold=unfold)


def _common_blocks(common: Sequence[Common], layout: _Layout) -> Iterator[list[Line]]:
    for kind in _TITLES:
        changes = [one for one in common if one.kind == kind]
        if changes:
            yield [_title(kind, changes, layout), *(layout.item.format(_in_places(one, layout)) for one in changes)]
    notes = [one for one in common if one.kind is None]
    if notes:
        title = Styled(layout.title.format("Before merging"), Style.CAUTION)
        yield [title, *(layout.item.format(_in_places(one, layout)) for one in notes)]


def _in_places(common: Common, layout: _Layout) -> str:
    """What it is about, in how many environments, and the change or note."""
    names = sorted(common.places)
    if common.keys is None:
        names = [f"{name}/{key}" for name in names for key in common.places[name][:_EXAMPLES]]
    where = f"{len(common.places)} environments ({', '.join(_code(name, layout) for name in names[:_EXAMPLES])}, …)"
    if common.keys is None:
        where = f"{common.count:,} projects in {where}"
    elif common.keys:
        where = f"{_named(common.keys, layout, unfold=False)} in {where}"
    if not common.what:
        return where
    return f"{where}: {_code(common.what, layout) if common.kind else layout.text(common.what)}"


def _summary(reviewed: reviews.Review, layout: _Layout) -> Line:
    count, lost = len(reviewed.changes), sum(change.irreversible for change in reviewed.changes)
    if not count:
        return "No changes to projects." if reviewed.notes or reviewed.environments else "No changes."
    places = sum(place.environment != reviews.ALL_ENVIRONMENTS for place in reviewed.environments)
    changes = f"{count:,} change{'s' if count > 1 else ''}"
    if places > FEW_ENVIRONMENTS:
        changes += f" in {places} environments"
    if lost:
        return Styled(f"{layout.caution}{changes}, {lost:,} irreversible.", Style.BAD)
    return Styled(f"{changes}, none irreversible.", Style.HEADING)


def _title(kind: reviews.Kind, changes: Iterable[reviews.Change | Common], layout: _Layout) -> Line:
    if any(change.irreversible for change in changes):
        return Styled(layout.title.format(layout.caution + _TITLES[kind]), Style.BAD)
    return Styled(layout.title.format(_TITLES[kind]), Style.GOOD if kind == "created" else Style.HEADING)


def _noted(title: str, notes: Iterable[Note], layout: _Layout, *, unfold: bool) -> list[Line]:
    lines = [
        f"{_named(note.keys, layout, unfold=unfold)}: {layout.text(note.text)}" if note.keys else layout.text(note.text)
        for note in notes
    ]
    return [Styled(layout.title.format(title), Style.CAUTION), *map(layout.item.format, lines)]


def _folded(changes: Iterable[reviews.Change], layout: _Layout, *, unfold: bool) -> Iterator[str]:
    """One line for all projects with the same change."""
    for what, group in groupby(sorted(changes, key=lambda change: change.what), key=lambda change: change.what):
        keys = [change.key for change in group]
        named = _named(sorted(keys), layout, unfold=unfold)
        yield f"{named}: {_code(what, layout)}" if what else named


def _named(keys: Sequence[str], layout: _Layout, *, unfold: bool) -> str:
    if len(keys) <= _EXAMPLES or unfold:
        return ", ".join(_code(key, layout) for key in keys)
    return f"{len(keys)} projects ({', '.join(_code(key, layout) for key in keys[:_EXAMPLES])}, …)"


def _code(text: str, layout: _Layout) -> str:
    return layout.text(layout.code.format(text.replace("`", "'") if layout is _MARKDOWN else text))
