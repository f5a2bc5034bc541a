"""How many projects a run over many stacks may archive: each stack has its limit, and all of them together have one."""

from collections.abc import Mapping
from dataclasses import dataclass

from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE, archive_limit, shared_limit


@dataclass(frozen=True)
class Share:
    """What the run of one stack would archive, and how many projects the stack has, those included.

    `retired` are those whose entry says so by its `status`. The limit of a stack leaves them out, since somebody wrote
    each of them. In a run of many stacks, one line may be for all of these.
    """

    archived: int
    owned: int
    retired: int = 0

    @property
    def total(self) -> int:
        """What is archived, for one reason or the other."""
        return self.archived + self.retired


NOTHING = Share(0, 0)


def is_confirmed(shares: Mapping[str, Share], allowed: str | None) -> bool:
    """Whether the user gave the exact number of projects that the whole run archives."""
    return allowed == str(total_of(shares))


def total_of(shares: Mapping[str, Share]) -> int:
    """How many projects the whole run archives."""
    return sum(share.total for share in shares.values())


def refused_archives(shares: Mapping[str, Share], *, allowed: str | None, always: bool = False) -> dict[str, str]:
    """The stacks that may not run, and why: those that archive anything, if too much is archived without a word.

    `allowed` is what ALLOW_ARCHIVE_VARIABLE holds. `always`: one project is too many, as in a destroy.
    """
    total = total_of(shares)
    limit = shared_limit(share.owned for share in shares.values())
    archiving = {stack: share.total for stack, share in shares.items() if share.total}
    exceeds_shared = len(archiving) > 1 and total > limit
    exceeds = exceeds_shared or any(share.archived > archive_limit(share.owned) for share in shares.values())
    if not total or is_confirmed(shares, allowed) or not (exceeds or always):
        return {}
    whole = f"{total} in {len(archiving)} stacks" if len(archiving) > 1 else f"{total} in this stack alone"
    now = "" if allowed is None else f" (it is {allowed!r} now)"
    return {
        stack: f"would permanently archive {count} project{'s' if count > 1 else ''}; the whole run: {whole}; if this "
        f"is intended, rerun with {ALLOW_ARCHIVE_VARIABLE}={total}{now}"
        for stack, count in archiving.items()
    }
