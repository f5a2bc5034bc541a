"""Finds what `pulumi up` will refuse: plans each entry, with the old inventory instead of AWS."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeAlias

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.model import Inventory, Project
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject, declare
from bedrock_projects.projects.listing import Listing
from bedrock_projects.projects.plan import Refuse, Staying, Step, decide, decide_removal

Pair: TypeAlias = tuple[Project | None, Project | None]
"""An entry before and after."""

_STACK_REGION = "<region of the stack>"
"""Instead of a region that the inventory does not name."""


def refusals(before: Inventory, after: Inventory, pairs: Sequence[Pair]) -> Iterator[Refuse]:
    """At most one refusal for each entry of an environment: the first that a run would meet.

    A refusal may depend on the state or, without a state, on preflight, so this checks both.
    """
    old_file = _OldFile(before, pairs)
    for one, other in pairs:
        if other is None:
            steps = [old_file.removal(one)] if one else []
        else:
            known = old_file.known(one) if one else None
            entry = declare(other, after, region=_STACK_REGION)
            protected = other.protect and (one is None or one.protect)
            listed = partial(old_file.listing, entry)
            states = [known, None] if known else [None]
            steps = [decide(entry, state, listed, protected=protected) for state in states]
        yield from [step for step in steps if isinstance(step, Refuse)][:1]


class _OldFile:
    """The projects of an environment according to the old inventory; ids that it does not have are placeholders."""

    def __init__(self, inventory: Inventory, pairs: Sequence[Pair]) -> None:
        self._declared = {one.key: declare(one, inventory, region=_STACK_REGION) for one, _ in pairs if one}
        self._projects = {one.key: _deployed(one, other, self._declared[one.key]) for one, other in pairs if one}
        self._ids = {project.id for project in self._projects.values()}
        projects: dict[RegionalEndpoint, list[RemoteProject]] = {}
        for key, project in self._projects.items():
            projects.setdefault(self._declared[key].where, []).append(project)
        self._listings = {where: Listing(tuple(listed)) for where, listed in projects.items()}

    def known(self, entry: Project) -> ManagedProject:
        """The entry as the state has it."""
        return ManagedProject(id=self._projects[entry.key].id, declared=self._declared[entry.key])

    def removal(self, entry: Project) -> Step:
        """What happens to the project of a removed entry."""
        return decide_removal(
            self._declared[entry.key], self._projects[entry.key], staying=Staying(), protected=entry.protect
        )

    def listing(self, entry: DeclaredProject, where: RegionalEndpoint) -> Listing:
        """What AWS shows; a project that only the new entry names is assumed to exist."""
        listing = self._listings.get(where, Listing())
        if entry.adopt_id and entry.adopt_id not in self._ids and where == entry.where:
            return listing.with_fresh(RemoteProject(id=entry.adopt_id, name=entry.name))
        return listing


def _deployed(entry: Project, after: Project | None, declared: DeclaredProject) -> RemoteProject:
    """The project of an entry; an id that only the new inventory has is assumed to be right."""
    return RemoteProject(
        id=entry.adopt_id or (after and after.adopt_id) or f"<id of {entry.key}>",
        name=entry.name,
        status="archived" if entry.status == "archived" else "active",
        tags=declared.all_tags,
        data_retention=entry.data_retention,
    )
