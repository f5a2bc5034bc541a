"""Finds what several environments of a review have in common, so that a reader meets it once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bedrock_projects.review.comparison import ALL_ENVIRONMENTS, Change, EnvironmentReview, Kind

FEW_ENVIRONMENTS = 6
"""A review of so many is read environment by environment."""
_LEAST_IN_COMMON = 4

Places = Mapping[str, tuple[str, ...]]
"""The keys of entries by environment."""


@dataclass(frozen=True)
class Common:
    """The same change, or the same note, in several environments. `kind` None: it is a note."""

    kind: Kind | None
    what: str
    irreversible: bool
    places: Places

    @property
    def count(self) -> int:
        """The number of changes."""
        return sum(map(len, self.places.values()))

    @property
    def keys(self) -> tuple[str, ...] | None:
        """The keys, if they are the same in all of these environments; else None."""
        first, *others = self.places.values()
        return first if all(keys == first for keys in others) else None


def apart(reviewed: Sequence[EnvironmentReview]) -> tuple[tuple[Common, ...], tuple[EnvironmentReview, ...]]:
    """What several environments have in common, sorted by kind and change, and each environment without it.

    With few environments, nothing counts as common.
    """
    if len(reviewed) <= FEW_ENVIRONMENTS:
        return (), tuple(reviewed)
    of_changes: dict[tuple[Kind, str, bool], dict[str, list[str]]] = {}
    of_notes: dict[str, dict[str, tuple[str, ...]]] = {}
    for environment in reviewed:
        if environment.environment == ALL_ENVIRONMENTS:
            continue
        for change in environment.changes:
            places = of_changes.setdefault(_identity(change), {})
            places.setdefault(environment.environment, []).append(change.key)
        for note in environment.notes:
            places_of_note = of_notes.setdefault(note.text, {})
            places_of_note[environment.environment] = (*places_of_note.get(environment.environment, ()), *note.keys)
    changes = {identity: places for identity, places in of_changes.items() if len(places) >= _LEAST_IN_COMMON}
    notes = {text: places for text, places in of_notes.items() if len(places) >= _LEAST_IN_COMMON}
    common = [
        *(
            Common(*identity, {name: tuple(sorted(keys)) for name, keys in places.items()})
            for identity, places in sorted(changes.items())
        ),
        *(Common(None, text, irreversible=False, places=places) for text, places in sorted(notes.items())),
    ]
    rest = [
        environment if environment.environment == ALL_ENVIRONMENTS else _without(environment, changes, notes)
        for environment in reviewed
    ]
    return tuple(common), tuple(environment for environment in rest if environment.changes or environment.notes)


def _identity(change: Change) -> tuple[Kind, str, bool]:
    return change.kind, change.what, change.irreversible


def _without(
    reviewed: EnvironmentReview, changes: Mapping[tuple[Kind, str, bool], object], notes: Mapping[str, object]
) -> EnvironmentReview:
    return replace(
        reviewed,
        changes=tuple(change for change in reviewed.changes if _identity(change) not in changes),
        notes=tuple(note for note in reviewed.notes if note.text not in notes),
    )
