"""What the next run of a stack would change because of a new version: pure, from its state and its entries."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bedrock_projects.projects.changes import COMPARED, DeclaredProject, same_text, update_between
from bedrock_projects.stacks.state import StackState


def state_changes(declared: Sequence[DeclaredProject], state: StackState) -> Iterator[str]:
    """A line for each kind of change, with the number of projects: what AWS gets, else what only the state gets."""
    known = {managed.declared.key: managed.declared for managed in state.all}
    kinds: Counter[str] = Counter()
    for entry in declared:
        if old := known.get(entry.key):
            kinds.update(_kinds(old, entry))
    for kind, count in sorted(kinds.items()):
        yield f"{count} project{'s' if count > 1 else ''}: {kind}"


def _kinds(old: DeclaredProject, new: DeclaredProject) -> Iterator[str]:
    update = update_between(old, new)
    yield from (f"the tag {key} is set" for key in update.add_tags)
    yield from (f"the tag {key} is removed" for key in update.remove_tag_keys)
    if update.name:
        yield "the name changes"
    if update.data_retention:
        yield "the data retention changes"
    in_aws = {"name", "owner", "owner_tag_key", "stack", "data_retention"}
    for field in COMPARED:
        if field not in in_aws and not same_text(getattr(old, field), getattr(new, field)):
            yield f"{field} changes in the state only"
